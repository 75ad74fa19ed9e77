/**
 * Keys of a state whose values the host keeps, at the numbers that its entries have: 0, 1, ... in order of insertion, in their only leaf. A version looks
 * up the keys of all of its rows (`OP_STATE_KEYS`); the host then computes what each row does to its key; `stateSettle` does that, in the order of the rows.
 *
 *     list of a version's rows    entries u32[rows] | numbers u32[rows]; when it is settled the host has put there what each row does (ROW_*), and gets
 *                                 1 more than the number of the entry that took the place of the row's one from there on, or 0
 *
 * A key that is not there gets a `TENTATIVE` entry, which rows behind it find. The row that puts it makes it an entry like any other, unless a later
 * entry is one already, or the key was there and is removed: then a copy at the end takes its place, so that entries stay in the order of insertion. The
 * old one, absent, has the address of the new one where its number was. Tentative entries that no row has put are absent in the end.
 */
import {
  BAD_HEADER,
  GROUP_COMPOSITE,
  GROUP_FORM,
  GROUP_KEYS,
  NEED_BAIL,
  NEED_ENTRIES,
  NEED_JOURNAL,
  NEED_LOG,
  PROGRAM_NEED_STATE,
  PROGRAM_SINK_ROW,
  ROW_REMOVES,
  STATE_ENTRIES,
  STATE_LIVE,
  STATE_LOG_COUNT,
  STATE_LOG_ROOM,
  STATE_NUMBER,
  STATE_NUMBER_NEXT,
  STATE_ROWS,
  STATE_ROWS_COUNT,
  STATE_ROWS_DONE,
  STATE_TOUCH,
  TABLE_NEED,
  TABLE_STRIDE,
  TAG_NUMBER,
  VECTOR_TAGS,
} from "../abi";
import { keyAt } from "../group/state";
import { entriesBegin, entriesEnd, ENTRY_END, ENTRY_NEXT, segmentNext, strideOf, tableCheck } from "../table";
import { INS_EXTRA, payloads } from "../vector";
import { add, find, hash } from "./find";
import { ABSENT, flagsOf, get, set, setFlags, TENTATIVE, TOUCHED } from "./layout";
import { beginOrder, moveSlot, slotOf } from "./order";
import { keep, remove, touch } from "./store";
import { newEntry, newSegment } from "./versions";

/** Sink: adds the entries of the rows' keys to the list; the state has their registers. */
export function stateKeys(state: usize, ins: usize, rows: i32): i32 {
  const sink = <usize>load<u32>(ins, INS_EXTRA);
  if (tableCheck(sink) < 0) return BAD_HEADER;
  let row = load<i32>(state, PROGRAM_SINK_ROW);
  if (!row && (!hash(state, sink, rows) || hasMinusZero(state, sink, rows))) return NEED_BAIL;
  beginOrder(sink);
  const cell = <usize>get(sink, STATE_NUMBER);
  const numbers = <usize>get(sink, STATE_ROWS_COUNT) << 2;
  let at = <usize>(get(sink, STATE_ROWS) + (get(sink, STATE_ROWS_DONE) << 2));
  for (; row < rows; row++) {
    let entry = find(state, sink, row);
    if (!entry) {
      const number = get(sink, STATE_ENTRIES);
      entry = add(state, sink, row);
      if (!entry) break;
      store<f64>(entry + cell, <f64>number);
      setFlags(entry, TOUCHED | TENTATIVE);
    }
    store<u32>(at, <u32>entry);
    store<u32>(at + numbers, <u32>load<f64>(entry + cell));
    at += 4;
  }
  set(sink, STATE_ROWS_DONE, (<u32>at - get(sink, STATE_ROWS)) >> 2);
  if (row == rows) return 0;
  store<i32>(state, row, PROGRAM_SINK_ROW);
  store<u32>(state, <u32>sink, PROGRAM_NEED_STATE);
  return load<i32>(sink, TABLE_NEED);
}

/**
 * Whether a number in a key of several values is -0: to be the same key as one with 0 it must be looked up, but which of them the key is depends on the
 * row that puts it, which is not known yet.
 */
function hasMinusZero(state: usize, sink: usize, rows: i32): bool {
  if (load<i32>(sink, GROUP_FORM) != GROUP_COMPOSITE) return false;
  const keys = load<u32>(sink, GROUP_KEYS);
  for (let i: u32 = 0; i < keys; i++) {
    const values = payloads(state, load<i32>(keyAt(sink, i)));
    for (let row = 0; row < rows; row++) {
      const isMinimum = load<u64>(values + (<usize>row << 3)) == 1 << 63;
      if (isMinimum && load<u8>(values + VECTOR_TAGS + row) == TAG_NUMBER) return true;
    }
  }
  return false;
}

/** Does what the rows of the list do, from number `from` on; returns how many are done: fewer where room is lacking, as the header then says. */
export function stateSettle(sink: usize, from: u32): i32 {
  const status = tableCheck(sink);
  if (status < 0) return status;
  const count = get(sink, STATE_ROWS_COUNT);
  const entries = <usize>get(sink, STATE_ROWS);
  const changes = entries + (<usize>count << 2);
  const cell = <usize>get(sink, STATE_NUMBER);
  if (!from) set(sink, STATE_NUMBER_NEXT, 0);
  for (let row = from; row < count; row++) {
    const at = changes + (<usize>row << 2);
    const change = load<u32>(at);
    if (!change) continue;
    let entry = <usize>load<u32>(entries + (<usize>row << 2));
    while (flagsOf(entry) & ABSENT && load<u32>(entry + cell)) entry = <usize>load<u32>(entry + cell);
    const need = change == ROW_REMOVES ? removeKey(sink, entry, cell, at) : putKey(sink, entry, cell, at);
    if (need) {
      store<u32>(sink, need, TABLE_NEED);
      return row;
    }
  }
  dropTentative(sink);
  return count;
}

/** A row removes its key, which is there. */
function removeKey(sink: usize, entry: usize, cell: usize, at: usize): i32 {
  const need = remove(sink, entry);
  if (need) return need;
  store<u64>(entry + cell, 0);
  store<u32>(at, 0);
  return 0;
}

/** A row puts its key; at `at` it says by which number, where that is another one. */
function putKey(sink: usize, entry: usize, cell: usize, at: usize): i32 {
  const touches = get(sink, STATE_TOUCH) != 0;
  if (touches && get(sink, STATE_LOG_COUNT) == get(sink, STATE_LOG_ROOM)) return NEED_LOG;
  const flags = flagsOf(entry);
  let moved: u32 = 0;
  if (flags & (TENTATIVE | ABSENT)) {
    let number = <u32>load<f64>(entry + cell);
    if (flags & ABSENT || number < get(sink, STATE_NUMBER_NEXT)) {
      if (load<u32>(sink, ENTRY_NEXT) == load<u32>(sink, ENTRY_END)) return NEED_ENTRIES;
      if (flags & ABSENT) set(sink, STATE_LIVE, get(sink, STATE_LIVE) + 1);
      number = get(sink, STATE_ENTRIES);
      entry = copyToEnd(sink, entry, cell, number);
      moved = number + 1;
    }
    setFlags(entry, TOUCHED);
    set(sink, STATE_NUMBER_NEXT, number + 1);
  } else if (!keep(sink, entry)) return NEED_JOURNAL;
  if (touches) touch(sink, entry);
  store<u32>(at, moved);
  return 0;
}

/** A copy of an entry, which becomes absent and leads to it. There is room. */
function copyToEnd(sink: usize, entry: usize, cell: usize, number: u32): usize {
  const made = <usize>load<u32>(sink, ENTRY_NEXT);
  const stride = load<u32>(sink, TABLE_STRIDE);
  memory.copy(made, entry, stride);
  store<u32>(sink, <u32>made + stride, ENTRY_NEXT);
  set(sink, STATE_ENTRIES, number + 1);
  store<f64>(made + cell, <f64>number);
  moveSlot(slotOf(sink, entry), made);
  setFlags(entry, ABSENT);
  store<u64>(entry + cell, <u64>made);
  return made;
}

function dropTentative(sink: usize): void {
  const stride = strideOf(sink);
  let segment = newSegment(sink);
  let entry = newEntry(sink, segment);
  for (; segment; segment = segmentNext(segment), entry = segment ? entriesBegin(segment) : 0) {
    const end = entriesEnd(sink, segment);
    for (; entry < end; entry += stride) {
      if (!(flagsOf(entry) & TENTATIVE)) continue;
      setFlags(entry, ABSENT);
      set(sink, STATE_LIVE, get(sink, STATE_LIVE) - 1);
    }
  }
}
