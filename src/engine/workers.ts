import { KernelError } from "../errors.js";
import type { Host, WorkerEvents } from "../host.js";
import type { KernelOptions } from "../kernel/kernel.js";
import { type CopyCounters, MemoryReader } from "../kernel/reader.js";
import type { ClosureOutcome, ClosureTask } from "./program/closure-task.js";
import { oneByOne, pack } from "./transfers.js";
import {
  type FromWorker,
  failed,
  type Outcome,
  type ProgramBuilt,
  type ProgramMessage,
  type ToWorker,
  type Work,
} from "./worker.js";
import { type RoundMessage, type Sent, WorkerThread } from "./worker-thread.js";

export interface WorkersOptions {
  readonly host: Host;
  readonly kernel: KernelOptions;
  readonly importsPrograms: boolean;
  readonly counters: CopyCounters;
  /** The memory of thread 0. */
  readonly hostMemory: () => MemoryReader;
  /** Saves what is intact in the memory of a worker that trapped or ended. Must not throw. */
  readonly rescue: (thread: number, memory: MemoryReader) => void;
}

/**
 * The worker threads of an engine: threads 1, 2, ... Each has a kernel with a memory of its own; where memories are shared each knows those of all others,
 * elsewhere blocks travel with the tasks.
 */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #workers: Array<WorkerThread | undefined> = [];
  /** The programs whose graphs the workers have, those that come later too. */
  readonly #programs = new Map<number, ProgramMessage>();
  /** Workers that are to take the place of others. */
  readonly #starting = new Set<Promise<void>>();
  #endedBy: Error | undefined;
  #stopped = false;

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#workers.length;
  }

  /** Whether there is one that can be given a round. */
  get hasAny(): boolean {
    return this.#workers.some((worker) => worker !== undefined);
  }

  /** What the worker that ended last has said of that. */
  get endedBy(): Error | undefined {
    return this.#endedBy;
  }

  /** Resolves when others have taken the place of all that ended, or cannot. */
  async replaced(): Promise<void> {
    while (this.#starting.size > 0) await Promise.allSettled(this.#starting);
  }

  /** Ends all that are busy with a round, which is settled without them; others take their place. */
  endBusy(): void {
    for (const worker of this.#workers) if (worker?.isBusy) void worker.terminate();
  }

  /** Bytes of all workers' memories that are shared. */
  get memoryBytes(): number {
    return this.#workers.reduce((sum, worker) => sum + (worker?.reader?.bytes ?? 0), 0);
  }

  async start(count: number): Promise<void> {
    this.#workers.length = count;
    const starts = await Promise.allSettled(Array.from({ length: count }, (_, slot) => this.#start(slot)));
    const failure = starts.find((start) => start.status === "rejected");
    if (failure === undefined) return;
    await this.stop();
    throw failure.reason;
  }

  memoryOf(thread: number): MemoryReader {
    return this.#workers[thread - 1]!.reader!;
  }

  /** Gives up to `count` workers a round. Each promise resolves, with fewer outcomes where the worker ended meanwhile. */
  run(work: readonly Work[], claims: Int32Array, count: number): Array<Promise<readonly Outcome[]>> {
    if (this.#options.kernel.shared) return this.#round({ type: "run", work, claims }, count);
    const message = (index: number): Sent => {
      const { value, buffers } = pack(work[index]!, this.#options.hostMemory());
      return [{ type: "run", work: [value], claims: new Int32Array(1) }, buffers];
    };
    return this.#oneByOne(claims, work.length, count, message, failed);
  }

  /** As `run`, for tasks of closures. */
  runClosures(
    tasks: readonly ClosureTask[],
    claims: Int32Array,
    count: number,
  ): Array<Promise<readonly ClosureOutcome[]>> {
    if (this.#options.kernel.shared) return this.#round({ type: "closures", tasks, claims }, count);
    const message = (index: number): Sent => {
      const { value, buffers } = pack(tasks[index]!.plan, this.#options.hostMemory());
      return [{ type: "closures", tasks: [{ ...tasks[index]!, plan: value }], claims: new Int32Array(1) }, buffers];
    };
    return this.#oneByOne(claims, tasks.length, count, message, (index, error) => ({ index, declined: String(error) }));
  }

  /**
   * Lets all workers, those to come too, build the graph of a program; what it made is the same in each of them. Rejects with the error of one that
   * could not, or that ended meanwhile; they forget the program then.
   */
  async buildProgram(message: ProgramMessage): Promise<ProgramBuilt | undefined> {
    this.#programs.set(message.program, message);
    const building = this.#workers.flatMap((worker) => worker?.build(message) ?? []);
    try {
      return (await Promise.all(building))[0];
    } catch (error) {
      this.forgetProgram(message.program);
      throw error;
    } finally {
      await Promise.allSettled(building);
    }
  }

  /** Workers no longer have the graph of a program. */
  forgetProgram(program: number): void {
    if (!this.#programs.delete(program)) return;
    for (const worker of this.#workers) worker?.send({ type: "forget", program });
  }

  /** Frees a region of a worker's memory: at once, or when its round has ended. */
  free(thread: number, ptr: number): void {
    this.#workers[thread - 1]?.free(ptr);
  }

  /** Tells all workers about the memory of another thread, where memories are shared. */
  announce(thread: number, memory: WebAssembly.Memory): void {
    if (!this.#options.kernel.shared) return;
    this.#workers.forEach((worker, slot) => {
      if (slot + 1 !== thread) worker?.send({ type: "memory", thread, memory });
    });
  }

  /** Ends all workers; a round under way is settled without them. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers.map((worker) => worker?.terminate()));
    this.#workers.length = 0;
  }

  #start(slot: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let worker: WorkerThread | undefined;
      const events: WorkerEvents = {
        message: (message) => {
          const event = message as FromWorker;
          if (event.type === "ready" && this.#stopped) void handle.terminate();
          else if (event.type === "ready") {
            worker = new WorkerThread(handle, event.memory && this.#reader(event.memory));
            this.#introduce(slot, worker);
            resolve();
          } else if (event.type === "program") worker!.built(event);
          else if (event.type === "closures") worker!.done(event.outcomes);
          else this.#done(slot, worker!, event);
        },
        exited: (error) => {
          if (worker === undefined) reject(startFailure(error));
          else this.#lost(slot, worker, error);
        },
      };
      const { host, importsPrograms } = this.#options;
      const handle = host.startWorker!(events, { importsPrograms });
      handle.post({ type: "init", thread: slot + 1, options: this.#options.kernel } satisfies ToWorker);
    });
  }

  #reader(memory: WebAssembly.Memory): MemoryReader {
    return new MemoryReader(memory, this.#options.counters);
  }

  /** Tells a new worker about all memories and programs, and all other workers about its memory. */
  #introduce(slot: number, worker: WorkerThread): void {
    this.#workers[slot] = worker;
    if (worker.reader) {
      worker.send({ type: "memory", thread: 0, memory: this.#options.hostMemory().memory });
      this.#workers.forEach((other, index) => {
        if (other?.reader && other !== worker) {
          worker.send({ type: "memory", thread: index + 1, memory: other.reader.memory });
        }
      });
      this.announce(slot + 1, worker.reader.memory);
    }
    // It keeps no process alive until it is given something to do.
    worker.done([]);
    for (const message of this.#programs.values()) {
      worker.build(message).catch((error: unknown) => {
        this.forgetProgram(message.program);
        this.#options.host.warn(
          `millrace: a new worker could not build the graph of a program, whose closures run on the host's thread from now on: ${String(error)}`,
        );
      });
    }
  }

  #round<O>(message: RoundMessage, count: number): Array<Promise<readonly O[]>> {
    return this.#upTo(count).map((worker) => worker.run<O>([message]));
  }

  /** The first `count` of those that are there. */
  #upTo(count: number): WorkerThread[] {
    return this.#workers.filter((worker) => worker !== undefined).slice(0, count);
  }

  /** As `#round` where memory is not shared: this thread claims for the workers, each of which is sent a task when it has done the one before. */
  #oneByOne<O extends { readonly index: number }>(
    claims: Int32Array,
    tasks: number,
    count: number,
    message: (index: number) => Sent,
    failedOutcome: (index: number, error: unknown) => O,
  ): Array<Promise<readonly O[]>> {
    const run = async (worker: WorkerThread, index: number): Promise<O | undefined> => {
      let sent: Sent;
      try {
        sent = message(index);
      } catch (error) {
        return failedOutcome(index, error);
      }
      const [outcome] = await worker.run<O>(sent);
      return outcome && { ...outcome, index };
    };
    return this.#upTo(count).map((worker) => oneByOne(claims, tasks, (index) => run(worker, index)));
  }

  #done(slot: number, worker: WorkerThread, { memory, outcomes }: Extract<FromWorker, { type: "done" }>): void {
    if (memory) {
      this.#options.rescue(slot + 1, worker.reader!);
      worker.replaceMemory(this.#reader(memory));
      this.announce(slot + 1, memory);
    }
    // What a worker made before it trapped lay in the memory that is gone.
    worker.done(memory ? outcomes.filter(({ error }) => error !== undefined) : outcomes);
  }

  /** A worker ended by itself, or was ended: its blocks are saved, its tasks run again elsewhere, another one takes its place. */
  #lost(slot: number, worker: WorkerThread, error: Error | undefined): void {
    this.#endedBy = error;
    // One that ends while it imports a program would do so again.
    for (const program of worker.importing) this.#programs.delete(program);
    if (!this.#stopped) {
      if (worker.reader) this.#options.rescue(slot + 1, worker.reader);
      this.#workers[slot] = undefined;
      const starting = this.#start(slot).catch((error: unknown) => {
        this.#options.host.warn(
          `millrace: a worker could not be started again, its share runs on other threads: ${String(error)}`,
        );
      });
      this.#starting.add(starting);
      void starting.then(() => this.#starting.delete(starting));
    }
    worker.lost();
  }
}

function startFailure(cause: Error | undefined): KernelError {
  return new KernelError(`A worker ended before it was ready: ${cause?.message ?? "no reason given"}.`, {
    code: "worker-start",
    cause,
  });
}
