/** The values of cells of CSV: text, decimals, whole numbers and booleans, as src/schema/read-csv.ts has them. */
import {
  CSV_F64,
  CSV_I64,
  CSV_I64_BIG,
  CSV_UTF8,
  PROGRAM_POWERS,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_JSON,
  TAG_NUMBER,
  TAG_STRING,
  TAG_UNDEFINED,
  VECTOR_TAGS,
} from "../abi";
import { isDecimal } from "../values/decimal-syntax";
import { digitCount, digitValue, PARSE_END, PARSE_HARD, PARSE_NOT_A_NUMBER, parseUnsigned } from "../values/number-parse";
import { plainNumber } from "../values/plain-number";
import { wholeNumber } from "../values/whole-number";
import { allocate, slice } from "../vector";
import { QUOTE } from "./csv";

/** The cell is a value of its column. */
export const CELL_VALUE: i32 = 0;
export const CELL_NONE: i32 = 1;
/** It is a number, but which one the host has to say: its register has the text, as that of JSON, which no cell has. */
export const CELL_HARD: i32 = 2;
export const CELL_ARENA: i32 = 3;

/** In a cell: doubled quotes and whether it is quoted. */
const CELL_QUOTES: usize = 8;
const NUMBER: usize = 32;
const SAFE_MAX: u64 = (1 << 53) - 1;
/** Digits of numbers none of which is above that. */
const SAFE_DIGITS: i32 = 15;
const TRUE_TEXT: u32 = 0x65757274;
const FALSE_TEXT: u64 = 0x65736c6166;
const FIVE_BYTES: u64 = 0xffffffffff;

/** Reads the cell of an entry for a row where that is plain: without quotes, and a number of few digits. */
// @ts-ignore: decorator
@inline export function readPlainCell(cell: usize, entry: usize, row: i32): bool {
  if (load<u64>(cell, CELL_QUOTES)) return false;
  const kind = load<i32>(entry, 4);
  const column = <usize>load<u32>(entry, 12);
  const text = load<u64>(cell);
  if (kind == CSV_UTF8) {
    put(column, row, TAG_STRING, text);
    return true;
  }
  const ptr = <usize>(<u32>text);
  const bytes = <u32>(text >> 32);
  if (kind == CSV_I64) {
    if (bytes - 1 >= <u32>SAFE_DIGITS || <u32>digitCount(ptr, ptr + bytes) != bytes) return false;
    if (column) put(column, row, TAG_NUMBER, reinterpret<u64>(<f64>digitValue(ptr, bytes)));
    return true;
  }
  if (kind != CSV_F64) return false;
  const value = plainNumber(ptr, bytes);
  if (value != value) return false;
  put(column, row, TAG_NUMBER, reinterpret<u64>(value));
  return true;
}

/** Reads the cell of an entry for a row. */
export function readCell(state: usize, t: usize, cell: usize, entry: usize, row: i32): i32 {
  const kind = load<i32>(entry, 4);
  const column = <usize>load<u32>(entry, 12);
  let ptr = <usize>load<u32>(cell);
  let bytes = load<u32>(cell, 4);
  const doubled = load<u32>(cell, 8);
  if (doubled) {
    bytes -= doubled;
    const room = allocate(state, bytes);
    if (!room) return CELL_ARENA;
    unquote(ptr, bytes, <u8>load<u32>(t, QUOTE), room);
    ptr = room;
  }
  if (kind == CSV_UTF8) return put(column, row, TAG_STRING, slice(ptr, bytes));
  if (!bytes && !load<u32>(cell, 12)) return put(column, row, TAG_UNDEFINED, 0);
  if (kind == CSV_F64) return readDecimal(state, t, ptr, bytes, column, row);
  if (kind == CSV_I64 || kind == CSV_I64_BIG) return readWhole(t, ptr, bytes, kind == CSV_I64, column, row);
  const isTrue = bytes == 4 && load<u32>(ptr) == TRUE_TEXT;
  if (!isTrue && (bytes != 5 || (load<u64>(ptr) & FIVE_BYTES) != FALSE_TEXT)) return CELL_NONE;
  return put(column, row, TAG_BOOLEAN, <u64>isTrue);
}

// @ts-ignore: decorator
@inline function put(column: usize, row: i32, tag: i32, payload: u64): i32 {
  if (column) {
    store<u64>(column + (<usize>row << 3), payload);
    store<u8>(column + VECTOR_TAGS + <usize>row, <u8>tag);
  }
  return CELL_VALUE;
}

/** Writes a cell of `bytes` bytes in which quotes are doubled, with one of each two. */
function unquote(ptr: usize, bytes: u32, quote: u8, out: usize): void {
  let p = ptr;
  for (let i: u32 = 0; i < bytes; i++) {
    const byte = load<u8>(p);
    store<u8>(out + i, byte);
    p += byte == quote ? 2 : 1;
  }
}

// @ts-ignore: decorator
@inline function isSign(byte: u8): bool {
  return byte == 43 || byte == 45;
}

function readDecimal(state: usize, t: usize, ptr: usize, bytes: u32, column: usize, row: i32): i32 {
  if (!bytes) return CELL_NONE;
  const end = ptr + bytes;
  const first = load<u8>(ptr);
  if (!column) return isDecimal(ptr + <usize>isSign(first), end) ? CELL_VALUE : CELL_NONE;
  const powers = <usize>load<u32>(state, PROGRAM_POWERS);
  const status = parseUnsigned(ptr + <usize>isSign(first), end, first == 45, false, powers, t + NUMBER);
  if (status == PARSE_NOT_A_NUMBER || load<u32>(t, NUMBER + PARSE_END) != <u32>end) return CELL_NONE;
  if (status != PARSE_HARD) return put(column, row, TAG_NUMBER, load<u64>(t, NUMBER));
  put(column, row, TAG_JSON, slice(ptr, bytes));
  return CELL_HARD;
}

function readWhole(t: usize, ptr: usize, bytes: u32, isNumber: bool, column: usize, row: i32): i32 {
  if (!bytes) return CELL_NONE;
  const first = load<u8>(ptr);
  const isNegative = first == 45;
  const digits = ptr + <usize>isSign(first);
  const end = ptr + bytes;
  const count = <i32>(end - digits);
  if (!column && count <= SAFE_DIGITS) return count && digitCount(digits, end) == count ? CELL_VALUE : CELL_NONE;
  if (!wholeNumber(digits, end, t + NUMBER)) return CELL_NONE;
  const size = load<u64>(t, NUMBER);
  if (size > (isNumber ? SAFE_MAX : (<u64>1 << 63) - <u64>!isNegative)) return CELL_NONE;
  const value = isNegative ? 0 - <i64>size : <i64>size;
  if (isNumber) return put(column, row, TAG_NUMBER, reinterpret<u64>(<f64>value));
  return put(column, row, TAG_BIGINT, <u64>value);
}
