/**
 * Keys of one value. What an entry holds of one:
 *
 *     string      as in table.ts, its tag stored as 0
 *     number      lo: the double, -0 as 0, every NaN the same; length: tag << 28
 *     bigint      lo: the integer
 *     boolean     lo: 0 or 1
 *     null, undefined   lo: 0
 */
import {
  TABLE_COUNT,
  TABLE_SLOT_BITS,
  TABLE_SLOTS,
  TABLE_STRIDE,
  TAG_JSON,
  TAG_NUMBER,
  TAG_STRING,
  TAG_UNDEFINED,
} from "../abi";
import { foldLong, probe } from "../hash";
import {
  ENTRY_ADDRESS,
  ENTRY_HI,
  ENTRY_LENGTH,
  entriesBegin,
  firstBytes,
  INLINE_KEY_BYTES,
  insert,
  multiplierA,
  multiplierB,
  multiplierC,
  segmentFirst,
  SLOT_ENTRY,
  slotMark,
} from "../table";
import { payloads, tagsOf } from "../vector";
import { ARE_NUMBERS, entriesAt, hashesAt, hiAt, keyAt, loAt, ROW, TOUCHED, wordsAt } from "./state";
import { sameText } from "../values/text-same";

export const LENGTH_MAX: u32 = (1 << 28) - 1;
export const CANONICAL_NAN: u64 = 0x7ff8000000000000;
/** Stands for `undefined`, whose own tag is the 0 that stands for strings. */
const WORD_UNDEFINED: u32 = 8 << 28;
const WORD_NUMBER: u32 = TAG_NUMBER << 28;

/** The tag of the key of an entry whose length is `word`. */
export function tagOfWord(word: u32): u32 {
  const tag = word >> 28;
  return tag == 0 ? TAG_STRING : tag == 8 ? TAG_UNDEFINED : tag;
}

/** The bits of a number as a key. */
// @ts-ignore: decorator
@inline export function canonicalBits(payload: u64): u64 {
  const value = reinterpret<f64>(payload);
  // -0 becomes 0.
  return value == value ? reinterpret<u64>(value + 0.0) : CANONICAL_NAN;
}

/** Whether all of the first `rows` tags are this one. */
export function areAll(tags: usize, rows: i32, tag: i32): bool {
  const eight = <u64>(<u32>tag) * 0x0101010101010101;
  const whole = rows & ~7;
  let differing: u64 = 0;
  for (let row = 0; row < whole; row += 8) differing |= load<u64>(tags + row) ^ eight;
  for (let row = whole; row < rows; row++) differing |= <u64>(load<u8>(tags + row) ^ <u8>tag);
  return differing == 0;
}

/** Hashes of the rows' keys; false where one is an object or too long. */
export function hashKeys(state: usize, sink: usize, rows: i32): bool {
  const register = load<i32>(keyAt(sink, 0));
  const keys = payloads(state, register);
  const tags = tagsOf(state, register);
  const areNumbers = areAll(tags, rows, TAG_NUMBER);
  store<u32>(sink, areNumbers, ARE_NUMBERS);
  if (areNumbers) {
    hashNumbers(sink, keys, rows);
  } else {
    for (let row = 0; row < rows; row++) {
      const tag = load<u8>(tags + row);
      const payload = load<u64>(keys + (<usize>row << 3));
      if (tag == TAG_STRING) {
        if (payload >> 32 > LENGTH_MAX) return false;
        hashString(sink, row, <usize>(<u32>payload), <u32>(payload >> 32));
      } else if (tag == TAG_JSON) return false;
      else {
        const lo = tag == TAG_NUMBER ? canonicalBits(payload) : payload;
        setKey(sink, row, lo, 0, tag == TAG_UNDEFINED ? WORD_UNDEFINED : <u32>tag << 28);
      }
    }
  }
  lookAhead(sink, rows);
  return true;
}

function hashNumbers(sink: usize, keys: usize, rows: i32): void {
  const a = multiplierA(sink);
  const b = multiplierB(sink) * WORD_NUMBER;
  const los = loAt(sink);
  const hashes = hashesAt(sink);
  for (let row = 0; row < rows; row++) {
    const lo = canonicalBits(load<u64>(keys + (<usize>row << 3)));
    store<u64>(los + (<usize>row << 3), lo);
    store<u32>(hashes + (<usize>row << 2), <u32>((lo * a + b) >> 32));
  }
}

function hashString(sink: usize, row: i32, ptr: usize, length: u32): void {
  if (length <= 8) setKey(sink, row, firstBytes(load<u64>(ptr), length), 0, length);
  else if (length <= INLINE_KEY_BYTES) setKey(sink, row, load<u64>(ptr), firstBytes(load<u64>(ptr, 8), length - 8), length);
  else setKey(sink, row, foldLong(ptr, length, multiplierC(sink)), load<u64>(ptr + length - 8), length);
}

// @ts-ignore: decorator
@inline function setKey(sink: usize, row: i32, lo: u64, hi: u64, word: u32): void {
  store<u64>(loAt(sink) + (<usize>row << 3), lo);
  store<u64>(hiAt(sink) + (<usize>row << 3), hi);
  store<u32>(wordsAt(sink) + (<usize>row << 2), word);
  const hash = probe(lo, hi, word, multiplierA(sink), multiplierB(sink));
  store<u32>(hashesAt(sink) + (<usize>row << 2), <u32>(hash >> 32));
}

/** Tables whose slots, or entries, are larger than a fast cache are first loaded from as such, so that the processor waits for many lines at a time. */
const SLOT_BITS_FAR: u32 = 16;
const ENTRIES_FAR: u32 = 1 << 18;

/** Finds for each row the entry that is likely its own, by the marks of slots alone, 0 where there is none. */
export function lookAhead(sink: usize, rows: i32): void {
  const slots = <usize>load<u32>(sink, TABLE_SLOTS);
  const bits = load<u32>(sink, TABLE_SLOT_BITS);
  const shift = 32 - bits;
  const mask = (<u32>1 << bits) - 1;
  const hashes = hashesAt(sink);
  const entries = entriesAt(sink);
  if (bits >= SLOT_BITS_FAR) touchSlots(sink, rows, slots, shift, hashes);
  for (let row = 0; row < rows; row++) {
    const hash = load<u32>(hashes + (<usize>row << 2));
    const mark = slotMark(hash, bits);
    let at = hash >> shift;
    let slot = load<u32>(slots + (<usize>at << 2));
    while (slot && (slot ^ mark) > SLOT_ENTRY) {
      at = (at + 1) & mask;
      slot = load<u32>(slots + (<usize>at << 2));
    }
    store<u32>(entries + (<usize>row << 2), slot << 5);
  }
  if (load<u32>(sink, TABLE_COUNT) * load<u32>(sink, TABLE_STRIDE) > ENTRIES_FAR) touchEntries(sink, rows, entries);
}

function touchSlots(sink: usize, rows: i32, slots: usize, shift: u32, hashes: usize): void {
  let touched: u32 = 0;
  for (let row = 0; row < rows; row++) {
    touched ^= load<u32>(slots + (<usize>(load<u32>(hashes + (<usize>row << 2)) >> shift) << 2));
  }
  store<u32>(sink, touched, TOUCHED);
}

function touchEntries(sink: usize, rows: i32, entries: usize): void {
  let touched: u32 = 0;
  // Where there is none this reads the reserved bytes at address 0.
  for (let row = 0; row < rows; row++) touched ^= load<u32>(<usize>load<u32>(entries + (<usize>row << 2)));
  store<u32>(sink, touched, TOUCHED);
}

/** The entry of each row, new ones for new keys; false where the row at hand lacks room. */
export function findKeys(state: usize, sink: usize, rows: i32): bool {
  if (load<u32>(sink, ARE_NUMBERS)) return findNumbers(sink, rows);
  const keys = payloads(state, load<i32>(keyAt(sink, 0)));
  const los = loAt(sink);
  const his = hiAt(sink);
  const words = wordsAt(sink);
  const entries = entriesAt(sink);
  for (let row = load<i32>(sink, ROW); row < rows; row++) {
    const lo = load<u64>(los + (<usize>row << 3));
    const hi = load<u64>(his + (<usize>row << 3));
    const word = load<u32>(words + (<usize>row << 2));
    const key = <usize>load<u32>(keys + (<usize>row << 3));
    const entry = <usize>load<u32>(entries + (<usize>row << 2));
    if (entry && isKey(entry, lo, hi, word, key)) continue;
    const found = findKey(sink, row, lo, hi, word, key);
    if (!found) {
      store<i32>(sink, row, ROW);
      return false;
    }
    store<u32>(entries + (<usize>row << 2), <u32>found);
  }
  return true;
}

function findNumbers(sink: usize, rows: i32): bool {
  const los = loAt(sink);
  const entries = entriesAt(sink);
  for (let row = load<i32>(sink, ROW); row < rows; row++) {
    const lo = load<u64>(los + (<usize>row << 3));
    const entry = <usize>load<u32>(entries + (<usize>row << 2));
    if (entry && load<u64>(entry) == lo && load<u32>(entry, ENTRY_LENGTH) == WORD_NUMBER) continue;
    const found = findKey(sink, row, lo, 0, WORD_NUMBER, 0);
    if (!found) {
      store<i32>(sink, row, ROW);
      return false;
    }
    store<u32>(entries + (<usize>row << 2), <u32>found);
  }
  return true;
}

// @ts-ignore: decorator
@inline function isKey(entry: usize, lo: u64, hi: u64, word: u32, key: usize): bool {
  if (load<u64>(entry) != lo || load<u64>(entry, ENTRY_HI) != hi || load<u32>(entry, ENTRY_LENGTH) != word) return false;
  return word - 1 - INLINE_KEY_BYTES >= LENGTH_MAX - INLINE_KEY_BYTES || sameText(<usize>load<u32>(entry, ENTRY_ADDRESS), key, word);
}

/** The entry of a key, 1 more where it is new, 0 where room is lacking. */
function findKey(sink: usize, row: i32, lo: u64, hi: u64, word: u32, key: usize): usize {
  const slots = <usize>load<u32>(sink, TABLE_SLOTS);
  const bits = load<u32>(sink, TABLE_SLOT_BITS);
  const mask = (<usize>4 << bits) - 1;
  let slot = <usize>(load<u32>(hashesAt(sink) + (<usize>row << 2)) >> (32 - bits)) << 2;
  while (true) {
    const entry = <usize>load<u32>(slots + slot) << 5;
    if (!entry) {
      const made = insert(sink, slots + slot, lo, hi, word, key, word <= LENGTH_MAX ? word : 0);
      return made ? made | 1 : 0;
    }
    if (isKey(entry, lo, hi, word, key)) return entry;
    slot = (slot + 4) & mask;
  }
}

/** The one entry of a table in which all rows are one group. */
export function findOnly(sink: usize, rows: i32): bool {
  const isNew = !load<u32>(sink, TABLE_COUNT);
  const slots = <usize>load<u32>(sink, TABLE_SLOTS);
  const entry = isNew ? insert(sink, slots, 0, 0, 0, 0, 0) : entriesBegin(segmentFirst(sink));
  if (!entry) return false;
  const entries = entriesAt(sink);
  for (let row = 0; row < rows; row++) store<u32>(entries + (<usize>row << 2), <u32>entry);
  if (isNew) store<u32>(entries, <u32>entry | 1);
  return true;
}
