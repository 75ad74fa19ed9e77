/**
 * The rows of frames in an order: references (row-index.ts), sorted by one key after the other, the least significant one first; rows with equal keys stay
 * in the order of frames and rows. A source of programs then gives the rows.
 *
 *     header (64 bytes, `ORDER_*`) | counts of a radix sort, or where runs begin, 8 KiB
 */
import {
  NEED_BAIL,
  ORDER_END,
  ORDER_FRAME_BYTES,
  ORDER_FRAME_COUNT,
  ORDER_FRAMES,
  ORDER_KEY_BYTES,
  ORDER_KEY_COUNT,
  ORDER_KEYS,
  ORDER_NEXT,
  ORDER_OTHER_PAIRS,
  ORDER_PAIRS,
  ORDER_REFS,
  ORDER_ROWS,
  PROGRAM_SOURCE_END,
  VECTOR_ROWS,
} from "../abi";
import { gatherColumn } from "../rows/join";
import { dataOf, INS_DST, INS_IMM, payloads } from "../vector";
import { payloadAt, tagAt } from "./cell";
import { PAIR_BYTES, sortPairs } from "./radix";
import { LAST, orderClass, rank, TEXT, textRank, together, UNORDERED } from "./rank";
import { mergeRuns } from "./runs";
import { sortTexts } from "./texts";

const COUNTS: usize = 64;
const DESCENDS: usize = 4;
const RULE: usize = 8;

/** Puts the rows in order: 0, or `NEED_BAIL` where JavaScript has to. */
export function orderRows(order: usize): i32 {
  listRows(order);
  for (let i = load<u32>(order, ORDER_KEY_COUNT); i > 0; i--) {
    if (!sortBy(order, <usize>load<u32>(order, ORDER_KEYS) + <usize>(i - 1) * ORDER_KEY_BYTES)) return NEED_BAIL;
  }
  return 0;
}

function listRows(order: usize): void {
  const frames = <usize>load<u32>(order, ORDER_FRAMES);
  const count = load<u32>(order, ORDER_FRAME_COUNT);
  let out = <usize>load<u32>(order, ORDER_REFS);
  for (let i: u32 = 0; i < count; i++) {
    const range = frames + <usize>i * ORDER_FRAME_BYTES;
    const frame = <u64>load<u32>(range);
    const end = load<u32>(range, 8);
    for (let row = load<u32>(range, 4); row < end; row++, out += 8) store<u64>(out, (<u64>row << 32) | frame);
  }
}

/** Sorts the references by a key; false where its values have no order here. */
function sortBy(order: usize, key: usize): bool {
  const index = load<u32>(key);
  const flip: u64 = load<u32>(key, DESCENDS) ? -1 : 0;
  const rule = load<u32>(key, RULE);
  const refs = <usize>load<u32>(order, ORDER_REFS);
  const end = refs + (<usize>load<u32>(order, ORDER_ROWS) << 3);
  const pairs = <usize>load<u32>(order, ORDER_PAIRS);
  const other = <usize>load<u32>(order, ORDER_OTHER_PAIRS);
  let all = LAST;
  let pair = pairs;
  // Rows that come last wait where the sort has its room.
  let last = other;
  for (let at = refs; at < end; at += 8) {
    const reference = load<u64>(at);
    const tag = tagAt(reference, index);
    const payload = payloadAt(reference, index);
    const kind = orderClass(payload, tag, rule);
    if (kind == LAST) {
      store<u64>(last, reference);
      last += 8;
      continue;
    }
    all = together(all, kind);
    if (all == UNORDERED) return false;
    store<u64>(pair, kind == TEXT ? textRank(payload, 0) ^ flip : rank(payload, tag, flip));
    store<u64>(pair, reference, 8);
    pair += PAIR_BYTES;
  }
  // They are put where they belong before that room is used: the sort reads pairs alone.
  const count = <u32>((pair - pairs) / PAIR_BYTES);
  memory.copy(refs + (<usize>count << 3), other, last - other);
  const isText = all == TEXT;
  // What tasks have put in order comes in a few runs.
  if (!mergeRuns(pairs, other, count, isText, index, flip, order + COUNTS)) {
    if (isText) sortTexts(pairs, other, count, index, flip, 0, order + COUNTS);
    else sortPairs(pairs, other, count, order + COUNTS);
  }
  for (let i: usize = 0; i < <usize>count; i++) store<u64>(refs + (i << 3), load<u64>(pairs + i * PAIR_BYTES, 8));
  return true;
}

/** The next rows of the order at `PROGRAM_SOURCE_END`: the imm columns that the data list, into registers from dst on. */
export function fillFromOrder(state: usize, ins: usize): i32 {
  const order = <usize>load<u32>(state, PROGRAM_SOURCE_END);
  const from = load<u32>(order, ORDER_NEXT);
  const rows = <i32>min<u32>(load<u32>(order, ORDER_END) - from, VECTOR_ROWS);
  const refs = <usize>load<u32>(order, ORDER_REFS) + (<usize>from << 3);
  const count = load<i32>(ins, INS_IMM);
  const dst = load<i32>(ins, INS_DST);
  const list = dataOf(state, ins);
  for (let i = 0; i < count; i++) gatherColumn(refs, rows, load<u32>(list + (<usize>i << 2)), payloads(state, dst + i));
  store<u32>(order, from + <u32>rows, ORDER_NEXT);
  return rows;
}
