/**
 * JSON_FIELDS: the wanted fields of JSON texts, each into its register: what `JSON.parse` makes of them, bit for bit, with the whole text checked.
 *
 * Each row is first tried by the templates of the lines before it (json-learn.ts), then parsed (json-value.ts). The table (json-table.ts), in the data of
 * the instruction, says what is wanted. Register a holds the texts. Strings without escapes, objects and arrays are slices of them.
 */
import {
  JSON_DECLARED,
  JSON_FAULT_SYNTAX,
  JSON_FAULT_TYPE,
  JSON_IS_BOOLEAN,
  JSON_IS_NUMBER,
  JSON_IS_STRING,
  JSON_NAVIGATE,
  JSON_PARSE,
  NEED_ASSIST,
  NEED_BAIL,
  PROGRAM_ASSIST_COUNT,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_JSON,
  TAG_NUMBER,
  TAG_STRING,
  VECTOR_TAGS,
} from "../abi";
import { skipSpace } from "../values/json-scan";
import { assist, assistNone, dataOf, INS_A, payloads } from "../vector";
import { GAPS, learnBegin, learnFinish, learnNothing, TEMPLATES_MAX, templateAt } from "./json-learn";
import {
  begin,
  CURRENT,
  END,
  FAILED,
  FAULTS,
  fail,
  forget,
  HARD,
  hasChildren,
  LEARNING,
  LEARNT,
  MISSES,
  MODE,
  nodesEnd,
  PATIENCE,
  put,
  REFUSES,
  ROW,
  rootOf,
  START,
  STATUS,
  STATUS_SYNTAX,
} from "./json-table";
import { beginReports, reject, rejectFaults } from "./json-reject";
import { readByTemplate } from "./json-template";
import { readValue } from "./json-value";

/** Rows in a row that no template fits until another one is learnt; doubled each time. */
const PATIENCE_MIN: u32 = 8;
const PATIENCE_MAX: u32 = 1024;

/** a: texts; data: the table. */
export function jsonFields(state: usize, ins: usize, rows: i32): i32 {
  const t = dataOf(state, ins);
  const texts = payloads(state, load<i32>(ins, INS_A));
  const mode = load<i32>(t, MODE);
  assistNone(state);
  begin(t, state, rows);
  if (mode == JSON_DECLARED) beginReports(t, rows);
  for (let row: i32 = 0; row < rows; row++) {
    const text = load<u64>(texts + (<usize>row << 3));
    const tag = <i32>load<u8>(texts + VECTOR_TAGS + <usize>row);
    store<u32>(t, row, ROW);
    if ((tag == TAG_STRING && mode != JSON_NAVIGATE) || (tag == TAG_JSON && mode != JSON_PARSE)) {
      const from = <usize>(<u32>text);
      const need = readText(t, row, from, from + <usize>(text >> 32));
      if (need) return need;
      if (load<u32>(t, HARD)) {
        assist(state, row);
        store<u32>(t, 0, HARD);
      }
    } else if (mode == JSON_DECLARED) reject(t, JSON_FAULT_TYPE, rootOf(t), 0);
    else if (mode == JSON_PARSE || !putValue(t, tag, text)) return NEED_BAIL;
  }
  return load<u32>(state, PROGRAM_ASSIST_COUNT) ? NEED_ASSIST : 0;
}

/** A value that has no text: it is its own root, and has no fields. False where it inherits a wanted one. */
function putValue(t: usize, tag: i32, payload: u64): bool {
  const root = rootOf(t);
  let type: u32 = 0;
  if (tag == TAG_STRING) type = JSON_IS_STRING;
  else if (tag == TAG_NUMBER) type = JSON_IS_NUMBER;
  else if (tag == TAG_BOOLEAN) type = JSON_IS_BOOLEAN;
  else if (tag == TAG_BIGINT && hasChildren(t, root)) return false;
  if (load<u32>(root, REFUSES) & type) return false;
  put(t, root, tag, payload);
  return true;
}

/** Reads the text from `p` to `end` for the row at hand. */
function readText(t: usize, row: i32, p: usize, end: usize): i32 {
  store<u32>(t, <u32>p, START);
  store<u32>(t, <u32>end, END);
  store<i32>(t, 0, STATUS);
  if (load<u32>(t, CURRENT)) {
    if (readByTemplate(t, load<u32>(t, CURRENT), row, p, end) || readByOthers(t, row, p, end)) {
      if (load<u32>(t, FAULTS)) rejectFaults(t);
      if (load<u32>(t, MISSES)) {
        store<u32>(t, 0, MISSES);
        store<u32>(t, PATIENCE_MIN, PATIENCE);
      }
      return 0;
    }
    startAgain(t);
  }
  learnInTime(t);
  p = skipSpace(p, end);
  p = p < end ? readValue(t, rootOf(t), p) : fail(t, p);
  if (p) {
    p = skipSpace(p, end);
    if (p < end) fail(t, p);
  }
  const status = load<i32>(t, STATUS);
  if (load<u32>(t, LEARNING)) {
    if (status || load<u32>(t, FAULTS)) learnNothing(t);
    else store<u32>(t, <u32>learnFinish(t, end), CURRENT);
  }
  if (status > 0) return status;
  if (status == STATUS_SYNTAX) {
    if (load<i32>(t, MODE) != JSON_DECLARED) return NEED_BAIL;
    reject(t, JSON_FAULT_SYNTAX, 0, load<u32>(t, FAILED) - load<u32>(t, START));
  } else if (load<u32>(t, FAULTS)) rejectFaults(t);
  return 0;
}

/** By the templates that are not the current one. */
function readByOthers(t: usize, row: i32, p: usize, end: usize): bool {
  const current = <usize>load<u32>(t, CURRENT);
  const count = min<u32>(load<u32>(t, LEARNT), TEMPLATES_MAX);
  for (let i: u32 = 0; i < count; i++) {
    const template = templateAt(t, i);
    if (template == current || !load<u32>(template, GAPS)) continue;
    startAgain(t);
    if (readByTemplate(t, template, row, p, end)) {
      store<u32>(t, <u32>template, CURRENT);
      return true;
    }
  }
  return false;
}

/** Forgets what a template that does not fit has read. */
function startAgain(t: usize): void {
  forget(t, rootOf(t), nodesEnd(t));
  store<i32>(t, 0, STATUS);
  store<u32>(t, 0, FAULTS);
  store<u32>(t, 0, HARD);
}

/** Learns the row at hand, if it is time to. */
function learnInTime(t: usize): void {
  const misses = load<u32>(t, MISSES) + 1;
  store<u32>(t, misses, MISSES);
  if (load<u32>(t, LEARNT) >= TEMPLATES_MAX) {
    const patience = max(load<u32>(t, PATIENCE), PATIENCE_MIN);
    if (misses <= patience) return;
    store<u32>(t, min(2 * patience, PATIENCE_MAX), PATIENCE);
    store<u32>(t, 0, MISSES);
  }
  learnBegin(t);
}
