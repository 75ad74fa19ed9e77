import { runKernel } from "./run-kernel.js";
import { runRows } from "./run-rows.js";
import type { KernelInput, KernelResult, KernelTask, RowsTask, TaskPort } from "./task.js";

/**
 * Runs one task and returns what it made: the one way anything runs, inline or in a worker. No I/O, no clock, no chance.
 *
 * **Ownership:** inputs are borrowed; blocks of the result lie in the memory of `port.thread` and belong to the caller.
 * **Errors:** `KernelError` where the kernel lacks room or trapped, "bail" where the stage has to run as JavaScript; what a closure threw. Nothing is
 * left behind in memory then.
 */
export function runTask(task: KernelTask, inputs: readonly KernelInput[], port: TaskPort): KernelResult;
export function runTask<R>(task: RowsTask<R>, inputs: readonly [], port: TaskPort): R;
export function runTask(task: KernelTask | RowsTask<unknown>, inputs: readonly KernelInput[], port: TaskPort): unknown {
  return task.form === "rows" ? runRows(task, port) : runKernel(task.work, inputs, port);
}
