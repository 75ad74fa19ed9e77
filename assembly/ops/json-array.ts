/** Arrays that JSON_FIELDS has left as text, and so checked: their elements and how many there are. */
import {
  NEED_ARENA,
  NEED_BAIL,
  PROGRAM_ARENA_NEXT,
  PROGRAM_POWERS,
  TAG_BOOLEAN,
  TAG_JSON,
  TAG_NULL,
  TAG_NUMBER,
  TAG_STRING,
  TAG_UNDEFINED,
  VECTOR_ROWS,
  VECTOR_TAGS,
} from "../abi";
import { decodeString, skipSpace, stringClose, stringStop, wordLength } from "../values/json-scan";
import { PARSE_EXACT, parseDecimal } from "../values/number-parse";
import { allocate, dataOf, INS_A, INS_DST, INS_IMM, payloads, slice } from "../vector";
import { gather } from "./expand";

/** The arena lacks room for the element: `NEED_ARENA`, and the same element again. */
const ELEMENT_NO_ROOM: usize = 1;
/** The element is a number that only JavaScript reads exactly: `NEED_BAIL`. */
const ELEMENT_HARD: usize = 2;

/** Where the first element of the array at `ptr` starts; 0 where it has none. */
function elementFirst(ptr: usize, end: usize): usize {
  const p = skipSpace(ptr + 1, end);
  return load<u8>(p) == 93 ? 0 : p;
}

/**
 * Writes the element at `p` of an array that ends at `end` into row `row` of the vector `out`; returns where the next one starts, 0 behind the last one,
 * or `ELEMENT_NO_ROOM` or `ELEMENT_HARD` where it has not been written.
 */
function elementNext(state: usize, p: usize, end: usize, out: usize, row: i32): usize {
  const payload = out + (<usize>row << 3);
  const tag = out + VECTOR_TAGS + <usize>row;
  const byte = load<u8>(p);
  let next = valueEnd(p, end);
  if (byte == 34) {
    let text = slice(p + 1, <u32>(next - p - 2));
    if (stringStop(p + 1, end) != next - 1) {
      const room = allocate(state, <u32>(next - p - 2));
      if (!room) return ELEMENT_NO_ROOM;
      const textEnd = decodeString(p + 1, next - 1, room);
      store<u32>(state, <u32>textEnd, PROGRAM_ARENA_NEXT);
      text = slice(room, <u32>(textEnd - room));
    }
    store<u64>(payload, text);
    store<u8>(tag, <u8>TAG_STRING);
  } else if (byte == 123 || byte == 91) {
    store<u64>(payload, slice(p, <u32>(next - p)));
    store<u8>(tag, <u8>TAG_JSON);
  } else if (byte == 110 || byte == 116 || byte == 102) {
    store<u64>(payload, <u64>(byte == 116));
    store<u8>(tag, <u8>(byte == 110 ? TAG_NULL : TAG_BOOLEAN));
  } else if (!writeNumber(state, p, end, payload, tag)) return ELEMENT_HARD;
  next = skipSpace(next, end);
  return load<u8>(next) == 44 ? skipSpace(next + 1, end) : 0;
}

function writeNumber(state: usize, p: usize, end: usize, payload: usize, tag: usize): bool {
  // What comes behind the number needs room that may be the next row's, which is not written yet, or the tags', so that both are put back.
  const behind = load<u64>(payload, 8);
  const status = parseDecimal(p, end, load<u32>(state, PROGRAM_POWERS), payload);
  store<u64>(payload, behind, 8);
  store<u8>(tag, <u8>TAG_NUMBER);
  return status == PARSE_EXACT;
}

/** Address behind the checked value at `p`. */
function valueEnd(p: usize, end: usize): usize {
  let depth: i32 = 0;
  while (true) {
    const byte = load<u8>(p);
    if (byte == 34) p = stringClose(p + 1, end) + 1;
    else if (byte == 123 || byte == 91) {
      depth++;
      p++;
    } else if (byte == 125 || byte == 93) {
      depth--;
      p++;
    } else if (byte <= 32 || byte == 44 || byte == 58) p++;
    else {
      const length = wordLength(p, end);
      if (length) p += length;
      else p = numberEnd(p, end);
    }
    if (depth == 0) return p;
  }
}

function numberEnd(p: usize, end: usize): usize {
  while (p < end) {
    const byte = load<u8>(p);
    if (byte <= 32 || byte == 44 || byte == 93 || byte == 125) break;
    p++;
  }
  return p;
}

// As in expand.ts; the position is where the next element starts in the row's text.
const FRAME_ROWS: usize = 4;
const FRAME_ROW: usize = 8;
const FRAME_POSITION: usize = 12;

/** The next elements of the arrays in a, as `expand`. */
export function expandJson(state: usize, ins: usize, frame: usize): i32 {
  const source = payloads(state, load<i32>(ins, INS_A));
  const first = payloads(state, load<i32>(ins, INS_DST));
  const count = load<i32>(ins, INS_IMM);
  const carried = dataOf(state, ins);
  const rows = load<i32>(frame, FRAME_ROWS);
  let row = load<i32>(frame, FRAME_ROW);
  let position = load<u32>(frame, FRAME_POSITION);
  let made: i32 = 0;
  while (row < rows && made < VECTOR_ROWS) {
    const text = load<u64>(source + (<usize>row << 3));
    const begin = <usize>(<u32>text);
    const end = begin + <usize>(text >> 32);
    if (load<u8>(source + VECTOR_TAGS + <usize>row) != TAG_JSON || load<u8>(begin) != 91) return -NEED_BAIL;
    const before = made;
    let p = position ? begin + <usize>position : elementFirst(begin, end);
    while (p && made < VECTOR_ROWS) {
      p = elementNext(state, p, end, first, made);
      if (p == ELEMENT_NO_ROOM) return -NEED_ARENA;
      if (p == ELEMENT_HARD) return -NEED_BAIL;
      made++;
    }
    gather(state, carried, count, row, before, made);
    position = <u32>(p ? p - begin : 0);
    if (!p) row++;
  }
  store<i32>(frame, row, FRAME_ROW);
  store<u32>(frame, position, FRAME_POSITION);
  return made;
}

/**
 * `value.length` of arrays. Of what has no such property, undefined; of strings and objects, whose length is another thing, it is not known:
 * `NEED_BAIL`.
 */
export function jsonLength(state: usize, ins: usize, rows: i32): i32 {
  const source = payloads(state, load<i32>(ins, INS_A));
  const out = payloads(state, load<i32>(ins, INS_DST));
  for (let row: i32 = 0; row < rows; row++) {
    const at = <usize>row << 3;
    const tag = <i32>load<u8>(source + VECTOR_TAGS + <usize>row);
    const value = load<u64>(source + at);
    const text = <usize>(<u32>value);
    if (tag == TAG_STRING || (tag == TAG_JSON && load<u8>(text) != 91)) return NEED_BAIL;
    const isArray = tag == TAG_JSON;
    const length = isArray ? elementCount(text, text + <usize>(value >> 32)) : 0;
    store<u64>(out + at, isArray ? reinterpret<u64>(<f64>length) : 0);
    store<u8>(out + VECTOR_TAGS + <usize>row, <u8>(isArray ? TAG_NUMBER : TAG_UNDEFINED));
  }
  return 0;
}

/** Elements of the array from `ptr` to `end`. */
function elementCount(ptr: usize, end: usize): i32 {
  let count: i32 = 0;
  let p = elementFirst(ptr, end);
  while (p) {
    count++;
    p = skipSpace(valueEnd(p, end), end);
    p = load<u8>(p) == 44 ? skipSpace(p + 1, end) : 0;
  }
  return count;
}
