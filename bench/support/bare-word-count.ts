/**
 * AssemblyScript: the yardstick of the word count. Counts the words of clean text into a table of fixed capacity with module-level state: no growth, no
 * limits, no keys but text, no blocks. What it needs of the rules of input (valid UTF-8, line ends) it takes from the kernel's own `textScan`.
 *
 * Slots, entries and long keys lie at fixed addresses; `IN_BASE` is where the text goes, readable 16 bytes past its end.
 */
import { SCAN_CLEAN, SCAN_STATE_BYTES } from "../../assembly/abi";
import { textScan } from "../../assembly/text";

const SLOT_BITS: u32 = 17;
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BASE: usize = 1 << 20;
const ENTRY_BASE: usize = SLOT_BASE + (SLOTS << 2);
const ENTRIES_MAX: usize = 1 << 19;
const KEY_BASE: usize = ENTRY_BASE + (ENTRIES_MAX << 5);
const KEY_BYTES_MAX: usize = 32 << 20;
export const IN_BASE: usize = KEY_BASE + KEY_BYTES_MAX;
export const ENTRIES: usize = ENTRY_BASE + 32;
const REPORT: usize = 1 << 16;

const A: u64 = 0x9e3779b97f4a7c15;
const B: u64 = 0xff51afd7ed558ccd;

let count: u32 = 1;
let keyNext: usize = KEY_BASE;

/** Empties the table. */
export function reset(): void {
  count = 1;
  keyNext = KEY_BASE;
  memory.fill(SLOT_BASE, 0, SLOTS << 2);
}

/** The number of different words. */
export function distinct(): u32 {
  return count - 1;
}

/** Counts the words between spaces and line ends; -1 where the text is not clean. */
export function countWords(bytes: i32): i32 {
  memory.fill(REPORT, 0, SCAN_STATE_BYTES);
  textScan(REPORT, IN_BASE, bytes, 0);
  if (!load<u32>(REPORT + SCAN_CLEAN)) return -1;
  const spaces = i8x16.splat(32);
  const lineEnds = i8x16.splat(10);
  const end = IN_BASE + bytes;
  let start = IN_BASE;
  let words = 0;
  for (let p = IN_BASE; p < end; p += 16) {
    const text = v128.load(p);
    let cuts = i8x16.bitmask(v128.or(i8x16.eq(text, spaces), i8x16.eq(text, lineEnds)));
    if (p + 16 > end) cuts &= (1 << <i32>(end - p)) - 1;
    while (cuts) {
      const cut = p + ctz(cuts);
      add(start, <u32>(cut - start));
      start = cut + 1;
      cuts &= cuts - 1;
      words++;
    }
  }
  return words;
}

// @ts-ignore: decorator
@inline function firstBytes(word: u64, length: u32): u64 {
  return length ? word & (<u64>-1 >> ((8 - <u64>length) << 3)) : 0;
}

// @ts-ignore: decorator
@inline function add(start: usize, length: u32): void {
  let lo: u64 = 0;
  let hi: u64 = 0;
  if (length <= 8) {
    lo = firstBytes(load<u64>(start), length);
  } else if (length <= 16) {
    lo = load<u64>(start);
    hi = firstBytes(load<u64>(start, 8), length - 8);
  } else {
    addLong(start, length);
    return;
  }
  let slot = (lo * A + (hi + length) * B) >> (64 - SLOT_BITS);
  while (true) {
    const index = load<u32>(SLOT_BASE + (<usize>slot << 2));
    const entry = ENTRY_BASE + (<usize>index << 5);
    if (!index) {
      append(slot, lo, hi, length, 0);
      return;
    }
    if (load<u64>(entry) == lo && load<u64>(entry, 8) == hi && load<u32>(entry, 16) == length) {
      store<f64>(entry, load<f64>(entry, 24) + 1, 24);
      return;
    }
    slot = (slot + 1) & (SLOTS - 1);
  }
}

function addLong(start: usize, length: u32): void {
  let lo: u64 = B;
  const last = start + length - 8;
  for (let p = start; p < last; p += 8) lo = rotl<u64>((lo ^ load<u64>(p)) * B, 31);
  const hi = load<u64>(last);
  let slot = (lo * A + (hi + length) * B) >> (64 - SLOT_BITS);
  while (true) {
    const index = load<u32>(SLOT_BASE + (<usize>slot << 2));
    const entry = ENTRY_BASE + (<usize>index << 5);
    if (!index) {
      memory.copy(keyNext, start, length);
      append(slot, lo, hi, length, <u32>keyNext);
      keyNext += length;
      return;
    }
    if (load<u64>(entry) == lo && load<u32>(entry, 16) == length && memory.compare(load<u32>(entry, 20), start, length) == 0) {
      store<f64>(entry, load<f64>(entry, 24) + 1, 24);
      return;
    }
    slot = (slot + 1) & (SLOTS - 1);
  }
}

function append(slot: u64, lo: u64, hi: u64, length: u32, key: u32): void {
  const entry = ENTRY_BASE + (<usize>count << 5);
  store<u64>(entry, lo);
  store<u64>(entry, hi, 8);
  store<u32>(entry, length, 16);
  store<u32>(entry, key, 20);
  store<f64>(entry, 1, 24);
  store<u32>(SLOT_BASE + (<usize>slot << 2), count);
  count++;
}
