/** Dividing the rows of a vector among the partitions of a sink (collect.ts): by the hash of their keys, or in turn. */
import {
  COLLECT_CANONICAL,
  COLLECT_DEAL,
  COLLECT_HASH,
  COLLECT_HEADER_BYTES,
  COLLECT_KEY,
  COLLECT_MODE,
  COLLECT_PARTITIONS,
  COLLECT_POWERS,
  COLLECT_TARGET,
  COLLECT_TEMPLATE,
  COLLECT_TEMPLATE_BYTES,
  COLLECT_TEMPLATE_ITEMS,
  NEED_ARENA,
  NEED_BAIL,
  TAG_JSON,
  TEMPLATE_ITEM_BYTES,
  TEMPLATE_LEAF_BYTES,
  VECTOR_ROWS,
} from "../abi";
import { canonicalKey, ITEM_CELL } from "../group/canonical";
import { canonicalHash, keyHash } from "../values/key-hash";
import { allocate, payloads, slice, tagsOf } from "../vector";
import { textBytes } from "./frame-writer";

/** Room for the bytes of a key, in the header. */
const SCRATCH: usize = 64;

// What follows the header: the rows in the order of their partitions, the partition of each row, where each partition's rows end in that order.
export const ORDER: usize = COLLECT_HEADER_BYTES;
export const IDS: usize = ORDER + 2 * VECTOR_ROWS;
export const ENDS: usize = IDS + 2 * VECTOR_ROWS;

/** Puts the rows in the order of their partitions, those of one as they came; or what is needed: `NEED_BAIL` where a key is not hashed here. */
export function divide(state: usize, sink: usize, rows: i32): i32 {
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
  } else if (mode == COLLECT_CANONICAL) {
    const need = hashComposites(state, sink, rows, ids, partitions);
    if (need) return need;
  } else {
    const key = load<i32>(sink, COLLECT_KEY);
    const payload = payloads(state, key);
    const tags = tagsOf(state, key);
    for (let row = 0; row < rows; row++) {
      const tag = load<u8>(tags + row);
      if (tag == TAG_JSON) return NEED_BAIL;
      const hash = keyHash(load<u64>(payload + (<usize>row << 3)), tag, sink + SCRATCH);
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
  return 0;
}

/** The partitions of rows whose keys are of several values, or what is needed. */
function hashComposites(state: usize, sink: usize, rows: i32, ids: usize, partitions: u32): i32 {
  const template = <usize>load<u32>(sink, COLLECT_TEMPLATE);
  const items = load<u32>(sink, COLLECT_TEMPLATE_ITEMS);
  const powers = <usize>load<u32>(sink, COLLECT_POWERS);
  let room = <u64>load<u32>(sink, COLLECT_TEMPLATE_BYTES);
  for (let i: u32 = 0; i < items; i++) {
    const cell = load<i32>(template + <usize>i * TEMPLATE_ITEM_BYTES, ITEM_CELL);
    let longest: u32 = 0;
    for (let row: usize = 0; cell && row < <usize>rows; row++) {
      const values = payloads(state, cell - 1);
      const tag = load<u8>(tagsOf(state, cell - 1) + row);
      if (tag == TAG_JSON) return NEED_BAIL;
      longest = max(longest, textBytes(load<u64>(values + (row << 3)), tag));
    }
    room += longest + TEMPLATE_LEAF_BYTES;
  }
  if (room > <u64>i32.MAX_VALUE) return NEED_BAIL;
  const scratch = allocate(state, <u32>room + TEMPLATE_LEAF_BYTES);
  if (!scratch) return NEED_ARENA;
  for (let row: usize = 0; row < <usize>rows; row++) {
    const hash = canonicalHash(slice(scratch, canonicalKey(template, items, 0, state, row, powers, scratch)));
    store<u16>(ids + (row << 1), <u16>(hash % partitions));
  }
  return 0;
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
