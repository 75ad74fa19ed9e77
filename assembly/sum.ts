/**
 * Sums by key: a table (table.ts) of text keys whose number is the sum of the values seen, added in the order of arrival.
 *
 * Verbs: `sumUpdateText` takes rows as text that is cut into keys, each with the same value; `sumMerge` takes a block of pairs, be it
 * rows or what another table finished with; `sumPartition` and `sumFinish` give a block for each reducer.
 */
import {
  BAD_HEADER,
  BAD_SIZE,
  BLOCK_COLUMNS,
  BLOCK_ROWS,
  COLUMN_F64,
  COLUMN_UTF8,
  TABLE_ENTRY_BYTES,
  TABLE_SLOT_BITS,
  TABLE_SLOTS,
} from "./abi";
import {
  blockCheck,
  blockInit,
  bufferA,
  bufferB,
  buffersStart,
  columnAt,
  columnBytes,
  frameBytes,
  kindOf,
  setColumn,
} from "./block";
import { murmur3 } from "./hash";
import {
  add,
  ENTRY_LENGTH,
  ENTRY_VALUE,
  entriesBegin,
  entriesEnd,
  keyAddress,
  multiplierA,
  multiplierB,
  segmentFirst,
  segmentNext,
  tableCheck,
} from "./table";

/** Seed of the partition hash of text keys; the JavaScript side has the same. */
const PARTITION_SEED: u32 = 0x6d696c6c;

// Columns of a frame of pairs.
const KEYS: u32 = 0;
const VALUES: u32 = 1;

/**
 * Cuts text at every `separator` and every line end and adds `value` for each piece, the empty ones included. `inBytes` must end with a
 * line end. Returns the bytes consumed, fewer than given where the table lacks room (its header says which): go on from there.
 */
export function sumUpdateText(statePtr: usize, inPtr: usize, inBytes: i32, separator: i32, value: f64): i32 {
  const status = tableCheck(statePtr);
  if (status < 0) return status;
  if (inBytes < 0) return BAD_SIZE;
  const slots = <usize>load<u32>(statePtr, TABLE_SLOTS);
  const bits = load<u32>(statePtr, TABLE_SLOT_BITS);
  const shift: u64 = 64 - <u64>bits;
  const slotBytes: usize = <usize>4 << bits;
  const a = multiplierA(statePtr);
  const b = multiplierB(statePtr);
  const separators = i8x16.splat(<i8>separator);
  const lineEnds = i8x16.splat(10);
  const end = inPtr + inBytes;
  let start = inPtr;
  for (let p = inPtr; p < end; p += 16) {
    const bytes = v128.load(p);
    let cuts = i8x16.bitmask(v128.or(i8x16.eq(bytes, separators), i8x16.eq(bytes, lineEnds)));
    if (p + 16 > end) cuts &= (1 << <i32>(end - p)) - 1;
    while (cuts) {
      const cut = p + ctz(cuts);
      if (!add(statePtr, slots, slotBytes, shift, a, b, start, <u32>(cut - start), value)) return <i32>(start - inPtr);
      start = cut + 1;
      cuts &= cuts - 1;
    }
  }
  return <i32>(start - inPtr);
}

/** Adds the rows of a block of (text, number) from `fromRow` on. Returns the rows consumed; fewer than there are: as `sumUpdateText`. */
export function sumMerge(statePtr: usize, blockPtr: usize, fromRow: i32): i32 {
  let status = tableCheck(statePtr);
  if (status < 0) return status;
  status = blockCheck(blockPtr);
  if (status < 0) return status;
  if (!hasPairs(blockPtr)) return BAD_HEADER;
  const rows = load<i32>(blockPtr, BLOCK_ROWS);
  if (fromRow < 0 || fromRow > rows) return BAD_SIZE;
  const slots = <usize>load<u32>(statePtr, TABLE_SLOTS);
  const bits = load<u32>(statePtr, TABLE_SLOT_BITS);
  const shift: u64 = 64 - <u64>bits;
  const slotBytes: usize = <usize>4 << bits;
  const a = multiplierA(statePtr);
  const b = multiplierB(statePtr);
  const offsets = bufferA(blockPtr, columnAt(blockPtr, KEYS));
  const keys = bufferB(blockPtr, columnAt(blockPtr, KEYS));
  const values = bufferA(blockPtr, columnAt(blockPtr, VALUES));
  for (let row = fromRow; row < rows; row++) {
    const begin = load<u32>(offsets + (<usize>row << 2));
    const length = load<u32>(offsets + (<usize>row << 2), 4) - begin;
    const value = load<f64>(values + (<usize>row << 3));
    if (!add(statePtr, slots, slotBytes, shift, a, b, keys + begin, length, value)) return row - fromRow;
  }
  return rows - fromRow;
}

/**
 * Says for each of `partitions` how many rows and key bytes it gets (pairs of u32 at `outPtr`), and for each entry, in order, its
 * partition (u16 at `idsPtr`), so that `sumFinish` need not hash again. Returns the number of entries.
 */
export function sumPartition(statePtr: usize, partitions: i32, idsPtr: usize, outPtr: usize): i32 {
  const status = tableCheck(statePtr);
  if (status < 0) return status;
  if (partitions < 1 || partitions > 65535) return BAD_SIZE;
  memory.fill(outPtr, 0, <usize>partitions << 3);
  let id = idsPtr;
  for (let segment = segmentFirst(statePtr); segment; segment = segmentNext(segment)) {
    const end = entriesEnd(statePtr, segment);
    for (let entry = entriesBegin(segment); entry < end; entry += TABLE_ENTRY_BYTES, id += 2) {
      const length = load<u32>(entry, ENTRY_LENGTH);
      const partition = partitions == 1 ? 0 : murmur3(keyAddress(entry), length, PARTITION_SEED) % <u32>partitions;
      store<u16>(id, <u16>partition);
      const sizes = outPtr + (<usize>partition << 3);
      store<u32>(sizes, load<u32>(sizes) + 1);
      store<u32>(sizes, load<u32>(sizes, 4) + length, 4);
    }
  }
  return <i32>((id - idsPtr) >> 1);
}

/**
 * Writes each partition's entries, in order of arrival, as a block. `blocksPtr` holds for each partition the address of a region of
 * `blockBytes(rows, key bytes)`; `sizesPtr` and `idsPtr` come from `sumPartition`. Returns the number of entries.
 */
export function sumFinish(statePtr: usize, partitions: i32, idsPtr: usize, sizesPtr: usize, blocksPtr: usize): i32 {
  const status = tableCheck(statePtr);
  if (status < 0) return status;
  for (let i = 0; i < partitions; i++) {
    const sizes = sizesPtr + (<usize>i << 3);
    pairsInit(<usize>load<u32>(blocksPtr + (<usize>i << 2)), load<u32>(sizes), load<u32>(sizes, 4));
  }
  let id = idsPtr;
  for (let segment = segmentFirst(statePtr); segment; segment = segmentNext(segment)) {
    const end = entriesEnd(statePtr, segment);
    for (let entry = entriesBegin(segment); entry < end; entry += TABLE_ENTRY_BYTES, id += 2) {
      append(<usize>load<u32>(blocksPtr + (<usize>load<u16>(id) << 2)), entry);
    }
  }
  return <i32>((id - idsPtr) >> 1);
}

/** Bytes of the region of a block of `rows` pairs whose keys have `keyBytes` bytes in all; below zero where that is too much. */
export function blockBytes(rows: u32, keyBytes: u32): i32 {
  const columns = columnBytes(COLUMN_UTF8, rows, keyBytes) + columnBytes(COLUMN_F64, rows, 0);
  return frameBytes(<u64>buffersStart(2) + columns);
}

function hasPairs(blockPtr: usize): bool {
  if (load<u32>(blockPtr, BLOCK_COLUMNS) != 2) return false;
  return kindOf(columnAt(blockPtr, KEYS)) == COLUMN_UTF8 && kindOf(columnAt(blockPtr, VALUES)) == COLUMN_F64;
}

/** A frame that has room for so many pairs, and none yet. */
function pairsInit(blockPtr: usize, rows: u32, keyBytes: u32): void {
  blockInit(blockPtr, blockBytes(rows, keyBytes), 0, 2);
  const values = setColumn(blockPtr, KEYS, COLUMN_UTF8, rows, keyBytes, buffersStart(2));
  setColumn(blockPtr, VALUES, COLUMN_F64, rows, 0, values);
  store<u32>(bufferA(blockPtr, columnAt(blockPtr, KEYS)), 0);
}

function append(blockPtr: usize, entry: usize): void {
  const row = load<u32>(blockPtr, BLOCK_ROWS);
  const offset = bufferA(blockPtr, columnAt(blockPtr, KEYS)) + (<usize>row << 2);
  const begin = load<u32>(offset);
  const length = load<u32>(entry, ENTRY_LENGTH);
  const target = bufferB(blockPtr, columnAt(blockPtr, KEYS)) + begin;
  if (length <= 16) {
    // Whole words: what lies behind the key is overwritten by the next one, or is padding and zero.
    store<u64>(target, load<u64>(entry));
    store<u64>(target, load<u64>(entry, 8), 8);
  } else {
    memory.copy(target, keyAddress(entry), length);
  }
  store<u32>(offset, begin + length, 4);
  store<f64>(bufferA(blockPtr, columnAt(blockPtr, VALUES)) + (<usize>row << 3), load<f64>(entry, ENTRY_VALUE));
  store<u32>(blockPtr, row + 1, BLOCK_ROWS);
}
