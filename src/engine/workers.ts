import { KernelError } from "../errors.js";
import type { Host, WorkerEvents, WorkerHandle } from "../host.js";
import type { KernelOptions } from "../kernel/kernel.js";
import { type CopyCounters, MemoryReader } from "../kernel/reader.js";
import type { ClosureOutcome, ClosureTask } from "./program/closure-task.js";
import { unpackError } from "./program/packed-error.js";
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

/** Settles when a worker has built the graph of a program, or has ended without. */
interface Building {
  readonly resolve: (built: ProgramBuilt) => void;
  readonly reject: (error: Error) => void;
}

type RoundMessage = Extract<ToWorker, { claims: Int32Array }>;
/** A message, and the buffers in it that go over instead of being copied. */
type Sent = readonly [message: RoundMessage, transfer?: ArrayBuffer[]];

interface WorkerThread {
  readonly handle: WorkerHandle;
  /** Its memory, where that is shared. */
  reader: MemoryReader | undefined;
  /** Regions of the worker's memory to free when it next listens. */
  readonly toFree: number[];
  /** Settles the round that the worker is busy with. */
  finish: ((outcomes: readonly never[]) => void) | undefined;
  /** The programs that the worker is importing. */
  readonly building: Map<number, Building>;
}

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

/** The worker threads of an engine: threads 1, 2, ... Each has a kernel with a memory of its own and knows the memories of all others. */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #workers: Array<WorkerThread | undefined> = [];
  /** The programs whose graphs the workers have, those that come later too. */
  readonly #programs = new Map<number, ProgramMessage>();
  #stopped = false;

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#workers.length;
  }

  /** Bytes of all workers' memories that are shared. */
  get memoryBytes(): number {
    return this.#workers.reduce((sum, worker) => sum + (worker?.reader?.bytes ?? 0), 0);
  }

  async start(count: number): Promise<void> {
    this.#workers.length = count;
    const starts = await Promise.allSettled(Array.from({ length: count }, (_, slot) => this.#start(slot)));
    const failed = starts.find((start) => start.status === "rejected");
    if (failed === undefined) return;
    await this.stop();
    throw failed.reason;
  }

  memoryOf(thread: number): MemoryReader {
    return this.#workers[thread - 1]!.reader!;
  }

  /** Gives up to `count` workers a round. Each promise resolves, with no outcomes where the worker ended meanwhile. */
  run(work: readonly Work[], claims: Int32Array, count: number): Array<Promise<readonly Outcome[]>> {
    if (this.#options.kernel.shared) return this.#round({ type: "run", work, claims }, count);
    const message = (index: number): Sent => {
      const { task, inputs } = work[index]!;
      const { value, buffers } = pack(inputs, this.#options.hostMemory());
      return [{ type: "run", work: [{ task, inputs: value }], claims: new Int32Array(1) }, buffers];
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
    const workers = this.#workers.filter((worker) => worker !== undefined);
    const building = workers.map((worker) => this.#build(worker, message));
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
    for (const worker of this.#workers) if (worker) send(worker, { type: "forget", program });
  }

  /** Frees a region of a worker's memory: at once, or when its round has ended. */
  free(thread: number, ptr: number): void {
    const worker = this.#workers[thread - 1];
    if (worker === undefined) return;
    worker.toFree.push(ptr);
    if (worker.finish === undefined) this.#flush(worker);
  }

  /** Tells all workers about the memory of another thread. */
  announce(thread: number, memory: WebAssembly.Memory): void {
    if (!this.#options.kernel.shared) return;
    this.#workers.forEach((worker, slot) => {
      if (worker && slot + 1 !== thread) send(worker, { type: "memory", thread, memory });
    });
  }

  /** Ends all workers; a round under way is settled without them. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers.map((worker) => worker?.handle.terminate()));
    this.#workers.length = 0;
  }

  #start(slot: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let worker: WorkerThread | undefined;
      const events: WorkerEvents = {
        message: (message) => {
          const event = message as FromWorker;
          switch (event.type) {
            case "done":
              this.#done(slot, worker!, event);
              break;
            case "closures":
              worker!.handle.keepAlive(false);
              settle(worker!, event.outcomes);
              break;
            case "program":
              this.#built(worker!, event);
              break;
            case "ready":
              worker = {
                handle,
                reader: event.memory && this.#reader(event.memory),
                toFree: [],
                finish: undefined,
                building: new Map(),
              };
              this.#introduce(slot, worker);
              handle.keepAlive(false);
              resolve();
          }
        },
        exited: (error) => {
          if (worker === undefined) reject(startFailure(error));
          else this.#lost(slot, worker);
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

  /** Tells a new worker about all memories, and all other workers about its own. */
  #introduce(slot: number, worker: WorkerThread): void {
    this.#workers[slot] = worker;
    if (worker.reader) {
      send(worker, { type: "memory", thread: 0, memory: this.#options.hostMemory().memory });
      this.#workers.forEach((other, index) => {
        if (other?.reader && other !== worker) {
          send(worker, { type: "memory", thread: index + 1, memory: other.reader.memory });
        }
      });
      this.announce(slot + 1, worker.reader.memory);
    }
    for (const message of this.#programs.values()) {
      this.#build(worker, message).catch((error: unknown) => {
        this.forgetProgram(message.program);
        this.#options.host.warn(
          `millrace: a new worker could not build the graph of a program, whose closures run on the host's thread from now on: ${String(error)}`,
        );
      });
    }
  }

  #round<O>(message: RoundMessage, count: number): Array<Promise<readonly O[]>> {
    return this.#workers.slice(0, count).flatMap((worker) => (worker ? [this.#roundOn<O>(worker, [message])] : []));
  }

  #roundOn<O>(worker: WorkerThread, [message, transfer]: Sent): Promise<readonly O[]> {
    this.#flush(worker);
    worker.handle.keepAlive(true);
    const outcomes = new Promise<readonly O[]>((resolve) => {
      worker.finish = resolve;
    });
    send(worker, message, transfer);
    return outcomes;
  }

  /** As `#round` where memory is not shared: this thread claims for the workers, each of which is sent a task when it has done the one before. */
  #oneByOne<O extends { readonly index: number }>(
    claims: Int32Array,
    tasks: number,
    count: number,
    message: (index: number) => Sent,
    failedOutcome: (index: number, error: unknown) => O,
  ): Array<Promise<readonly O[]>> {
    const run = async (slot: number, index: number): Promise<O | undefined> => {
      const worker = this.#workers[slot];
      if (worker === undefined) return undefined;
      let sent: Sent;
      try {
        sent = message(index);
      } catch (error) {
        return failedOutcome(index, error);
      }
      const [outcome] = await this.#roundOn<O>(worker, sent);
      return outcome && { ...outcome, index };
    };
    const slots = Array.from({ length: count }, (_, slot) => slot);
    return slots.map((slot) => oneByOne(claims, tasks, (index) => run(slot, index)));
  }

  #build(worker: WorkerThread, message: ProgramMessage): Promise<ProgramBuilt> {
    worker.handle.keepAlive(true);
    return new Promise((resolve, reject) => {
      worker.building.set(message.program, { resolve, reject });
      send(worker, message);
    });
  }

  #built(worker: WorkerThread, event: Extract<FromWorker, { type: "program" }>): void {
    const building = worker.building.get(event.program);
    worker.building.delete(event.program);
    if (worker.building.size === 0 && worker.finish === undefined) worker.handle.keepAlive(false);
    if ("built" in event) building?.resolve(event.built);
    else building?.reject(unpackError(event.error));
  }

  #done(slot: number, worker: WorkerThread, event: Extract<FromWorker, { type: "done" }>): void {
    if (event.memory && worker.reader) {
      this.#options.rescue(slot + 1, worker.reader);
      worker.toFree.length = 0;
      worker.reader = this.#reader(event.memory);
      this.announce(slot + 1, event.memory);
    }
    worker.handle.keepAlive(false);
    // What a worker made before it trapped lay in the memory that is gone.
    settle(worker, event.memory ? event.outcomes.filter(({ error }) => error !== undefined) : event.outcomes);
  }

  /** A worker ended by itself, or was ended: its blocks are saved, its tasks run again elsewhere, another one takes its place. */
  #lost(slot: number, worker: WorkerThread): void {
    // One that ends while it imports a program would do so again.
    for (const program of worker.building.keys()) this.#programs.delete(program);
    if (!this.#stopped) {
      if (worker.reader) this.#options.rescue(slot + 1, worker.reader);
      this.#workers[slot] = undefined;
      this.#start(slot).catch((error: unknown) => {
        this.#options.host.warn(
          `millrace: a worker could not be started again, its share runs on other threads: ${String(error)}`,
        );
      });
    }
    settle(worker, []);
    for (const building of worker.building.values()) building.reject(buildFailure());
  }

  #flush(worker: WorkerThread): void {
    if (worker.toFree.length > 0) send(worker, { type: "free", ptrs: worker.toFree.splice(0) });
  }
}

function send(worker: WorkerThread, message: ToWorker, transfer?: ArrayBuffer[]): void {
  worker.handle.post(message, transfer);
}

function settle(worker: WorkerThread, outcomes: readonly unknown[]): void {
  const { finish } = worker;
  worker.finish = undefined;
  finish?.(outcomes as readonly never[]);
}

function buildFailure(): KernelError {
  return new KernelError("A worker ended while it imported a program: importing it must not end the thread.", {
    code: "worker-lost",
  });
}

function startFailure(cause: Error | undefined): KernelError {
  return new KernelError(`A worker ended before it was ready: ${cause?.message ?? "no reason given"}.`, {
    code: "worker-start",
    cause,
  });
}
