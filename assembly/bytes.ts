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

/** A bit for each of 16 bytes: whether it is this one. */
// @ts-ignore: decorator
@inline export function byteMask(p: usize, byte: u8): i32 {
  if (ASC_FEATURE_SIMD) return i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(byte)));
  let mask: i32 = 0;
  for (let i: usize = 0; i < 16; i++) mask |= <i32>(load<u8>(p + i) == byte) << <i32>i;
  return mask;
}
