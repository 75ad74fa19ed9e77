/** Moves bytes within the memory; the two regions may overlap. Hosts do this slowly where the memory is shared. */
export function moveBytes(toPtr: usize, fromPtr: usize, bytes: i32): i32 {
  memory.copy(toPtr, fromPtr, bytes);
  return 0;
}
