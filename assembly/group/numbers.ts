/** Numbers brought into cells of eight bytes: one loop for each way. What a key begins with is stored as it is: 0 + -0 would lose a sign. */
import {
  AGGREGATE_ABOVE,
  AGGREGATE_BELOW,
  AGGREGATE_BIT_AND,
  AGGREGATE_BIT_OR,
  AGGREGATE_BIT_XOR,
  AGGREGATE_COUNT,
  AGGREGATE_FIRST,
  AGGREGATE_GREATER,
  AGGREGATE_LAST,
  AGGREGATE_LESS,
  AGGREGATE_MAX,
  AGGREGATE_MIN,
  AGGREGATE_SUM,
  AGGREGATE_AND,
  AGGREGATE_OR,
  BAD_SIZE,
  NEED_BAIL,
  TAG_NUMBER,
} from "../abi";
import { payloads, tagsOf } from "../vector";
import { areAll } from "./keys";
import { AGGREGATE_CELL, AGGREGATE_FIRST_REGISTER, AGGREGATE_VALUE_REGISTER, entriesAt } from "./state";

/** Brings in the values of all rows; `NEED_BAIL` where one is no number. */
export function bringNumbers(state: usize, sink: usize, aggregate: usize, rows: i32): i32 {
  const op = load<i32>(aggregate);
  const entries = entriesAt(sink);
  const cell = <usize>load<u32>(aggregate, AGGREGATE_CELL);
  if (op == AGGREGATE_COUNT) {
    count(entries, rows, cell);
    return 0;
  }
  const firstRegister = load<i32>(aggregate, AGGREGATE_FIRST_REGISTER);
  const register = load<i32>(aggregate, AGGREGATE_VALUE_REGISTER);
  if (!areAll(tagsOf(state, register), rows, TAG_NUMBER)) return NEED_BAIL;
  if (firstRegister != register && !areAll(tagsOf(state, firstRegister), rows, TAG_NUMBER)) return NEED_BAIL;
  const first = payloads(state, firstRegister);
  const values = payloads(state, register);
  switch (op) {
    case AGGREGATE_SUM:
      bring(AGGREGATE_SUM, entries, rows, cell, first, values);
      break;
    case AGGREGATE_MIN:
      bring(AGGREGATE_MIN, entries, rows, cell, first, values);
      break;
    case AGGREGATE_MAX:
      bring(AGGREGATE_MAX, entries, rows, cell, first, values);
      break;
    case AGGREGATE_FIRST:
    case AGGREGATE_LAST:
    case AGGREGATE_LESS:
    case AGGREGATE_GREATER:
    case AGGREGATE_BELOW:
    case AGGREGATE_ABOVE:
    case AGGREGATE_AND:
    case AGGREGATE_OR:
    case AGGREGATE_BIT_AND:
    case AGGREGATE_BIT_OR:
    case AGGREGATE_BIT_XOR:
      bring(op, entries, rows, cell, first, values);
      break;
    default:
      return BAD_SIZE;
  }
  return 0;
}

function count(entries: usize, rows: i32, cell: usize): void {
  for (let row = 0; row < rows; row++) {
    const entry = load<u32>(entries + (<usize>row << 2));
    const at = <usize>(entry & ~1) + cell;
    store<f64>(at, entry & 1 ? 1 : load<f64>(at) + 1);
  }
}

/** Inlined once for each way that is given as a constant, and once for those that are rare. */
// @ts-ignore: decorator
@inline function bring(op: i32, entries: usize, rows: i32, cell: usize, first: usize, values: usize): void {
  for (let row = 0; row < rows; row++) {
    const entry = load<u32>(entries + (<usize>row << 2));
    const at = <usize>(entry & ~1) + cell;
    if (entry & 1) store<f64>(at, load<f64>(first + (<usize>row << 3)));
    else store<f64>(at, brought(op, load<f64>(at), load<f64>(values + (<usize>row << 3))));
  }
}

// @ts-ignore: decorator
@inline function brought(op: i32, a: f64, b: f64): f64 {
  if (op == AGGREGATE_SUM) return a + b;
  if (op == AGGREGATE_MIN) return min<f64>(a, b);
  if (op == AGGREGATE_MAX) return max<f64>(a, b);
  return rare(op, a, b);
}

function rare(op: i32, a: f64, b: f64): f64 {
  switch (op) {
    case AGGREGATE_FIRST:
      return a;
    case AGGREGATE_LESS:
      return a < b ? a : b;
    case AGGREGATE_GREATER:
      return a > b ? a : b;
    case AGGREGATE_BELOW:
      return b < a ? b : a;
    case AGGREGATE_ABOVE:
      return b > a ? b : a;
    case AGGREGATE_AND:
      return a == a && a != 0 ? b : a;
    case AGGREGATE_OR:
      return a == a && a != 0 ? a : b;
    case AGGREGATE_BIT_AND:
      return <f64>(toInt32(a) & toInt32(b));
    case AGGREGATE_BIT_OR:
      return <f64>(toInt32(a) | toInt32(b));
    case AGGREGATE_BIT_XOR:
      return <f64>(toInt32(a) ^ toInt32(b));
    default:
      return b;
  }
}

/** JavaScript's ToInt32: modulo 2^32. */
function toInt32(value: f64): i32 {
  if (abs(value) < 9223372036854775808.0) return <i32>(<i64>value);
  // 2^63 and more, an infinity or NaN: the low 32 bits of significand << exponent - 52.
  const bits = reinterpret<u64>(value);
  const exponent = <i32>((bits >> 52) & 0x7ff) - 1075;
  if (exponent > 31) return 0;
  const low = <i32>(((bits & 0xfffffffffffff) | 0x10000000000000) << exponent);
  return <i64>bits < 0 ? -low : low;
}
