/**
 * The frame of a block: the unit that moves between tasks, threads and processes. Columns lie in Arrow's layout (32-bit offsets and
 * UTF-8 bytes, fixed-width numbers), each buffer on a multiple of 64 bytes counted from the frame's start.
 *
 *      0 magic u32        4 version u32     8 rows u32      12 bytes of the frame u32
 *     16 unused          20 codec u32      24 checksum u32  28 columns u32
 *     64 directory, 32 bytes a column: kind u32 | a u32, bytes u32 | b u32, bytes u32 | c u32, bytes u32 | child columns u32
 *        buffers, padded with zeros; text is readable 16 bytes past its end
 *
 *     kind        a                        b               c
 *     UTF8        offsets i32[rows + 1]    text            -
 *     BYTES       offsets i32[rows + 1]    bytes           -
 *     F64         f64[rows]                -               -
 *     BOOLEAN     u8[rows]                 -               -
 *     I64         i64[rows]                -               -
 *     ANY         payload u64[rows]        text            tags u8[rows]
 *     LIST        offsets i32[rows + 1]    -               -               its elements are rows of the columns that follow it
 *
 * The payload of a string or of JSON text in ANY is its offset into b and, in the high half, its length; of any other value as in a vector.
 * The checksum (checksum.ts) covers all but itself. A frame that leaves the process travels in an envelope that has a CRC.
 */
import {
  BAD_HEADER,
  BAD_SIZE,
  BLOCK_BYTES,
  BLOCK_CHECKSUM,
  BLOCK_CODEC,
  BLOCK_COLUMN_BYTES,
  BLOCK_COLUMNS,
  BLOCK_HEADER_BYTES,
  BLOCK_MAGIC,
  BLOCK_ROWS,
  BLOCK_VERSION,
  CODEC_PLAIN,
  COLUMN_ANY,
  COLUMN_BOOLEAN,
  COLUMN_BYTES,
  COLUMN_LIST,
  COLUMN_UTF8,
  READ_AHEAD,
} from "./abi";
import { checksum, FOLD } from "./checksum";

const VERSION: usize = 4;

// Of a column in the directory.
const A: usize = 4;
const B: usize = 12;
const B_BYTES: usize = 16;
const C: usize = 20;
const CHILDREN: usize = 28;

/** Writes the header of a frame, and an empty directory. */
export function blockInit(blockPtr: usize, bytes: u32, rows: u32, columns: u32): void {
  memory.fill(blockPtr, 0, buffersStart(columns));
  store<u32>(blockPtr, BLOCK_MAGIC);
  store<u32>(blockPtr, BLOCK_VERSION, VERSION);
  store<u32>(blockPtr, rows, BLOCK_ROWS);
  store<u32>(blockPtr, bytes, BLOCK_BYTES);
  store<u32>(blockPtr, CODEC_PLAIN, BLOCK_CODEC);
  store<u32>(blockPtr, columns, BLOCK_COLUMNS);
}

/** Zero, or `BAD_HEADER` where no block of this version starts at `blockPtr`. */
export function blockCheck(blockPtr: usize): i32 {
  return load<u32>(blockPtr) == BLOCK_MAGIC && load<u32>(blockPtr, VERSION) == BLOCK_VERSION ? 0 : BAD_HEADER;
}

/** Writes the checksum into the header of a finished block. */
export function blockSeal(blockPtr: usize): i32 {
  const status = blockCheck(blockPtr);
  if (status < 0) return status;
  store<u32>(blockPtr, blockSum(blockPtr), BLOCK_CHECKSUM);
  return 0;
}

/** 1 where the block's checksum is right, 0 where it is not. The host has checked that the frame lies inside the memory. */
export function blockVerify(blockPtr: usize): i32 {
  const status = blockCheck(blockPtr);
  if (status < 0) return status;
  return load<u32>(blockPtr, BLOCK_CHECKSUM) == blockSum(blockPtr) ? 1 : 0;
}

/** The checksum of the buffers, then of the header's words but for the checksum itself. */
function blockSum(blockPtr: usize): u32 {
  let sum = checksum(blockPtr + BLOCK_HEADER_BYTES, load<u32>(blockPtr, BLOCK_BYTES) - BLOCK_HEADER_BYTES);
  for (let offset: i32 = 0; offset < BLOCK_HEADER_BYTES; offset += 4) {
    if (offset != BLOCK_CHECKSUM) sum = sum * FOLD + load<u32>(blockPtr + offset);
  }
  return sum;
}

/** Offset of the first buffer in a frame of so many columns. */
export function buffersStart(columns: u32): u32 {
  return BLOCK_HEADER_BYTES + <u32>align(<u64>columns * BLOCK_COLUMN_BYTES);
}

/** Bytes that the buffers of a column of `rows` values take in a frame. `textBytes` counts for the kinds that have text. */
export function columnBytes(kind: u32, rows: u32, textBytes: u32): u64 {
  let bytes = align(aBytes(kind, rows));
  if (hasText(kind)) bytes += align(<u64>textBytes + READ_AHEAD);
  return kind == COLUMN_ANY ? bytes + align(rows) : bytes;
}

/** `bytes`, or `BAD_SIZE` where a frame cannot have so many. */
export function frameBytes(bytes: u64): i32 {
  return bytes > <u64>i32.MAX_VALUE ? BAD_SIZE : <i32>bytes;
}

/**
 * Enters a column whose buffers lie from offset `at` on, and fills up what lies behind each with zeros; returns the offset behind it. Buffers
 * themselves are not touched.
 */
export function setColumn(blockPtr: usize, index: u32, kind: u32, rows: u32, textBytes: u32, at: u32): u32 {
  const column = columnAt(blockPtr, index);
  store<u32>(column, kind);
  let next = buffer(blockPtr, column + A, at, <u32>aBytes(kind, rows), 0);
  if (hasText(kind)) next = buffer(blockPtr, column + B, next, textBytes, READ_AHEAD);
  if (kind == COLUMN_ANY) next = buffer(blockPtr, column + C, next, rows, 0);
  return next;
}

/** Enters a buffer of a column; returns the offset behind it. */
function buffer(blockPtr: usize, entry: usize, at: u32, bytes: u32, readAhead: u32): u32 {
  store<u32>(entry, at);
  store<u32>(entry, bytes, 4);
  const next = at + <u32>align(<u64>bytes + readAhead);
  memory.fill(blockPtr + at + bytes, 0, next - at - bytes);
  return next;
}

/** As `setColumn`, for a column that has buffers already, at `at` or behind: they are moved there, with what is in them. */
export function moveColumn(blockPtr: usize, index: u32, rows: u32, textBytes: u32, at: u32): u32 {
  const column = columnAt(blockPtr, index);
  const kind = kindOf(column);
  let next = movedBuffer(blockPtr, column + A, at, <u32>aBytes(kind, rows), 0);
  if (hasText(kind)) next = movedBuffer(blockPtr, column + B, next, textBytes, READ_AHEAD);
  if (kind == COLUMN_ANY) next = movedBuffer(blockPtr, column + C, next, rows, 0);
  return next;
}

function movedBuffer(blockPtr: usize, entry: usize, at: u32, bytes: u32, readAhead: u32): u32 {
  const from = load<u32>(entry);
  if (from != at) memory.copy(blockPtr + at, blockPtr + from, bytes);
  return buffer(blockPtr, entry, at, bytes, readAhead);
}

function hasText(kind: u32): bool {
  return kind == COLUMN_UTF8 || kind == COLUMN_ANY || kind == COLUMN_BYTES;
}

function aBytes(kind: u32, rows: u64): u64 {
  if (kind == COLUMN_UTF8 || kind == COLUMN_BYTES || kind == COLUMN_LIST) return (rows << 2) + 4;
  return kind == COLUMN_BOOLEAN ? rows : rows << 3;
}

function align(bytes: u64): u64 {
  return (bytes + 63) & ~63;
}

/** Address of a column's entry in the directory. */
// @ts-ignore: decorator
@inline export function columnAt(blockPtr: usize, index: u32): usize {
  return blockPtr + BLOCK_HEADER_BYTES + <usize>index * BLOCK_COLUMN_BYTES;
}

// @ts-ignore: decorator
@inline export function kindOf(column: usize): u32 {
  return load<u32>(column);
}

/** Columns that follow a LIST and belong to its elements. */
// @ts-ignore: decorator
@inline export function childrenOf(column: usize): u32 {
  return load<u32>(column, CHILDREN);
}

export function setChildren(column: usize, children: u32): void {
  store<u32>(column, children, CHILDREN);
}

/** Address of the first buffer of a column: offsets, numbers, booleans, payloads. */
// @ts-ignore: decorator
@inline export function bufferA(blockPtr: usize, column: usize): usize {
  return blockPtr + <usize>load<u32>(column, A);
}

/** Address of the text of a column. */
// @ts-ignore: decorator
@inline export function bufferB(blockPtr: usize, column: usize): usize {
  return blockPtr + <usize>load<u32>(column, B);
}

// @ts-ignore: decorator
@inline export function textBytesOf(column: usize): u32 {
  return load<u32>(column, B_BYTES);
}

/** Address of the tags of a column. */
// @ts-ignore: decorator
@inline export function bufferC(blockPtr: usize, column: usize): usize {
  return blockPtr + <usize>load<u32>(column, C);
}
