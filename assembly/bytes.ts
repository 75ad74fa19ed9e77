/** Moves bytes within the memory; the two regions may overlap. Hosts do this slowly where the memory is shared. */
export function moveBytes(toPtr: usize, fromPtr: usize, bytes: i32): i32 {
  memory.copy(toPtr, fromPtr, bytes);
  return 0;
}

/** Copies text: reads and writes up to 15 bytes past its end, which text has to spare at both places. */
// @ts-ignore: decorator
@inline export function copyText(toPtr: usize, fromPtr: usize, bytes: u32): void {
  if (bytes <= 16) {
    store<u64>(toPtr, load<u64>(fromPtr));
    store<u64>(toPtr, load<u64>(fromPtr, 8), 8);
  } else copyLongText(toPtr, fromPtr, bytes);
}

function copyLongText(toPtr: usize, fromPtr: usize, bytes: u32): void {
  if (bytes > 256) {
    memory.copy(toPtr, fromPtr, bytes);
    return;
  }
  for (let at: u32 = 0; at < bytes; at += 16) {
    store<u64>(toPtr + at, load<u64>(fromPtr + at));
    store<u64>(toPtr + at, load<u64>(fromPtr + at, 8), 8);
  }
}
