/**
 * Text of WTF-8 seen as JavaScript sees it, in units of UTF-16: a sequence of up to three bytes is one unit, one of four bytes is two. All addresses
 * are of the starts of sequences; text is readable `READ_AHEAD` bytes past its end, and what stands there does not matter.
 */

/** Set in a position that is the middle of the four bytes at its address. */
export const MIDDLE: u64 = 1 << 32;

/** Of the 16 bytes at `p`, those that are at least `limit`, as bits. */
// @ts-ignore: decorator
@inline function atLeast(p: usize, limit: u8): i32 {
  if (ASC_FEATURE_SIMD) return i8x16.bitmask(i8x16.ge_u(v128.load(p), i8x16.splat(limit)));
  let mask: i32 = 0;
  for (let i: i32 = 0; i < 16; i++) mask |= <i32>(<u32>load<u8>(p + <usize>i) >= <u32>limit) << i;
  return mask;
}

/** Of bits for the 16 bytes at `p`, those that lie before `end`. */
// @ts-ignore: decorator
@inline export function before(mask: i32, p: usize, end: usize): i32 {
  return end - p < 16 ? mask & ((1 << <i32>(end - p)) - 1) : mask;
}

/** Bits for those of the 16 bytes at `p` that are before `end` and not ASCII. */
export function notAscii(p: usize, end: usize): i32 {
  return before(atLeast(p, 0x80), p, end);
}

/** Units that begin in the 16 bytes at `p`, before `end`. */
function unitsIn(p: usize, end: usize): u32 {
  const bytes = <i32>min<usize>(end - p, 16);
  const high = notAscii(p, end);
  if (!high) return bytes;
  return bytes - popcnt(high) + popcnt(before(atLeast(p, 0xc0), p, end)) + popcnt(before(atLeast(p, 0xf0), p, end));
}

/** `text.length`. */
export function unitCount(ptr: usize, bytes: u32): u32 {
  const end = ptr + bytes;
  let count: u32 = 0;
  for (let p = ptr; p < end; p += 16) count += unitsIn(p, end);
  return count;
}

export function isAscii(ptr: usize, bytes: u32): bool {
  const end = ptr + bytes;
  for (let p = ptr; p < end; p += 16) if (notAscii(p, end)) return false;
  return true;
}

/** The position of unit number `units` of the text: its address, `MIDDLE` set where it is the second one of four bytes; `end` past the last unit. */
export function unitPosition(ptr: usize, end: usize, units: u32): u64 {
  let p = ptr;
  let left = units;
  while (p + 16 <= end) {
    const count = unitsIn(p, end);
    if (left < count) break;
    left -= count;
    p += 16;
  }
  if (p < end && !notAscii(p, end)) return <u64>min<usize>(p + left, end);
  for (; p < end; p++) {
    const byte = load<u8>(p);
    const count: u32 = byte < 0x80 ? 1 : byte < 0xc0 ? 0 : byte < 0xf0 ? 1 : 2;
    if (left < count) return left ? <u64>p | MIDDLE : <u64>p;
    left -= count;
  }
  return <u64>end;
}

/** The code point of the sequence at `p`. */
export function codePoint(p: usize): u32 {
  const first = <u32>load<u8>(p);
  if (first < 0x80) return first;
  const second = <u32>load<u8>(p, 1) & 63;
  if (first < 0xe0) return ((first & 31) << 6) | second;
  const third = <u32>load<u8>(p, 2) & 63;
  if (first < 0xf0) return ((first & 15) << 12) | (second << 6) | third;
  return ((first & 7) << 18) | (second << 12) | (third << 6) | (<u32>load<u8>(p, 3) & 63);
}

/** The first of the two units of a code point above U+FFFF. */
export function highSurrogate(point: u32): u32 {
  return 0xd7c0 + (point >> 10);
}

/** The second one. */
export function lowSurrogate(point: u32): u32 {
  return 0xdc00 | (point & 0x3ff);
}

/** Writes the three bytes of a surrogate. */
export function writeSurrogate(out: usize, unit: u32): void {
  store<u8>(out, 0xed);
  store<u8>(out, 0x80 | ((unit >> 6) & 63), 1);
  store<u8>(out, 0x80 | (unit & 63), 2);
}

/** `text.charCodeAt(index)`, -1 for NaN. */
export function charCodeAt(ptr: usize, bytes: u32, index: f64): i32 {
  const position = positionOf(ptr, bytes, index);
  if (!position) return -1;
  const point = codePoint(<usize>(<u32>position));
  if (point < 0x10000) return point;
  return position & MIDDLE ? lowSurrogate(point) : highSurrogate(point);
}

/** `text.codePointAt(index)`, -1 for undefined. */
export function codePointAt(ptr: usize, bytes: u32, index: f64): i32 {
  const position = positionOf(ptr, bytes, index);
  if (!position) return -1;
  const point = codePoint(<usize>(<u32>position));
  return position & MIDDLE ? lowSurrogate(point) : point;
}

/** The position of an index as JavaScript converts it, 0 where the text has no such unit. */
export function positionOf(ptr: usize, bytes: u32, index: f64): u64 {
  if (index <= -1 || index >= <f64>bytes) return 0;
  const position = unitPosition(ptr, ptr + bytes, clampIndex(index, bytes));
  return position == <u64>(ptr + bytes) ? 0 : position;
}

/** An index as JavaScript converts it, with NaN as 0, in 0 to `most`. */
export function clampIndex(index: f64, most: u32): u32 {
  if (!(index >= 1)) return 0;
  return index >= <f64>most ? most : <u32>index;
}
