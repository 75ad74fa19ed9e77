/**
 * Folding by key with what the program computes: rows of one key are taken in turn, as a fold from the left takes them.
 *
 * `OP_FOLD` finds the entry of each row (group.ts), puts what a key begins with into its cells, and then gives out the other rows in rounds: the
 * first one has the first row that is left of each key, and so on. Of the rows of a round it gathers what is in the cells and what the program
 * reads of them; the program computes what the cells hold after it, which `OP_FOLD_END`, the sink, puts there.
 *
 * The rounds of a vector (group/ranks.ts) lie in the scratch of the sink, whose hashes are not needed any more:
 *
 *     lo     table of latest rows u16[2048] | rank of each row u16[1024] | rows by rank u16[1024]
 *     words  where each rank begins among these u16[1026]
 */
import {
  CELL_NUMBER,
  GROUP_AGGREGATES,
  NEED_ARENA,
  NEED_BAIL,
  PROGRAM_DEPTH,
  PROGRAM_INSTRUCTIONS,
  PROGRAM_NEED_STATE,
  PROGRAM_EXPANSIONS,
  EXPANSION_BYTES,
  INSTRUCTION_BYTES,
  TAG_JSON,
  TAG_NUMBER,
  TAG_STRING,
  VECTOR_ROWS,
  VECTOR_TAGS,
} from "../abi";
import { copyText } from "../bytes";
import { areAll } from "../group/keys";
import { LATEST_BYTES, orderByRank, rankRows } from "../group/ranks";
import { AGGREGATE, AGGREGATE_CELL, AGGREGATE_CELL_BYTES, aggregateAt, entriesAt, loAt, ROW, wordsAt } from "../group/state";
import { CELL_TAG, put } from "../group/values";
import { allocate, dataOf, INS_EXTRA, INS_IMM, payloads, slice, tagsOf } from "../vector";
import { enter } from "./group";

const FRAME_ROWS: usize = 4;
/** 0: entries have not been found; from then on 1 more than the next round. */
const FRAME_ROUND: usize = 8;

const RANKS: usize = LATEST_BYTES;
const ORDER: usize = RANKS + 2 * VECTOR_ROWS;
/** The bit of an entry's word that says that the row is the one that its key begins with. */
const IS_FIRST: u32 = 1;
/** Text that folding makes longer than this is left to JavaScript, which joins long text without copying it. */
const TEXT_BYTES_MAX: u32 = 4096;

/** Rows of the next round, 0 at the end, below zero minus what is needed. */
export function fold(state: usize, ins: usize, frame: usize): i32 {
  const sink = <usize>load<u32>(ins, INS_EXTRA);
  let round = load<u32>(frame, FRAME_ROUND);
  if (!round) {
    const rows = load<i32>(frame, FRAME_ROWS);
    const need = enter(state, sink, rows);
    if (need) return -need;
    const latest = loAt(sink);
    const most = rankRows(entriesAt(sink), IS_FIRST, rows, latest, latest + RANKS);
    orderByRank(latest + RANKS, rows, most, latest + ORDER, wordsAt(sink));
    round = 1;
    store<u32>(frame, round, FRAME_ROUND);
  }
  const begins = wordsAt(sink) + (<usize>(round - 1) << 1);
  const begin = load<u16>(begins);
  const rows = <i32>load<u16>(begins, 2) - <i32>begin;
  if (rows <= 0) return 0;
  const order = loAt(sink) + ORDER + (<usize>begin << 1);
  if (!gatherCells(state, ins, sink, order, rows)) return -NEED_ARENA;
  gatherRows(state, ins, order, rows);
  store<u32>(sink, 0, ROW);
  store<u32>(sink, 0, AGGREGATE);
  store<u32>(frame, round + 1, FRAME_ROUND);
  return rows;
}

/** What is in the cells of the rows, into registers. Texts that other cells' texts may be written over are copied: false where the arena lacks room. */
function gatherCells(state: usize, ins: usize, sink: usize, order: usize, rows: i32): bool {
  const entries = entriesAt(sink);
  const count = load<u32>(sink, GROUP_AGGREGATES);
  const registers = dataOf(state, ins) + (<usize>load<u32>(ins, INS_IMM) << 3);
  let values: u32 = 0;
  for (let i: u32 = 0; i < count; i++) values += u32(!isNumber(aggregateAt(sink, i)));
  for (let i: u32 = 0; i < count; i++) {
    const register = load<i32>(registers + (<usize>i << 2));
    if (register < 0) continue;
    const aggregate = aggregateAt(sink, i);
    const cell = <usize>load<u32>(aggregate, AGGREGATE_CELL);
    const out = payloads(state, register);
    if (isNumber(aggregate)) {
      for (let row = 0; row < rows; row++) store<u64>(out + (<usize>row << 3), load<u64>(entryAt(entries, order, row) + cell));
      memory.fill(out + VECTOR_TAGS, <u8>TAG_NUMBER, rows);
      continue;
    }
    for (let row = 0; row < rows; row++) {
      const at = entryAt(entries, order, row) + cell;
      const tag = load<u8>(at, CELL_TAG);
      let payload = load<u64>(at);
      if (values > 1 && (tag == TAG_STRING || tag == TAG_JSON)) {
        const bytes = <u32>(payload >> 32);
        const ptr = allocate(state, bytes);
        if (!ptr) return false;
        copyText(ptr, <usize>(<u32>payload), bytes);
        payload = slice(ptr, bytes);
      }
      store<u64>(out + (<usize>row << 3), payload);
      store<u8>(out + VECTOR_TAGS + row, tag);
    }
  }
  return true;
}

/** What the program reads of the rows themselves. */
function gatherRows(state: usize, ins: usize, order: usize, rows: i32): void {
  const count = load<u32>(ins, INS_IMM);
  let pair = dataOf(state, ins);
  for (let i: u32 = 0; i < count; i++, pair += 8) {
    const from = payloads(state, load<i32>(pair));
    const to = payloads(state, load<i32>(pair, 4));
    for (let row = 0; row < rows; row++) {
      const at = <usize>load<u16>(order + (<usize>row << 1));
      store<u64>(to + (<usize>row << 3), load<u64>(from + (at << 3)));
      store<u8>(to + VECTOR_TAGS + row, load<u8>(from + VECTOR_TAGS + at));
    }
  }
}

/** The sink: puts what was computed into the cells of the rows of the round. */
export function foldEnd(state: usize, ins: usize, rows: i32): i32 {
  const frame = state + PROGRAM_EXPANSIONS + <usize>(load<u32>(state, PROGRAM_DEPTH) - 1) * EXPANSION_BYTES;
  const begun = <usize>load<u32>(state, PROGRAM_INSTRUCTIONS) + <usize>load<u32>(frame) * INSTRUCTION_BYTES;
  const sink = <usize>load<u32>(begun, INS_EXTRA);
  const begin = load<u16>(wordsAt(sink) + (<usize>(load<u32>(frame, FRAME_ROUND) - 2) << 1));
  const order = loAt(sink) + ORDER + (<usize>begin << 1);
  const count = load<u32>(sink, GROUP_AGGREGATES);
  const registers = dataOf(state, ins);
  for (let i = load<u32>(sink, AGGREGATE); i < count; i++) {
    const register = load<i32>(registers + (<usize>i << 2));
    const aggregate = aggregateAt(sink, i);
    const need = isNumber(aggregate) ? putNumbers(state, sink, aggregate, register, order, rows) : putValues(state, sink, aggregate, register, order, rows);
    if (need) {
      store<u32>(sink, i, AGGREGATE);
      return need;
    }
  }
  return 0;
}

function putNumbers(state: usize, sink: usize, aggregate: usize, register: i32, order: usize, rows: i32): i32 {
  if (!areAll(tagsOf(state, register), rows, TAG_NUMBER)) return NEED_BAIL;
  const entries = entriesAt(sink);
  const cell = <usize>load<u32>(aggregate, AGGREGATE_CELL);
  const values = payloads(state, register);
  for (let row = 0; row < rows; row++) store<u64>(entryAt(entries, order, row) + cell, load<u64>(values + (<usize>row << 3)));
  return 0;
}

/** From the row at hand on: what is done once must not be done twice, as a text may be a part of the one that it takes the place of. */
function putValues(state: usize, sink: usize, aggregate: usize, register: i32, order: usize, rows: i32): i32 {
  const entries = entriesAt(sink);
  const cell = <usize>load<u32>(aggregate, AGGREGATE_CELL);
  const values = payloads(state, register);
  for (let row = load<i32>(sink, ROW); row < rows; row++) {
    const at = entryAt(entries, order, row) + cell;
    const payload = load<u64>(values + (<usize>row << 3));
    const tag = load<u8>(values + VECTOR_TAGS + row);
    if (payload == load<u64>(at) && tag == load<u8>(at, CELL_TAG)) continue;
    if (tag == TAG_STRING && <u32>(payload >> 32) > TEXT_BYTES_MAX) return NEED_BAIL;
    const need = put(sink, at, payload, tag);
    if (!need) continue;
    store<i32>(sink, row, ROW);
    store<u32>(state, <u32>sink, PROGRAM_NEED_STATE);
    return need;
  }
  store<i32>(sink, 0, ROW);
  return 0;
}

// @ts-ignore: decorator
@inline function entryAt(entries: usize, order: usize, row: i32): usize {
  return <usize>(load<u32>(entries + (<usize>load<u16>(order + (<usize>row << 1)) << 2)) & ~1);
}

// @ts-ignore: decorator
@inline function isNumber(aggregate: usize): bool {
  return load<i32>(aggregate, AGGREGATE_CELL_BYTES) == CELL_NUMBER;
}
