/** Filters: the rows of several registers for which a boolean is true, moved together. */
import { VECTOR_TAGS } from "../abi";
import { dataOf, INS_A, INS_IMM, payloads } from "../vector";

/** Compacts the registers that the data list; returns the rows that are left. The boolean itself is among them only if it is listed last. */
export function compact(state: usize, ins: usize, rows: i32): i32 {
  const booleans = payloads(state, load<i32>(ins, INS_A));
  const count = load<i32>(ins, INS_IMM);
  const list = dataOf(state, ins);
  let kept: i32 = 0;
  for (let row: i32 = 0; row < rows; row++) kept += <i32>load<u8>(booleans + (<usize>row << 3));
  if (kept == rows) return rows;
  for (let i: i32 = 0; i < count; i++) {
    const values = payloads(state, load<i32>(list + (<usize>i << 2)));
    let out = values;
    let outTag = values + VECTOR_TAGS;
    for (let row: i32 = 0; row < rows; row++) {
      // Written always, kept sometimes: no branch that could be guessed wrong.
      const keep = <usize>load<u8>(booleans + (<usize>row << 3));
      store<u64>(out, load<u64>(values + (<usize>row << 3)));
      store<u8>(outTag, load<u8>(values + VECTOR_TAGS + <usize>row));
      out += keep << 3;
      outTag += keep;
    }
  }
  return kept;
}
