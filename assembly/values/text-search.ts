/**
 * Search in text. What is searched for is found as bytes, as WTF-8 is canonical, except where it begins or ends with half of a pair: that half may be in
 * the middle of four bytes, and the search is hard.
 *
 * Search compares first and last byte of 16 places at once (Mula, "SIMD-friendly algorithms for substring searching", 2016).
 */
import { sameText } from "./text-same";
import { before, clampIndex, MIDDLE, unitCount, unitPosition } from "./text-units";

/** The host has to search. Below every result. */
export const TEXT_HARD: i32 = -2;

/** Whether text begins with the second or ends with the first half of a pair. */
export function hasOpenEdge(ptr: usize, bytes: u32): bool {
  if (bytes < 3) return false;
  return (
    (load<u8>(ptr) == 0xed && load<u8>(ptr, 1) >= 0xb0) ||
    (load<u8>(ptr + bytes - 3) == 0xed && (load<u8>(ptr + bytes - 2) & 0xf0) == 0xa0)
  );
}

/** The address of the first place from `ptr` on where the needle's bytes stand before `end`, 0 where there is none. The needle is not empty. */
export function findBytes(ptr: usize, end: usize, needlePtr: usize, needleBytes: u32): usize {
  if (end - ptr < <usize>needleBytes) return 0;
  // Behind the last place where it may begin.
  const stop = end - needleBytes + 1;
  const first = load<u8>(needlePtr);
  const last = load<u8>(needlePtr + needleBytes - 1);
  for (let p = ptr; p < stop; p += 16) {
    let places = before(edges(p, needleBytes - 1, first, last), p, stop);
    while (places) {
      const at = p + ctz(places);
      if (needleBytes < 3 || sameText(at, needlePtr, needleBytes)) return at;
      places &= places - 1;
    }
  }
  return 0;
}

/** Of the 16 places at `p`, those where one byte stands and, `gap` bytes behind it, another one. */
// @ts-ignore: decorator
@inline function edges(p: usize, gap: usize, first: u8, last: u8): i32 {
  if (ASC_FEATURE_SIMD) {
    const begins = i8x16.eq(v128.load(p), i8x16.splat(first));
    return i8x16.bitmask(v128.and(begins, i8x16.eq(v128.load(p + gap), i8x16.splat(last))));
  }
  let mask: i32 = 0;
  for (let i: usize = 0; i < 16; i++) {
    mask |= <i32>(load<u8>(p + i) == first && load<u8>(p + gap + i) == last) << <i32>i;
  }
  return mask;
}

/** Places of the needle that do not overlap. The needle is not empty. */
export function countPlaces(ptr: usize, bytes: u32, needlePtr: usize, needleBytes: u32): u32 {
  let count: u32 = 0;
  let p = findBytes(ptr, ptr + bytes, needlePtr, needleBytes);
  while (p) {
    count++;
    p = findBytes(p + needleBytes, ptr + bytes, needlePtr, needleBytes);
  }
  return count;
}

/** `text.indexOf(needle, from)`, or `TEXT_HARD`; `from` that is not given is 0. */
export function textIndexOf(ptr: usize, bytes: u32, needlePtr: usize, needleBytes: u32, from: f64): i32 {
  if (hasOpenEdge(needlePtr, needleBytes)) return TEXT_HARD;
  const end = ptr + bytes;
  const units = clampIndex(from, bytes);
  if (needleBytes == 0) return units == 0 ? 0 : min(units, unitCount(ptr, bytes));
  const place = findBytes(placeFrom(ptr, end, units), end, needlePtr, needleBytes);
  return place ? unitCount(ptr, <u32>(place - ptr)) : -1;
}

/** The first sequence that begins at unit `units` or behind it. */
function placeFrom(ptr: usize, end: usize, units: u32): usize {
  const position = unitPosition(ptr, end, units);
  return <usize>(<u32>position) + (position & MIDDLE ? 4 : 0);
}

/** `text.lastIndexOf(needle, from)`, or `TEXT_HARD`; `from` that is not given is NaN. */
export function textLastIndexOf(ptr: usize, bytes: u32, needlePtr: usize, needleBytes: u32, from: f64): i32 {
  if (hasOpenEdge(needlePtr, needleBytes)) return TEXT_HARD;
  const units = from != from ? bytes : clampIndex(from, bytes);
  if (needleBytes == 0) return min(units, unitCount(ptr, bytes));
  if (needleBytes > bytes) return -1;
  const end = ptr + bytes;
  const latest = min<usize>(<usize>(<u32>unitPosition(ptr, end, units)), end - needleBytes);
  const first = load<u8>(needlePtr);
  for (let p = latest; p >= ptr; p--) {
    if (load<u8>(p) == first && sameText(p, needlePtr, needleBytes)) return unitCount(ptr, <u32>(p - ptr));
  }
  return -1;
}

/** `text.includes(needle, from)` as 0 or 1, or `TEXT_HARD`; `from` that is not given is 0. */
export function textIncludes(ptr: usize, bytes: u32, needlePtr: usize, needleBytes: u32, from: f64): i32 {
  if (hasOpenEdge(needlePtr, needleBytes)) return TEXT_HARD;
  if (needleBytes == 0) return 1;
  const end = ptr + bytes;
  return <i32>(findBytes(placeFrom(ptr, end, clampIndex(from, bytes)), end, needlePtr, needleBytes) != 0);
}

/** `text.startsWith(needle, from)` as 0 or 1, or `TEXT_HARD`; `from` that is not given is 0. */
export function textStartsWith(ptr: usize, bytes: u32, needlePtr: usize, needleBytes: u32, from: f64): i32 {
  if (hasOpenEdge(needlePtr, needleBytes)) return TEXT_HARD;
  if (needleBytes == 0) return 1;
  const end = ptr + bytes;
  const position = unitPosition(ptr, end, clampIndex(from, bytes));
  const start = <usize>(<u32>position);
  if (position & MIDDLE || end - start < <usize>needleBytes) return 0;
  return <i32>sameText(start, needlePtr, needleBytes);
}

/** `text.endsWith(needle, to)` as 0 or 1, or `TEXT_HARD`; `to` that is not given is infinity. */
export function textEndsWith(ptr: usize, bytes: u32, needlePtr: usize, needleBytes: u32, to: f64): i32 {
  if (hasOpenEdge(needlePtr, needleBytes)) return TEXT_HARD;
  if (needleBytes == 0) return 1;
  const end = ptr + bytes;
  const position = to >= <f64>bytes ? <u64>end : unitPosition(ptr, end, clampIndex(to, bytes));
  const stop = <usize>(<u32>position);
  if (position & MIDDLE || stop - ptr < <usize>needleBytes) return 0;
  return <i32>sameText(stop - needleBytes, needlePtr, needleBytes);
}
