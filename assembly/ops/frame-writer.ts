/**
 * Writing to open frames (block.ts): their buffers have room for more than is in them. `frameClose` moves them together.
 */
import {
  BLOCK_BYTES,
  BLOCK_COLUMNS,
  BLOCK_ROWS,
  COLUMN_ANY,
  COLUMN_BOOLEAN,
  COLUMN_UTF8,
  TAG_JSON,
  TAG_STRING,
} from "../abi";
import {
  blockCheck,
  blockInit,
  blockSeal,
  bufferA,
  bufferB,
  bufferC,
  buffersStart,
  childrenOf,
  columnAt,
  columnBytes,
  frameBytes,
  kindOf,
  moveColumn,
  setChildren,
  setColumn,
  textBytesOf,
} from "../block";
import { copyText } from "../bytes";

/** Rows that an open frame has room for, in its header. */
export const FRAME_ROOM: usize = 16;

// @ts-ignore: decorator
@inline export function hasText(kind: u32): bool {
  return kind == COLUMN_UTF8 || kind == COLUMN_ANY;
}

/** Bytes of the text of a value, 0 where it has none. */
// @ts-ignore: decorator
@inline export function textBytes(payload: u64, tag: u8): u32 {
  return tag == TAG_STRING || tag == TAG_JSON ? <u32>(payload >> 32) : 0;
}

/** How many of `count` rows of a register, those that `order` lists, a column of text has room for. */
export function fitting(column: usize, payload: usize, tags: usize, order: usize, count: i32): i32 {
  const room = <u64>(textBytesOf(column) - childrenOf(column));
  let bytes: u64 = 0;
  for (let i = 0; i < count; i++) {
    const row = <usize>load<u16>(order + (<usize>i << 1));
    bytes += textBytes(load<u64>(payload + (row << 3)), load<u8>(tags + row));
    if (bytes > room) return i;
  }
  return count;
}

/** Appends rows of a register, those that `order` lists, to a column that has `row` rows; returns the bytes of text. */
export function appendColumn(
  frame: usize,
  index: u32,
  row: u32,
  payload: usize,
  tags: usize,
  order: usize,
  count: i32,
): u32 {
  const column = columnAt(frame, index);
  const kind = kindOf(column);
  const a = bufferA(frame, column);
  if (kind == COLUMN_UTF8) return appendTexts(frame, column, a + (<usize>row << 2), payload, order, count);
  if (kind == COLUMN_ANY) return appendAny(frame, column, row, payload, tags, order, count);
  if (kind == COLUMN_BOOLEAN) {
    for (let i = 0; i < count; i++) {
      store<u8>(a + row + i, load<u8>(payload + (<usize>load<u16>(order + (<usize>i << 1)) << 3)));
    }
    return 0;
  }
  const out = a + (<usize>row << 3);
  for (let i = 0; i < count; i++) {
    store<u64>(out + (<usize>i << 3), load<u64>(payload + (<usize>load<u16>(order + (<usize>i << 1)) << 3)));
  }
  return 0;
}

function appendTexts(frame: usize, column: usize, offsets: usize, payload: usize, order: usize, count: i32): u32 {
  const text = bufferB(frame, column);
  const before = childrenOf(column);
  let used = before;
  store<u32>(offsets, used);
  for (let i = 0; i < count; i++) {
    const value = load<u64>(payload + (<usize>load<u16>(order + (<usize>i << 1)) << 3));
    const bytes = <u32>(value >> 32);
    copyText(text + used, <usize>(<u32>value), bytes);
    used += bytes;
    store<u32>(offsets + (<usize>i << 2), used, 4);
  }
  setChildren(column, used);
  return used - before;
}

function appendAny(frame: usize, column: usize, row: u32, payload: usize, tags: usize, order: usize, count: i32): u32 {
  const text = bufferB(frame, column);
  const out = bufferA(frame, column) + (<usize>row << 3);
  const outTags = bufferC(frame, column) + row;
  const before = childrenOf(column);
  let used = before;
  for (let i = 0; i < count; i++) {
    const from = <usize>load<u16>(order + (<usize>i << 1));
    const value = load<u64>(payload + (from << 3));
    const tag = load<u8>(tags + from);
    store<u8>(outTags + i, tag);
    if (tag == TAG_STRING || tag == TAG_JSON) {
      const bytes = <u32>(value >> 32);
      copyText(text + used, <usize>(<u32>value), bytes);
      store<u64>(out + (<usize>i << 3), (<u64>bytes << 32) | used);
      used += bytes;
    } else store<u64>(out + (<usize>i << 3), value);
  }
  setChildren(column, used);
  return used - before;
}

/** Bytes of the buffers of a column; below zero where a frame cannot have so many. */
export function frameColumnBytes(kind: u32, rows: u32, textBytes: u32): i32 {
  return frameBytes(columnBytes(kind, rows, textBytes));
}

/** Writes the header of a frame that the host fills; returns the offset of its first buffer. */
export function frameInit(frame: usize, bytes: u32, rows: u32, columns: u32): i32 {
  blockInit(frame, bytes, rows, columns);
  return <i32>buffersStart(columns);
}

/** As `setColumn`. Called again once the buffers are written, it clears what lies behind them. */
export function frameColumn(frame: usize, index: u32, kind: u32, rows: u32, textBytes: u32, at: u32): i32 {
  return <i32>setColumn(frame, index, kind, rows, textBytes, at);
}

/** Moves the buffers of an open frame together and seals it; returns its bytes. */
export function frameClose(frame: usize): i32 {
  const status = blockCheck(frame);
  if (status < 0) return status;
  const columns = load<u32>(frame, BLOCK_COLUMNS);
  const rows = load<u32>(frame, BLOCK_ROWS);
  let at = buffersStart(columns);
  for (let i: u32 = 0; i < columns; i++) {
    const column = columnAt(frame, i);
    // Of a frame without rows the first offset was never written.
    if (kindOf(column) == COLUMN_UTF8 && !rows) store<u32>(bufferA(frame, column), 0);
    const textBytes = childrenOf(column);
    setChildren(column, 0);
    at = moveColumn(frame, i, rows, textBytes, at);
  }
  store<u32>(frame, 0, FRAME_ROOM);
  store<u32>(frame, at, BLOCK_BYTES);
  blockSeal(frame);
  return <i32>at;
}
