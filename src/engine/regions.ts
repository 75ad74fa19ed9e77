import { addressOf, homeOf } from "./live-blocks.js";
import type { KernelInput, TaskPort } from "./task.js";

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
