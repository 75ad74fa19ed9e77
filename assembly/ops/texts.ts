/** Operations on strings, over the functions of values/text-*.ts. What is hard there goes to the host row by row. */
import {
  NEED_ARENA,
  NEED_ASSIST,
  NEED_BAIL,
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
    store<u64>(dst + (<usize>row << 3), textConcat(ptrOf(x), bytesOf(x), ptrOf(y), bytesOf(y), ptr));
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
  const wanted = load<i32>(data, 4);
  const list = data + 8;
  const separator = list + (<usize>wanted << 3);
  const first = load<u8>(separator);
  for (let row: i32 = 0; row < rows; row++) {
    const text = at(a, row);
    const end = ptrOf(text) + bytesOf(text);
    let start = ptrOf(text);
    let index: i32 = 0;
    let isOver = false;
    for (let i: i32 = 0; i < wanted; i++) {
      const want = load<i32>(list + (<usize>i << 3));
      const dst = payloads(state, load<i32>(list + (<usize>i << 3), 4));
      let place: usize = 0;
      while (!isOver) {
        place = separatorBytes == 1 ? nextByte(start, end, first) : findBytes(start, end, separator, separatorBytes);
        if (index == want) break;
        if (!place) isOver = true;
        else {
          start = place + separatorBytes;
          index++;
        }
      }
      store<u8>(dst + VECTOR_TAGS + <usize>row, <u8>(isOver ? TAG_UNDEFINED : TAG_STRING));
      store<u64>(dst + (<usize>row << 3), isOver ? 0 : slice(start, <u32>((place ? place : end) - start)));
    }
  }
  return 0;
}

/** Address of the next byte of a value, 0 where there is none. */
function nextByte(start: usize, end: usize, value: u8): usize {
  if (ASC_FEATURE_SIMD) {
    const wanted = i8x16.splat(value);
    for (let p = start; p < end; p += 16) {
      const mask = i8x16.bitmask(i8x16.eq(v128.load(p), wanted));
      if (mask) {
        const at = p + ctz(mask);
        return at < end ? at : 0;
      }
    }
    return 0;
  }
  for (let p = start; p < end; p++) if (load<u8>(p) == value) return p;
  return 0;
}
