/**
 * An index of the rows of frames by key: for joins, for lists of values by key, and for look-ups. Rows come in up to four sides, each with frames in order.
 * All regions are the host's, which knows how many rows there are.
 *
 *     header (INDEX_HEADER_BYTES)
 *     frames u32              addresses, those of the first side first
 *     key columns u32         of each side, one side after the other
 *     slots u64[2^bits]       number of a group + 1, 0 where empty, and in the high half the group's hash; at most half full. There is room for
 *                             all rows, but only as many slots are in use as there are groups for, so that they stay near each other
 *     groups u32[rows]        the group of each row, in the order of rows
 *     firsts u64[rows]        of each group its first row, which has its key
 *     hashes u32[rows]        of each group
 *     ends u32[groups], refs u64[rows], for each side: the rows of each group, one after the other, and where they end
 *
 * A row is named by a reference: the address of its frame, a multiple of four, with the side in its lowest bits, and in the high half its number there.
 * Groups are numbered by first arrival, the rows of the first side before those of the others; the rows of a group are in order.
 */
import {
  BAD_HEADER,
  BLOCK_ROWS,
  INDEX_BITS,
  INDEX_ENDS,
  INDEX_FIRSTS,
  INDEX_FRAMES,
  INDEX_GROUP_COUNT,
  INDEX_GROUPS,
  INDEX_HASHES,
  INDEX_HEADER_BYTES,
  INDEX_KEY_COLUMNS,
  INDEX_KEYS,
  INDEX_MAGIC,
  INDEX_REFS,
  INDEX_SEED,
  INDEX_SIDES,
  INDEX_SIDES_MAX,
  INDEX_SLOTS,
  TAG_JSON,
} from "../abi";
import { columnAt } from "../block";
import { areSameKeys, cellPayload, cellTag, keyProbe } from "./cells";
import { enterColumn } from "./scalar-keys";

/** What `indexBuild` returns for a key that only JavaScript can compare. */
const NOT_A_KEY: i32 = 1;
/** Slots in use at first; the host gives at least as many. */
const BITS_AT_FIRST: u32 = 10;

/** Prepares the header; the host then writes the addresses and counts. `seedPtr` holds the three secret multipliers. */
export function indexInit(index: usize, seedPtr: usize): i32 {
  memory.fill(index, 0, INDEX_HEADER_BYTES);
  store<u32>(index, INDEX_MAGIC);
  memory.copy(index + INDEX_SEED, seedPtr, 24);
  return 0;
}

/** Finds the group of each row. Returns 1 where a key is JSON text: these rows have no index. */
export function indexBuild(index: usize): i32 {
  if (load<u32>(index) != INDEX_MAGIC) return BAD_HEADER;
  store<u32>(index, 0, INDEX_GROUP_COUNT);
  useSlots(index, BITS_AT_FIRST);
  let frames = <usize>load<u32>(index, INDEX_FRAMES);
  let groups = <usize>load<u32>(index, INDEX_GROUPS);
  for (let side: u32 = 0; side < <u32>INDEX_SIDES_MAX; side++) {
    const end = frames + (framesOf(index, side) << 2);
    for (; frames < end; frames += 4) {
      const frame = <usize>load<u32>(frames);
      const rows = load<u32>(frame, BLOCK_ROWS);
      if (load<u32>(index, INDEX_KEY_COLUMNS) == 1) {
        if (!enterColumn(index, frame, side, rows, groups)) return NOT_A_KEY;
        groups += <usize>rows << 2;
        continue;
      }
      for (let row: u32 = 0; row < rows; row++) {
        const group = enter(index, reference(frame, side, row));
        if (group == u32.MAX_VALUE) return NOT_A_KEY;
        store<u32>(groups, group);
        groups += 4;
      }
    }
  }
  return 0;
}

/** How many frames a side has. */
// @ts-ignore: decorator
@inline function framesOf(index: usize, side: u32): usize {
  return <usize>load<u32>(index + (<usize>side << 2), INDEX_SIDES);
}

/** Enters all groups into 2^bits slots. */
export function useSlots(index: usize, bits: u32): void {
  const slots = <usize>load<u32>(index, INDEX_SLOTS);
  const hashes = <usize>load<u32>(index, INDEX_HASHES);
  const count = load<u32>(index, INDEX_GROUP_COUNT);
  const mask: u32 = (1 << bits) - 1;
  memory.fill(slots, 0, <usize>8 << bits);
  for (let group: u32 = 0; group < count; group++) {
    const hash = load<u32>(hashes + (<usize>group << 2));
    let slot = hash >> (32 - bits);
    while (load<u32>(slots + (<usize>slot << 3))) slot = (slot + 1) & mask;
    store<u64>(slots + (<usize>slot << 3), (<u64>hash << 32) | (group + 1));
  }
  store<u32>(index, bits, INDEX_BITS);
}

// @ts-ignore: decorator
@inline export function reference(frame: usize, side: u32, row: u32): u64 {
  return (<u64>row << 32) | <u64>(<u32>frame | side);
}

// @ts-ignore: decorator
@inline export function frameOf(reference: u64): usize {
  return <usize>(<u32>reference & ~3);
}

// @ts-ignore: decorator
@inline export function rowOf(reference: u64): u32 {
  return <u32>(reference >> 32);
}

/** Address, in the directory of a row's frame, of a column of its key. */
// @ts-ignore: decorator
@inline export function keyColumn(index: usize, reference: u64, component: u32): usize {
  const side = <u32>reference & 3;
  const columns = <usize>load<u32>(index, INDEX_KEYS) + (<usize>(side * load<u32>(index, INDEX_KEY_COLUMNS) + component) << 2);
  return columnAt(frameOf(reference), load<u32>(columns));
}

/** The group of a row, a new one where its key is new; the greatest number where its key is JSON. */
function enter(index: usize, reference: u64): u32 {
  const a = load<u64>(index, INDEX_SEED);
  const b = load<u64>(index, INDEX_SEED + 8);
  const c = load<u64>(index, INDEX_SEED + 16);
  const columns = load<u32>(index, INDEX_KEY_COLUMNS);
  const frame = frameOf(reference);
  const row = rowOf(reference);
  let all: u64 = 0;
  for (let i: u32 = 0; i < columns; i++) {
    const column = keyColumn(index, reference, i);
    const tag = cellTag(frame, column, row);
    if (tag == TAG_JSON) return u32.MAX_VALUE;
    const part = keyProbe(cellPayload(frame, column, row), tag, a, b, c);
    all = i ? (rotl<u64>(all, 29) ^ part) * c : part;
  }
  const hash = <u32>(all >> 32);
  const slots = <usize>load<u32>(index, INDEX_SLOTS);
  const bits = load<u32>(index, INDEX_BITS);
  const mask: u32 = (1 << bits) - 1;
  const firsts = <usize>load<u32>(index, INDEX_FIRSTS);
  let slot = hash >> (32 - bits);
  while (true) {
    const entry = load<u64>(slots + (<usize>slot << 3));
    if (!entry) break;
    const group = <u32>entry - 1;
    if (<u32>(entry >> 32) == hash && areSame(index, columns, load<u64>(firsts + (<usize>group << 3)), reference)) return group;
    slot = (slot + 1) & mask;
  }
  const group = load<u32>(index, INDEX_GROUP_COUNT);
  store<u32>(index, group + 1, INDEX_GROUP_COUNT);
  store<u64>(slots + (<usize>slot << 3), (<u64>hash << 32) | (group + 1));
  store<u64>(firsts + (<usize>group << 3), reference);
  store<u32>(<usize>load<u32>(index, INDEX_HASHES) + (<usize>group << 2), hash);
  if (group + 1 == 1 << (bits - 1)) useSlots(index, bits + 1);
  return group;
}

function areSame(index: usize, columns: u32, one: u64, other: u64): bool {
  for (let i: u32 = 0; i < columns; i++) {
    const column = keyColumn(index, one, i);
    const otherColumn = keyColumn(index, other, i);
    const tag = cellTag(frameOf(one), column, rowOf(one));
    const otherTag = cellTag(frameOf(other), otherColumn, rowOf(other));
    const payload = cellPayload(frameOf(one), column, rowOf(one));
    if (!areSameKeys(payload, tag, cellPayload(frameOf(other), otherColumn, rowOf(other)), otherTag)) return false;
  }
  return true;
}

/** Lists the rows of each group of all sides; the host has given room for them once it knew the number of groups. */
export function indexLists(index: usize): i32 {
  let frames = <usize>load<u32>(index, INDEX_FRAMES);
  let groups = <usize>load<u32>(index, INDEX_GROUPS);
  for (let side: u32 = 0; side < <u32>INDEX_SIDES_MAX; side++) {
    // A side that is not there has no lists.
    if (!refsOf(index, side)) break;
    const count = framesOf(index, side);
    groups = listSide(index, frames, <u32>count, side, groups);
    frames += count << 2;
  }
  return 0;
}

function listSide(index: usize, frames: usize, count: u32, side: u32, groups: usize): usize {
  const ends = <usize>load<u32>(index + (<usize>side << 2), INDEX_ENDS);
  const refs = <usize>load<u32>(index + (<usize>side << 2), INDEX_REFS);
  const groupCount = load<u32>(index, INDEX_GROUP_COUNT);
  // Counts first, each at the place of the group behind, so that their sums say where groups begin; entering the rows moves these to the ends.
  memory.fill(ends, 0, <usize>(groupCount + 1) << 2);
  let at = groups;
  for (let i: u32 = 0; i < count; i++) {
    const rows = load<u32>(<usize>load<u32>(frames + (<usize>i << 2)), BLOCK_ROWS);
    for (let row: u32 = 0; row < rows; row++, at += 4) {
      const place = ends + (<usize>load<u32>(at) << 2);
      store<u32>(place, load<u32>(place, 4) + 1, 4);
    }
  }
  for (let group: u32 = 1; group < groupCount; group++) {
    const end = ends + (<usize>group << 2);
    store<u32>(end, load<u32>(end) + load<u32>(end - 4));
  }
  at = groups;
  for (let i: u32 = 0; i < count; i++) {
    const frame = <usize>load<u32>(frames + (<usize>i << 2));
    const rows = load<u32>(frame, BLOCK_ROWS);
    for (let row: u32 = 0; row < rows; row++, at += 4) {
      const place = ends + (<usize>load<u32>(at) << 2);
      const position = load<u32>(place);
      store<u64>(refs + (<usize>position << 3), reference(frame, side, row));
      store<u32>(place, position + 1);
    }
  }
  return at;
}

/** Where the rows of a group begin in the list of a side; they end where those of the next one begin. */
// @ts-ignore: decorator
@inline export function beginOf(index: usize, side: u32, group: u32): u32 {
  return group ? load<u32>(<usize>load<u32>(index + (<usize>side << 2), INDEX_ENDS) + (<usize>(group - 1) << 2)) : 0;
}

/** Address of the references of a side. */
// @ts-ignore: decorator
@inline export function refsOf(index: usize, side: u32): usize {
  return <usize>load<u32>(index + (<usize>side << 2), INDEX_REFS);
}
