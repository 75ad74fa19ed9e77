import { MillraceError } from "../errors.js";
import { isTrap, Kernel, type KernelOptions } from "../kernel/kernel.js";
import { MemoryReader } from "../kernel/reader.js";
import {
  type AccumulatorLabel,
  type ClosureOutcome,
  type ClosureTask,
  type ProgramGraph,
  runClosures,
} from "./program/closure-task.js";
import type { StreamIdentity } from "./program/graph-identity.js";
import { type PackedError, packError } from "./program/packed-error.js";
import { runTask } from "./run-task.js";
import type { KernelInput, KernelResult, KernelTask, TaskPort } from "./task.js";
import { addressesIn, pack, unpack } from "./transfers.js";

/** What the host's thread sends to a worker. */
export type ToWorker =
  | { readonly type: "init"; readonly thread: number; readonly options: Omit<KernelOptions, "counters"> }
  | { readonly type: "memory"; readonly thread: number; readonly memory: WebAssembly.Memory }
  | { readonly type: "run"; readonly work: readonly Work[]; readonly claims: Int32Array }
  | { readonly type: "closures"; readonly tasks: readonly ClosureTask[]; readonly claims: Int32Array }
  | ProgramMessage
  | { readonly type: "forget"; readonly program: number }
  | { readonly type: "free"; readonly ptrs: readonly number[] };

/** A program that the worker is to build the graph of. */
export interface ProgramMessage {
  readonly type: "program";
  readonly program: number;
  readonly url: string;
  /** Of the context that has the graph: what the program can see of them. */
  readonly context: { readonly batchIntervalMs: number; readonly defaultParallelism: number };
  /** The streams of that context. */
  readonly streams: readonly StreamIdentity[];
}

/** What a program made in a worker. */
export interface ProgramBuilt {
  /** The number of its streams. */
  readonly streams: number;
  readonly accumulators: readonly AccumulatorLabel[];
}

/** What a worker sends back. */
export type FromWorker =
  | {
      readonly type: "ready";
      /** Where memory is shared. */
      readonly memory?: WebAssembly.Memory;
    }
  | { readonly type: "program"; readonly program: number; readonly built: ProgramBuilt }
  | { readonly type: "program"; readonly program: number; readonly error: PackedError }
  | { readonly type: "closures"; readonly outcomes: readonly ClosureOutcome[] }
  | {
      readonly type: "done";
      readonly outcomes: readonly Outcome[];
      /** The memory that takes the place of the one which a trap has spoilt, where memory is shared. */
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

/** Sends a message; `transfer`: buffers in it that go over instead of being copied. */
export type Post = (message: FromWorker, transfer?: ArrayBuffer[]) => void;

/** Builds the graph of a program, as the context that sent the message has it. Rejects where it cannot, or where it is another one. */
export type BuildGraph = (message: ProgramMessage) => Promise<ProgramGraph>;

/** Serves tasks to the host's thread until the worker is ended: the whole of a worker's program. */
export function serveTasks(post: (message: FromWorker) => void, buildGraph: BuildGraph): (message: ToWorker) => void {
  const worker = new TaskServer(post, buildGraph);
  // While a program is imported what follows waits, so that no task comes before its graph.
  let waiting = 0;
  let last = Promise.resolve();
  return (message) => {
    const serving = waiting === 0 ? worker.serve(message) : last.then(() => worker.serve(message));
    if (serving === undefined) return;
    waiting += 1;
    last = serving.then(() => {
      waiting -= 1;
    });
  };
}

class TaskServer {
  readonly #post: Post;
  readonly #buildGraph: BuildGraph;
  readonly #memories: MemoryReader[] = [];
  readonly #graphs = new Map<number, ProgramGraph>();
  #options!: KernelOptions;
  #thread = 0;
  #kernel!: Kernel;

  constructor(post: Post, buildGraph: BuildGraph) {
    this.#post = post;
    this.#buildGraph = buildGraph;
  }

  /** Does what the message says; what it returns, if anything, has to settle before the next one. */
  serve(message: ToWorker): Promise<void> | undefined {
    switch (message.type) {
      case "init":
        this.#thread = message.thread;
        this.#options = message.options;
        this.#build();
        this.#post({ type: "ready", ...this.#sharedMemory() });
        break;
      case "memory":
        this.#memories[message.thread] = new MemoryReader(message.memory);
        break;
      case "free":
        for (const ptr of message.ptrs) this.#kernel.memory.free(ptr);
        break;
      case "run":
        this.#run(message);
        break;
      case "closures":
        this.#runClosures(message);
        break;
      case "program":
        return this.#load(message);
      case "forget":
        this.#graphs.delete(message.program);
    }
    return undefined;
  }

  #build(): void {
    this.#kernel = new Kernel(this.#options);
    this.#memories[this.#thread] = this.#kernel.memory;
  }

  #port(): TaskPort {
    return { thread: this.#thread, kernel: this.#kernel, memoryOf: (index) => this.#memories[index]! };
  }

  async #load(message: ProgramMessage): Promise<void> {
    const { program } = message;
    try {
      const graph = await this.#buildGraph(message);
      this.#graphs.set(program, graph);
      const { streams, accumulators } = graph;
      const labels = accumulators.map(({ name, site }) => ({ name, site }));
      this.#post({ type: "program", program, built: { streams, accumulators: labels } });
    } catch (error) {
      this.#post({ type: "program", program, error: packError(error) });
    }
  }

  #sharedMemory(): { memory?: WebAssembly.Memory } {
    return this.#options.shared ? { memory: this.#kernel.memory.memory } : {};
  }

  #run({ work, claims }: Extract<ToWorker, { type: "run" }>): void {
    if (this.#options.shared) {
      const { outcomes, trapped } = runClaimed(work, claims, this.#port());
      if (trapped) this.#build();
      this.#post({ type: "done", outcomes, ...(trapped && this.#sharedMemory()) });
      return;
    }
    let outcomes: readonly Outcome[];
    let trapped = false;
    const regions = new Set<number>();
    try {
      ({ outcomes, trapped } = runClaimed(this.#unpack(work, regions), claims, this.#port()));
      for (const ptr of addressesIn(outcomes)) regions.add(ptr);
    } catch (error) {
      outcomes = [failed(0, error)];
    }
    const packed = pack(outcomes, this.#kernel.memory);
    if (trapped) this.#build();
    else for (const ptr of regions) this.#kernel.memory.free(ptr);
    this.#post({ type: "done", outcomes: packed.value }, packed.buffers);
  }

  #runClosures({ tasks, claims }: Extract<ToWorker, { type: "closures" }>): void {
    const { shared } = this.#options;
    const outcomes: ClosureOutcome[] = [];
    const buffers = new Set<ArrayBuffer>();
    for (let index = Atomics.add(claims, 0, 1); index < tasks.length; index = Atomics.add(claims, 0, 1)) {
      const outcome = shared ? this.#runClosure(index, tasks[index]!) : this.#runMovedClosure(index, tasks[index]!);
      outcomes.push(outcome);
      // A batch fails with the first of its errors: those before it are claimed already, those after it need not run.
      if ("error" in outcome) Atomics.store(claims, 0, tasks.length);
      if (shared || !("blocks" in outcome)) continue;
      for (const { bytes } of outcome.blocks.flat()) buffers.add(bytes.buffer as ArrayBuffer);
    }
    this.#post({ type: "closures", outcomes }, [...buffers]);
  }

  #runClosure(index: number, task: ClosureTask): ClosureOutcome {
    return runClosures(index, task, this.#graphs.get(task.program), this.#port(), this.#options.shared);
  }

  #runMovedClosure(index: number, task: ClosureTask): ClosureOutcome {
    const regions = new Set<number>();
    try {
      return this.#runClosure(index, { ...task, plan: this.#unpack(task.plan, regions) });
    } catch (error) {
      return { index, declined: String(error) };
    } finally {
      for (const ptr of regions) this.#kernel.memory.free(ptr);
    }
  }

  #unpack<T>(value: T, regions: Set<number>): T {
    const { memory } = this.#kernel;
    return unpack(value, this.#thread, (data) => {
      const ptr = memory.allocate(data.length);
      regions.add(ptr);
      memory.copyIn(ptr, data);
      return ptr;
    });
  }
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
      outcomes.push(failed(index, cause));
      if (isTrap(cause)) return { outcomes, trapped: true };
    }
  }
  return { outcomes, trapped: false };
}

/** The outcome of a task that threw. */
export function failed(index: number, cause: unknown): Outcome {
  const { message, code, details } =
    cause instanceof MillraceError ? cause : { message: String(cause), code: "internal", details: {} };
  return { index, error: { message, code, details } };
}
