/**
 * The order of what a vector has done: turns come one after the other, but entries are to lie, and to be touched, in the order of the rows. Only where a
 * key was not put by its first row does it come later than rows behind it.
 */
import { STATE_ADDED, STATE_IS_OUT_OF_ORDER, STATE_TOUCH, TABLE_SLOT_BITS, TABLE_SLOTS, TABLE_STRIDE, VECTOR_ROWS } from "../abi";
import { entriesAt } from "../group/state";
import { probe } from "../hash";
import { ENTRY_HI, ENTRY_LENGTH, multiplierA, multiplierB, SLOT_ENTRY } from "../table";
import { find } from "./find";
import { addedAt, addedRowsAt, get, latestAt, set } from "./layout";
import { touch } from "./store";

export function beginOrder(sink: usize): void {
  set(sink, STATE_ADDED, 0);
  set(sink, STATE_IS_OUT_OF_ORDER, 0);
}

/** Notes that a row has added an entry. */
export function noteAdded(sink: usize, entry: usize, row: i32): void {
  const count = get(sink, STATE_ADDED);
  const rows = addedRowsAt(sink) + (<usize>count << 1);
  store<u16>(rows, <u16>row);
  store<u32>(addedAt(sink) + (<usize>count << 2), <u32>entry);
  if (count && load<u16>(rows - 2) > <u16>row) set(sink, STATE_IS_OUT_OF_ORDER, 1);
  set(sink, STATE_ADDED, count + 1);
}

/** Brings the entries that a vector of so many rows has added into the order of the rows that added them, and notes what it touched, in order. */
export function endOrder(state: usize, sink: usize, rows: i32): void {
  const isMoved = get(sink, STATE_IS_OUT_OF_ORDER) != 0;
  if (isMoved) sortAdded(sink);
  if (!get(sink, STATE_TOUCH)) return;
  for (let row = 0; row < rows; row++) {
    const entry = load<u32>(entriesAt(sink) + (<usize>row << 2));
    if (!(entry & 1)) continue;
    const now = isMoved ? find(state, sink, row) : <usize>(entry & ~1);
    if (now) touch(sink, now);
  }
}

function sortAdded(sink: usize): void {
  const count = get(sink, STATE_ADDED);
  const rows = addedRowsAt(sink);
  const added = addedAt(sink);
  // Of each row 1 more than the place of what it added.
  const places = latestAt(sink);
  memory.fill(places, 0, 2 * VECTOR_ROWS);
  for (let i: u32 = 0; i < count; i++) store<u16>(places + (<usize>load<u16>(rows + (<usize>i << 1)) << 1), <u16>(i + 1));
  let next: usize = 0;
  for (let row: usize = 0; row < <usize>VECTOR_ROWS; row++) {
    const place = <usize>load<u16>(places + (row << 1));
    if (!place) continue;
    const other = next++;
    if (place - 1 == other) continue;
    swapEntries(sink, load<u32>(added + (other << 2)), load<u32>(added + ((place - 1) << 2)));
    const otherRow = load<u16>(rows + (other << 1));
    store<u16>(places + (<usize>otherRow << 1), <u16>place);
    store<u16>(rows + ((place - 1) << 1), otherRow);
  }
}

/** Lets two entries change places, and their slots, where they have any. */
function swapEntries(sink: usize, a: usize, b: usize): void {
  const slotA = slotOf(sink, a);
  const slotB = slotOf(sink, b);
  if (slotA) moveSlot(slotA, b);
  if (slotB) moveSlot(slotB, a);
  const stride = <usize>load<u32>(sink, TABLE_STRIDE);
  for (let at: usize = 0; at < stride; at += 8) {
    const word = load<u64>(a + at);
    store<u64>(a + at, load<u64>(b + at));
    store<u64>(b + at, word);
  }
}

/** Lets a slot lead to another entry of the same key. */
export function moveSlot(slot: usize, entry: usize): void {
  store<u32>(slot, (load<u32>(slot) & ~SLOT_ENTRY) | <u32>(entry >> 5));
}

/** Address of the slot of an entry, 0 where another one has taken it. */
export function slotOf(sink: usize, entry: usize): usize {
  const slots = <usize>load<u32>(sink, TABLE_SLOTS);
  const bits = load<u32>(sink, TABLE_SLOT_BITS);
  const mask = (<usize>4 << bits) - 1;
  const hash = probe(load<u64>(entry), load<u64>(entry, ENTRY_HI), load<u32>(entry, ENTRY_LENGTH), multiplierA(sink), multiplierB(sink));
  let slot = <usize>(hash >> (64 - <u64>bits)) << 2;
  while (true) {
    const other = load<u32>(slots + slot);
    if (!other) return 0;
    if ((other & SLOT_ENTRY) == <u32>(entry >> 5)) return slots + slot;
    slot = (slot + 4) & mask;
  }
}
