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
  const { memory, scanReportPtr } = kernel;
  kernel.call("textScan", ptr, bytes, scanReportPtr);
  const { view } = memory;
  return {
    rows: view.getUint32(scanReportPtr + abi.SCAN_ROWS, true),
    clean: view.getUint32(scanReportPtr + abi.SCAN_CLEAN, true) === 1,
    checksum: view.getUint32(scanReportPtr + abi.SCAN_CHECKSUM, true),
  };
}

/** A new region with the same text as valid UTF-8 whose lines end in "\n" alone; the caller frees both. */
export function normaliseText(kernel: Kernel, ptr: number, bytes: number): { ptr: number; bytes: number } {
  const bytesOut = kernel.call("textNormalise", ptr, bytes, 0);
  const out = kernel.memory.allocate(bytesOut);
  kernel.call("textNormalise", ptr, bytes, out);
  return { ptr: out, bytes: bytesOut };
}
