/**
 * Looking up keys in rows that are known beforehand, such as those of a captured Map: an index of them (rows/row-index.ts) stays in memory.
 *
 *     dst whether the key is there | a key | imm count of columns | data: registers u32, then the columns they are filled from u32 | extra: the index
 *
 * Of the row of a key that is not there all columns are undefined.
 */
import { TAG_BOOLEAN, VECTOR_TAGS } from "../abi";
import { gatherColumn } from "../rows/join";
import { findScalar } from "../rows/scalar-keys";
import { dataOf, INS_A, INS_DST, INS_EXTRA, INS_IMM, payloads } from "../vector";

export function lookup(state: usize, ins: usize, rows: i32): i32 {
  const index = <usize>load<u32>(ins, INS_EXTRA);
  const keys = payloads(state, load<i32>(ins, INS_A));
  const found = payloads(state, load<i32>(ins, INS_DST));
  const count = load<i32>(ins, INS_IMM);
  const list = dataOf(state, ins);
  // References first, where the booleans will be: they are as long.
  for (let row = 0; row < rows; row++) {
    store<u64>(found + (<usize>row << 3), findScalar(index, load<u64>(keys + (<usize>row << 3)), load<u8>(keys + VECTOR_TAGS + row)));
  }
  for (let i = 0; i < count; i++) {
    const out = payloads(state, load<i32>(list + (<usize>i << 2)));
    gatherColumn(found, rows, load<u32>(list + (<usize>(count + i) << 2)), out);
  }
  for (let row = 0; row < rows; row++) {
    const at = found + (<usize>row << 3);
    store<u64>(at, load<u64>(at) ? 1 : 0);
  }
  memory.fill(found + VECTOR_TAGS, <u8>TAG_BOOLEAN, rows);
  return 0;
}
