import type { FrameBlock, MemoryBlock, TextSlice } from "../block/block.js";
import { KernelError } from "../errors.js";
import { verifyFrame } from "../kernel/frame.js";
import type { Kernel } from "../kernel/kernel.js";
import type { MemoryReader } from "../kernel/reader.js";
import { scanText } from "../kernel/text.js";

/** Address of a block that was damaged when a memory was rebuilt. */
const LOST = -1;

export function homeOf(input: TextSlice | FrameBlock): number {
  return input.kind === "frame" ? input.home : input.block.home;
}

/** Where the bytes of an input lie in the memory of its home. Throws a `KernelError` "block-lost". */
export function addressOf(input: TextSlice | FrameBlock): number {
  const block = input.kind === "frame" ? input : input.block;
  if (block.ptr === LOST) {
    throw new KernelError(
      `A block of ${block.rows} rows (${block.bytes} bytes) was damaged by a trap of the kernel and is lost: receive its data again.`,
      { code: "block-lost", details: { rows: block.rows, bytes: block.bytes } },
    );
  }
  return block.ptr + (input.kind === "frame" ? 0 : input.offset);
}

/**
 * All sealed blocks in the memories of an engine's threads, so that what is intact can be saved when a memory must be thrown away.
 */
export class LiveBlocks {
  readonly #blocks = new Set<MemoryBlock>();

  add(block: MemoryBlock): void {
    this.#blocks.add(block);
  }

  delete(block: MemoryBlock): void {
    this.#blocks.delete(block);
  }

  get size(): number {
    return this.#blocks.size;
  }

  /**
   * Copies every block whose home is `home` from the memory `from`, which a trap has left, into `kernel`, whose thread is `target`. A block that
   * fails its check, or finds no room, is lost, and says so when it is read. Never throws.
   */
  rescue(home: number, from: MemoryReader, kernel: Kernel, target: number): void {
    for (const block of this.#blocks) {
      if (block.home !== home || block.ptr === LOST) continue;
      const ptr = rescued(block, from, kernel);
      block.home = target;
      block.ptr = ptr;
    }
  }

  static isLost(block: MemoryBlock): boolean {
    return block.ptr === LOST;
  }
}

/** Address of an intact copy of the block, or `LOST`. */
function rescued(block: MemoryBlock, from: MemoryReader, kernel: Kernel): number {
  let ptr: number;
  try {
    ptr = kernel.memory.allocate(block.bytes);
  } catch {
    return LOST;
  }
  kernel.memory.copyFrom(from, block.ptr, block.bytes, ptr);
  if (isIntact(block, ptr, kernel)) return ptr;
  kernel.memory.free(ptr);
  return LOST;
}

function isIntact(block: MemoryBlock, ptr: number, kernel: Kernel): boolean {
  if (block.kind === "text") return scanText(kernel, ptr, block.bytes).checksum === block.checksum;
  return verifyFrame(kernel, ptr, block);
}
