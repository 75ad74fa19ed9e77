/**
 * The sink that appends rows to frames: one open frame for each partition, which the host gives and takes back sealed.
 *
 *     header (128 bytes) | order u16[1024] | ids u16[1024] | ends u32[partitions + 1] | open frames u32[partitions] | columns, 32 bytes each
 *
 *     column   0 register | 4 kind | 8 text bytes of the rows that want a frame u32 | 16 text bytes appended so far u64
 *
 * The rows of a vector are put in the order of their partitions first; then each run of rows of one partition is appended a column at a time, all of
 * it or what the open frame has room for. `COLLECT_POSITION` counts the rows done, so that the sink goes on where it stopped. An open frame keeps the
 * rows that it has room for in its header (`FRAME_ROOM`) and of each column the bytes of text so far in the directory.
 */
import {
  BAD_SIZE,
  BLOCK_COLUMNS,
  BLOCK_ROWS,
  COLLECT_ADDRESS,
  COLLECT_COLUMN_BYTES,
  COLLECT_COLUMNS,
  COLLECT_FIRST,
  COLLECT_MODE,
  COLLECT_NEED_BYTES,
  COLLECT_NEED_PARTITION,
  COLLECT_ONE,
  COLLECT_PARTITIONS,
  COLUMN_ANY,
  COLUMN_BOOLEAN,
  COLUMN_F64,
  COLUMN_I64,
  COLUMN_UTF8,
  NEED_BAIL,
  NEED_OUTPUT,
  PROGRAM_NEED_STATE,
  READ_AHEAD,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_NUMBER,
  TAG_STRING,
  VECTOR_ROWS,
} from "../abi";
import { blockInit, buffersStart, columnAt, setColumn } from "../block";
import { listFirst } from "../order/first";
import { INS_EXTRA, payloads, tagsOf } from "../vector";
import { areAll, divide, ENDS, IDS, ORDER } from "./divide";
import { appendColumn, fitting, FRAME_ROOM, hasText, textBytes } from "./frame-writer";

// Offsets of the header that the host does not read or write.
const GROUPED: usize = 32;
const POSITION: usize = 36;
/** Rows that want a frame. */
const RUN_ROWS: usize = 40;
/** Rows of the vector that are listed, all of one partition. */
const LISTED: usize = 44;
const ROWS_SEEN: usize = 48;

const COLUMN_KIND: usize = 4;
const COLUMN_RUN_TEXT: usize = 8;
const COLUMN_TEXT: usize = 16;

/** Rows measured for a frame end at so many bytes of text. */
const RUN_TEXT_MAX: u64 = 1 << 20;
/** Rows that a frame has room for where these have no columns: nothing is written of them but how many there are. */
const ROWS_WITHOUT_COLUMNS: u32 = 1 << 20;

// @ts-ignore: decorator
@inline function openFrames(sink: usize): usize {
  return sink + ENDS + ((<usize>load<u32>(sink, COLLECT_PARTITIONS) + 1) << 2);
}

// @ts-ignore: decorator
@inline function columnsAt(sink: usize): usize {
  return (openFrames(sink) + (<usize>load<u32>(sink, COLLECT_PARTITIONS) << 2) + 7) & ~7;
}

/** Bytes of the state of a sink. */
export function collectBytes(partitions: u32, columns: u32): i32 {
  return <i32>(ENDS + 8 + (<usize>partitions << 3) + 8 + <usize>columns * COLLECT_COLUMN_BYTES);
}

/** Prepares the state; the host then writes what is in the header, and registers and kinds at `COLLECT_ADDRESS`. */
export function collectInit(sink: usize, mode: u32, partitions: u32, columns: u32): i32 {
  memory.fill(sink, 0, collectBytes(partitions, columns));
  store<u32>(sink, partitions == 1 && mode != COLLECT_FIRST ? <u32>COLLECT_ONE : mode, COLLECT_MODE);
  store<u32>(sink, partitions, COLLECT_PARTITIONS);
  store<u32>(sink, columns, COLLECT_COLUMNS);
  for (let row: usize = 0; row < <usize>VECTOR_ROWS; row++) store<u16>(sink + ORDER + (row << 1), <u16>row);
  store<u32>(sink, <u32>columnsAt(sink), COLLECT_ADDRESS);
  return 0;
}

/** The operation. */
export function collect(state: usize, ins: usize, rows: i32): i32 {
  const sink = <usize>load<u32>(ins, INS_EXTRA);
  const mode = load<u32>(sink, COLLECT_MODE);
  if (!load<u32>(sink, GROUPED)) {
    if (!hasKinds(state, sink, rows)) return NEED_BAIL;
    if (mode == COLLECT_FIRST) {
      const listed = listFirst(state, sink, columnsAt(sink), rows);
      if (listed < 0) return NEED_BAIL;
      store<i32>(sink, listed, LISTED);
    } else if (mode != COLLECT_ONE) {
      const need = divide(state, sink, rows);
      if (need) return need;
    }
    store<u32>(sink, 1, GROUPED);
    store<u32>(sink, 0, POSITION);
  }
  if (mode == COLLECT_FIRST) rows = load<i32>(sink, LISTED);
  const isOne = mode == COLLECT_ONE || mode == COLLECT_FIRST;
  for (let position = load<i32>(sink, POSITION); position < rows; ) {
    const partition = isOne ? 0 : idAt(sink, position);
    let end = isOne ? rows : position + 1;
    while (end < rows && idAt(sink, end) == partition) end++;
    position += append(state, sink, partition, position, end);
    store<i32>(sink, position, POSITION);
    if (position < end) {
      store<u32>(sink, partition, COLLECT_NEED_PARTITION);
      store<u32>(sink, measure(state, sink, position, end), COLLECT_NEED_BYTES);
      store<u32>(state, <u32>sink, PROGRAM_NEED_STATE);
      return NEED_OUTPUT;
    }
  }
  store<u32>(sink, 0, GROUPED);
  return 0;
}

/** Partition of the row at a position of the order. */
// @ts-ignore: decorator
@inline function idAt(sink: usize, position: i32): u32 {
  return load<u16>(sink + IDS + (<usize>load<u16>(sink + ORDER + (<usize>position << 1)) << 1));
}

/** Whether the values of each column are of its kind. */
function hasKinds(state: usize, sink: usize, rows: i32): bool {
  const columns = load<u32>(sink, COLLECT_COLUMNS);
  for (let i: u32 = 0; i < columns; i++) {
    const column = columnsAt(sink) + <usize>i * COLLECT_COLUMN_BYTES;
    const kind = load<u32>(column, COLUMN_KIND);
    if (kind == COLUMN_ANY) continue;
    const tag = kind == COLUMN_UTF8 ? TAG_STRING : kind == COLUMN_F64 ? TAG_NUMBER : kind == COLUMN_I64 ? TAG_BIGINT : TAG_BOOLEAN;
    if (!areAll(tagsOf(state, load<i32>(column)), rows, <u8>tag)) return false;
  }
  return true;
}

/** Appends rows of one partition, as many as its open frame has room for; returns how many. */
function append(state: usize, sink: usize, partition: u32, position: i32, end: i32): i32 {
  const frame = <usize>load<u32>(openFrames(sink) + (<usize>partition << 2));
  if (!frame) return 0;
  const order = sink + ORDER + (<usize>position << 1);
  const row = load<u32>(frame, BLOCK_ROWS);
  let count = min<i32>(end - position, load<u32>(frame, FRAME_ROOM) - row);
  const columns = load<u32>(sink, COLLECT_COLUMNS);
  for (let i: u32 = 0; i < columns; i++) {
    const column = columnsAt(sink) + <usize>i * COLLECT_COLUMN_BYTES;
    if (hasText(load<u32>(column, COLUMN_KIND))) {
      count = fitting(columnAt(frame, i), payloads(state, load<i32>(column)), tagsOf(state, load<i32>(column)), order, count);
    }
  }
  if (count == 0) return 0;
  for (let i: u32 = 0; i < columns; i++) {
    const column = columnsAt(sink) + <usize>i * COLLECT_COLUMN_BYTES;
    const register = load<i32>(column);
    const bytes = appendColumn(frame, i, row, payloads(state, register), tagsOf(state, register), order, count);
    store<u64>(column, load<u64>(column, COLUMN_TEXT) + bytes, COLUMN_TEXT);
  }
  store<u32>(frame, row + count, BLOCK_ROWS);
  store<u64>(sink, load<u64>(sink, ROWS_SEEN) + count, ROWS_SEEN);
  return count;
}

/** Measures the rows that want a frame, at least one of them; returns the bytes of a frame that has room for them. */
function measure(state: usize, sink: usize, position: i32, end: i32): u32 {
  const columns = load<u32>(sink, COLLECT_COLUMNS);
  let text: u64 = 0;
  let rows = 0;
  for (let i: u32 = 0; i < columns; i++) store<u32>(columnsAt(sink) + <usize>i * COLLECT_COLUMN_BYTES, 0, COLUMN_RUN_TEXT);
  while (position < end && (rows == 0 || text < RUN_TEXT_MAX)) {
    const row = <usize>load<u16>(sink + ORDER + (<usize>position << 1));
    for (let i: u32 = 0; i < columns; i++) {
      const column = columnsAt(sink) + <usize>i * COLLECT_COLUMN_BYTES;
      if (!hasText(load<u32>(column, COLUMN_KIND))) continue;
      const register = load<i32>(column);
      const bytes = textBytes(load<u64>(payloads(state, register) + (row << 3)), load<u8>(tagsOf(state, register) + row));
      store<u32>(column, load<u32>(column, COLUMN_RUN_TEXT) + bytes, COLUMN_RUN_TEXT);
      text += bytes;
    }
    rows++;
    position++;
  }
  store<u32>(sink, rows, RUN_ROWS);
  const bytes = <u64>fixedBytes(sink) + leastBytes(sink);
  return bytes > <u64>i32.MAX_VALUE ? <u32>i32.MAX_VALUE : <u32>bytes;
}

/** Bytes of a frame besides those of its rows, at most. */
function fixedBytes(sink: usize): u32 {
  const columns = load<u32>(sink, COLLECT_COLUMNS);
  // At most three buffers a column, each of which may end 63 bytes before the next one.
  return buffersStart(columns) + columns * (3 * 64 + READ_AHEAD + 4);
}

/** Bytes of the rows that want a frame. */
function leastBytes(sink: usize): u64 {
  const columns = load<u32>(sink, COLLECT_COLUMNS);
  let bytes: u64 = 0;
  for (let i: u32 = 0; i < columns; i++) {
    const column = columnsAt(sink) + <usize>i * COLLECT_COLUMN_BYTES;
    bytes += load<u32>(column, COLUMN_RUN_TEXT) + load<u32>(sink, RUN_ROWS) * widthOf(load<u32>(column, COLUMN_KIND));
  }
  return bytes;
}

/** Bytes of a value besides its text. */
function widthOf(kind: u32): u32 {
  return kind == COLUMN_BOOLEAN ? 1 : kind == COLUMN_UTF8 ? 4 : kind == COLUMN_ANY ? 9 : 8;
}

/** Bytes of text that a row has on average, of those appended so far and those that want a frame. */
function usualText(sink: usize, column: usize): f64 {
  const rows = load<u64>(sink, ROWS_SEEN) + load<u32>(sink, RUN_ROWS);
  return <f64>(load<u64>(column, COLUMN_TEXT) + load<u32>(column, COLUMN_RUN_TEXT)) / <f64>rows;
}

/**
 * Makes the region of `bytes` bytes at `frame` the open frame of the partition that asked: it has room for the rows that want it, and for as many
 * more as fit if they are like those so far.
 */
export function collectOpen(sink: usize, frame: usize, bytes: u32): i32 {
  const columns = load<u32>(sink, COLLECT_COLUMNS);
  const least = <u64>fixedBytes(sink) + leastBytes(sink);
  if (bytes < least) return BAD_SIZE;
  let rowBytes: f64 = 0;
  for (let i: u32 = 0; i < columns; i++) {
    const column = columnsAt(sink) + <usize>i * COLLECT_COLUMN_BYTES;
    rowBytes += usualText(sink, column) + <f64>widthOf(load<u32>(column, COLUMN_KIND));
  }
  const more = columns ? <u32>(<f64>(bytes - least) / rowBytes) : ROWS_WITHOUT_COLUMNS;
  const rows = load<u32>(sink, RUN_ROWS) + more;
  blockInit(frame, bytes, 0, columns);
  let at = buffersStart(columns);
  for (let i: u32 = 0; i < columns; i++) {
    const column = columnsAt(sink) + <usize>i * COLLECT_COLUMN_BYTES;
    const text = load<u32>(column, COLUMN_RUN_TEXT) + <u32>(<f64>more * usualText(sink, column));
    at = setColumn(frame, i, load<u32>(column, COLUMN_KIND), rows, text, at);
  }
  if (at > bytes) return BAD_SIZE;
  store<u32>(frame, rows, FRAME_ROOM);
  store<u32>(openFrames(sink) + (<usize>load<u32>(sink, COLLECT_NEED_PARTITION) << 2), <u32>frame);
  return 0;
}

/** Writes the address of the open frame of a partition to `COLLECT_ADDRESS`, 0 where there is none; it then has none. */
export function collectTake(sink: usize, partition: u32): i32 {
  const place = openFrames(sink) + (<usize>partition << 2);
  store<u32>(sink, load<u32>(place), COLLECT_ADDRESS);
  store<u32>(place, 0);
  return 0;
}
