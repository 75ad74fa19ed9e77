/**
 * Expansions: many rows of one, for `flatMap`. The pieces of up to `VECTOR_ROWS` of them go into dst; what the rest of the program needs of the row
 * that they come from is gathered beside them.
 */
import { TAG_STRING, VECTOR_ROWS, VECTOR_TAGS } from "../abi";
import { EXPAND_ITEMS, EXPAND_JSON, EXPAND_LISTS, EXPAND_SPLIT_TEXT, EXPAND_TIMES } from "./codes";
import { expandJson } from "./json-array";
import { expandLists } from "./lists";
import { expandTimes } from "./sample";
import { findBytes } from "../values/text-search";
import { dataOf, INS_A, INS_DST, INS_EXTRA, INS_IMM, payloads, slice } from "../vector";

const FRAME_ROWS: usize = 4;
const FRAME_ROW: usize = 8;
const FRAME_POSITION: usize = 12;

/** The next pieces; returns how many, 0 at the end, below zero minus what is needed. */
export function expand(state: usize, ins: usize, frame: usize): i32 {
  if (load<i32>(ins, INS_EXTRA) == EXPAND_JSON) return expandJson(state, ins, frame);
  if (load<i32>(ins, INS_EXTRA) == EXPAND_LISTS) return expandLists(state, ins, frame);
  if (load<i32>(ins, INS_EXTRA) == EXPAND_TIMES) return expandTimes(state, ins, frame);
  const source = payloads(state, load<i32>(ins, INS_A));
  const kind = load<i32>(ins, INS_EXTRA);
  const separator = <u8>kind;
  const first = payloads(state, load<i32>(ins, INS_DST));
  const count = load<i32>(ins, INS_IMM);
  const carried = dataOf(state, ins);
  if (kind == EXPAND_ITEMS) return expandItems(state, carried, count, frame);
  const isText = kind == EXPAND_SPLIT_TEXT;
  const textPtr = carried + (<usize>count << 3) + 4;
  const textBytes = isText ? load<u32>(textPtr - 4) : 1;
  const rows = load<i32>(frame, FRAME_ROWS);
  let row = load<i32>(frame, FRAME_ROW);
  let position = load<u32>(frame, FRAME_POSITION);
  let made: i32 = 0;
  while (row < rows && made < VECTOR_ROWS) {
    const text = load<u64>(source + (<usize>row << 3));
    const begin = <usize>(<u32>text);
    const end = begin + <usize>(text >> 32);
    const before = made;
    let start = begin + <usize>position;
    while (made < VECTOR_ROWS) {
      let at = start;
      if (isText) {
        at = findBytes(start, end, textPtr, textBytes);
        if (!at) at = end;
      } else while (at < end && load<u8>(at) != separator) at++;
      store<u64>(first + (<usize>made << 3), slice(start, <u32>(at - start)));
      made++;
      start = at == end ? end + 1 : at + textBytes;
      if (at == end) break;
    }
    gather(state, carried, count, row, before, made);
    // Past the end: the row has no piece left.
    if (start > end) {
      row++;
      position = 0;
    } else position = <u32>(start - begin);
  }
  memory.fill(first + VECTOR_TAGS, <u8>TAG_STRING, made);
  store<i32>(frame, row, FRAME_ROW);
  store<u32>(frame, position, FRAME_POSITION);
  return made;
}

/** Copies a row of each carried register to the rows from `begin` to `end` of another one. */
export function gather(state: usize, carried: usize, count: i32, row: i32, begin: i32, end: i32): void {
  for (let i: i32 = 0; i < count; i++) {
    const from = payloads(state, load<i32>(carried + (<usize>i << 3)));
    const to = payloads(state, load<i32>(carried + (<usize>i << 3), 4));
    const payload = load<u64>(from + (<usize>row << 3));
    for (let at = begin; at < end; at++) store<u64>(to + (<usize>at << 3), payload);
    memory.fill(to + VECTOR_TAGS + <usize>begin, load<u8>(from + VECTOR_TAGS + <usize>row), end - begin);
  }
}

/** Whole rows, as many as have room. */
function expandItems(state: usize, carried: usize, count: i32, frame: usize): i32 {
  const lists = carried + (<usize>count << 3);
  const items = load<i32>(lists);
  const leaves = load<i32>(lists, 4);
  const begin = load<i32>(frame, FRAME_ROW);
  const rows = min(load<i32>(frame, FRAME_ROWS) - begin, VECTOR_ROWS / items);
  for (let row: i32 = 0; row < rows; row++) gather(state, carried, count, begin + row, row * items, (row + 1) * items);
  let list = lists + 8;
  for (let leaf: i32 = 0; leaf < leaves; leaf++) {
    const to = payloads(state, load<i32>(list));
    for (let item: i32 = 0; item < items; item++) {
      list += 4;
      const from = payloads(state, load<i32>(list));
      for (let row: i32 = 0; row < rows; row++) {
        const at = <usize>(row * items + item);
        store<u64>(to + (at << 3), load<u64>(from + (<usize>(begin + row) << 3)));
        store<u8>(to + VECTOR_TAGS + at, load<u8>(from + VECTOR_TAGS + <usize>(begin + row)));
      }
    }
    list += 4;
  }
  store<i32>(frame, begin + rows, FRAME_ROW);
  return rows * items;
}
