/**
 * Entering rows whose key is one value into an index (row-index.ts): `VECTOR_ROWS` at a time, so that the slots of many rows are on their way from memory
 * at once. What is compared is kept beside each other by group: no row has to be looked at again.
 *
 *     hash              its lowest bits are the tag of the key, so that equal hashes are of keys of one type
 *     keys u64[groups]  of a string where it lies, of anything else the bits by which it is compared
 *     scratch           a vector of keys, then hashes u32[VECTOR_ROWS]
 */
import {
  INDEX_BITS,
  INDEX_FIRSTS,
  INDEX_GROUP_COUNT,
  INDEX_GROUP_KEYS,
  INDEX_HASHES,
  INDEX_KEY_COLUMNS,
  INDEX_KEYS,
  INDEX_SCRATCH,
  INDEX_SEED,
  INDEX_SLOTS,
  INDEX_TOUCHED,
  TAG_JSON,
  TAG_STRING,
  VECTOR_BYTES,
  VECTOR_ROWS,
  VECTOR_TAGS,
} from "../abi";
import { columnAt } from "../block";
import { fillColumn } from "../ops/source";
import { areSameKeys, keyBits, keyProbe } from "./cells";
import { reference, useSlots } from "./row-index";

const HASH_MASK: u32 = ~7;
/** From so many slots on they do not stay in the cache next to the processor. */
const SLOT_BITS_FAR: u32 = 12;

/** Finds the group of each row of a frame; false where a key is JSON. */
export function enterColumn(index: usize, frame: usize, side: u32, rows: u32, groups: usize): bool {
  const columns = <usize>load<u32>(index, INDEX_KEYS) + (<usize>(side * load<u32>(index, INDEX_KEY_COLUMNS)) << 2);
  const column = columnAt(frame, load<u32>(columns));
  const keys = <usize>load<u32>(index, INDEX_SCRATCH);
  for (let from: u32 = 0; from < rows; from += VECTOR_ROWS) {
    const count = min<u32>(rows - from, VECTOR_ROWS);
    fillColumn(frame, column, keys, from, count);
    if (!hash(index, keys, count)) return false;
    if (load<u32>(index, INDEX_BITS) >= SLOT_BITS_FAR) touch(index, keys + VECTOR_BYTES, count);
    enter(index, keys, count, reference(frame, side, from), groups + (<usize>from << 2));
  }
  return true;
}

/** Hashes keys, and makes of those that are no strings the bits by which they are compared. */
function hash(index: usize, keys: usize, count: u32): bool {
  const a = load<u64>(index, INDEX_SEED);
  const b = load<u64>(index, INDEX_SEED + 8);
  const c = load<u64>(index, INDEX_SEED + 16);
  for (let row: usize = 0; row < <usize>count; row++) {
    const tag = load<u8>(keys + VECTOR_TAGS + row);
    if (tag == TAG_JSON) return false;
    let payload = load<u64>(keys + (row << 3));
    if (tag != TAG_STRING) {
      payload = keyBits(payload, tag);
      store<u64>(keys + (row << 3), payload);
    }
    store<u32>(keys + VECTOR_BYTES + (row << 2), hashOf(payload, tag, a, b, c));
  }
  return true;
}

// @ts-ignore: decorator
@inline function hashOf(payload: u64, tag: u8, a: u64, b: u64, c: u64): u32 {
  return (<u32>(keyProbe(payload, tag, a, b, c) >> 32) & HASH_MASK) | tag;
}

/** Reads the slots that will be needed: no read has to wait for the one before. */
function touch(index: usize, hashes: usize, count: u32): void {
  const slots = <usize>load<u32>(index, INDEX_SLOTS);
  const shift = 32 - load<u32>(index, INDEX_BITS);
  let touched: u32 = 0;
  for (let row: usize = 0; row < <usize>count; row++) {
    touched ^= load<u32>(slots + (<usize>(load<u32>(hashes + (row << 2)) >> shift) << 3));
  }
  store<u32>(index, touched, INDEX_TOUCHED);
}

function enter(index: usize, keys: usize, count: u32, first: u64, groups: usize): void {
  const groupKeys = <usize>load<u32>(index, INDEX_GROUP_KEYS);
  const slots = <usize>load<u32>(index, INDEX_SLOTS);
  let bits = load<u32>(index, INDEX_BITS);
  let mask: u32 = (1 << bits) - 1;
  let groupCount = load<u32>(index, INDEX_GROUP_COUNT);
  for (let row: usize = 0; row < <usize>count; row++) {
    const hash = load<u32>(keys + VECTOR_BYTES + (row << 2));
    const payload = load<u64>(keys + (row << 3));
    const tag = load<u8>(keys + VECTOR_TAGS + row);
    let slot = hash >> (32 - bits);
    let group: u32 = 0;
    while (true) {
      const entry = load<u64>(slots + (<usize>slot << 3));
      group = <u32>entry;
      if (!group) break;
      if (<u32>(entry >> 32) == hash && isSame(load<u64>(groupKeys + (<usize>(group - 1) << 3)), payload, tag)) break;
      slot = (slot + 1) & mask;
    }
    if (!group) {
      group = ++groupCount;
      store<u32>(index, groupCount, INDEX_GROUP_COUNT);
      const at = <usize>(group - 1);
      store<u64>(slots + (<usize>slot << 3), (<u64>hash << 32) | group);
      store<u64>(groupKeys + (at << 3), payload);
      store<u64>(<usize>load<u32>(index, INDEX_FIRSTS) + (at << 3), first + (<u64>row << 32));
      store<u32>(<usize>load<u32>(index, INDEX_HASHES) + (at << 2), hash);
      if (group == 1 << (bits - 1)) {
        useSlots(index, ++bits);
        mask = (1 << bits) - 1;
      }
    }
    store<u32>(groups + (row << 2), group - 1);
  }
}

// @ts-ignore: decorator
@inline function isSame(key: u64, payload: u64, tag: u8): bool {
  return tag == TAG_STRING ? areSameKeys(key, tag, payload, tag) : key == payload;
}

/** Reference of the first row with this key, 0 where there is none. */
export function findScalar(index: usize, given: u64, tag: u8): u64 {
  if (tag == TAG_JSON) return 0;
  const payload = tag == TAG_STRING ? given : keyBits(given, tag);
  const a = load<u64>(index, INDEX_SEED);
  const b = load<u64>(index, INDEX_SEED + 8);
  const hash = hashOf(payload, tag, a, b, load<u64>(index, INDEX_SEED + 16));
  const slots = <usize>load<u32>(index, INDEX_SLOTS);
  const groupKeys = <usize>load<u32>(index, INDEX_GROUP_KEYS);
  const bits = load<u32>(index, INDEX_BITS);
  const mask: u32 = (1 << bits) - 1;
  let slot = hash >> (32 - bits);
  while (true) {
    const entry = load<u64>(slots + (<usize>slot << 3));
    const group = <u32>entry;
    if (!group) return 0;
    if (<u32>(entry >> 32) == hash && isSame(load<u64>(groupKeys + (<usize>(group - 1) << 3)), payload, tag)) {
      return load<u64>(<usize>load<u32>(index, INDEX_FIRSTS) + (<usize>(group - 1) << 3));
    }
    slot = (slot + 1) & mask;
  }
}
