/** The entries of a state as rows: all that are there, in order of insertion, or those that a list names. */
import {
  CELL_NUMBER,
  GROUP_COMPOSITE,
  GROUP_FORM,
  GROUP_KEYS,
  NEED_ARENA,
  PROGRAM_SOURCE_END,
  PROGRAM_SOURCE_NEXT,
  PROGRAM_SOURCE_ROW,
  STATE_LIST,
  STATE_LIST_COUNT,
  TAG_JSON,
  TAG_NUMBER,
  TAG_STRING,
  TAG_UNDEFINED,
  VECTOR_ROWS,
  VECTOR_TAGS,
} from "../abi";
import { copyText } from "../bytes";
import { tagOfWord } from "../group/keys";
import { AGGREGATE_CELL, AGGREGATE_CELL_BYTES, aggregateAt, entriesAt, KEY_CELL, keyAt } from "../group/state";
import { CELL_TAG } from "../group/values";
import { ENTRY_LENGTH, entriesBegin, entriesEnd, INLINE_KEY_BYTES, segmentFirst, segmentNext, strideOf } from "../table";
import { allocate, dataOf, INS_DST, INS_IMM, payloads, slice } from "../vector";
import { ABSENT, flagsOf, get, longKey, orderAt, TOUCHED } from "./layout";

/**
 * The next entries of the state at `PROGRAM_SOURCE_END`: the imm columns that the data list, into registers from dst on: leaves of the key, then of the
 * state. Below zero minus what is needed. The entries of the rows are then those at hand.
 */
export function fillFromState(state: usize, ins: usize): i32 {
  const sink = <usize>load<u32>(state, PROGRAM_SOURCE_END);
  const place = load<u32>(state, PROGRAM_SOURCE_NEXT);
  const segment = load<u32>(state, PROGRAM_SOURCE_ROW);
  const rows = get(sink, STATE_LIST) ? listed(state, sink) : next(state, sink);
  const count = load<u32>(ins, INS_IMM);
  const list = dataOf(state, ins);
  const keys = load<u32>(sink, GROUP_KEYS);
  const entries = entriesAt(sink);
  for (let i: u32 = 0; i < count; i++) {
    const column = load<u32>(list + (<usize>i << 2));
    const out = payloads(state, load<i32>(ins, INS_DST) + i);
    for (let row = 0; row < rows; row++) {
      const entry = <usize>load<u32>(entries + (<usize>row << 2));
      if (column < keys) readKey(sink, column, entry, out, row);
      else if (!readLeaf(state, sink, column - keys, entry, out, row, (flagsOf(entry) & TOUCHED) != 0)) {
        store<u32>(state, place, PROGRAM_SOURCE_NEXT);
        store<u32>(state, segment, PROGRAM_SOURCE_ROW);
        return -NEED_ARENA;
      }
    }
  }
  return rows;
}

/** The entries that a list names, from `PROGRAM_SOURCE_NEXT` on. */
function listed(state: usize, sink: usize): i32 {
  const from = load<u32>(state, PROGRAM_SOURCE_NEXT);
  const rows = min<u32>(get(sink, STATE_LIST_COUNT) - from, VECTOR_ROWS);
  memory.copy(entriesAt(sink), <usize>(get(sink, STATE_LIST) + (from << 2)), <usize>rows << 2);
  inOrder(sink, rows);
  store<u32>(state, from + rows, PROGRAM_SOURCE_NEXT);
  return <i32>rows;
}

/** The entries that are there, from the one at `PROGRAM_SOURCE_NEXT` in the segment at `PROGRAM_SOURCE_ROW` on; 0 and 0 at first. */
function next(state: usize, sink: usize): i32 {
  let segment = <usize>load<u32>(state, PROGRAM_SOURCE_ROW);
  let entry = <usize>load<u32>(state, PROGRAM_SOURCE_NEXT);
  if (!segment) {
    segment = segmentFirst(sink);
    if (!segment) return 0;
    entry = entriesBegin(segment);
  }
  const entries = entriesAt(sink);
  const stride = strideOf(sink);
  let rows = 0;
  while (true) {
    const end = entriesEnd(sink, segment);
    for (; entry < end && rows < VECTOR_ROWS; entry += stride) {
      store<u32>(entries + (<usize>rows << 2), <u32>entry);
      rows += <i32>!(flagsOf(entry) & ABSENT);
    }
    if (entry < end || !segmentNext(segment)) break;
    segment = segmentNext(segment);
    entry = entriesBegin(segment);
  }
  store<u32>(state, <u32>segment, PROGRAM_SOURCE_ROW);
  store<u32>(state, <u32>entry, PROGRAM_SOURCE_NEXT);
  inOrder(sink, rows);
  return rows;
}

/** Rows that are changed are those of the vector, one after the other. */
function inOrder(sink: usize, rows: u32): void {
  const order = orderAt(sink);
  for (let row: u32 = 0; row < rows; row++) store<u16>(order + (<usize>row << 1), <u16>row);
}

/** Reads a leaf of the key of an entry. */
function readKey(sink: usize, index: u32, entry: usize, out: usize, row: i32): void {
  const at = out + (<usize>row << 3);
  let tag: u32;
  if (load<i32>(sink, GROUP_FORM) == GROUP_COMPOSITE) {
    const cell = entry + <usize>load<u32>(keyAt(sink, index), KEY_CELL);
    tag = load<u8>(cell, CELL_TAG);
    store<u64>(at, load<u64>(cell));
  } else {
    const word = load<u32>(entry, ENTRY_LENGTH);
    tag = tagOfWord(word);
    if (tag == TAG_STRING) store<u64>(at, slice(word <= INLINE_KEY_BYTES ? entry : longKey(entry), word));
    else store<u64>(at, load<u64>(entry));
  }
  store<u8>(out + VECTOR_TAGS + row, <u8>tag);
}

/** Reads a leaf of the state of an entry, undefined of none; false where the arena lacks room for text that is copied, as it may be written over. */
export function readLeaf(state: usize, sink: usize, index: u32, entry: usize, out: usize, row: i32, isCopied: bool): bool {
  const leaf = aggregateAt(sink, index);
  const at = out + (<usize>row << 3);
  let tag: u8 = <u8>TAG_UNDEFINED;
  let payload: u64 = 0;
  if (entry) {
    const cell = entry + <usize>load<u32>(leaf, AGGREGATE_CELL);
    payload = load<u64>(cell);
    tag = load<u32>(leaf, AGGREGATE_CELL_BYTES) == CELL_NUMBER ? <u8>TAG_NUMBER : load<u8>(cell, CELL_TAG);
    if (isCopied && (tag == TAG_STRING || tag == TAG_JSON)) {
      const bytes = <u32>(payload >> 32);
      const ptr = allocate(state, bytes);
      if (!ptr) return false;
      copyText(ptr, <usize>(<u32>payload), bytes);
      payload = slice(ptr, bytes);
    }
  }
  store<u64>(at, payload);
  store<u8>(out + VECTOR_TAGS + row, tag);
  return true;
}
