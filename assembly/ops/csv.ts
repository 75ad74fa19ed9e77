/**
 * CSV_FIELDS: the columns of lines of CSV that are wanted, each into its register, with all of them checked (src/schema/read-csv.ts says what a row is).
 *
 * A line is cut into cells first, then the cells are read that are wanted or may be wrong. The table, which the host builds (src/kernel/csv-fields.ts):
 *
 *     header (64 bytes) | entries, 16 bytes each: cells that are looked at | cells, 16 bytes each | names
 *
 *     header   0 cells of a row | 4 delimiter | 8 quote, 256 none | 12 register: whether a line is a row or header | 16 register: whether it is a row
 *              20 entries | 24 offset of the names, 0 where no line is a header | 32 room for a number
 *     entry    0 offset of its cell | 4 kind | 8 register, -1 none | 12 address of the register, 0 none
 *     cell     0 address | 4 bytes, between the quotes | 8 doubled quotes in it | 12 whether it is quoted
 *     name     bytes u32, then these, padded to 4
 */
import { CSV_CELL_BYTES, CSV_ENTRY_BYTES, CSV_HEADER_BYTES, NEED_ARENA, NEED_ASSIST } from "../abi";
import { PROGRAM_ASSIST_COUNT, TAG_BOOLEAN, TAG_UNDEFINED, VECTOR_TAGS } from "../abi";
import { byteMask } from "../bytes";
import { assist, assistNone, dataOf, INS_A, payloads } from "../vector";
import { CELL_ARENA, CELL_HARD, CELL_NONE, readCell, readPlainCell } from "./csv-cell";

const CELLS: usize = 0;
const DELIMITER: usize = 4;
export const QUOTE: usize = 8;
const OK: usize = 12;
const KEPT: usize = 16;
const ENTRIES: usize = 20;
const NAMES: usize = 24;

const ENTRY_REGISTER: usize = 8;
const ENTRY_COLUMN: usize = 12;

const LINE_NONE: i32 = 0;
const LINE_ROW: i32 = 1;
const LINE_HEADER: i32 = 2;

/** a: lines; data: the table. */
export function csvFields(state: usize, ins: usize, rows: i32): i32 {
  assistNone(state);
  const t = dataOf(state, ins);
  const lines = payloads(state, load<i32>(ins, INS_A));
  for (let entry = entriesOf(t); entry < entriesEnd(t); entry += CSV_ENTRY_BYTES) {
    const register = load<i32>(entry, ENTRY_REGISTER);
    store<u32>(entry, register < 0 ? 0 : <u32>payloads(state, register), ENTRY_COLUMN);
  }
  const ok = beginReport(state, load<i32>(t, OK), rows);
  const kept = beginReport(state, load<i32>(t, KEPT), rows);
  for (let row: i32 = 0; row < rows; row++) {
    const line = load<u64>(lines + (<usize>row << 3));
    const from = <usize>(<u32>line);
    const read = readLine(state, t, row, from, from + <usize>(line >> 32));
    if (read < 0) return NEED_ARENA;
    if (read != LINE_ROW) forget(t, row);
    if (ok) store<u64>(ok + (<usize>row << 3), <u64>(read != LINE_NONE));
    if (kept) store<u64>(kept + (<usize>row << 3), <u64>(read == LINE_ROW));
  }
  return load<u32>(state, PROGRAM_ASSIST_COUNT) ? NEED_ASSIST : 0;
}

// @ts-ignore: decorator
@inline function entriesOf(t: usize): usize {
  return t + CSV_HEADER_BYTES;
}

// @ts-ignore: decorator
@inline function entriesEnd(t: usize): usize {
  return entriesOf(t) + <usize>load<u32>(t, ENTRIES) * CSV_ENTRY_BYTES;
}

/** Address of a register of booleans that is wanted, 0 of one that is not. */
function beginReport(state: usize, register: i32, rows: i32): usize {
  if (register < 0) return 0;
  const report = payloads(state, register);
  memory.fill(report + VECTOR_TAGS, <u8>TAG_BOOLEAN, rows);
  return report;
}

/** What the line from `p` to `end` is; below 0 where the arena lacks room. */
function readLine(state: usize, t: usize, row: i32, p: usize, end: usize): i32 {
  const cells = entriesEnd(t);
  if (!cut(t, cells, p, end)) return LINE_NONE;
  if (load<u32>(t, NAMES) && isHeader(t, cells)) return LINE_HEADER;
  let isHard = false;
  for (let entry = entriesOf(t); entry < cells; entry += CSV_ENTRY_BYTES) {
    const cell = t + <usize>load<u32>(entry);
    if (readPlainCell(cell, entry, row)) continue;
    const status = readCell(state, t, cell, entry, row);
    if (status == CELL_NONE) return LINE_NONE;
    if (status == CELL_ARENA) return -1;
    isHard = isHard || status == CELL_HARD;
  }
  if (isHard) assist(state, row);
  return LINE_ROW;
}

/** Cuts a line into cells; false where a quote does not end its cell, or where there are more or fewer than a row has. */
function cut(t: usize, cells: usize, p: usize, end: usize): bool {
  const delimiter = <u8>load<u32>(t, DELIMITER);
  const quote = load<u32>(t, QUOTE);
  const last = cells + (<usize>load<u32>(t, CELLS) - 1) * CSV_CELL_BYTES;
  let cell = cells;
  let start = p;
  let block = p;
  let places = placesOf(block, end, delimiter);
  for (;;) {
    let place: usize;
    if (<u32>load<u8>(start) == quote && start < end) {
      place = cutQuoted(cell, start, end, <u8>quote);
      if (!place) return false;
      if (place == end) break;
      if (load<u8>(place) != delimiter) return false;
      block = place + 1;
      places = placesOf(block, end, delimiter);
    } else {
      while (!places && block + 16 < end) {
        block += 16;
        places = placesOf(block, end, delimiter);
      }
      place = places ? block + ctz(places) : end;
      places &= places - 1;
      store<u32>(cell, <u32>start);
      store<u32>(cell, <u32>(place - start), 4);
      store<u64>(cell, 0, 8);
      if (place == end) break;
    }
    // There is another cell.
    if (cell == last) return false;
    cell += CSV_CELL_BYTES;
    start = place + 1;
  }
  return cell == last;
}

// @ts-ignore: decorator
@inline function placesOf(p: usize, end: usize, byte: u8): i32 {
  const places = byteMask(p, byte);
  return p + 16 > end ? places & ((1 << <i32>(end - p)) - 1) : places;
}

/** Cuts the cell whose quote is at `start`; returns the address behind its last quote, 0 where it has none. */
function cutQuoted(cell: usize, start: usize, end: usize, quote: u8): usize {
  let doubled: u32 = 0;
  let p = start + 1;
  for (;;) {
    let places = placesOf(p, end, quote);
    while (!places) {
      p += 16;
      if (p >= end) return 0;
      places = placesOf(p, end, quote);
    }
    p += <usize>ctz(places) + 1;
    if (p >= end || load<u8>(p) != quote) break;
    doubled++;
    p++;
    if (p >= end) return 0;
  }
  store<u32>(cell, <u32>start + 1);
  store<u32>(cell, <u32>(p - start) - 2, 4);
  store<u32>(cell, doubled, 8);
  store<u32>(cell, 1, 12);
  return p;
}

/** Whether the cells are the names of the columns. */
function isHeader(t: usize, cells: usize): bool {
  const quote = <u8>load<u32>(t, QUOTE);
  const count = <usize>load<u32>(t, CELLS);
  let name = t + <usize>load<u32>(t, NAMES);
  for (let cell = cells; cell < cells + count * CSV_CELL_BYTES; cell += CSV_CELL_BYTES) {
    const bytes = load<u32>(name);
    if (load<u32>(cell, 4) - load<u32>(cell, 8) != bytes) return false;
    const isDoubled = load<u32>(cell, 8) != 0;
    let p = <usize>load<u32>(cell);
    for (let i: u32 = 0; i < bytes; i++) {
      const byte = load<u8>(p);
      if (byte != load<u8>(name + 4 + i)) return false;
      p += isDoubled && byte == quote ? 2 : 1;
    }
    name += 4 + ((<usize>bytes + 3) & ~3);
  }
  return true;
}

/** What is no row has no values. */
function forget(t: usize, row: i32): void {
  for (let entry = entriesOf(t); entry < entriesEnd(t); entry += CSV_ENTRY_BYTES) {
    const column = <usize>load<u32>(entry, ENTRY_COLUMN);
    if (!column) continue;
    store<u64>(column + (<usize>row << 3), 0);
    store<u8>(column + VECTOR_TAGS + <usize>row, <u8>TAG_UNDEFINED);
  }
}
