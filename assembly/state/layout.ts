/**
 * A state by key: a table (table.ts) that lives longer than a program, and whose changes belong to versions.
 *
 *     state of a sink that groups, with its scratch (group/state.ts); its aggregates are the leaves of the state | own part (STATE_*, 256 bytes) | scratch
 *
 *     leaf        12 cell u32 | 16 bytes of the cell u32 (8: numbers alone; 16: payload u64, tag u32, capacity u32)
 *     scratch     ranks u16[1024] | order u16[1024] | latest u16[2048] | added rows u16[1024] | added entries u32[1024]
 *     record of the journal     entry u32 | unused u32 | the entry's cells as they were
 *
 * Three bits of an entry's address (of a long key, at a multiple of 8) say more of it: `TOUCHED`, this version has changed it; `ABSENT`, its key was
 * removed; `TENTATIVE`, its key may not be put (rows.ts). An absent entry is never used again: a key that comes back gets a new one at the end, so that entries lie in the order of insertion. Its slot
 * may be used again.
 *
 * A version begins (`stateBegin`) by noting where entries and text end. The first change of an entry that is older goes to the journal. So a rollback
 * puts back what the journal has and forgets what came after the mark; a commit only takes the marks off what was touched.
 */
import { STATE_AREA, STATE_AREA_BYTES, VECTOR_ROWS } from "../abi";
import { LATEST_BYTES } from "../group/ranks";
import { ENTRY_ADDRESS } from "../table";

export const TOUCHED: u32 = 1;
export const ABSENT: u32 = 2;
export const TENTATIVE: u32 = 4;
const FLAGS: u32 = 7;

const ORDER: usize = 2 * VECTOR_ROWS;
const LATEST: usize = 4 * VECTOR_ROWS;
const ADDED_ROWS: usize = LATEST + LATEST_BYTES;
const ADDED: usize = ADDED_ROWS + 2 * VECTOR_ROWS;
export const STATE_SCRATCH_BYTES: usize = ADDED + 4 * VECTOR_ROWS;
export const RECORD_CELLS: usize = 8;

// Of the own part: the header of the table as it was when the version began.
export const MARK: usize = 128;

// @ts-ignore: decorator
@inline export function areaOf(sink: usize): usize {
  return <usize>load<u32>(sink, STATE_AREA);
}

export function get(sink: usize, offset: i32): u32 {
  return load<u32>(areaOf(sink) + offset);
}

export function set(sink: usize, offset: i32, value: u32): void {
  store<u32>(areaOf(sink) + offset, value);
}

/** How often the key of each row of a vector came before in it. */
// @ts-ignore: decorator
@inline export function ranksAt(sink: usize): usize {
  return areaOf(sink) + STATE_AREA_BYTES;
}

/** Rows of a vector in order of their turns. */
// @ts-ignore: decorator
@inline export function orderAt(sink: usize): usize {
  return ranksAt(sink) + ORDER;
}

// @ts-ignore: decorator
@inline export function latestAt(sink: usize): usize {
  return ranksAt(sink) + LATEST;
}

/** Rows of a vector that have added entries, and those entries, as they were added. */
export function addedRowsAt(sink: usize): usize {
  return ranksAt(sink) + ADDED_ROWS;
}

export function addedAt(sink: usize): usize {
  return ranksAt(sink) + ADDED;
}

// @ts-ignore: decorator
@inline export function flagsOf(entry: usize): u32 {
  return load<u32>(entry, ENTRY_ADDRESS) & FLAGS;
}

// @ts-ignore: decorator
@inline export function setFlags(entry: usize, flags: u32): void {
  store<u32>(entry, (load<u32>(entry, ENTRY_ADDRESS) & ~FLAGS) | flags, ENTRY_ADDRESS);
}

/** Address of a long key. */
// @ts-ignore: decorator
@inline export function longKey(entry: usize): usize {
  return <usize>(load<u32>(entry, ENTRY_ADDRESS) & ~FLAGS);
}
