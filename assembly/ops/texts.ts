/** What strings are asked for, over the functions of values/text-*.ts. What is hard there goes to the host row by row. */
import { NEED_ARENA, NEED_ASSIST, TAG_BOOLEAN, TAG_NUMBER, TAG_STRING, TAG_UNDEFINED, VECTOR_TAGS } from "../abi";
import { textCompare } from "../values/text-compare";
import { textCase, textTrim } from "../values/text-make";
import {
  countPlaces,
  TEXT_HARD,
  textEndsWith,
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
  bytesOf,
  INS_A,
  INS_B,
  INS_C,
  INS_DST,
  INS_IMM,
  keep,
  payloadAt,
  payloads,
  ptrOf,
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
  TEXT_LENGTH,
  TEXT_LOWER,
  TEXT_SLICE,
  TEXT_SPLIT_COUNT,
  TEXT_STARTS_WITH,
  TEXT_TRIM,
  TEXT_TRIM_START,
  TEXT_UPPER,
} from "./codes";

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
    const x = payloadAt(a, row);
    const y = payloadAt(b, row);
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

export function textTest(state: usize, ins: usize, rows: i32): i32 {
  assistNone(state);
  const dst = payloads(state, load<i32>(ins, INS_DST));
  const a = payloads(state, load<i32>(ins, INS_A));
  const b = payloads(state, load<i32>(ins, INS_B));
  const c = load<i32>(ins, INS_C);
  const kind = load<i32>(ins, INS_IMM);
  let hard = false;
  for (let row: i32 = 0; row < rows; row++) {
    const x = payloadAt(a, row);
    const y = payloadAt(b, row);
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
    const x = payloadAt(a, row);
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
      const y = payloadAt(payloads(state, b), row);
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
    const x = payloadAt(a, row);
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
