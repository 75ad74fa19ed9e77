/**
 * Parts of text by indices in units of UTF-16. The result is a payload (address and bytes, see vector.ts) and a view of the text, except where an index
 * is the middle of four bytes: then it lies at `outPtr`, which must have room for as many bytes as the text has.
 */
import { slice } from "../vector";
import {
  clampIndex,
  codePoint,
  highSurrogate,
  lowSurrogate,
  MIDDLE,
  unitCount,
  unitPosition,
  writeSurrogate,
} from "./text-units";

/** The units from `from` to `to`; a number past the last unit is that. */
export function textUnits(ptr: usize, bytes: u32, from: u32, to: u32, outPtr: usize): u64 {
  if (from >= to) return slice(ptr, 0);
  const end = ptr + bytes;
  const begin = unitPosition(ptr, end, from);
  const isBeginCut = (begin & MIDDLE) != 0;
  let start = <usize>(<u32>begin);
  const last = to >= bytes ? <u64>end : unitPosition(start, end, to - from + <u32>isBeginCut);
  const stop = <usize>(<u32>last);
  if (!((begin | last) & MIDDLE)) return slice(start, <u32>(stop - start));
  let out = outPtr;
  if (isBeginCut) {
    writeSurrogate(out, lowSurrogate(codePoint(start)));
    out += 3;
    start += 4;
  }
  memory.copy(out, start, stop - start);
  out += stop - start;
  if (last & MIDDLE) {
    writeSurrogate(out, highSurrogate(codePoint(stop)));
    out += 3;
  }
  return slice(outPtr, <u32>(out - outPtr));
}

/** `text.slice(start, end)`; an end that is not given is infinity. */
export function textSlice(ptr: usize, bytes: u32, start: f64, end: f64, outPtr: usize): u64 {
  // No text has more units than bytes: only indices from the end need to know how many.
  const count = start < 0 || end < 0 ? unitCount(ptr, bytes) : bytes;
  return textUnits(ptr, bytes, relative(start, count), relative(end, count), outPtr);
}

/** `text.substring(start, end)`; an end that is not given is infinity. */
export function textSubstring(ptr: usize, bytes: u32, start: f64, end: f64, outPtr: usize): u64 {
  const from = clampIndex(start, bytes);
  const to = clampIndex(end, bytes);
  return textUnits(ptr, bytes, min(from, to), max(from, to), outPtr);
}

/** `text.charAt(index)`, and `text[index]` where that is not empty. */
export function textCharAt(ptr: usize, bytes: u32, index: f64, outPtr: usize): u64 {
  if (index <= -1) return slice(ptr, 0);
  const from = clampIndex(index, bytes);
  return textUnits(ptr, bytes, from, from + 1, outPtr);
}

/** `text.at(index)`; empty for undefined. */
export function textAt(ptr: usize, bytes: u32, index: f64, outPtr: usize): u64 {
  return textCharAt(ptr, bytes, index <= -1 ? trunc(index) + <f64>unitCount(ptr, bytes) : index, outPtr);
}

/** An index that counts from the end where it is below zero. */
function relative(index: f64, count: u32): u32 {
  return clampIndex(index <= -1 ? trunc(index) + <f64>count : index, count);
}
