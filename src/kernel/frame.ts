import { abi } from "#kernel";
import type { Kernel } from "./kernel.js";

/** A finished block in the memory of the kernel that made it. */
export interface FinishedBlock {
  readonly ptr: number;
  readonly bytes: number;
  readonly rows: number;
}

/** Whether the frame at `ptr` is the one that was sealed with these figures: the checksum of all its bytes is right. */
export function verifyFrame(kernel: Kernel, ptr: number, { bytes, rows }: { bytes: number; rows: number }): boolean {
  const { view } = kernel.memory;
  // The kernel's check starts from what the header says, which must be right first.
  const isFrame = view.getUint32(ptr, true) === abi.BLOCK_MAGIC && view.getUint32(ptr + 4, true) === abi.BLOCK_VERSION;
  if (!isFrame || view.getUint32(ptr + abi.BLOCK_BYTES, true) !== bytes) return false;
  if (view.getUint32(ptr + abi.BLOCK_ROWS, true) !== rows) return false;
  return kernel.call("blockVerify", ptr) === 1;
}
