/** Texts compared. Both are canonical WTF-8, readable 8 bytes past their ends. */

/** Whether two texts of `bytes` bytes are the same. */
export function sameText(a: usize, b: usize, bytes: u32): bool {
  let at: u32 = 0;
  for (; at + 8 <= bytes; at += 8) if (load<u64>(a + at) != load<u64>(b + at)) return false;
  const rest = bytes - at;
  // The bytes beyond the end are shifted out; by 64 nothing would be.
  return !rest || (load<u64>(a + at) ^ load<u64>(b + at)) << ((8 - <u64>rest) << 3) == 0;
}

/** Below zero, zero or above as text `a` comes before `b` in the order of UTF-16 units, is the same, or comes after it. */
export function compareTexts(a: usize, aBytes: u32, b: usize, bBytes: u32): i32 {
  const common = min(aBytes, bBytes);
  let at: u32 = 0;
  while (at + 8 <= common && load<u64>(a + at) == load<u64>(b + at)) at += 8;
  while (at < common && load<u8>(a + at) == load<u8>(b + at)) at++;
  if (at == common) return aBytes < bBytes ? -1 : <i32>(aBytes > bBytes);
  // To the first byte of the characters that differ. What comes before is the same in both.
  while (at && (load<u8>(a + at) & 0xc0) == 0x80) at--;
  const unitA = firstUnit(a + at);
  const unitB = firstUnit(b + at);
  if (unitA != unitB) return <i32>unitA - <i32>unitB;
  return secondUnit(a + at, a + aBytes) - secondUnit(b + at, b + bBytes);
}

/** The first UTF-16 unit of the character at `p`. */
function firstUnit(p: usize): u32 {
  const byte = <u32>load<u8>(p);
  if (byte < 0x80) return byte;
  if (byte < 0xe0) return ((byte & 31) << 6) | next(p, 1);
  if (byte < 0xf0) return ((byte & 15) << 12) | (next(p, 1) << 6) | next(p, 2);
  return 0xd7c0 + (((byte & 7) << 8) | (next(p, 1) << 2) | (next(p, 2) >> 4));
}

/** The second unit of the character at `p`, be it the first of the one that follows; -1 at the end of the text. */
function secondUnit(p: usize, end: usize): i32 {
  const byte = load<u8>(p);
  if (byte >= 0xf0) return <i32>(0xdc00 | ((next(p, 2) & 15) << 6) | next(p, 3));
  const following = p + (byte < 0x80 ? 1 : byte < 0xe0 ? 2 : 3);
  return following < end ? <i32>firstUnit(following) : -1;
}

// @ts-ignore: decorator
@inline function next(p: usize, index: usize): u32 {
  return <u32>load<u8>(p + index) & 63;
}
