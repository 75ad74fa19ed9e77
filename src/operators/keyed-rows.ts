/** Rows of a `mapWithState` whose keys the kernel looks up, and whose values JavaScript reads. */
import type { FrameBlock, InputBlock } from "../block/block.js";
import { observedType } from "../block/observed-type.js";
import { decodeFrame } from "../block/row-decoder.js";
import { encodeTyped } from "../block/row-encoder.js";
import { isOfScalars, type RowType } from "../block/row-type.js";
import type { FinishedBlock } from "../kernel/frame.js";
import type { Kernel } from "../kernel/kernel.js";
import { bail } from "../kernel/program.js";
import type { StageKernel } from "../plan/dataset.js";

/** A frame whose first columns are keys of a type. */
export interface KeyColumns {
  readonly block: FrameBlock;
  readonly type: RowType;
}

/** Where the keys of a block of pairs lie: in its own columns, or in a frame that is made of them. */
export function keyColumnsOf(
  stage: StageKernel,
  kernel: Kernel,
  block: InputBlock,
  encoded: FinishedBlock[],
): KeyColumns[] {
  if (block.kind === "slice") throw bail("Lines are no pairs.");
  if (rowCount([block]) === 0) return [];
  if (block.kind === "rows") {
    return [
      encodedKeys(
        kernel,
        block.rows.map((row) => (row as readonly unknown[])[0]),
        encoded,
      ),
    ];
  }
  const key = block.type.kind === "tuple" ? block.type.items[0] : undefined;
  if (key === undefined || !isOfScalars(key)) throw bail("Keys are no values that the kernel tells apart.");
  const { memory, ptr } = stage.readerOf(block);
  return [{ block, type: observedType(key, memory, ptr, block.rows) }];
}

/** Keys in a frame, which is then one of `encoded`. */
export function encodedKeys(kernel: Kernel, keys: readonly unknown[], encoded: FinishedBlock[]): KeyColumns {
  const typed = encodeTyped(keys, kernel);
  if (typed === undefined) throw bail("Keys are none that the kernel has.");
  encoded.push(typed.frame);
  return { block: { kind: "frame", type: typed.type, home: 0, ...typed.frame }, type: typed.type };
}

export function rowCount(blocks: readonly InputBlock[]): number {
  let count = 0;
  for (const block of blocks) {
    if (block.kind === "rows") count += block.rows.length;
    else if (block.kind === "frame") count += block.rows;
  }
  return count;
}

/** The rows of blocks, some at a time. */
export function* rowsOf(stage: StageKernel, blocks: readonly InputBlock[]): Generator<readonly unknown[]> {
  for (const block of blocks) {
    if (block.kind === "rows") yield block.rows;
    if (block.kind !== "frame") continue;
    const { memory, ptr } = stage.readerOf(block);
    yield* decodeFrame(block.type, memory, ptr, block.rows);
  }
}
