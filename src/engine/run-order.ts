import { columnKinds } from "../block/row-type.js";
import type { FinishedBlock } from "../kernel/frame.js";
import type { Kernel } from "../kernel/kernel.js";
import { allRows, OrderedRows } from "../kernel/ordered-rows.js";
import type { KernelSink, MergeWork } from "./task.js";

/** The rows of a task in order, in sealed frames of the same columns; the frames that are given are freed. **Errors:** as `OrderedRows`. */
export function inOrder(
  kernel: Kernel,
  frames: readonly FinishedBlock[],
  { keys, type }: Extract<KernelSink, { kind: "ordered" }>,
): FinishedBlock[] {
  try {
    const order = new OrderedRows(kernel, allRows(frames), keys);
    try {
      return order.gather(0, order.rows, columnKinds(type));
    } finally {
      order.free();
    }
  } finally {
    for (const { ptr } of frames) kernel.memory.free(ptr);
  }
}

/** Sealed frames of the rows of `work` in order. `frames`: addresses in this kernel's memory. **Errors:** as `OrderedRows`. */
export function mergedFrames(
  kernel: Kernel,
  { keys, ranges, type }: MergeWork,
  frames: readonly number[],
): FinishedBlock[] {
  const order = new OrderedRows(
    kernel,
    ranges.map((range, i) => ({ ptr: frames[i]!, ...range })),
    keys,
  );
  try {
    return order.gather(0, order.rows, columnKinds(type));
  } finally {
    order.free();
  }
}
