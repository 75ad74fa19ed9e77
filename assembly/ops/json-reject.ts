/** Rows that do not fit a declared schema: none of their fields has a value, and registers say why. */
import { JSON_NODE_BYTES, TAG_BOOLEAN, TAG_NUMBER, VECTOR_TAGS } from "../abi";
import { payloads } from "../vector";
import {
  clearColumn,
  FAULT,
  FAULT_AT,
  FAULTS,
  FIELD,
  forget,
  HARD,
  NUMBER_OF_FIELD,
  nodesEnd,
  OK,
  POSITION,
  REASON,
  ROW,
  rootOf,
  START,
  STATE,
} from "./json-table";

/** All rows fit, until they do not. */
export function beginReports(t: usize, rows: i32): void {
  const ok = reportAt(t, OK);
  if (ok) {
    for (let row: i32 = 0; row < rows; row++) store<u64>(ok + (<usize>row << 3), 1);
    memory.fill(ok + VECTOR_TAGS, <u8>TAG_BOOLEAN, rows);
  }
  for (let offset = REASON; offset <= POSITION; offset += 4) {
    const report = reportAt(t, offset);
    if (report) clearColumn(report, rows);
  }
}

/** Rejects the row at hand: `position` counts the bytes in front of the fault. `node` is 0 where the fault is not in a field. */
export function reject(t: usize, reason: u32, node: usize, position: u32): void {
  forget(t, rootOf(t), nodesEnd(t));
  store<u32>(t, 0, FAULTS);
  store<u32>(t, 0, HARD);
  report(t, OK, TAG_BOOLEAN, 0);
  report(t, REASON, TAG_NUMBER, reinterpret<u64>(<f64>reason));
  report(t, POSITION, TAG_NUMBER, reinterpret<u64>(<f64>position));
  if (node) report(t, FIELD, TAG_NUMBER, reinterpret<u64>(<f64>load<u32>(node, NUMBER_OF_FIELD)));
}

/** Rejects the row at hand for the first of the faults that its nodes have, if one has any. */
export function rejectFaults(t: usize): void {
  let first: usize = 0;
  const end = nodesEnd(t);
  for (let node = rootOf(t); node < end; node += JSON_NODE_BYTES) {
    if (load<u32>(node, FAULT) && (!first || load<u32>(node, FAULT_AT) < load<u32>(first, FAULT_AT))) first = node;
  }
  store<u32>(t, 0, FAULTS);
  if (first) reject(t, load<u32>(first, FAULT), first, load<u32>(first, FAULT_AT) - load<u32>(t, START));
}

function report(t: usize, offset: usize, tag: i32, payload: u64): void {
  const report = reportAt(t, offset);
  if (!report) return;
  const row = <usize>load<u32>(t, ROW);
  store<u64>(report + (row << 3), payload);
  store<u8>(report + VECTOR_TAGS + row, <u8>tag);
}

/** Address of a register that says why; 0 where it is not wanted. */
function reportAt(t: usize, offset: usize): usize {
  const register = load<i32>(t + offset);
  return register < 0 ? 0 : payloads(load<u32>(t, STATE), register);
}
