/** Texts compared. Both are canonical WTF-8, readable `READ_AHEAD` bytes past their ends. */

/** Whether two texts of `bytes` bytes are the same. */
export function sameText(a: usize, b: usize, bytes: u32): bool {
  let at: u32 = 0;
  for (; at + 8 <= bytes; at += 8) if (load<u64>(a + at) != load<u64>(b + at)) return false;
  const rest = bytes - at;
  // The bytes beyond the end are shifted out; by 64 nothing would be.
  return !rest || (load<u64>(a + at) ^ load<u64>(b + at)) << ((8 - <u64>rest) << 3) == 0;
}

/** Whether two strings are the same, by their payloads; up to 16 bytes are compared at once. */
// @ts-ignore: decorator
@inline export function sameString(a: u64, b: u64): bool {
  const bytes = <u32>(a >> 32);
  if (bytes != <u32>(b >> 32)) return false;
  if (ASC_FEATURE_SIMD) {
    if (bytes <= 16) {
      const same = i8x16.bitmask(i8x16.eq(v128.load(<usize>(<u32>a)), v128.load(<usize>(<u32>b))));
      return (~same & ((1 << bytes) - 1)) == 0;
    }
  }
  return sameText(<usize>(<u32>a), <usize>(<u32>b), bytes);
}
