/** Strings split at a text, and only the pieces that are wanted kept. */
import { TAG_STRING, TAG_UNDEFINED, VECTOR_TAGS } from "../abi";
import { byteMask } from "../bytes";
import { findBytes } from "../values/text-search";
import { bytesOf, dataOf, INS_A, payloadAt, payloads, ptrOf, slice } from "../vector";

/**
 * The pieces of a string split at a text that are wanted, in one pass; a piece that is not there is undefined.
 *
 *     data   0 bytes of the separator u32 | 4 wanted u32 | 8 wanted times: index i32, register i32, by rising index | the separator
 */
export function splitPieces(state: usize, ins: usize, rows: i32): i32 {
  const a = payloads(state, load<i32>(ins, INS_A));
  const data = dataOf(state, ins);
  const separatorBytes = load<u32>(data);
  const list = data + 8;
  const listEnd = list + (<usize>load<i32>(data, 4) << 3);
  const byte = load<u8>(listEnd);
  for (let row: i32 = 0; row < rows; row++) {
    const text = payloadAt(a, row);
    const end = ptrOf(text) + bytesOf(text);
    if (separatorBytes == 1) cutAtByte(state, row, ptrOf(text), end, byte, list, listEnd);
    else cutAtText(state, row, ptrOf(text), end, listEnd, separatorBytes, list, listEnd);
  }
  return 0;
}

function cutAtByte(state: usize, row: i32, ptr: usize, end: usize, byte: u8, list: usize, listEnd: usize): void {
  let next = list;
  let left = load<i32>(next);
  let start = ptr;
  for (let p = ptr; p < end; p += 16) {
    let places = byteMask(p, byte);
    if (p + 16 > end) places &= (1 << <i32>(end - p)) - 1;
    const count = popcnt(places);
    if (count <= left) {
      // None of these pieces is wanted, or only what the last one begins.
      if (count) start = p + 32 - clz(places);
      left -= count;
      continue;
    }
    while (places) {
      const place = p + ctz(places);
      if (left == 0) {
        setPiece(state, row, next, start, place);
        next += 8;
        if (next == listEnd) return;
        left = load<i32>(next) - load<i32>(next - 8);
      }
      left--;
      start = place + 1;
      places &= places - 1;
    }
  }
  lastPieces(state, row, next, left, start, end, listEnd);
}

function cutAtText(
  state: usize,
  row: i32,
  ptr: usize,
  end: usize,
  separator: usize,
  separatorBytes: u32,
  list: usize,
  listEnd: usize,
): void {
  let next = list;
  let left = load<i32>(next);
  let start = ptr;
  for (;;) {
    const place = findBytes(start, end, separator, separatorBytes);
    if (!place) break;
    if (left == 0) {
      setPiece(state, row, next, start, place);
      next += 8;
      if (next == listEnd) return;
      left = load<i32>(next) - load<i32>(next - 8);
    }
    left--;
    start = place + separatorBytes;
  }
  lastPieces(state, row, next, left, start, end, listEnd);
}

/** The piece up to the end, if it is wanted, and those that are not there. */
function lastPieces(state: usize, row: i32, next: usize, left: i32, start: usize, end: usize, listEnd: usize): void {
  let at = next;
  if (left == 0) {
    setPiece(state, row, at, start, end);
    at += 8;
  }
  for (; at < listEnd; at += 8) {
    const dst = payloads(state, load<i32>(at, 4));
    store<u64>(dst + (<usize>row << 3), 0);
    store<u8>(dst + VECTOR_TAGS + <usize>row, <u8>TAG_UNDEFINED);
  }
}

// @ts-ignore: decorator
@inline function setPiece(state: usize, row: i32, wanted: usize, start: usize, end: usize): void {
  const dst = payloads(state, load<i32>(wanted, 4));
  store<u64>(dst + (<usize>row << 3), slice(start, <u32>(end - start)));
  store<u8>(dst + VECTOR_TAGS + <usize>row, <u8>TAG_STRING);
}
