import type { InputBlock } from "../block/block.js";
import { rowCountOf } from "../block/encoded-rows.js";

/** The number of rows in blocks; of a slice, those of its whole block. */
export function rowsIn(blocks: readonly InputBlock[]): number {
  let rows = 0;
  for (const block of blocks) {
    rows += block.kind === "rows" ? rowCountOf(block) : block.kind === "frame" ? block.rows : block.block.rows;
  }
  return rows;
}
