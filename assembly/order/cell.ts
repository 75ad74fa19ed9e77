/** Values of referenced rows (row-index.ts) by the index of their column. */
import { columnAt } from "../block";
import { cellPayload, cellTag } from "../rows/cells";
import { frameOf, rowOf } from "../rows/row-index";

export function payloadAt(reference: u64, index: u32): u64 {
  const frame = frameOf(reference);
  return cellPayload(frame, columnAt(frame, index), rowOf(reference));
}

export function tagAt(reference: u64, index: u32): u8 {
  const frame = frameOf(reference);
  return cellTag(frame, columnAt(frame, index), rowOf(reference));
}
