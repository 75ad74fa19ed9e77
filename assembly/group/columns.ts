/** Columns of the frames that a table is finished with: each written in one walk over the entries, for all partitions at once. */
import {
  COLUMN_ANY,
  COLUMN_BOOLEAN,
  COLUMN_BYTES,
  COLUMN_UTF8,
  FINISH_CURSOR_BYTES,
  FINISH_CURSORS,
  FINISH_FRAMES,
  FINISH_IDS,
  FINISH_PARTITIONS,
  FINISH_STATE,
  TAG_BOOLEAN,
  TAG_JSON,
  TAG_NUMBER,
  TAG_STRING,
} from "../abi";
import { bufferA, bufferB, bufferC, columnAt } from "../block";
import { copyText } from "../bytes";
import { sealSketch } from "../sketches/sketch";
import { entriesBegin, entriesEnd, segmentFirst, segmentNext, strideOf } from "../table";
import { slice } from "../vector";
import { CELL_NUMBER_FLAG, cellAt, kindAt, payloadAt, tagAt, word } from "./plan";

// Of a cursor: next addresses in the buffers of the column at hand, and the text before.
const CURSOR_A: usize = 0;
const CURSOR_B: usize = 4;
const CURSOR_C: usize = 8;
const CURSOR_TEXT: usize = 12;

/** Writes a column of all frames; their directories are there. */
export function writeColumn(finish: usize, column: u32): void {
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
      else if (kind == COLUMN_BYTES) writeSketch(cursor, entry + cell);
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
    if (kind == COLUMN_UTF8 || kind == COLUMN_BYTES) store<u32>(a, 0);
  }
}

// @ts-ignore: decorator
@inline function writeText(cursor: usize, text: u64): void {
  const bytes = <u32>(text >> 32);
  appendText(next(cursor), text, bytes);
  advance(cursor, bytes);
}

function writeSketch(cursor: usize, cell: usize): void {
  const out = next(cursor);
  const bytes = load<u32>(cell, 4);
  sealSketch(cell, out);
  clear(out + bytes);
  advance(cursor, bytes);
}

/** Where the next text of a column goes. */
// @ts-ignore: decorator
@inline function next(cursor: usize): usize {
  return <usize>(load<u32>(cursor, CURSOR_B) + load<u32>(cursor, CURSOR_TEXT));
}

/** Notes that a text of `bytes` bytes was written. */
// @ts-ignore: decorator
@inline function advance(cursor: usize, bytes: u32): void {
  const offset = <usize>load<u32>(cursor, CURSOR_A);
  const end = load<u32>(cursor, CURSOR_TEXT) + bytes;
  store<u32>(offset, end, 4);
  store<u32>(cursor, end, CURSOR_TEXT);
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
  clear(to + bytes);
}

// @ts-ignore: decorator
@inline function clear(end: usize): void {
  store<u64>(end, 0);
  store<u64>(end, 0, 8);
}
