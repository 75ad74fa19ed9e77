import { decodeFrame } from "../block/row-decoder.js";
import { columnKinds, type RowType } from "../block/row-type.js";
import type { FinishedBlock } from "../kernel/frame.js";
import type { Kernel } from "../kernel/kernel.js";
import { OrderedRows } from "../kernel/ordered-rows.js";
import { compareAscending } from "../operators/ordering.js";
import type { OrderWork } from "./task.js";

/**
 * Sealed frames of each partition: all rows in order, cut as evenly as can be between different keys. `frames`: addresses in this kernel's memory.
 *
 * **Errors:** as `OrderedRows`.
 */
export function orderedFrames(
  kernel: Kernel,
  { keys, keyType, partitionCount, type }: OrderWork,
  frames: readonly number[],
): FinishedBlock[][] {
  const order = new OrderedRows(kernel, frames, keys);
  const partitions: FinishedBlock[][] = [];
  try {
    const kinds = columnKinds(type);
    let begin = 0;
    for (let p = 0; p < partitionCount; p++) {
      const even = Math.max(begin, Math.floor(((p + 1) * order.rows) / partitionCount));
      const end = even > begin ? endOfKey(kernel, order, keys[0]!.column, keyType, even) : even;
      partitions.push(order.gather(begin, end, kinds));
      begin = end;
    }
    return partitions;
  } catch (error) {
    for (const { ptr } of partitions.flat()) kernel.memory.free(ptr);
    throw error;
  } finally {
    order.free();
  }
}

/** Rows of which keys are looked at together. */
const LOOKED_AT = 1024;

/** The end of the rows from `end` on whose key is that of the row before it. */
function endOfKey(kernel: Kernel, order: OrderedRows, column: number, type: RowType, end: number): number {
  let at = end;
  let key: readonly [unknown] | undefined;
  // Most keys end at once.
  for (let count = 2; at < order.rows; count = LOOKED_AT) {
    const from = key ? at : at - 1;
    const to = Math.min(from + count, order.rows);
    for (const other of keysFrom(kernel, order, column, type, from, to)) {
      if (key && compareAscending(key[0], other) !== 0) return at;
      if (key) at += 1;
      else key = [other];
    }
  }
  return at;
}

function keysFrom(kernel: Kernel, order: OrderedRows, column: number, type: RowType, from: number, to: number) {
  const frames = order.gather(from, to, columnKinds(type), column);
  try {
    return frames.flatMap(({ ptr, rows }) => [...decodeFrame(type, kernel.memory, ptr, rows)].flat(1));
  } finally {
    for (const { ptr } of frames) kernel.memory.free(ptr);
  }
}
