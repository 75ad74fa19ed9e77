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
  BAD_SIZE,
  COLUMN_ANY,
  COLUMN_BOOLEAN,
  COLUMN_F64,
  COLUMN_I64,
  COLUMN_UTF8,
  FINISH_CELLS,
  FINISH_COLUMNS,
  FINISH_CURSOR_BYTES,
  FINISH_CURSORS,
  FINISH_ENTRY,
  FINISH_FRAMES,
  FINISH_GIVEN,
  FINISH_IDS,
  FINISH_INDEX,
  FINISH_KINDS,
  FINISH_PARTITIONS,
  FINISH_SCRATCH,
  FINISH_SEGMENT,
  FINISH_SIZES,
  FINISH_STATE,
  GROUP_COMPOSITE,
  GROUP_FORM,
  GROUP_SINGLE,
  TABLE_COUNT,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_JSON,
  TAG_NUMBER,
  TAG_STRING,
} from "../abi";
import {
  blockInit,
  blockSeal,
  bufferA,
  bufferB,
  bufferC,
  buffersStart,
  columnAt,
  columnBytes,
  frameBytes,
  setColumn,
} from "../block";
import { copyText } from "../bytes";
import { ENTRY_LENGTH, entriesBegin, entriesEnd, keyAddress, segmentFirst, segmentNext, strideOf, tableCheck } from "../table";
import { canonicalHash, keyHash } from "../values/key-hash";
import { slice } from "../vector";
import { canonicalKey } from "./canonical";
import { tagOfWord } from "./keys";
import { CELL_TAG } from "./values";

/** In place of a cell: the key of one value. Cells begin behind what an entry has anyway. */
const KEY: usize = 0;

// Of a cursor: next addresses in the buffers of the column at hand, and the text before.
const CURSOR_A: usize = 0;
const CURSOR_B: usize = 4;
const CURSOR_C: usize = 8;
const CURSOR_TEXT: usize = 12;

// @ts-ignore: decorator
@inline function word(finish: usize, offset: i32): u32 {
  return load<u32>(finish + offset);
}

/**
 * Finds the partition of each key from where it stopped. Returns the count of keys that have one: fewer than there are where the text of a number in the
 * key at hand is for the host to say; it then writes the key's canonical string and calls again.
 */
export function groupPartition(finish: usize): i32 {
  const sink = <usize>word(finish, FINISH_STATE);
  const status = tableCheck(sink);
  if (status < 0) return status;
  const partitions = word(finish, FINISH_PARTITIONS);
  if (partitions < 1 || partitions > 65535) return BAD_SIZE;
  const ids = <usize>word(finish, FINISH_IDS);
  const stride = strideOf(sink);
  let index = word(finish, FINISH_INDEX);
  let segment = <usize>word(finish, FINISH_SEGMENT);
  let entry = <usize>word(finish, FINISH_ENTRY);
  if (!segment) {
    segment = segmentFirst(sink);
    entry = segment ? entriesBegin(segment) : 0;
  }
  while (segment) {
    const end = entriesEnd(sink, segment);
    for (; entry < end; entry += stride, index++) {
      const hash = partitions == 1 ? 0 : hashOf(finish, sink, entry);
      if (hash < 0) {
        store<u32>(finish + FINISH_SEGMENT, <u32>segment);
        store<u32>(finish + FINISH_ENTRY, <u32>entry);
        store<u32>(finish + FINISH_INDEX, index);
        return index;
      }
      store<u16>(ids + (<usize>index << 1), <u16>(<u32>hash % partitions));
    }
    segment = segmentNext(segment);
    if (segment) entry = entriesBegin(segment);
  }
  return index;
}

/** The partition hash of a key, -1 where the host has to say its canonical string. */
function hashOf(finish: usize, sink: usize, entry: usize): i64 {
  const form = load<i32>(sink, GROUP_FORM);
  const scratch = <usize>word(finish, FINISH_SCRATCH);
  if (form == GROUP_SINGLE) {
    const tag = tagAt(entry, KEY);
    return <i64>keyHash(payloadAt(entry, KEY, tag), <u8>tag, scratch);
  }
  if (form != GROUP_COMPOSITE) return 0;
  const given = word(finish, FINISH_GIVEN);
  store<u32>(finish + FINISH_GIVEN, 0);
  const bytes = given ? <i32>given : canonicalKey(finish, entry, scratch);
  return bytes < 0 ? -1 : <i64>canonicalHash(slice(scratch, bytes));
}

/** Says for each partition how many rows and for each column how much text it gets. `BAD_SIZE` where values are not of their column's kind. */
export function groupMeasure(finish: usize): i32 {
  const sink = <usize>word(finish, FINISH_STATE);
  const status = tableCheck(sink);
  if (status < 0) return status;
  const partitions = word(finish, FINISH_PARTITIONS);
  const columns = word(finish, FINISH_COLUMNS);
  const sizes = <usize>word(finish, FINISH_SIZES);
  const ids = <usize>word(finish, FINISH_IDS);
  const count = load<u32>(sink, TABLE_COUNT);
  const stride = <usize>(columns + 1) << 2;
  memory.fill(sizes, 0, <usize>partitions * stride);
  for (let i: u32 = 0; i < count; i++) {
    const size = sizes + <usize>load<u16>(ids + (<usize>i << 1)) * stride;
    store<u32>(size, load<u32>(size) + 1);
  }
  for (let column: u32 = 0; column < columns; column++) {
    if (!measure(finish, sink, ids, sizes + 4 + (<usize>column << 2), stride, column)) return BAD_SIZE;
  }
  return <i32>count;
}

function measure(finish: usize, sink: usize, ids: usize, sizes: usize, sizeStride: usize, column: u32): bool {
  const kind = kindAt(finish, column);
  const cell = cellAt(finish, column);
  const wanted = tagOfKind(kind);
  const hasText = kind == COLUMN_UTF8 || kind == COLUMN_ANY;
  const stride = strideOf(sink);
  let id = ids;
  for (let segment = segmentFirst(sink); segment; segment = segmentNext(segment)) {
    const end = entriesEnd(sink, segment);
    for (let entry = entriesBegin(segment); entry < end; entry += stride, id += 2) {
      const tag = cell & CELL_NUMBER_FLAG ? <u32>TAG_NUMBER : tagAt(entry, cell);
      if (wanted >= 0 && tag != <u32>wanted) return false;
      if (hasText && (tag == TAG_STRING || tag == TAG_JSON)) {
        const size = sizes + <usize>load<u16>(id) * sizeStride;
        store<u32>(size, load<u32>(size) + textBytesAt(entry, cell));
      }
    }
  }
  return true;
}

/** Set in the cell of a column whose cells are numbers alone; cells lie at multiples of 8. */
const CELL_NUMBER_FLAG: usize = 1;

// @ts-ignore: decorator
@inline function kindAt(finish: usize, column: u32): i32 {
  return load<i32>(<usize>word(finish, FINISH_KINDS) + (<usize>column << 2));
}

// @ts-ignore: decorator
@inline function cellAt(finish: usize, column: u32): usize {
  return <usize>load<u32>(<usize>word(finish, FINISH_CELLS) + (<usize>column << 2));
}

/** The only tag that a column of a kind holds, -1 where it holds any. */
function tagOfKind(kind: i32): i32 {
  if (kind == COLUMN_UTF8) return TAG_STRING;
  if (kind == COLUMN_F64) return TAG_NUMBER;
  if (kind == COLUMN_BOOLEAN) return TAG_BOOLEAN;
  return kind == COLUMN_I64 ? TAG_BIGINT : -1;
}

// @ts-ignore: decorator
@inline function tagAt(entry: usize, cell: usize): u32 {
  return cell == KEY ? tagOfWord(load<u32>(entry, ENTRY_LENGTH)) : <u32>load<u8>(entry + cell, CELL_TAG);
}

/** Bytes of the text of a key or of a cell that has one. */
// @ts-ignore: decorator
@inline function textBytesAt(entry: usize, cell: usize): u32 {
  return cell == KEY ? load<u32>(entry, ENTRY_LENGTH) : load<u32>(entry + cell, 4);
}

/** The payload of a value, as in a vector. */
// @ts-ignore: decorator
@inline function payloadAt(entry: usize, cell: usize, tag: u32): u64 {
  if (cell != KEY) return load<u64>(entry + cell);
  if (tag != TAG_STRING) return load<u64>(entry);
  const length = load<u32>(entry, ENTRY_LENGTH);
  return slice(keyAddress(entry, length), length);
}

/** Bytes of the frame of a partition. */
export function groupFrameBytes(finish: usize, partition: u32): i32 {
  const columns = word(finish, FINISH_COLUMNS);
  const size = <usize>word(finish, FINISH_SIZES) + <usize>partition * (<usize>(columns + 1) << 2);
  const rows = load<u32>(size);
  let bytes = <u64>buffersStart(columns);
  for (let i: u32 = 0; i < columns; i++) bytes += columnBytes(kindAt(finish, i), rows, load<u32>(size + 4 + (<usize>i << 2)));
  return frameBytes(bytes);
}

/** Writes and seals the frames; each has a region of `groupFrameBytes`. */
export function groupFrames(finish: usize): i32 {
  const status = tableCheck(<usize>word(finish, FINISH_STATE));
  if (status < 0) return status;
  const partitions = word(finish, FINISH_PARTITIONS);
  const columns = word(finish, FINISH_COLUMNS);
  const frames = <usize>word(finish, FINISH_FRAMES);
  let size = <usize>word(finish, FINISH_SIZES);
  for (let i: u32 = 0; i < partitions; i++) {
    const frame = <usize>load<u32>(frames + (<usize>i << 2));
    const rows = load<u32>(size);
    blockInit(frame, groupFrameBytes(finish, i), rows, columns);
    size += 4;
    let at = buffersStart(columns);
    for (let column: u32 = 0; column < columns; column++, size += 4) {
      at = setColumn(frame, column, kindAt(finish, column), rows, load<u32>(size), at);
    }
  }
  for (let column: u32 = 0; column < columns; column++) writeColumn(finish, column);
  for (let i: u32 = 0; i < partitions; i++) blockSeal(<usize>load<u32>(frames + (<usize>i << 2)));
  return 0;
}

function writeColumn(finish: usize, column: u32): void {
  const sink = <usize>word(finish, FINISH_STATE);
  const kind = kindAt(finish, column);
  const cell = cellAt(finish, column);
  const cursors = <usize>word(finish, FINISH_CURSORS);
  beginColumn(finish, column, kind, cursors);
  const stride = strideOf(sink);
  let id = <usize>word(finish, FINISH_IDS);
  for (let segment = segmentFirst(sink); segment; segment = segmentNext(segment)) {
    const end = entriesEnd(sink, segment);
    for (let entry = entriesBegin(segment); entry < end; entry += stride, id += 2) {
      const cursor = cursors + <usize>load<u16>(id) * FINISH_CURSOR_BYTES;
      if (kind == COLUMN_UTF8) writeText(cursor, payloadAt(entry, cell, TAG_STRING));
      else if (kind == COLUMN_ANY) writeAny(cursor, entry, cell);
      else if (kind == COLUMN_BOOLEAN) {
        const at = <usize>load<u32>(cursor, CURSOR_A);
        store<u8>(at, <u8>payloadAt(entry, cell, TAG_BOOLEAN));
        store<u32>(cursor, <u32>at + 1, CURSOR_A);
      } else {
        const at = <usize>load<u32>(cursor, CURSOR_A);
        store<u64>(at, payloadAt(entry, cell & ~CELL_NUMBER_FLAG, TAG_NUMBER));
        store<u32>(cursor, <u32>at + 8, CURSOR_A);
      }
    }
  }
}

/** Points the cursor of each partition to the buffers of a column. */
function beginColumn(finish: usize, column: u32, kind: i32, cursors: usize): void {
  const partitions = word(finish, FINISH_PARTITIONS);
  const frames = <usize>word(finish, FINISH_FRAMES);
  for (let i: u32 = 0; i < partitions; i++) {
    const frame = <usize>load<u32>(frames + (<usize>i << 2));
    const entry = columnAt(frame, column);
    const cursor = cursors + <usize>i * FINISH_CURSOR_BYTES;
    const a = bufferA(frame, entry);
    store<u32>(cursor, <u32>a, CURSOR_A);
    store<u32>(cursor, <u32>bufferB(frame, entry), CURSOR_B);
    store<u32>(cursor, <u32>bufferC(frame, entry), CURSOR_C);
    store<u32>(cursor, 0, CURSOR_TEXT);
    if (kind == COLUMN_UTF8) store<u32>(a, 0);
  }
}

// @ts-ignore: decorator
@inline function writeText(cursor: usize, text: u64): void {
  const offset = <usize>load<u32>(cursor, CURSOR_A);
  const begin = load<u32>(cursor, CURSOR_TEXT);
  const bytes = <u32>(text >> 32);
  appendText(<usize>load<u32>(cursor, CURSOR_B) + begin, text, bytes);
  store<u32>(offset, begin + bytes, 4);
  store<u32>(cursor, begin + bytes, CURSOR_TEXT);
  store<u32>(cursor, <u32>offset + 4, CURSOR_A);
}

function writeAny(cursor: usize, entry: usize, cell: usize): void {
  const isNumber = cell & CELL_NUMBER_FLAG;
  const tag = isNumber ? <u32>TAG_NUMBER : tagAt(entry, cell);
  const a = <usize>load<u32>(cursor, CURSOR_A);
  const c = <usize>load<u32>(cursor, CURSOR_C);
  let payload = payloadAt(entry, cell & ~CELL_NUMBER_FLAG, tag);
  if (tag == TAG_STRING || tag == TAG_JSON) {
    const begin = load<u32>(cursor, CURSOR_TEXT);
    const bytes = <u32>(payload >> 32);
    appendText(<usize>load<u32>(cursor, CURSOR_B) + begin, payload, bytes);
    payload = slice(begin, bytes);
    store<u32>(cursor, begin + bytes, CURSOR_TEXT);
  }
  store<u64>(a, payload);
  store<u8>(c, <u8>tag);
  store<u32>(cursor, <u32>a + 8, CURSOR_A);
  store<u32>(cursor, <u32>c + 1, CURSOR_C);
}

/** Copies text and clears what it copied beyond its end. */
function appendText(to: usize, text: u64, bytes: u32): void {
  copyText(to, <usize>(<u32>text), bytes);
  store<u64>(to + bytes, 0);
  store<u64>(to + bytes, 0, 8);
}
