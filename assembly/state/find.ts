/** Entries of the keys of rows: those that are there, and new ones. Keys are told apart as groups are (group/keys.ts, group/composites.ts). */
import { GROUP_COMPOSITE, GROUP_FORM, STATE_CELLS, STATE_ENTRIES, STATE_LIVE, TABLE_SLOT_BITS, TABLE_SLOTS, TABLE_STRIDE, TAG_NUMBER } from "../abi";
import { begin, hashComposites, isKey as isComposite } from "../group/composites";
import { hashKeys, LENGTH_MAX } from "../group/keys";
import { ARE_NUMBERS, entriesAt, hashesAt, hiAt, keyAt, loAt, wordsAt } from "../group/state";
import { sameText } from "../values/text-same";
import { BYTE_NEXT, ENTRY_HI, ENTRY_LENGTH, ENTRY_VALUE, INLINE_KEY_BYTES, insert } from "../table";
import { payloads } from "../vector";
import { ABSENT, flagsOf, get, longKey, set, setFlags, TOUCHED } from "./layout";
import { noteAdded } from "./order";

/** Hashes of the rows' keys; false where one is none that the kernel tells apart. */
export function hash(state: usize, sink: usize, rows: i32): bool {
  return isOfParts(sink) ? hashComposites(state, sink, rows) : hashKeys(state, sink, rows);
}

// @ts-ignore: decorator
@inline function isOfParts(sink: usize): bool {
  return load<i32>(sink, GROUP_FORM) == GROUP_COMPOSITE;
}

/** Whether an entry is there and has the key of a row. */
// @ts-ignore: decorator
@inline function isOf(state: usize, sink: usize, entry: usize, row: i32): bool {
  if (load<u64>(entry) != load<u64>(loAt(sink) + (<usize>row << 3)) || flagsOf(entry) & ABSENT) return false;
  if (isOfParts(sink)) return isComposite(state, sink, entry, row);
  const word = load<u32>(entry, ENTRY_LENGTH);
  if (load<u32>(sink, ARE_NUMBERS)) return word == <u32>TAG_NUMBER << 28;
  if (word != wordOf(sink, row) || load<u64>(entry, ENTRY_HI) != load<u64>(hiAt(sink) + (<usize>row << 3))) return false;
  return word <= INLINE_KEY_BYTES || word > LENGTH_MAX || sameText(longKey(entry), keyPtr(state, sink, row), word);
}

// @ts-ignore: decorator
@inline function wordOf(sink: usize, row: i32): u32 {
  return load<u32>(wordsAt(sink) + (<usize>row << 2));
}

function keyPtr(state: usize, sink: usize, row: i32): usize {
  return <usize>load<u32>(payloads(state, load<i32>(keyAt(sink, 0))) + (<usize>row << 3));
}

// @ts-ignore: decorator
@inline function slotOf(sink: usize, row: i32, bits: u32): usize {
  return <usize>(load<u32>(hashesAt(sink) + (<usize>row << 2)) >> (32 - bits)) << 2;
}

/** The entry of the key of a row, 0 where it is not there. What `hash` has found is likely right. */
export function find(state: usize, sink: usize, row: i32): usize {
  const likely = <usize>load<u32>(entriesAt(sink) + (<usize>row << 2)) & ~1;
  if (likely && isOf(state, sink, likely, row)) return likely;
  const slots = <usize>load<u32>(sink, TABLE_SLOTS);
  const bits = load<u32>(sink, TABLE_SLOT_BITS);
  const mask = (<usize>4 << bits) - 1;
  let slot = slotOf(sink, row, bits);
  while (true) {
    const entry = <usize>load<u32>(slots + slot) << 5;
    if (!entry || isOf(state, sink, entry, row)) return entry;
    slot = (slot + 4) & mask;
  }
}

/** A new entry, touched, its cells zero, for a key that is not there; 0 where room is lacking. It takes the slot of a removed one. */
export function add(state: usize, sink: usize, row: i32): usize {
  const slots = <usize>load<u32>(sink, TABLE_SLOTS);
  const bits = load<u32>(sink, TABLE_SLOT_BITS);
  const mask = (<usize>4 << bits) - 1;
  let slot = slotOf(sink, row, bits);
  while (true) {
    const other = <usize>load<u32>(slots + slot) << 5;
    if (!other || flagsOf(other) & ABSENT) break;
    slot = (slot + 4) & mask;
  }
  const lo = load<u64>(loAt(sink) + (<usize>row << 3));
  let entry: usize;
  let cells: usize = ENTRY_VALUE;
  if (isOfParts(sink)) {
    entry = begin(state, sink, slots + slot, row, lo) & ~1;
    cells = <usize>get(sink, STATE_CELLS);
  } else if (load<u32>(sink, ARE_NUMBERS)) {
    entry = insert(sink, slots + slot, lo, 0, <u32>TAG_NUMBER << 28, 0, 0);
  } else {
    const word = wordOf(sink, row);
    // Addresses of long keys leave bits for flags.
    store<u32>(sink, (load<u32>(sink, BYTE_NEXT) + 7) & ~7, BYTE_NEXT);
    const hi = load<u64>(hiAt(sink) + (<usize>row << 3));
    entry = insert(sink, slots + slot, lo, hi, word, keyPtr(state, sink, row), word <= LENGTH_MAX ? word : 0);
  }
  if (!entry) return 0;
  memory.fill(entry + cells, 0, <usize>load<u32>(sink, TABLE_STRIDE) - cells);
  setFlags(entry, TOUCHED);
  noteAdded(sink, entry, row);
  set(sink, STATE_LIVE, get(sink, STATE_LIVE) + 1);
  set(sink, STATE_ENTRIES, get(sink, STATE_ENTRIES) + 1);
  return entry;
}
