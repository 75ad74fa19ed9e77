/** The rows of a join as a source of a program: for each group of an index the rows of both sides, each with each, the left ones outermost. */
import {
  INDEX_AT_GROUP,
  INDEX_AT_LEFT,
  INDEX_AT_RIGHT,
  INDEX_FIRSTS,
  INDEX_GROUP_COUNT,
  INDEX_IS_SCALAR,
  INDEX_KEEPS_LEFT,
  INDEX_KEEPS_RIGHT,
  INDEX_PAIRS,
  JOIN_KEY,
  JOIN_LEFT,
  PROGRAM_SOURCE_END,
  TAG_NUMBER,
  TAG_UNDEFINED,
  VECTOR_ROWS,
  VECTOR_TAGS,
} from "../abi";
import { columnAt } from "../block";
import { dataOf, INS_DST, INS_IMM, payloads } from "../vector";
import { cellPayload, cellTag } from "./cells";
import { beginOf, frameOf, keyColumn, refsOf, rowOf } from "./row-index";

/** Bytes of a list of references. */
const LISTED: usize = 8 * VECTOR_ROWS;

/**
 * The next rows of the join of the index at `PROGRAM_SOURCE_END`: imm registers from dst on, each as its pair of numbers in the data says. Where an
 * outer join finds no row its columns are undefined.
 */
export function fillFromJoin(state: usize, ins: usize): i32 {
  const index = <usize>load<u32>(state, PROGRAM_SOURCE_END);
  const rows = listPairs(index);
  const keys = <usize>load<u32>(index, INDEX_PAIRS);
  const count = load<i32>(ins, INS_IMM);
  const dst = load<i32>(ins, INS_DST);
  const list = dataOf(state, ins);
  for (let i = 0; i < count; i++) {
    const what = load<u32>(list + (<usize>i << 3));
    const column = load<u32>(list + (<usize>i << 3), 4);
    const out = payloads(state, dst + i);
    if (what == JOIN_KEY) gatherKeys(index, keys, rows, column, out);
    else gatherColumn(keys + (what == JOIN_LEFT ? LISTED : 2 * LISTED), rows, column, out);
  }
  return rows;
}

/** Lists the references of the next rows: of the first row of the group, of the left row, of the right row; 0 where there is none. */
function listPairs(index: usize): i32 {
  const groups = load<u32>(index, INDEX_GROUP_COUNT);
  const firsts = <usize>load<u32>(index, INDEX_FIRSTS);
  const out = <usize>load<u32>(index, INDEX_PAIRS);
  const keepsLeft = load<u32>(index, INDEX_KEEPS_LEFT) != 0;
  const keepsRight = load<u32>(index, INDEX_KEEPS_RIGHT) != 0;
  let group = load<u32>(index, INDEX_AT_GROUP);
  let i = load<u32>(index, INDEX_AT_LEFT);
  let j = load<u32>(index, INDEX_AT_RIGHT);
  let made = 0;
  while (group < groups && made < VECTOR_ROWS) {
    const left = beginOf(index, 0, group);
    const right = beginOf(index, 1, group);
    const lefts = beginOf(index, 0, group + 1) - left;
    const rights = beginOf(index, 1, group + 1) - right;
    // One row of nothing stands for a side that has none.
    const outer = !lefts && keepsRight ? <u32>1 : lefts;
    const inner = !rights && keepsLeft ? <u32>1 : rights;
    const key = load<u64>(firsts + (<usize>group << 3));
    while (inner && i < outer && made < VECTOR_ROWS) {
      const at = out + (<usize>made << 3);
      store<u64>(at, key);
      store<u64>(at, lefts ? load<u64>(refsOf(index, 0) + (<usize>(left + i) << 3)) : 0, LISTED);
      store<u64>(at, rights ? load<u64>(refsOf(index, 1) + (<usize>(right + j) << 3)) : 0, 2 * LISTED);
      made++;
      j++;
      if (j == inner) {
        j = 0;
        i++;
      }
    }
    if (!inner || i >= outer) {
      group++;
      i = 0;
      j = 0;
    }
  }
  store<u32>(index, group, INDEX_AT_GROUP);
  store<u32>(index, i, INDEX_AT_LEFT);
  store<u32>(index, j, INDEX_AT_RIGHT);
  return made;
}

/** A component of the keys of groups, given their first rows. A number that is a key by itself is never -0. */
function gatherKeys(index: usize, refs: usize, rows: i32, component: u32, out: usize): void {
  const isScalar = load<u32>(index, INDEX_IS_SCALAR) != 0;
  for (let row = 0; row < rows; row++) {
    const reference = load<u64>(refs + (<usize>row << 3));
    const column = keyColumn(index, reference, component);
    const payload = cellPayload(frameOf(reference), column, rowOf(reference));
    const tag = cellTag(frameOf(reference), column, rowOf(reference));
    store<u64>(out + (<usize>row << 3), isScalar ? withoutSign(payload, tag) : payload);
    store<u8>(out + VECTOR_TAGS + row, tag);
  }
}

/** 0 for -0. */
// @ts-ignore: decorator
@inline export function withoutSign(payload: u64, tag: u8): u64 {
  return tag == TAG_NUMBER && payload == 0x8000000000000000 ? 0 : payload;
}

/** A column of rows, given their references, into the vector at `out`. */
export function gatherColumn(refs: usize, rows: i32, index: u32, out: usize): void {
  for (let row = 0; row < rows; row++) {
    const reference = load<u64>(refs + (<usize>row << 3));
    if (!reference) {
      store<u64>(out + (<usize>row << 3), 0);
      store<u8>(out + VECTOR_TAGS + row, <u8>TAG_UNDEFINED);
      continue;
    }
    const frame = frameOf(reference);
    const column = columnAt(frame, index);
    store<u64>(out + (<usize>row << 3), cellPayload(frame, column, rowOf(reference)));
    store<u8>(out + VECTOR_TAGS + row, cellTag(frame, column, rowOf(reference)));
  }
}
