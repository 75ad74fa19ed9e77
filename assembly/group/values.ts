/**
 * Values of any type brought into cells of 16 bytes: payload u64 | tag u32 | capacity u32. Text in a cell has room of its own in the byte segments, of
 * which `capacity` says how much, so that what grows by joining is not copied each time.
 */
import {
  AGGREGATE_ABOVE,
  AGGREGATE_AND,
  AGGREGATE_BELOW,
  AGGREGATE_CONCAT,
  AGGREGATE_FIRST,
  AGGREGATE_GREATER,
  AGGREGATE_LAST,
  AGGREGATE_LESS,
  AGGREGATE_OR,
  NEED_BAIL,
  NEED_BYTES,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_JSON,
  TAG_NULL,
  TAG_NUMBER,
  TAG_STRING,
  TAG_UNDEFINED,
} from "../abi";
import { copyText } from "../bytes";
import { takeBytes } from "../table";
import { textCompare } from "../values/text-compare";
import { payloads, slice, tagsOf } from "../vector";
import { LENGTH_MAX } from "./keys";
import { AGGREGATE_CELL, AGGREGATE_FIRST_REGISTER, AGGREGATE_VALUE_REGISTER, entriesAt, ROW } from "./state";

export const CELL_TAG: usize = 8;
const CELL_CAPACITY: usize = 12;

/** Brings in the values of the rows from the one at hand on: 0, or `NEED_BYTES` or `NEED_BAIL` at a row. */
export function bringValues(state: usize, sink: usize, aggregate: usize, rows: i32): i32 {
  const op = load<i32>(aggregate);
  const entries = entriesAt(sink);
  const cell = <usize>load<u32>(aggregate, AGGREGATE_CELL);
  const firstRegister = load<i32>(aggregate, AGGREGATE_FIRST_REGISTER);
  const register = load<i32>(aggregate, AGGREGATE_VALUE_REGISTER);
  const first = payloads(state, firstRegister);
  const firstTags = tagsOf(state, firstRegister);
  const values = payloads(state, register);
  const tags = tagsOf(state, register);
  for (let row = load<i32>(sink, ROW); row < rows; row++) {
    const entry = load<u32>(entries + (<usize>row << 2));
    const at = <usize>(entry & ~1) + cell;
    let need: i32;
    if (entry & 1) {
      store<u64>(at, 0, CELL_TAG);
      need = put(sink, at, load<u64>(first + (<usize>row << 3)), load<u8>(firstTags + row));
    } else need = bring(sink, op, at, load<u64>(values + (<usize>row << 3)), load<u8>(tags + row));
    if (need) {
      store<i32>(sink, row, ROW);
      return need;
    }
  }
  store<i32>(sink, 0, ROW);
  return 0;
}

function bring(sink: usize, op: i32, at: usize, payload: u64, tag: u8): i32 {
  const current = load<u64>(at);
  const currentTag = load<u8>(at, CELL_TAG);
  switch (op) {
    case AGGREGATE_FIRST:
      return 0;
    case AGGREGATE_LAST:
      return put(sink, at, payload, tag);
    case AGGREGATE_AND:
      return isTruthy(current, currentTag) ? put(sink, at, payload, tag) : 0;
    case AGGREGATE_OR:
      return isTruthy(current, currentTag) ? 0 : put(sink, at, payload, tag);
    case AGGREGATE_CONCAT:
      return tag == TAG_STRING && currentTag == TAG_STRING ? join(sink, at, payload) : NEED_BAIL;
    case AGGREGATE_LESS:
    case AGGREGATE_GREATER:
    case AGGREGATE_BELOW:
    case AGGREGATE_ABOVE: {
      const order = compare(current, currentTag, payload, tag);
      if (order == INCOMPARABLE) return NEED_BAIL;
      let keeps = order == 1;
      if (op == AGGREGATE_LESS) keeps = order == -1;
      else if (op == AGGREGATE_BELOW) keeps = order != 1;
      else if (op == AGGREGATE_ABOVE) keeps = order != -1;
      return keeps ? 0 : put(sink, at, payload, tag);
    }
    default:
      return NEED_BAIL;
  }
}

export function isTruthy(payload: u64, tag: u8): bool {
  if (tag == TAG_STRING) return payload >> 32 != 0;
  if (tag == TAG_NUMBER) {
    const value = reinterpret<f64>(payload);
    return value == value && value != 0;
  }
  return tag == TAG_JSON || payload != 0;
}

const UNORDERED: i32 = 2;
const INCOMPARABLE: i32 = 3;

/** -1, 0 or 1; for NaN `UNORDERED`; where values would have to be converted `INCOMPARABLE`. */
function compare(a: u64, aTag: u8, b: u64, bTag: u8): i32 {
  if (aTag != bTag) return INCOMPARABLE;
  if (aTag == TAG_NUMBER) {
    const x = reinterpret<f64>(a);
    const y = reinterpret<f64>(b);
    return x < y ? -1 : x > y ? 1 : x == y ? 0 : UNORDERED;
  }
  if (aTag == TAG_STRING) {
    const order = textCompare(<usize>(<u32>a), <u32>(a >> 32), <usize>(<u32>b), <u32>(b >> 32));
    return order < 0 ? -1 : <i32>(order > 0);
  }
  if (aTag == TAG_BIGINT) return <i64>a < <i64>b ? -1 : <i32>(<i64>a > <i64>b);
  if (aTag == TAG_BOOLEAN || aTag == TAG_NULL) return a < b ? -1 : <i32>(a > b);
  return aTag == TAG_UNDEFINED ? UNORDERED : INCOMPARABLE;
}

/** Puts a value into a cell, text into room of the table. */
export function put(sink: usize, at: usize, payload: u64, tag: u8): i32 {
  if (tag != TAG_STRING && tag != TAG_JSON) {
    store<u64>(at, payload);
    // Room for text is given up with the address.
    store<u64>(at, tag, CELL_TAG);
    return 0;
  }
  const bytes = <u32>(payload >> 32);
  if (bytes > LENGTH_MAX) return NEED_BAIL;
  let ptr = <usize>load<u32>(at);
  if (bytes > load<u32>(at, CELL_CAPACITY) || !hasText(at)) {
    // The first text of a cell gets what it needs; where others follow, twice that.
    const capacity = hasText(at) ? 2 * rounded(bytes) : rounded(bytes);
    ptr = takeBytes(sink, capacity);
    if (!ptr) return NEED_BYTES;
    store<u32>(at, capacity, CELL_CAPACITY);
  }
  copyText(ptr, <usize>(<u32>payload), bytes);
  store<u64>(at, slice(ptr, bytes));
  store<u32>(at, tag, CELL_TAG);
  return 0;
}

// @ts-ignore: decorator
@inline function hasText(at: usize): bool {
  const tag = load<u8>(at, CELL_TAG);
  return tag == TAG_STRING || tag == TAG_JSON;
}

/** Copies of text are made 16 bytes at a time. */
function rounded(bytes: u32): u32 {
  return bytes ? (bytes + 15) & ~15 : 16;
}

/** Joins a text to that of a cell. Where a surrogate pair comes together its six bytes become four. */
function join(sink: usize, at: usize, payload: u64): i32 {
  let from = <usize>(<u32>payload);
  let more = <u32>(payload >> 32);
  if (!more) return 0;
  let ptr = <usize>load<u32>(at);
  let bytes = load<u32>(at, 4);
  if (bytes + more > LENGTH_MAX) return NEED_BAIL;
  // A pair that comes together leaves one byte more in front of the rest.
  if (bytes + 1 + rounded(more) > load<u32>(at, CELL_CAPACITY)) {
    const capacity = 2 * rounded(bytes + more + 16);
    const grown = takeBytes(sink, capacity);
    if (!grown) return NEED_BYTES;
    copyText(grown, ptr, bytes);
    ptr = grown;
    store<u32>(at, capacity, CELL_CAPACITY);
  }
  if (isPair(ptr, bytes, from, more)) {
    const high = <u32>(load<u8>(ptr + bytes - 2) & 15) << 6 | <u32>(load<u8>(ptr + bytes - 1) & 63);
    const low = <u32>(load<u8>(from, 1) & 15) << 6 | <u32>(load<u8>(from, 2) & 63);
    const point = 0x10000 + (high << 10) + low;
    bytes -= 3;
    store<u8>(ptr + bytes, 0xf0 | <u8>(point >> 18));
    store<u8>(ptr + bytes, 0x80 | <u8>((point >> 12) & 63), 1);
    store<u8>(ptr + bytes, 0x80 | <u8>((point >> 6) & 63), 2);
    store<u8>(ptr + bytes, 0x80 | <u8>(point & 63), 3);
    bytes += 4;
    from += 3;
    more -= 3;
  }
  copyText(ptr + bytes, from, more);
  store<u64>(at, slice(ptr, bytes + more));
  return 0;
}

/** Whether a text ends in a high surrogate and the next one begins with a low one. */
function isPair(ptr: usize, bytes: u32, from: usize, more: u32): bool {
  if (bytes < 3 || more < 3) return false;
  if (load<u8>(ptr + bytes - 3) != 0xed || (load<u8>(ptr + bytes - 2) & 0xf0) != 0xa0) return false;
  return load<u8>(from) == 0xed && (load<u8>(from, 1) & 0xf0) == 0xb0;
}
