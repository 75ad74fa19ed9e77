/**
 * Text made of other text. Results are payloads (address and bytes, see vector.ts): at `outPtr`, or a view of an argument where nothing had to be made.
 * Each function says what room it needs there. Halves of a pair that come to stand side by side are joined: WTF-8 stays canonical.
 */
import { slice } from "../vector";
import { findBytes } from "./text-search";
import { before, codePoint, highSurrogate, isAscii, lowSurrogate, notAscii, writeSurrogate } from "./text-units";
import { skipSpace, skipSpaceBack } from "./white-space";

/** Appends bytes to what stands from `start` to `out`; returns the new end. */
export function append(start: usize, out: usize, ptr: usize, bytes: u32): usize {
  if (
    bytes >= 3 &&
    load<u8>(ptr) == 0xed &&
    load<u8>(ptr, 1) >= 0xb0 &&
    out - start >= 3 &&
    load<u8>(out - 3) == 0xed &&
    (load<u8>(out - 2) & 0xf0) == 0xa0
  ) {
    const point = 0x10000 + ((codePoint(out - 3) & 0x3ff) << 10) + (codePoint(ptr) & 0x3ff);
    store<u8>(out - 3, 0xf0 | (point >> 18));
    store<u8>(out - 2, 0x80 | ((point >> 12) & 63));
    store<u8>(out - 1, 0x80 | ((point >> 6) & 63));
    store<u8>(out, 0x80 | (point & 63));
    memory.copy(out + 1, ptr + 3, bytes - 3);
    return out + bytes - 2;
  }
  memory.copy(out, ptr, bytes);
  return out + bytes;
}

/** `a + b`. Room: the bytes of both. */
export function textConcat(a: usize, aBytes: u32, b: usize, bBytes: u32, outPtr: usize): u64 {
  if (!bBytes) return slice(a, aBytes);
  if (!aBytes) return slice(b, bBytes);
  memory.copy(outPtr, a, aBytes);
  return slice(outPtr, <u32>(append(outPtr, outPtr + aBytes, b, bBytes) - outPtr));
}

/** `text.repeat(count)`. Room: as many times the bytes. */
export function textRepeat(ptr: usize, bytes: u32, count: u32, outPtr: usize): u64 {
  let out = outPtr;
  for (let i: u32 = 0; i < count; i++) out = append(outPtr, out, ptr, bytes);
  return slice(outPtr, <u32>(out - outPtr));
}

/**
 * `text.padStart` or `text.padEnd` to `missing` units more than the text has; 0, hard, where the fill is not ASCII or empty.
 * Room: the bytes of the text and `missing`.
 */
export function textPad(
  ptr: usize,
  bytes: u32,
  missing: u32,
  fillPtr: usize,
  fillBytes: u32,
  isStart: bool,
  outPtr: usize,
): u64 {
  if (!fillBytes || !isAscii(fillPtr, fillBytes)) return 0;
  const fill = isStart ? outPtr : outPtr + bytes;
  memory.copy(isStart ? outPtr + missing : outPtr, ptr, bytes);
  for (let i: u32 = 0; i < missing; i += fillBytes) memory.copy(fill + i, fillPtr, min(fillBytes, missing - i));
  return slice(outPtr, bytes + missing);
}

/** `text.trimStart()` (sides 1), `text.trimEnd()` (2) or `text.trim()` (3): a view. */
export function textTrim(ptr: usize, bytes: u32, sides: i32): u64 {
  const start = sides & 1 ? skipSpace(ptr, ptr + bytes) : ptr;
  const end = sides & 2 ? skipSpaceBack(start, ptr + bytes) : ptr + bytes;
  return slice(start, <u32>(end - start));
}

/** `text.toUpperCase()` or `text.toLowerCase()`; 0, hard, where the text is not ASCII. Room: its bytes and `READ_AHEAD`. */
export function textCase(ptr: usize, bytes: u32, isUpper: bool, outPtr: usize): u64 {
  const first: u8 = isUpper ? 97 : 65;
  const end = ptr + bytes;
  let changed: i32 = 0;
  for (let p = ptr; p < end; p += 16) {
    if (notAscii(p, end)) return 0;
    changed |= before(otherCase(p, outPtr + (p - ptr), first), p, end);
  }
  return slice(changed ? outPtr : ptr, bytes);
}

/** Writes the 16 bytes at `p` with the 26 letters from `first` on in the other case, and returns bits for these. */
// @ts-ignore: decorator
@inline function otherCase(p: usize, out: usize, first: u8): i32 {
  if (ASC_FEATURE_SIMD) {
    const bytes = v128.load(p);
    const letters = i8x16.le_u(i8x16.sub(bytes, i8x16.splat(first)), i8x16.splat(25));
    v128.store(out, v128.xor(bytes, v128.and(letters, i8x16.splat(32))));
    return i8x16.bitmask(letters);
  }
  let mask: i32 = 0;
  for (let i: usize = 0; i < 16; i++) {
    const byte = load<u8>(p + i);
    const isLetter = <u8>(byte - first) < 26;
    store<u8>(out + i, isLetter ? byte ^ 32 : byte);
    mask |= <i32>isLetter << <i32>i;
  }
  return mask;
}

/** What `textSplit` returns with the last piece. */
export const SPLIT_END: u32 = 0xffffffff;

/**
 * The next piece of `text.split(separator)`, as a payload at `resultPtr`; returns the position to go on from, at first 0, or `SPLIT_END`. Split at "",
 * the pieces are units, and halves of four bytes are made at `outPtr`. Room: 3. Not for "" split at "", which has no piece, nor for a separator with an
 * open edge.
 */
export function textSplit(
  ptr: usize,
  bytes: u32,
  separatorPtr: usize,
  separatorBytes: u32,
  position: u32,
  resultPtr: usize,
  outPtr: usize,
): u32 {
  if (!separatorBytes) return splitUnits(ptr, bytes, position, resultPtr, outPtr);
  const start = ptr + position;
  const place = findBytes(start, ptr + bytes, separatorPtr, separatorBytes);
  const end = place ? place : ptr + bytes;
  store<u64>(resultPtr, slice(start, <u32>(end - start)));
  return place ? <u32>(place - ptr) + separatorBytes : SPLIT_END;
}

/** A position is twice an offset, and one more for the second half there. */
function splitUnits(ptr: usize, bytes: u32, position: u32, resultPtr: usize, outPtr: usize): u32 {
  const offset = position >> 1;
  const p = ptr + offset;
  const byte = load<u8>(p);
  let length: u32 = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
  if (length < 4) store<u64>(resultPtr, slice(p, length));
  else {
    const point = codePoint(p);
    writeSurrogate(outPtr, position & 1 ? lowSurrogate(point) : highSurrogate(point));
    store<u64>(resultPtr, slice(outPtr, 3));
    if (!(position & 1)) return position + 1;
  }
  return offset + length == bytes ? SPLIT_END : (offset + length) << 1;
}

/**
 * `text.replace(pattern, replacement)` or, `isAll`, `text.replaceAll`, of texts; 0, hard, where the replacement has a "$", or all places of "" are
 * meant. Not for a pattern with an open edge. Room: the bytes of the text, and of the replacement for each place (`countPlaces`).
 */
export function textReplace(
  ptr: usize,
  bytes: u32,
  patternPtr: usize,
  patternBytes: u32,
  replacementPtr: usize,
  replacementBytes: u32,
  isAll: bool,
  outPtr: usize,
): u64 {
  if (hasDollar(replacementPtr, replacementBytes)) return 0;
  if (!patternBytes) return isAll ? 0 : textConcat(replacementPtr, replacementBytes, ptr, bytes, outPtr);
  const end = ptr + bytes;
  let from = ptr;
  let out = outPtr;
  let place = findBytes(ptr, end, patternPtr, patternBytes);
  if (!place) return slice(ptr, bytes);
  while (place) {
    out = append(outPtr, out, from, <u32>(place - from));
    out = append(outPtr, out, replacementPtr, replacementBytes);
    from = place + patternBytes;
    place = isAll ? findBytes(from, end, patternPtr, patternBytes) : 0;
  }
  return slice(outPtr, <u32>(append(outPtr, out, from, <u32>(end - from)) - outPtr));
}

function hasDollar(ptr: usize, bytes: u32): bool {
  for (let p = ptr; p < ptr + bytes; p++) if (load<u8>(p) == 36) return true;
  return false;
}
