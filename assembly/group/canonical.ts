/** Canonical strings of keys (src/block/key.ts) in WTF-8: of entries, and of rows. Templates are described in plan.ts. */
import { TAG_NUMBER, TAG_STRING, TAG_UNDEFINED, TEMPLATE_ITEM_BYTES, VECTOR_TAGS } from "../abi";
import { copyText } from "../bytes";
import { canonicalScalar } from "../values/key-hash";
import { numberToText } from "../values/number-format";
import { payloads } from "../vector";
import { CELL_TAG } from "./values";

const ITEM_BYTES: usize = 4;
export const ITEM_CELL: usize = 8;
const ITEM_IS_OPTIONAL: usize = 12;

/**
 * Writes the canonical string of the key of an entry at `out`, whose values lie in the template's cells; where there is a program's state, of the key of
 * a row, whose values lie in registers. Returns its bytes, -1 where it has a number whose text is for the host to say: never with `powers`.
 */
export function canonicalKey(template: usize, items: u32, entry: usize, state: usize, row: usize, powers: usize, out: usize): i32 {
  let end = out;
  for (let i: u32 = 0; i < items; i++) {
    const item = template + <usize>i * TEMPLATE_ITEM_BYTES;
    const cell = <usize>load<u32>(item, ITEM_CELL);
    let payload: u64 = 0;
    let tag: u32 = 0;
    if (cell) {
      const values = state ? payloads(state, <i32>cell - 1) : entry + cell;
      payload = load<u64>(values + (row << 3));
      tag = <u32>(state ? load<u8>(values + VECTOR_TAGS + row) : load<u8>(values, CELL_TAG));
      if (tag == TAG_UNDEFINED && load<u32>(item, ITEM_IS_OPTIONAL)) continue;
    }
    const bytes = load<u32>(item, ITEM_BYTES);
    copyText(end, template + <usize>load<u32>(item), bytes);
    end += bytes;
    if (cell) end = value(payload, tag, powers, end);
    if (!end) return -1;
  }
  return <i32>(end - out);
}

/** Writes the canonical string of a value; returns its end, 0 where it is hard. */
function value(payload: u64, tag: u32, powers: usize, out: usize): usize {
  if (tag == TAG_STRING) {
    const ptr = <usize>(<u32>payload);
    const bytes = <u32>(payload >> 32);
    store<u8>(out, 0x73);
    const end = out + 1 + numberToText(<f64>units(ptr, bytes), 0, out + 1);
    store<u8>(end, 0x3a);
    copyText(end + 1, ptr, bytes);
    return end + 1 + bytes;
  }
  if (tag != TAG_NUMBER) return out + canonicalScalar(payload, <u8>tag, out);
  store<u8>(out, 0x6e);
  const bytes = numberToText(reinterpret<f64>(payload), powers, out + 1);
  if (!bytes) return 0;
  store<u8>(out + 1 + bytes, 0x3b);
  return out + 2 + bytes;
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
