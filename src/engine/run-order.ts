import { columnKinds } from "../block/row-type.js";
import type { FinishedBlock } from "../kernel/frame.js";
import type { Kernel } from "../kernel/kernel.js";
import { OrderedRows } from "../kernel/ordered-rows.js";
import type { OrderWork } from "./task.js";

/**
 * Sealed frames of each partition: all rows in order, cut as evenly as can be between different keys. `frames`: addresses in this kernel's memory.
 *
 * **Errors:** as `OrderedRows`.
 */
export function orderedFrames(
  kernel: Kernel,
  { keys, partitionCount, type }: OrderWork,
  frames: readonly number[],
): FinishedBlock[][] {
  const order = new OrderedRows(kernel, frames, keys);
  const partitions: FinishedBlock[][] = [];
  try {
    const kinds = columnKinds(type);
    let begin = 0;
    for (let p = 0; p < partitionCount; p++) {
      const even = Math.max(begin, Math.floor(((p + 1) * order.rows) / partitionCount));
      const end = even > begin ? order.endOf(even) : even;
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
