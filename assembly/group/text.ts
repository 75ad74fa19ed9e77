/** Texts compared. Both are canonical WTF-8, readable 8 bytes past their ends. */

/** Whether two texts of `bytes` bytes are the same. */
export function sameText(a: usize, b: usize, bytes: u32): bool {
  let at: u32 = 0;
  for (; at + 8 <= bytes; at += 8) if (load<u64>(a + at) != load<u64>(b + at)) return false;
  const rest = bytes - at;
  // The bytes beyond the end are shifted out; by 64 nothing would be.
  return !rest || (load<u64>(a + at) ^ load<u64>(b + at)) << ((8 - <u64>rest) << 3) == 0;
}
