/**
 * What a table is finished with: a frame for each partition, its rows in order of first arrival. The host leads it by a control region:
 *
 *     0 state | 4 partitions | 8 columns | 12 kinds u32[columns] | 16 cells u32[columns]: offset, or a `CELL_*` of its own for the key of one value |
 *     20 template | 24 its items | 28 ids u16[count] | 32 sizes u32[partitions][1 + columns]: rows, bytes of text | 36 frames u32[partitions] |
 *     40 scratch for a canonical string | 44 cursors, 16 bytes a partition | 48, 52, 56 where hashing stopped | 60 bytes in the scratch that the host wrote
 *
 * The template says how the canonical string (src/block/key.ts) of a key of several values is written: items of text, offset u32 (from the template)
 * and bytes u32, then a cell u32, 0 for none, and whether the item is left out where the value there is undefined u32.
 */
import {
  COLUMN_BOOLEAN,
  COLUMN_BYTES,
  COLUMN_F64,
  COLUMN_I64,
  COLUMN_UTF8,
  FINISH_CELLS,
  FINISH_KINDS,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_BYTES,
  TAG_NUMBER,
  TAG_STRING,
} from "../abi";
import { ENTRY_LENGTH, keyAddress } from "../table";
import { slice } from "../vector";
import { tagOfWord } from "./keys";
import { CELL_TAG } from "./values";

/** In place of a cell: the key of one value. Cells begin behind what an entry has anyway. */
export const KEY: usize = 0;

// @ts-ignore: decorator
@inline export function word(finish: usize, offset: i32): u32 {
  return load<u32>(finish + offset);
}

/** Set in the cell of a column whose cells are numbers alone; cells lie at multiples of 8. */
export const CELL_NUMBER_FLAG: usize = 1;

// @ts-ignore: decorator
@inline export function kindAt(finish: usize, column: u32): i32 {
  return load<i32>(<usize>word(finish, FINISH_KINDS) + (<usize>column << 2));
}

// @ts-ignore: decorator
@inline export function cellAt(finish: usize, column: u32): usize {
  return <usize>load<u32>(<usize>word(finish, FINISH_CELLS) + (<usize>column << 2));
}

/** The only tag that a column of a kind holds, -1 where it holds any. */
export function tagOfKind(kind: i32): i32 {
  if (kind == COLUMN_UTF8) return TAG_STRING;
  if (kind == COLUMN_F64) return TAG_NUMBER;
  if (kind == COLUMN_BOOLEAN) return TAG_BOOLEAN;
  if (kind == COLUMN_BYTES) return TAG_BYTES;
  return kind == COLUMN_I64 ? TAG_BIGINT : -1;
}

// @ts-ignore: decorator
@inline export function tagAt(entry: usize, cell: usize): u32 {
  return cell == KEY ? tagOfWord(load<u32>(entry, ENTRY_LENGTH)) : <u32>load<u8>(entry + cell, CELL_TAG);
}

/** Bytes of the text of a key or of a cell that has one. */
// @ts-ignore: decorator
@inline export function textBytesAt(entry: usize, cell: usize): u32 {
  return cell == KEY ? load<u32>(entry, ENTRY_LENGTH) : load<u32>(entry + cell, 4);
}

/** The payload of a value, as in a vector. */
// @ts-ignore: decorator
@inline export function payloadAt(entry: usize, cell: usize, tag: u32): u64 {
  if (cell != KEY) return load<u64>(entry + cell);
  if (tag != TAG_STRING) return load<u64>(entry);
  const length = load<u32>(entry, ENTRY_LENGTH);
  return slice(keyAddress(entry, length), length);
}
