import type { FrameBlock } from "../block/block.js";
import { SumTable } from "../kernel/sum-table.js";
import { addressOf, homeOf } from "./live-blocks.js";
import { runRows } from "./run-rows.js";
import type { KernelInput, KernelResult, KernelTask, RowsTask, TaskPort } from "./task.js";

/**
 * Runs one task and returns what it made: the one way anything runs, inline or in a worker. No I/O, no clock, no chance.
 *
 * **Ownership:** inputs are borrowed; blocks of the result lie in the memory of `port.thread` and belong to the caller.
 * **Errors:** `KernelError` where the kernel lacks room or trapped; what a closure threw. Nothing is left behind in memory then.
 */
export function runTask(task: KernelTask, inputs: readonly KernelInput[], port: TaskPort): KernelResult;
export function runTask<R>(task: RowsTask<R>, inputs: readonly [], port: TaskPort): R;
export function runTask(task: KernelTask | RowsTask<unknown>, inputs: readonly KernelInput[], port: TaskPort): unknown {
  if (task.form === "rows") return runRows(task, port);
  const { program } = task;
  return program.op === "count" ? count(program.separator, inputs, port) : sum(program, inputs, port);
}

function count(separator: number, inputs: readonly KernelInput[], port: TaskPort): KernelResult {
  let total = 0;
  for (const input of inputs) {
    if (input.kind === "frame") total += input.rows;
    else {
      withRegion(input, port, (ptr) => {
        total += port.kernel.call("tokenizeCount", ptr, input.bytes, separator);
      });
    }
  }
  return { op: "count", count: total };
}

function sum(
  program: Extract<KernelTask["program"], { op: "sum" }>,
  inputs: readonly KernelInput[],
  port: TaskPort,
): KernelResult {
  const table = new SumTable(port.kernel, program.keysExpected);
  try {
    for (const input of inputs) {
      withRegion(input, port, (ptr) => {
        if (input.kind === "frame") table.merge(ptr, input.rows);
        else table.updateText(ptr, input.bytes, program.separator, program.value);
      });
    }
    const blocks = table
      .finish(program.reducers)
      .map((block): FrameBlock => ({ kind: "frame", home: port.thread, ...block }));
    return { op: "sum", blocks };
  } finally {
    table.free();
  }
}

/** Calls `use` with an address of the input in this thread's memory: its own, or that of a copy made for the call. */
function withRegion(input: KernelInput, port: TaskPort, use: (ptr: number) => void): void {
  const home = homeOf(input);
  const ptr = addressOf(input);
  if (home === port.thread) {
    use(ptr);
    return;
  }
  const { memory } = port.kernel;
  const copy = memory.allocate(input.bytes);
  try {
    memory.copyFrom(port.memoryOf(home), ptr, input.bytes, copy);
    use(copy);
  } finally {
    memory.free(copy);
  }
}
