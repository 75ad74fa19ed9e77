/** Counts rows that are none of a schema, and keeps where the first one lies. */
import { PROGRAM_REJECT, PROGRAM_REJECTED } from "../abi";
import { INS_A, INS_B, payloads } from "../vector";

/** a: whether a row is one; b: its text. */
export function rejects(state: usize, ins: usize, rows: i32): i32 {
  const ok = payloads(state, load<i32>(ins, INS_A));
  const texts = payloads(state, load<i32>(ins, INS_B));
  let count = load<u32>(state, PROGRAM_REJECTED);
  for (let row: i32 = 0; row < rows; row++) {
    if (load<u8>(ok + (<usize>row << 3))) continue;
    if (!count) store<u64>(state, load<u64>(texts + (<usize>row << 3)), PROGRAM_REJECT);
    count++;
  }
  store<u32>(state, count, PROGRAM_REJECTED);
  return 0;
}
