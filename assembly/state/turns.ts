/**
 * Turns: rows of one key see what the ones before them have left. `OP_TURNS` gives the rows of a vector in as many turns as its most frequent key has
 * rows there, each key at most once in a turn, with the state that it has then; `OP_RETURN` changes the state and brings what was computed back to the
 * places that the rows had. Between them lies the rest of a program, which runs once for each turn.
 *
 *     OP_TURNS    dst whether the key is there | imm count of carried registers | extra the state |
 *                 data: pairs (from, to) u32, count of registers of the key u32, those u32, registers of the state's leaves i32 (-1: nobody reads it)
 *     OP_RETURN   a whether the state is set | b whether it is removed, which goes first | imm count of returned registers | extra the state |
 *                 data: pairs (from, to) u32, registers of the state's new leaves u32
 *
 * Rows whose keys have the same hash of 32 bits are taken for rows of one key: they only wait for each other.
 */
import {
  EXPANSION_BYTES,
  GROUP_AGGREGATES,
  NEED_ARENA,
  NEED_BAIL,
  NEED_LOG,
  PROGRAM_DEPTH,
  PROGRAM_EXPANSIONS,
  PROGRAM_NEED_STATE,
  PROGRAM_SINK_ROW,
  TAG_BOOLEAN,
  VECTOR_TAGS,
} from "../abi";
import { orderByRank, rankRows } from "../group/ranks";
import { entriesAt, hashesAt, keyAt } from "../group/state";
import { dataOf, INS_A, INS_B, INS_DST, INS_EXTRA, INS_IMM, payloads } from "../vector";
import { find, hash } from "./find";
import { latestAt, orderAt, ranksAt } from "./layout";
import { beginOrder, endOrder } from "./order";
import { readLeaf } from "./source";
import { hasTouchRoom, put, remove } from "./store";

// Of the frame of an expansion (program.ts).
const FRAME_ROWS: usize = 4;
const FRAME_BEGIN: usize = 8;
const FRAME_END: usize = 12;
const FRAME_IS_BEGUN: usize = 16;

/** The rows of the next turn; returns how many, 0 at the end, below zero minus what is needed. */
export function turns(state: usize, ins: usize, frame: usize): i32 {
  const sink = <usize>load<u32>(ins, INS_EXTRA);
  const rows = load<i32>(frame, FRAME_ROWS);
  const count = load<u32>(ins, INS_IMM);
  const carried = dataOf(state, ins);
  const keys = carried + (<usize>count << 3);
  const keyCount = load<u32>(keys);
  if (!load<u32>(frame, FRAME_IS_BEGUN)) {
    for (let i: u32 = 0; i < keyCount; i++) store<u32>(keyAt(sink, i), load<u32>(keys + 4 + (<usize>i << 2)));
    if (!hasTouchRoom(sink)) {
      store<u32>(state, <u32>sink, PROGRAM_NEED_STATE);
      return -NEED_LOG;
    }
    if (!hash(state, sink, rows)) return -NEED_BAIL;
    const most = rankRows(hashesAt(sink), 0, rows, latestAt(sink), ranksAt(sink));
    orderByRank(ranksAt(sink), rows, most, orderAt(sink), latestAt(sink));
    beginOrder(sink);
    store<u32>(frame, 1, FRAME_IS_BEGUN);
  }
  const begin = load<i32>(frame, FRAME_END);
  const order = orderAt(sink);
  const ranks = ranksAt(sink);
  let end = begin;
  if (begin < rows) {
    const rank = load<u16>(ranks + (<usize>load<u16>(order + (<usize>begin << 1)) << 1));
    while (end < rows && load<u16>(ranks + (<usize>load<u16>(order + (<usize>end << 1)) << 1)) == rank) end++;
  }
  const turn = order + (<usize>begin << 1);
  if (!look(state, sink, turn, end - begin, payloads(state, load<i32>(ins, INS_DST)), keys + 4 + (<usize>keyCount << 2))) return -NEED_ARENA;
  for (let i: u32 = 0; i < count; i++) {
    const pair = carried + (<usize>i << 3);
    take(payloads(state, load<i32>(pair)), payloads(state, load<i32>(pair, 4)), turn, end - begin);
  }
  store<i32>(frame, begin, FRAME_BEGIN);
  store<i32>(frame, end, FRAME_END);
  return end - begin;
}

/** Finds the entries of rows and reads what they hold; false where the arena lacks room. */
function look(state: usize, sink: usize, turn: usize, rows: i32, exists: usize, leaves: usize): bool {
  const entries = entriesAt(sink);
  for (let i = 0; i < rows; i++) {
    const row = <i32>load<u16>(turn + (<usize>i << 1));
    const entry = find(state, sink, row);
    store<u32>(entries + (<usize>row << 2), <u32>entry);
    store<u64>(exists + (<usize>i << 3), <u64>(entry != 0));
  }
  memory.fill(exists + VECTOR_TAGS, <u8>TAG_BOOLEAN, rows);
  const count = load<u32>(sink, GROUP_AGGREGATES);
  for (let leaf: u32 = 0; leaf < count; leaf++) {
    const register = load<i32>(leaves + (<usize>leaf << 2));
    if (register < 0) continue;
    const out = payloads(state, register);
    for (let i = 0; i < rows; i++) {
      const entry = <usize>load<u32>(entries + (<usize>load<u16>(turn + (<usize>i << 1)) << 2));
      if (!readLeaf(state, sink, leaf, entry, out, i, true)) return false;
    }
  }
  return true;
}

/** Copies the rows of a turn to the first places of another vector. */
function take(from: usize, to: usize, turn: usize, rows: i32): void {
  for (let i = 0; i < rows; i++) {
    const row = <usize>load<u16>(turn + (<usize>i << 1));
    store<u64>(to + (<usize>i << 3), load<u64>(from + (row << 3)));
    store<u8>(to + VECTOR_TAGS + i, load<u8>(from + VECTOR_TAGS + row));
  }
}

/** The rows of a turn come back: what is needed, 0 where other turns follow, below zero minus the number of rows that have all come back. */
export function comeBack(state: usize, ins: usize, rows: i32): i32 {
  const sink = <usize>load<u32>(ins, INS_EXTRA);
  const frame = state + PROGRAM_EXPANSIONS + <usize>(load<u32>(state, PROGRAM_DEPTH) - 1) * EXPANSION_BYTES;
  const begin = load<i32>(frame, FRAME_BEGIN);
  const turn = orderAt(sink) + (<usize>begin << 1);
  const count = load<u32>(ins, INS_IMM);
  const returned = dataOf(state, ins);
  const need = change(state, sink, ins, turn, rows, returned + (<usize>count << 3));
  if (need) return need;
  for (let i: u32 = 0; i < count; i++) {
    const pair = returned + (<usize>i << 3);
    bringBack(payloads(state, load<i32>(pair)), payloads(state, load<i32>(pair, 4)), turn, rows);
  }
  const all = load<i32>(frame, FRAME_ROWS);
  if (load<i32>(frame, FRAME_END) < all) return 0;
  endOrder(state, sink, all);
  store<u32>(state, load<u32>(state, PROGRAM_DEPTH) - 1, PROGRAM_DEPTH);
  return -all;
}

/** Copies the first places of a vector to the rows of a turn. */
function bringBack(from: usize, to: usize, turn: usize, rows: i32): void {
  for (let i = 0; i < rows; i++) {
    const row = <usize>load<u16>(turn + (<usize>i << 1));
    store<u64>(to + (row << 3), load<u64>(from + (<usize>i << 3)));
    store<u8>(to + VECTOR_TAGS + row, load<u8>(from + VECTOR_TAGS + <usize>i));
  }
}

/**
 * Changes the state of rows whose entries are at hand, those that `turn` lists: 0, or what is needed at a row, from which it then goes on.
 * `next`: registers of the new leaves.
 */
function change(state: usize, sink: usize, ins: usize, turn: usize, rows: i32, next: usize): i32 {
  const puts = payloads(state, load<i32>(ins, INS_A));
  const removes = payloads(state, load<i32>(ins, INS_B));
  const entries = entriesAt(sink);
  for (let i = load<i32>(state, PROGRAM_SINK_ROW); i < rows; i++) {
    const row = <i32>load<u16>(turn + (<usize>i << 1));
    let need = 0;
    if (load<u8>(removes + (<usize>i << 3))) {
      const entry = <usize>load<u32>(entries + (<usize>row << 2)) & ~1;
      if (entry) need = remove(sink, entry);
    } else if (load<u8>(puts + (<usize>i << 3))) need = put(state, sink, row, next, i);
    if (need) {
      store<i32>(state, i, PROGRAM_SINK_ROW);
      store<u32>(state, <u32>sink, PROGRAM_NEED_STATE);
      return need;
    }
  }
  store<i32>(state, 0, PROGRAM_SINK_ROW);
  return 0;
}

/** The operation that changes the state of the rows that the source of the program gave from there; operands as of `OP_RETURN`. */
export function storeState(state: usize, ins: usize, rows: i32): i32 {
  const sink = <usize>load<u32>(ins, INS_EXTRA);
  if (!hasTouchRoom(sink)) {
    store<u32>(state, <u32>sink, PROGRAM_NEED_STATE);
    return NEED_LOG;
  }
  const need = change(state, sink, ins, orderAt(sink), rows, dataOf(state, ins) + (<usize>load<u32>(ins, INS_IMM) << 3));
  if (need) return need;
  beginOrder(sink);
  endOrder(state, sink, rows);
  return 0;
}
