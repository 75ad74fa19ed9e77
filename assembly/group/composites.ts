/**
 * Keys of several values, all of one shape: two are the same exactly if each of their values is. An entry holds in lo a hash of the values, and the
 * values as they first came, -0 among them, in cells.
 *
 * The canonical string of a key (src/block/key.ts) tells apart the same keys, since their shapes are alike; only the partition hash needs it.
 */
import { TABLE_SLOT_BITS, TABLE_SLOTS, TAG_JSON, TAG_NUMBER, TAG_STRING, VECTOR_TAGS, GROUP_KEYS } from "../abi";
import { copyText } from "../bytes";
import { foldLong, probe } from "../hash";
import {
  countKeyBytes,
  firstBytes,
  hasBytes,
  INLINE_KEY_BYTES,
  insert,
  multiplierA,
  multiplierB,
  multiplierC,
  takeBytes,
} from "../table";
import { payloads, slice } from "../vector";
import { canonicalBits, LENGTH_MAX, lookAhead } from "./keys";
import { entriesAt, hashesAt, KEY_CELL, keyAt, loAt, ROW } from "./state";
import { sameString } from "../values/text-same";
import { CELL_TAG } from "./values";

/** In place of a length and a tag. */
const WORD: u32 = 7 << 28;

/** Hashes of the rows' keys; false where a part of one is an object, or strings are too long. */
export function hashComposites(state: usize, sink: usize, rows: i32): bool {
  const los = loAt(sink);
  const c = multiplierC(sink);
  for (let row = 0; row < rows; row++) store<u64>(los + (<usize>row << 3), c);
  const keys = load<u32>(sink, GROUP_KEYS);
  for (let i: u32 = 0; i < keys; i++) {
    if (!mix(sink, payloads(state, load<i32>(keyAt(sink, i))), los, rows)) return false;
  }
  const a = multiplierA(sink);
  const b = multiplierB(sink);
  const hashes = hashesAt(sink);
  for (let row = 0; row < rows; row++) {
    const hash = probe(load<u64>(los + (<usize>row << 3)), 0, WORD, a, b);
    store<u32>(hashes + (<usize>row << 2), <u32>(hash >> 32));
  }
  lookAhead(sink, rows);
  return true;
}

/** Mixes the values of one register into the hashes. */
function mix(sink: usize, values: usize, los: usize, rows: i32): bool {
  const a = multiplierA(sink);
  const b = multiplierB(sink);
  const c = multiplierC(sink);
  for (let row = 0; row < rows; row++) {
    const tag = load<u8>(values + VECTOR_TAGS + row);
    let word = load<u64>(values + (<usize>row << 3));
    if (tag == TAG_STRING) {
      const ptr = <usize>(<u32>word);
      const length = <u32>(word >> 32);
      if (length <= 8) word = firstBytes(load<u64>(ptr), length) * a + <u64>length * b;
      else if (length <= INLINE_KEY_BYTES) word = probe(load<u64>(ptr), firstBytes(load<u64>(ptr, 8), length - 8), length, a, b);
      else if (length > LENGTH_MAX) return false;
      else word = foldLong(ptr, length, c) + length;
    } else if (tag == TAG_NUMBER) word = canonicalBits(word);
    else if (tag == TAG_JSON) return false;
    const at = los + (<usize>row << 3);
    store<u64>(at, rotl<u64>((load<u64>(at) ^ (word + tag)) * c, 31));
  }
  return true;
}

/** The entry of each row, new ones for new keys; false where the row at hand lacks room. */
export function findComposites(state: usize, sink: usize, rows: i32): bool {
  const los = loAt(sink);
  const entries = entriesAt(sink);
  for (let row = load<i32>(sink, ROW); row < rows; row++) {
    const lo = load<u64>(los + (<usize>row << 3));
    const entry = <usize>load<u32>(entries + (<usize>row << 2));
    if (entry && load<u64>(entry) == lo && isKey(state, sink, entry, row)) continue;
    const found = findComposite(state, sink, row, lo);
    if (!found) {
      store<i32>(sink, row, ROW);
      return false;
    }
    store<u32>(entries + (<usize>row << 2), <u32>found);
  }
  return true;
}

/** Whether the key of an entry is that of a row. */
export function isKey(state: usize, sink: usize, entry: usize, row: i32): bool {
  const keys = load<u32>(sink, GROUP_KEYS);
  for (let i: u32 = 0; i < keys; i++) {
    const key = keyAt(sink, i);
    const values = payloads(state, load<i32>(key));
    const cell = entry + <usize>load<u32>(key, KEY_CELL);
    const tag = load<u8>(values + VECTOR_TAGS + row);
    if (load<u8>(cell, CELL_TAG) != tag) return false;
    const a = load<u64>(cell);
    const b = load<u64>(values + (<usize>row << 3));
    if (tag == TAG_STRING) {
      if (!sameString(a, b)) return false;
    } else if (tag == TAG_NUMBER ? canonicalBits(a) != canonicalBits(b) : a != b) return false;
  }
  return true;
}

/** The entry of a key, 1 more where it is new, 0 where room is lacking. */
function findComposite(state: usize, sink: usize, row: i32, lo: u64): usize {
  const slots = <usize>load<u32>(sink, TABLE_SLOTS);
  const bits = load<u32>(sink, TABLE_SLOT_BITS);
  const mask = (<usize>4 << bits) - 1;
  let slot = <usize>(load<u32>(hashesAt(sink) + (<usize>row << 2)) >> (32 - bits)) << 2;
  while (true) {
    const entry = <usize>load<u32>(slots + slot) << 5;
    if (!entry) return begin(state, sink, slots + slot, row, lo);
    if (load<u64>(entry) == lo && isKey(state, sink, entry, row)) return entry;
    slot = (slot + 4) & mask;
  }
}

/** A new entry with the values of a key, and 1 more; 0 where room is lacking. */
export function begin(state: usize, sink: usize, slot: usize, row: i32, lo: u64): usize {
  const keys = load<u32>(sink, GROUP_KEYS);
  let bytes: u64 = 0;
  for (let i: u32 = 0; i < keys; i++) {
    const values = payloads(state, load<i32>(keyAt(sink, i)));
    if (load<u8>(values + VECTOR_TAGS + row) == TAG_STRING) bytes += load<u64>(values + (<usize>row << 3)) >> 32;
  }
  // Too many for a segment: the host says so.
  if (!hasBytes(sink, <u32>min<u64>(bytes, u32.MAX_VALUE))) return 0;
  const entry = insert(sink, slot, lo, 0, WORD, 0, 0);
  if (!entry) return 0;
  for (let i: u32 = 0; i < keys; i++) {
    const key = keyAt(sink, i);
    const values = payloads(state, load<i32>(key));
    const cell = entry + <usize>load<u32>(key, KEY_CELL);
    const tag = load<u8>(values + VECTOR_TAGS + row);
    const payload = load<u64>(values + (<usize>row << 3));
    if (tag == TAG_STRING) {
      const length = <u32>(payload >> 32);
      const address = takeBytes(sink, length);
      if (length) copyText(address, <usize>(<u32>payload), length);
      store<u64>(cell, slice(address, length));
    } else store<u64>(cell, payload);
    store<u64>(cell, tag, CELL_TAG);
  }
  countKeyBytes(sink, <u32>bytes);
  return entry | 1;
}
