/**
 * Frames of keys and lists: of each group of an index its key, and for a side a list of the rows that it has there.
 *
 *     column, 32 bytes   0 what | 4 column or component of the key | 8 side | 12 kind | 16 columns of the elements | 20 bytes of text, measured here
 */
import {
  BLOCK_BYTES,
  COLUMN_ANY,
  COLUMN_BOOLEAN,
  COLUMN_UTF8,
  INDEX_FIRSTS,
  INDEX_IS_SCALAR,
  LIST_COLUMN_BYTES,
  LIST_ELEMENT,
  LIST_KEY,
  LIST_OFFSETS,
  TAG_JSON,
  TAG_STRING,
} from "../abi";
import { blockInit, blockSeal, bufferA, bufferB, bufferC, buffersStart, columnAt, columnBytes, frameBytes, setChildren, setColumn } from "../block";
import { copyText } from "../bytes";
import { hasText, textBytes } from "../ops/frame-writer";
import { cellPayload, cellTag } from "./cells";
import { withoutSign } from "./join";
import { beginOf, frameOf, keyColumn, refsOf, rowOf } from "./row-index";

const COLUMN: usize = 4;
const SIDE: usize = 8;
const KIND: usize = 12;
const CHILDREN: usize = 16;
const TEXT: usize = 20;

/** Measures the frame of the groups from `from` to `to`; its bytes, 0 where a frame cannot have so many. */
export function listFrameBytes(index: usize, from: u32, to: u32, columns: usize, count: u32): i32 {
  let bytes: u64 = buffersStart(count);
  for (let i: u32 = 0; i < count; i++) {
    const column = columns + <usize>i * LIST_COLUMN_BYTES;
    const kind = load<u32>(column, KIND);
    const rows = rowsOf(index, column, from, to);
    let text: u64 = 0;
    if (hasText(kind)) {
      const refs = refsFor(index, column, from);
      for (let row: u32 = 0; row < rows; row++) {
        const reference = load<u64>(refs + (<usize>row << 3));
        const source = sourceOf(index, column, reference);
        text += textBytes(
          cellPayload(frameOf(reference), source, rowOf(reference)),
          cellTag(frameOf(reference), source, rowOf(reference)),
        );
      }
    }
    store<u32>(column, <u32>text, TEXT);
    bytes += text > <u64>i32.MAX_VALUE ? text : columnBytes(kind, rows, <u32>text);
  }
  return max(0, frameBytes(bytes));
}

/** Writes and seals that frame: the region at `frame` has the bytes that were measured. */
export function listFrameWrite(index: usize, from: u32, to: u32, columns: usize, count: u32, frame: usize): i32 {
  blockInit(frame, 0, to - from, count);
  let at = buffersStart(count);
  for (let i: u32 = 0; i < count; i++) {
    const column = columns + <usize>i * LIST_COLUMN_BYTES;
    const rows = rowsOf(index, column, from, to);
    at = setColumn(frame, i, load<u32>(column, KIND), rows, load<u32>(column, TEXT), at);
    if (load<u32>(column) == LIST_OFFSETS) {
      setChildren(columnAt(frame, i), load<u32>(column, CHILDREN));
      writeOffsets(index, load<u32>(column, SIDE), from, to, bufferA(frame, columnAt(frame, i)));
    } else writeValues(index, column, refsFor(index, column, from), rows, frame, columnAt(frame, i));
  }
  store<u32>(frame, at, BLOCK_BYTES);
  return blockSeal(frame);
}

/** Rows of a column of the frame: as many as groups, but for elements of lists. */
function rowsOf(index: usize, column: usize, from: u32, to: u32): u32 {
  if (load<u32>(column) != LIST_ELEMENT) return to - from;
  const side = load<u32>(column, SIDE);
  return beginOf(index, side, to) - beginOf(index, side, from);
}

/** Address of the references of the rows that a column is filled from. */
function refsFor(index: usize, column: usize, from: u32): usize {
  if (load<u32>(column) == LIST_KEY) return <usize>load<u32>(index, INDEX_FIRSTS) + (<usize>from << 3);
  const side = load<u32>(column, SIDE);
  return refsOf(index, side) + (<usize>beginOf(index, side, from) << 3);
}

/** Address of the column, in the directory of the frame of a row, that a value comes from. */
// @ts-ignore: decorator
@inline function sourceOf(index: usize, column: usize, reference: u64): usize {
  const number = load<u32>(column, COLUMN);
  return load<u32>(column) == LIST_KEY ? keyColumn(index, reference, number) : columnAt(frameOf(reference), number);
}

function writeOffsets(index: usize, side: u32, from: u32, to: u32, out: usize): void {
  const begin = beginOf(index, side, from);
  for (let group = from; group <= to; group++) {
    store<u32>(out + (<usize>(group - from) << 2), beginOf(index, side, group) - begin);
  }
}

function writeValues(index: usize, column: usize, refs: usize, rows: u32, frame: usize, target: usize): void {
  const kind = load<u32>(column, KIND);
  const isScalarKey = load<u32>(column) == LIST_KEY && load<u32>(index, INDEX_IS_SCALAR) != 0;
  const a = bufferA(frame, target);
  const text = bufferB(frame, target);
  const tags = bufferC(frame, target);
  let used: u32 = 0;
  if (kind == COLUMN_UTF8) store<u32>(a, 0);
  for (let row: u32 = 0; row < rows; row++) {
    const reference = load<u64>(refs + (<usize>row << 3));
    const source = sourceOf(index, column, reference);
    const tag = cellTag(frameOf(reference), source, rowOf(reference));
    let payload = cellPayload(frameOf(reference), source, rowOf(reference));
    if (isScalarKey) payload = withoutSign(payload, tag);
    if (tag == TAG_STRING || tag == TAG_JSON) {
      const bytes = <u32>(payload >> 32);
      copyText(text + used, <usize>(<u32>payload), bytes);
      payload = (<u64>bytes << 32) | used;
      used += bytes;
    }
    if (kind == COLUMN_UTF8) store<u32>(a + (<usize>row << 2), used, 4);
    else if (kind == COLUMN_BOOLEAN) store<u8>(a + row, <u8>payload);
    else {
      store<u64>(a + (<usize>row << 3), payload);
      if (kind == COLUMN_ANY) store<u8>(tags + row, tag);
    }
  }
  // The last text was copied with what follows it.
  if (hasText(kind)) memory.fill(text + used, 0, 16);
}
