import { abi } from "#kernel";
import type { Kernel } from "./kernel.js";

/** What a scan found in text that ends with a line end. */
export interface TextReport {
  /** Lines. */
  readonly rows: number;
  /** Valid UTF-8 whose lines end in "\n" alone. */
  readonly clean: boolean;
  /** Tells damaged memory from intact memory; does not leave the process. */
  readonly checksum: number;
}

/** Looks once at `bytes` bytes of text. */
export function scanText(kernel: Kernel, ptr: number, bytes: number): TextReport {
  return new TextScan(kernel, kernel.scanPtr).end(ptr, bytes);
}

/** Looks once at text as it grows, while what came last is still in the processor's cache. */
export class TextScan {
  readonly #kernel: Kernel;
  readonly #statePtr: number;
  #scanned = 0;

  /** Its state takes `SCAN_STATE_BYTES` bytes at `statePtr`, by default a region of its own until `free`. */
  constructor(kernel: Kernel, statePtr = kernel.memory.allocate(abi.SCAN_STATE_BYTES)) {
    this.#kernel = kernel;
    this.#statePtr = statePtr;
    this.restart();
  }

  /** What comes next is another text. */
  restart(): void {
    this.#scanned = 0;
    this.#kernel.memory.region(this.#statePtr, abi.SCAN_STATE_BYTES).fill(0);
  }

  /** Gives back its own region. */
  free(): void {
    this.#kernel.memory.free(this.#statePtr);
  }

  /** The text at `ptr`, which may have been moved, has at least `bytes` bytes that stay as they are. */
  advance(ptr: number, bytes: number): void {
    const ready = bytes & ~15;
    if (ready <= this.#scanned) return;
    this.#kernel.call("textScanMore", this.#statePtr, ptr + this.#scanned, ready - this.#scanned);
    this.#scanned = ready;
  }

  /** The text at `ptr` ends after `bytes` bytes. */
  end(ptr: number, bytes: number): TextReport {
    this.#kernel.call("textScan", this.#statePtr, ptr, bytes, this.#scanned);
    const { view } = this.#kernel.memory;
    return {
      rows: view.getUint32(this.#statePtr + abi.SCAN_ROWS, true),
      clean: view.getUint32(this.#statePtr + abi.SCAN_CLEAN, true) === 1,
      checksum: view.getUint32(this.#statePtr + abi.SCAN_CHECKSUM, true),
    };
  }
}

/** A new region with the same text as valid UTF-8 whose lines end in "\n" alone; the caller frees both. */
export function normaliseText(kernel: Kernel, ptr: number, bytes: number): { ptr: number; bytes: number } {
  const bytesOut = kernel.call("textNormalise", ptr, bytes, 0);
  const out = kernel.memory.allocate(bytesOut);
  kernel.call("textNormalise", ptr, bytes, out);
  return { ptr: out, bytes: bytesOut };
}
