/** Canonical strings of keys (src/block/key.ts) of entries, in WTF-8. */
import { FINISH_TEMPLATE, FINISH_TEMPLATE_ITEMS, TAG_BIGINT, TAG_BOOLEAN, TAG_NULL, TAG_NUMBER, TAG_STRING, TAG_UNDEFINED, TEMPLATE_ITEM_BYTES } from "../abi";
import { copyText } from "../bytes";
import { ENTRY_LENGTH } from "../table";
import { tagOfWord } from "./keys";
import { CELL_TAG } from "./values";

const ITEM_BYTES: usize = 4;
const ITEM_CELL: usize = 8;
const ITEM_IS_OPTIONAL: usize = 12;

/** 2^53: integers below it are written as all their digits. */
const DIGITS_MAX: f64 = 9007199254740992;

/** Writes the canonical string of the key of an entry at `out`; returns its bytes, -1 where it has a number whose text is hard. */
export function canonicalKey(finish: usize, entry: usize, isSingle: bool, out: usize): i32 {
  if (isSingle) {
    const end = value(load<u64>(entry), tagOfWord(load<u32>(entry, ENTRY_LENGTH)), out);
    return end ? <i32>(end - out) : -1;
  }
  const template = <usize>load<u32>(finish + FINISH_TEMPLATE);
  const items = load<u32>(finish + FINISH_TEMPLATE_ITEMS);
  let end = out;
  for (let i: u32 = 0; i < items; i++) {
    const item = template + <usize>i * TEMPLATE_ITEM_BYTES;
    const cell = <usize>load<u32>(item, ITEM_CELL);
    const tag = cell ? <u32>load<u8>(entry + cell, CELL_TAG) : 0;
    if (cell && tag == TAG_UNDEFINED && load<u32>(item, ITEM_IS_OPTIONAL)) continue;
    const bytes = load<u32>(item, ITEM_BYTES);
    copyText(end, template + <usize>load<u32>(item), bytes);
    end += bytes;
    if (cell) end = value(load<u64>(entry + cell), tag, end);
    if (!end) return -1;
  }
  return <i32>(end - out);
}

/** Writes the canonical string of a value; returns its end, 0 where it is hard. */
function value(payload: u64, tag: u32, out: usize): usize {
  switch (tag) {
    case TAG_STRING: {
      const ptr = <usize>(<u32>payload);
      const bytes = <u32>(payload >> 32);
      store<u8>(out, 0x73);
      const end = digits(units(ptr, bytes), out + 1);
      store<u8>(end, 0x3a);
      copyText(end + 1, ptr, bytes);
      return end + 1 + bytes;
    }
    case TAG_NUMBER: {
      const number = reinterpret<f64>(payload);
      if (!(abs(number) < DIGITS_MAX) || number != Math.trunc(number)) return 0;
      store<u8>(out, 0x6e);
      return closed(integer(<i64>number, out + 1));
    }
    case TAG_BIGINT:
      store<u8>(out, 0x69);
      return closed(integer(<i64>payload, out + 1));
    default:
      // "u", "z", "t" and "f".
      store<u8>(out, tag == TAG_UNDEFINED ? 0x75 : tag == TAG_NULL ? 0x7a : tag == TAG_BOOLEAN && payload ? 0x74 : 0x66);
      return out + 1;
  }
}

/** UTF-16 units of a text. */
function units(ptr: usize, bytes: u32): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < bytes; i++) {
    const byte = load<u8>(ptr + i);
    count += <u32>((byte & 0xc0) != 0x80) + <u32>(byte >= 0xf0);
  }
  return count;
}

function closed(end: usize): usize {
  store<u8>(end, 0x3b);
  return end + 1;
}

function integer(number: i64, out: usize): usize {
  if (number >= 0) return digits(number, out);
  store<u8>(out, 0x2d);
  return digits(0 - <u64>number, out + 1);
}

function digits(number: u64, out: usize): usize {
  let count: usize = 1;
  for (let left = number; left > 9; left /= 10) count++;
  let rest = number;
  for (let at = out + count; at > out; at--) {
    store<u8>(at - 1, 0x30 + <u8>(rest % 10));
    rest /= 10;
  }
  return out + count;
}
