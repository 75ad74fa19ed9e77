import { MillraceError } from "../errors.js";
import { isTrap, Kernel, type KernelOptions } from "../kernel/kernel.js";
import { MemoryReader } from "../kernel/reader.js";
import { runTask } from "./run-task.js";
import type { KernelInput, KernelResult, KernelTask, TaskPort } from "./task.js";

/** What the host's thread sends to a worker. */
export type ToWorker =
  | { readonly type: "init"; readonly thread: number; readonly options: Omit<KernelOptions, "counters"> }
  | { readonly type: "memory"; readonly thread: number; readonly memory: WebAssembly.Memory }
  | { readonly type: "run"; readonly work: readonly Work[]; readonly claims: Int32Array }
  | { readonly type: "free"; readonly ptrs: readonly number[] };

/** What a worker sends back. */
export type FromWorker =
  | { readonly type: "ready"; readonly memory: WebAssembly.Memory }
  | {
      readonly type: "done";
      readonly outcomes: readonly Outcome[];
      /** The memory that takes the place of the one which a trap has spoilt. */
      readonly memory?: WebAssembly.Memory;
    };

export interface Work {
  readonly task: KernelTask;
  readonly inputs: readonly KernelInput[];
}

/** How the task at `index` of a round ended. */
export interface Outcome {
  readonly index: number;
  readonly result?: KernelResult;
  readonly error?: {
    readonly message: string;
    readonly code: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/** Serves tasks to the host's thread until the worker is ended: the whole of a worker's program. */
export function serveTasks(post: (message: FromWorker) => void): (message: ToWorker) => void {
  const memories: MemoryReader[] = [];
  let options: KernelOptions;
  let thread = 0;
  let kernel: Kernel;
  const build = () => {
    kernel = new Kernel(options);
    memories[thread] = kernel.memory;
  };
  return (message) => {
    switch (message.type) {
      case "init":
        ({ thread, options } = message);
        build();
        post({ type: "ready", memory: kernel.memory.memory });
        break;
      case "memory":
        memories[message.thread] = new MemoryReader(message.memory);
        break;
      case "free":
        for (const ptr of message.ptrs) kernel.memory.free(ptr);
        break;
      case "run": {
        const port: TaskPort = { thread, kernel, memoryOf: (index) => memories[index]! };
        const { outcomes, trapped } = runClaimed(message.work, message.claims, port);
        if (trapped) build();
        post({
          type: "done",
          outcomes,
          ...(trapped && { memory: kernel.memory.memory }),
        });
      }
    }
  };
}

/**
 * Runs the tasks of a round that this thread is the first to claim, until none is left or `tasksMax` were run: a slow task holds up no
 * other. Stops after a trap, as the kernel can no longer be used.
 */
export function runClaimed(
  work: readonly Work[],
  claims: Int32Array,
  port: TaskPort,
  tasksMax = Number.POSITIVE_INFINITY,
): { outcomes: Outcome[]; trapped: boolean } {
  const outcomes: Outcome[] = [];
  while (outcomes.length < tasksMax) {
    const index = Atomics.add(claims, 0, 1);
    if (index >= work.length) break;
    const { task, inputs } = work[index]!;
    try {
      outcomes.push({ index, result: runTask(task, inputs, port) });
    } catch (cause) {
      const { message, code, details } =
        cause instanceof MillraceError ? cause : { message: String(cause), code: "internal", details: {} };
      outcomes.push({ index, error: { message, code, details } });
      if (isTrap(cause)) return { outcomes, trapped: true };
    }
  }
  return { outcomes, trapped: false };
}
