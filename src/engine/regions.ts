import { addressOf, homeOf } from "./live-blocks.js";
import type { KernelInput, TaskPort } from "./task.js";

const NEWLINE = 10;
/** Text of another thread's memory is copied in portions that are still in this core's own cache when they are read. */
const PORTION_BYTES = 256 * 1024;

/** Calls `use` with an address of the input in this thread's memory: its own, or that of a copy made for the call. */
export function withRegion<R>(input: KernelInput, port: TaskPort, use: (ptr: number) => R): R {
  const home = homeOf(input);
  const ptr = addressOf(input);
  if (home === port.thread) return use(ptr);
  const { memory } = port.kernel;
  const copy = memory.allocate(input.bytes);
  try {
    memory.copyFrom(port.memoryOf(home), ptr, input.bytes, copy);
    return use(copy);
  } finally {
    memory.free(copy);
  }
}

/** Calls `use` with the addresses of all inputs at once. */
export function withRegions<R>(
  inputs: readonly KernelInput[],
  port: TaskPort,
  use: (addresses: readonly number[]) => R,
): R {
  const at: number[] = [];
  const from = (index: number): R => {
    const input = inputs[index];
    if (input === undefined) return use(at);
    return withRegion(input, port, (ptr) => {
      at.push(ptr);
      return from(index + 1);
    });
  };
  return from(0);
}

/**
 * Calls `use` with whole lines of a text in this thread's memory, one portion after the other: where they lie, or where a copy lies that is there for the call
 * alone.
 */
export function overText(input: KernelInput, port: TaskPort, use: (ptr: number, bytes: number) => void): void {
  const home = homeOf(input);
  const ptr = addressOf(input);
  if (home === port.thread) {
    use(ptr, input.bytes);
    return;
  }
  const { memory } = port.kernel;
  const there = port.memoryOf(home);
  const ends = portionEnds(there.region(ptr, input.bytes));
  const sizes = ends.map((end, index) => end - (ends[index - 1] ?? 0));
  const copy = memory.allocate(sizes.reduce((most, size) => Math.max(most, size), 0));
  try {
    for (const [index, bytes] of sizes.entries()) {
      memory.copyFrom(there, ptr + ends[index]! - bytes, bytes, copy);
      use(copy, bytes);
    }
  } finally {
    memory.free(copy);
  }
}

/** Where portions of a text end, after whole lines; a line that is longer than a portion is in one. */
function portionEnds(text: Uint8Array): number[] {
  const ends: number[] = [];
  for (let end = 0; end < text.length; ends.push(end)) {
    const last = end + PORTION_BYTES;
    const lineEnd = last >= text.length ? text.length : text.lastIndexOf(NEWLINE, last - 1) + 1;
    end = lineEnd > end ? lineEnd : text.indexOf(NEWLINE, last) + 1 || text.length;
  }
  return ends;
}
