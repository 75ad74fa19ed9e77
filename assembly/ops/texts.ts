/** Operations on strings, over the functions of values/text-*.ts. What is hard there goes to the host row by row. */
import {
  NEED_ARENA,
  NEED_ASSIST,
  NEED_BAIL,
  PROGRAM_ARENA_NEXT,
  PROGRAM_POWERS,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_JSON,
  TAG_NULL,
  TAG_NUMBER,
  TAG_STRING,
  TAG_UNDEFINED,
  VECTOR_TAGS,
} from "../abi";
import { NUMBER_TEXT_ROOM, numberToText } from "../values/number-format";
import { textCompare } from "../values/text-compare";
import { textCase, textConcat, textTrim } from "../values/text-make";
import {
  countPlaces,
  findBytes,
  textEndsWith,
  TEXT_HARD,
  textIncludes,
  textIndexOf,
  textLastIndexOf,
  textStartsWith,
} from "../values/text-search";
import { textAt, textCharAt, textSlice, textSubstring } from "../values/text-slice";
import { charCodeAt, codePointAt, unitCount } from "../values/text-units";
import {
  allocate,
  assist,
  assistNone,
  dataOf,
  INS_A,
  INS_B,
  INS_C,
  INS_DST,
  INS_IMM,
  payloads,
  slice,
} from "../vector";
import {
  COMPARE_GREATER,
  COMPARE_GREATER_EQUAL,
  COMPARE_LESS,
  TEXT_AT,
  TEXT_CHAR_AT,
  TEXT_CHAR_CODE_AT,
  TEXT_CODE_POINT_AT,
  TEXT_ENDS_WITH,
  TEXT_INDEX_OF,
  TEXT_LAST_INDEX_OF,
  TEXT_LENGTH,
  TEXT_LOWER,
  TEXT_SLICE,
  TEXT_SPLIT_COUNT,
  TEXT_STARTS_WITH,
  TEXT_SUBSTRING,
  TEXT_TRIM,
  TEXT_TRIM_START,
  TEXT_UPPER,
} from "./codes";

const NULL_TEXT: u32 = 0x6c6c756e;
const TRUE_TEXT: u32 = 0x65757274;
const FALSE_TEXT: u64 = 0x65736c6166;
const UNDEFINED_TEXT: u64 = 0x6e696665646e75;

/** Gives back what an operation that has made `text` took from the arena for it at `room` and did not use. */
// @ts-ignore: decorator
@inline function keep(state: usize, room: usize, text: u64): void {
  const end = ptrOf(text) == room ? room + bytesOf(text) : room;
  store<u32>(state, <u32>end, PROGRAM_ARENA_NEXT);
}

// @ts-ignore: decorator
@inline function at(registers: usize, row: i32): u64 {
  return load<u64>(registers + (<usize>row << 3));
}

// @ts-ignore: decorator
@inline function ptrOf(text: u64): usize {
  return <usize>(<u32>text);
}

// @ts-ignore: decorator
@inline function bytesOf(text: u64): u32 {
  return <u32>(text >> 32);
}

/** The number of register operand in a row; `missing` where the operand is -1. */
function numberAt(state: usize, register: i32, row: i32, missing: f64): f64 {
  return register < 0 ? missing : load<f64>(payloads(state, register) + (<usize>row << 3));
}

export function compareText(state: usize, ins: usize, rows: i32): i32 {
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const b = payloads(state, load<i32>(ins, INS_B));
  const kind = load<i32>(ins, INS_IMM);
  for (let row: i32 = 0; row < rows; row++) {
    const x = at(a, row);
    const y = at(b, row);
    const order = textCompare(ptrOf(x), bytesOf(x), ptrOf(y), bytesOf(y));
    const holds =
      kind == COMPARE_LESS
        ? order < 0
        : kind == COMPARE_GREATER
          ? order > 0
          : kind == COMPARE_GREATER_EQUAL
            ? order >= 0
            : order <= 0;
    store<u64>(dst + (<usize>row << 3), <u64>holds);
  }
  memory.fill(dst + VECTOR_TAGS, <u8>TAG_BOOLEAN, rows);
  return 0;
}

/** `String(value)`. */
export function toText(state: usize, ins: usize, rows: i32): i32 {
  assistNone(state);
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const condition = load<i32>(ins, INS_B);
  const powers = <usize>load<u32>(state, PROGRAM_POWERS);
  let hard = false;
  for (let row: i32 = 0; row < rows; row++) {
    const value = at(a, row);
    const tag = <i32>load<u8>(a + VECTOR_TAGS + <usize>row);
    let text: u64 = 0;
    if (tag == TAG_STRING) text = value;
    else if (tag == TAG_JSON) {
      if (condition < 0 || load<u64>(payloads(state, condition) + (<usize>row << 3))) return NEED_BAIL;
    } else if (tag == TAG_BIGINT) {
      assist(state, row);
      hard = true;
    } else {
      const ptr = allocate(state, NUMBER_TEXT_ROOM);
      if (!ptr) return NEED_ARENA;
      let bytes: i32;
      if (tag == TAG_NUMBER) {
        bytes = numberToText(reinterpret<f64>(value), powers, ptr);
        if (!bytes) {
          assist(state, row);
          hard = true;
        }
      } else bytes = wordFor(tag, value, ptr);
      text = slice(ptr, bytes);
      keep(state, ptr, text);
    }
    store<u64>(dst + (<usize>row << 3), text);
  }
  memory.fill(dst + VECTOR_TAGS, <u8>TAG_STRING, rows);
  return hard ? NEED_ASSIST : 0;
}

function wordFor(tag: i32, value: u64, ptr: usize): i32 {
  if (tag == TAG_NULL) {
    store<u32>(ptr, NULL_TEXT);
    return 4;
  }
  if (tag == TAG_UNDEFINED) {
    store<u64>(ptr, UNDEFINED_TEXT | (<u64>0x65 << 56));
    store<u8>(ptr, 0x64, 8);
    return 9;
  }
  if (value) {
    store<u32>(ptr, TRUE_TEXT);
    return 4;
  }
  store<u64>(ptr, FALSE_TEXT);
  return 5;
}

export function concat(state: usize, ins: usize, rows: i32): i32 {
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const b = payloads(state, load<i32>(ins, INS_B));
  for (let row: i32 = 0; row < rows; row++) {
    const x = at(a, row);
    const y = at(b, row);
    const ptr = allocate(state, bytesOf(x) + bytesOf(y));
    if (!ptr) return NEED_ARENA;
    const text = textConcat(ptrOf(x), bytesOf(x), ptrOf(y), bytesOf(y), ptr);
    keep(state, ptr, text);
    store<u64>(dst + (<usize>row << 3), text);
  }
  memory.fill(dst + VECTOR_TAGS, <u8>TAG_STRING, rows);
  return 0;
}

export function textTest(state: usize, ins: usize, rows: i32): i32 {
  assistNone(state);
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const b = payloads(state, load<i32>(ins, INS_B));
  const c = load<i32>(ins, INS_C);
  const kind = load<i32>(ins, INS_IMM);
  let hard = false;
  for (let row: i32 = 0; row < rows; row++) {
    const x = at(a, row);
    const y = at(b, row);
    const result =
      kind == TEXT_STARTS_WITH
        ? textStartsWith(ptrOf(x), bytesOf(x), ptrOf(y), bytesOf(y), numberAt(state, c, row, 0))
        : kind == TEXT_ENDS_WITH
          ? textEndsWith(ptrOf(x), bytesOf(x), ptrOf(y), bytesOf(y), numberAt(state, c, row, Infinity))
          : textIncludes(ptrOf(x), bytesOf(x), ptrOf(y), bytesOf(y), numberAt(state, c, row, 0));
    if (result == TEXT_HARD) {
      assist(state, row);
      hard = true;
    }
    store<u64>(dst + (<usize>row << 3), <u64>(result & 1));
  }
  memory.fill(dst + VECTOR_TAGS, <u8>TAG_BOOLEAN, rows);
  return hard ? NEED_ASSIST : 0;
}

export function textNumber(state: usize, ins: usize, rows: i32): i32 {
  assistNone(state);
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const b = load<i32>(ins, INS_B);
  const c = load<i32>(ins, INS_C);
  const kind = load<i32>(ins, INS_IMM);
  const tags = dst + VECTOR_TAGS;
  memory.fill(tags, <u8>TAG_NUMBER, rows);
  let hard = false;
  for (let row: i32 = 0; row < rows; row++) {
    const x = at(a, row);
    const ptr = ptrOf(x);
    const bytes = bytesOf(x);
    let result: f64;
    if (kind == TEXT_LENGTH) result = <f64>unitCount(ptr, bytes);
    else if (kind == TEXT_CHAR_CODE_AT) {
      const unit = charCodeAt(ptr, bytes, numberAt(state, b, row, 0));
      result = unit < 0 ? NaN : <f64>unit;
    } else if (kind == TEXT_CODE_POINT_AT) {
      const point = codePointAt(ptr, bytes, numberAt(state, b, row, 0));
      if (point < 0) store<u8>(tags + <usize>row, <u8>TAG_UNDEFINED);
      result = <f64>max(point, 0);
    } else {
      const y = at(payloads(state, b), row);
      if (kind == TEXT_SPLIT_COUNT) result = <f64>countPlaces(ptr, bytes, ptrOf(y), bytesOf(y)) + 1;
      else {
        const place =
          kind == TEXT_INDEX_OF
            ? textIndexOf(ptr, bytes, ptrOf(y), bytesOf(y), numberAt(state, c, row, 0))
            : textLastIndexOf(ptr, bytes, ptrOf(y), bytesOf(y), numberAt(state, c, row, NaN));
        if (place == TEXT_HARD) {
          assist(state, row);
          hard = true;
        }
        result = <f64>place;
      }
    }
    store<f64>(dst + (<usize>row << 3), result);
  }
  return hard ? NEED_ASSIST : 0;
}

export function textPart(state: usize, ins: usize, rows: i32): i32 {
  assistNone(state);
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const b = load<i32>(ins, INS_B);
  const c = load<i32>(ins, INS_C);
  const kind = load<i32>(ins, INS_IMM);
  const tags = dst + VECTOR_TAGS;
  memory.fill(tags, <u8>TAG_STRING, rows);
  let hard = false;
  for (let row: i32 = 0; row < rows; row++) {
    const x = at(a, row);
    const ptr = ptrOf(x);
    const bytes = bytesOf(x);
    let result: u64;
    if (kind >= TEXT_TRIM && kind <= TEXT_TRIM + 2) {
      result = textTrim(ptr, bytes, kind == TEXT_TRIM ? 3 : kind == TEXT_TRIM_START ? 1 : 2);
    } else {
      const out = allocate(state, bytes + 8);
      if (!out) return NEED_ARENA;
      if (kind == TEXT_LOWER || kind == TEXT_UPPER) {
        result = textCase(ptr, bytes, kind == TEXT_UPPER, out);
        if (!result) {
          assist(state, row);
          hard = true;
        }
      } else if (kind == TEXT_CHAR_AT) result = textCharAt(ptr, bytes, numberAt(state, b, row, 0), out);
      else if (kind == TEXT_AT) {
        result = textAt(ptr, bytes, numberAt(state, b, row, 0), out);
        if (!(result >> 32)) {
          result = 0;
          store<u8>(tags + <usize>row, <u8>TAG_UNDEFINED);
        }
      } else {
        const from = numberAt(state, b, row, 0);
        const to = numberAt(state, c, row, Infinity);
        result = kind == TEXT_SLICE ? textSlice(ptr, bytes, from, to, out) : textSubstring(ptr, bytes, from, to, out);
      }
      keep(state, out, result);
    }
    store<u64>(dst + (<usize>row << 3), result);
  }
  return hard ? NEED_ASSIST : 0;
}

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
    const text = at(a, row);
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

// @ts-ignore: decorator
@inline export function byteMask(p: usize, byte: u8): i32 {
  if (ASC_FEATURE_SIMD) return i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(byte)));
  let mask: i32 = 0;
  for (let i: usize = 0; i < 16; i++) mask |= <i32>(load<u8>(p + i) == byte) << <i32>i;
  return mask;
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
