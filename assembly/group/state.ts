/**
 * Where things are in the state of a sink that groups.
 *
 *     table header (128 bytes) | group header (64) | keys, 8 bytes each | aggregates, 24 bytes each | scratch
 *
 *     key         0 register i32 | 4 cell u32 (of a composite key)
 *     aggregate   0 op u32 | 4 register of what a key begins with i32 | 8 register of what is brought in i32 | 12 cell u32 | 16 bytes of the cell u32 | 20 parameters u32
 *     scratch     lo u64[1024] | hi u64[1024] | words u32[1024] | hashes u32[1024] | entries u32[1024]
 */
import { GROUP_AGGREGATE_BYTES, GROUP_AGGREGATES, GROUP_KEY_BYTES, GROUP_KEYS, GROUP_LISTS, VECTOR_ROWS } from "../abi";

// Of the group header: how far the sink has come with the rows at hand.
export const PHASE: usize = 144;
export const ROW: usize = 148;
export const AGGREGATE: usize = 152;
/** Groups that have a number. */
export const NUMBERED: usize = 156;

/** Whether all keys of the rows at hand are numbers. */
export const ARE_NUMBERS: usize = 160;
/** Written so that what was only loaded counts as used. */
export const TOUCHED: usize = 164;
/** One more than the row whose sketch was made last; see sketches/sketch.ts. */
export const MADE: usize = 172;

export const KEY_CELL: usize = 4;
export const AGGREGATE_FIRST_REGISTER: usize = 4;
export const AGGREGATE_VALUE_REGISTER: usize = 8;
export const AGGREGATE_CELL: usize = 12;
export const AGGREGATE_CELL_BYTES: usize = 16;

const HI: usize = 8 * VECTOR_ROWS;
const WORDS: usize = 16 * VECTOR_ROWS;
const HASHES: usize = 20 * VECTOR_ROWS;
const ENTRIES: usize = 24 * VECTOR_ROWS;
export const SCRATCH_BYTES: usize = 28 * VECTOR_ROWS;

// @ts-ignore: decorator
@inline export function keyAt(sink: usize, index: u32): usize {
  return sink + GROUP_LISTS + <usize>index * GROUP_KEY_BYTES;
}

// @ts-ignore: decorator
@inline export function aggregateAt(sink: usize, index: u32): usize {
  return keyAt(sink, load<u32>(sink, GROUP_KEYS)) + <usize>index * GROUP_AGGREGATE_BYTES;
}

/** First halves of the keys of the rows at hand. */
// @ts-ignore: decorator
@inline export function loAt(sink: usize): usize {
  return aggregateAt(sink, load<u32>(sink, GROUP_AGGREGATES));
}

// @ts-ignore: decorator
@inline export function hiAt(sink: usize): usize {
  return loAt(sink) + HI;
}

/** Length and tag of each key, as in an entry. */
// @ts-ignore: decorator
@inline export function wordsAt(sink: usize): usize {
  return loAt(sink) + WORDS;
}

/** The high halves of the hashes. */
// @ts-ignore: decorator
@inline export function hashesAt(sink: usize): usize {
  return loAt(sink) + HASHES;
}

/** The entry of each row, and 1 more where the row is the first of its group. */
// @ts-ignore: decorator
@inline export function entriesAt(sink: usize): usize {
  return loAt(sink) + ENTRIES;
}
