/** Dividing the rows of a vector among the partitions of a sink (collect.ts): by the hash of their keys, or in turn. */
import {
  COLLECT_CANONICAL,
  COLLECT_DEAL,
  COLLECT_HASH,
  COLLECT_HEADER_BYTES,
  COLLECT_KEY,
  COLLECT_MODE,
  COLLECT_PARTITIONS,
  COLLECT_TARGET,
  TAG_JSON,
  TAG_STRING,
  VECTOR_ROWS,
} from "../abi";
import { canonicalHash, keyHash } from "../values/key-hash";
import { payloads, tagsOf } from "../vector";

/** Room for the bytes of a key, in the header. */
const SCRATCH: usize = 64;

// What follows the header: the rows in the order of their partitions, the partition of each row, where each partition's rows end in that order.
export const ORDER: usize = COLLECT_HEADER_BYTES;
export const IDS: usize = ORDER + 2 * VECTOR_ROWS;
export const ENDS: usize = IDS + 2 * VECTOR_ROWS;

/** Puts the rows in the order of their partitions, those of one as they came; false where a key is not hashed here. */
export function divide(state: usize, sink: usize, rows: i32): bool {
  const mode = load<u32>(sink, COLLECT_MODE);
  const partitions = load<u32>(sink, COLLECT_PARTITIONS);
  const ids = sink + IDS;
  if (mode == COLLECT_DEAL) {
    let target = load<u32>(sink, COLLECT_TARGET);
    for (let row = 0; row < rows; row++) {
      store<u16>(ids + (<usize>row << 1), <u16>target);
      target = target + 1 == partitions ? 0 : target + 1;
    }
    store<u32>(sink, target, COLLECT_TARGET);
  } else {
    const key = load<i32>(sink, COLLECT_KEY);
    const payload = payloads(state, key);
    const tags = tagsOf(state, key);
    if (mode == COLLECT_CANONICAL && !areAll(tags, rows, <u8>TAG_STRING)) return false;
    for (let row = 0; row < rows; row++) {
      const value = load<u64>(payload + (<usize>row << 3));
      const tag = load<u8>(tags + row);
      if (tag == TAG_JSON) return false;
      const hash = mode == COLLECT_HASH ? keyHash(value, tag, sink + SCRATCH) : canonicalHash(value);
      store<u16>(ids + (<usize>row << 1), <u16>(hash % partitions));
    }
  }
  const ends = sink + ENDS;
  memory.fill(ends, 0, <usize>(partitions + 1) << 2);
  for (let row = 0; row < rows; row++) {
    const count = ends + (<usize>load<u16>(ids + (<usize>row << 1)) << 2);
    store<u32>(count, load<u32>(count, 4) + 1, 4);
  }
  for (let partition: u32 = 1; partition < partitions; partition++) {
    const end = ends + (<usize>partition << 2);
    store<u32>(end, load<u32>(end) + load<u32>(end - 4));
  }
  for (let row = 0; row < rows; row++) {
    const place = ends + (<usize>load<u16>(ids + (<usize>row << 1)) << 2);
    const position = load<u32>(place);
    store<u16>(sink + ORDER + (<usize>position << 1), <u16>row);
    store<u32>(place, position + 1);
  }
  return true;
}

/** Whether all rows have this tag. */
export function areAll(tags: usize, rows: i32, tag: u8): bool {
  const eight = <u64>tag * 0x0101010101010101;
  const whole = rows & ~7;
  let differing: u64 = 0;
  for (let row = 0; row < whole; row += 8) differing |= load<u64>(tags + row) ^ eight;
  for (let row = whole; row < rows; row++) differing |= <u64>(load<u8>(tags + row) ^ tag);
  return differing == 0;
}
