/**
 * Rows that may be among the first ones of an order: those that come before a bound, the last of the first ones so far. The host sets the bound, once it
 * has put what was collected in order; until then all rows may be.
 */
import {
  COLLECT_COLUMN_BYTES,
  COLLECT_COLUMN_RULE,
  COLLECT_COLUMNS,
  COLLECT_FIRST_COLUMN,
  COLLECT_FIRST_DESCENDING,
  COLLECT_FIRST_TIES,
  ORDER_BY_VALUE,
  TAG_NUMBER,
  VECTOR_TAGS,
} from "../abi";
import { areAll, ORDER } from "../ops/divide";
import { textCompare } from "../values/text-compare";
import { payloads } from "../vector";
import { payloadAt, tagAt } from "./cell";
import { LAST, orderClass, rank, TEXT, together, UNORDERED } from "./rank";

// In the header of the sink, behind what the host writes.
const IS_SET: usize = 76;
const BOUND: usize = 80;
const BOUND_TAG: usize = 88;
/** Of a column: what its values can be compared with. */
const SEEN: usize = 28;

/** Sets the bound of a sink to a row of a frame of its columns, which stays where it is for as long. */
export function collectBound(sink: usize, frame: usize, row: u32): i32 {
  const column = load<u32>(sink, COLLECT_FIRST_COLUMN);
  const reference = (<u64>row << 32) | <u64>frame;
  store<u64>(sink, payloadAt(reference, column), BOUND);
  store<u32>(sink, tagAt(reference, column), BOUND_TAG);
  store<u32>(sink, 1, IS_SET);
  return 0;
}

/** Lists the rows that may be among the first ones; returns how many, or -1 where JavaScript has to say. */
export function listFirst(state: usize, sink: usize, columns: usize, rows: i32): i32 {
  if (!areOrdered(state, sink, columns, rows)) return -1;
  // The list has all rows until then.
  if (!load<u32>(sink, IS_SET)) return rows;
  const out = sink + ORDER;
  const column = columns + <usize>load<u32>(sink, COLLECT_FIRST_COLUMN) * COLLECT_COLUMN_BYTES;
  const keys = payloads(state, load<i32>(column));
  const boundTag = load<u8>(sink, BOUND_TAG);
  const bound = load<f64>(sink, BOUND);
  // NaN comes last: nothing would be less.
  const isNumber = boundTag == TAG_NUMBER && bound == bound && !load<u32>(sink, COLLECT_FIRST_TIES);
  if (!isNumber || !areAll(keys + VECTOR_TAGS, rows, <u8>TAG_NUMBER)) return listValues(sink, keys, rows, out);
  return listNumbers(keys, rows, bound, load<u32>(sink, COLLECT_FIRST_DESCENDING) != 0, out);
}

function listNumbers(keys: usize, rows: i32, bound: f64, descends: bool, out: usize): i32 {
  const sign: f64 = descends ? -1 : 1;
  const end = bound * sign;
  let count = 0;
  for (let row = 0; row < rows; row++) {
    store<u16>(out + (<usize>count << 1), <u16>row);
    count += <i32>(load<f64>(keys + (<usize>row << 3)) * sign < end);
  }
  return count;
}

function listValues(sink: usize, keys: usize, rows: i32, out: usize): i32 {
  const bound = load<u64>(sink, BOUND);
  const boundTag = load<u8>(sink, BOUND_TAG);
  const boundClass = orderClass(bound, boundTag, ORDER_BY_VALUE);
  const ties = load<u32>(sink, COLLECT_FIRST_TIES) != 0;
  const flip: u64 = load<u32>(sink, COLLECT_FIRST_DESCENDING) ? -1 : 0;
  const boundRank = boundClass == TEXT ? 0 : rank(bound, boundTag, flip);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const payload = load<u64>(keys + (<usize>row << 3));
    const tag = load<u8>(keys + VECTOR_TAGS + row);
    const kind = orderClass(payload, tag, ORDER_BY_VALUE);
    if (together(kind, boundClass) == UNORDERED) return -1;
    let order: i32;
    if (kind == LAST || boundClass == LAST) order = <i32>(kind == LAST) - <i32>(boundClass == LAST);
    else if (kind == TEXT) {
      order = textCompare(<usize>(<u32>payload), <u32>(payload >> 32), <usize>(<u32>bound), <u32>(bound >> 32));
      if (flip) order = -order;
    } else {
      const own = rank(payload, tag, flip);
      order = own < boundRank ? -1 : <i32>(own > boundRank);
    }
    store<u16>(out + (<usize>count << 1), <u16>row);
    count += <i32>(order < 0 || (ties && order == 0));
  }
  return count;
}

/** Whether a comparator can tell the order of all rows, also of those that are left out: the keys that it compares are of one class. */
function areOrdered(state: usize, sink: usize, columns: usize, rows: i32): bool {
  const count = load<u32>(sink, COLLECT_COLUMNS);
  for (let i: u32 = 0; i < count; i++) {
    const column = columns + <usize>i * COLLECT_COLUMN_BYTES;
    const rule = load<u32>(column, COLLECT_COLUMN_RULE);
    if (rule == ORDER_BY_VALUE) continue;
    const values = payloads(state, load<i32>(column));
    let seen = load<i32>(column, SEEN);
    for (let row = 0; row < rows; row++) {
      const kind = orderClass(load<u64>(values + (<usize>row << 3)), load<u8>(values + VECTOR_TAGS + row), rule);
      seen = kind == UNORDERED ? kind : together(seen, kind);
      if (seen == UNORDERED) return false;
    }
    store<i32>(column, seen, SEEN);
  }
  return true;
}
