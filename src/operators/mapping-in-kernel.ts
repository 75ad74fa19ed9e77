/** What `mapWithState` needs of the kernel: a module that comes with the first version that could be made there. */
import type { InputBlock } from "../block/block.js";
import { decodeFrame } from "../block/row-decoder.js";
import type { StageKernel } from "../plan/dataset.js";

export { bail, isBail } from "../kernel/program.js";
export { KernelMapping } from "./kernel-mapping.js";

/** Key and value of one of these records; undefined where there is none that is known. */
export function firstRecord(
  kernel: StageKernel,
  records: ReadonlyArray<readonly InputBlock[]>,
): readonly unknown[] | undefined {
  for (const block of records.flat()) {
    if (block.kind === "rows" && block.rows.length > 0) return block.rows[0] as readonly unknown[];
    if (block.kind !== "frame" || block.rows === 0) continue;
    const { memory, ptr } = kernel.readerOf(block);
    for (const rows of decodeFrame(block.type, memory, ptr, block.rows, 1)) return rows[0] as readonly unknown[];
  }
  return undefined;
}
