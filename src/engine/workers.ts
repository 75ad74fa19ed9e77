import { KernelError } from "../errors.js";
import type { Host, WorkerHandle } from "../host.js";
import type { KernelOptions } from "../kernel/kernel.js";
import { type CopyCounters, MemoryReader } from "../kernel/reader.js";
import type { FromWorker, Outcome, ToWorker, Work } from "./worker.js";

interface WorkerThread {
  readonly handle: WorkerHandle;
  reader: MemoryReader;
  /** Regions of the worker's memory to free when it next listens. */
  readonly toFree: number[];
  /** Settles the round that the worker is busy with. */
  finish: ((outcomes: readonly Outcome[]) => void) | undefined;
}

export interface WorkersOptions {
  readonly host: Host;
  readonly kernel: KernelOptions;
  readonly counters: CopyCounters;
  /** The memory of thread 0. */
  readonly hostMemory: () => WebAssembly.Memory;
  /** Saves what is intact in the memory of a worker that trapped or ended. Must not throw. */
  readonly rescue: (thread: number, memory: MemoryReader) => void;
}

/** The worker threads of an engine: threads 1, 2, ... Each has a kernel with a memory of its own and knows the memories of all others. */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #workers: Array<WorkerThread | undefined> = [];
  #stopped = false;

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#workers.length;
  }

  /** Bytes of all workers' memories. */
  get memoryBytes(): number {
    return this.#workers.reduce((sum, worker) => sum + (worker?.reader.bytes ?? 0), 0);
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
    return this.#workers[thread - 1]!.reader;
  }

  /** Gives up to `count` workers a round. Each promise resolves, with no outcomes where the worker ended meanwhile. */
  run(work: readonly Work[], claims: Int32Array, count: number): Array<Promise<readonly Outcome[]>> {
    return this.#workers.slice(0, count).flatMap((worker) => {
      if (worker === undefined) return [];
      this.#flush(worker);
      worker.handle.keepAlive(true);
      const outcomes = new Promise<readonly Outcome[]>((resolve) => {
        worker.finish = resolve;
      });
      send(worker, { type: "run", work, claims });
      return [outcomes];
    });
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
      const handle = this.#options.host.startWorker!({
        message: (message) => {
          const event = message as FromWorker;
          if (event.type === "done") this.#done(slot, worker!, event);
          else {
            worker = { handle, reader: this.#reader(event.memory), toFree: [], finish: undefined };
            this.#introduce(slot, worker);
            handle.keepAlive(false);
            resolve();
          }
        },
        exited: (error) => {
          if (worker === undefined) reject(startFailure(error));
          else this.#lost(slot, worker);
        },
      });
      handle.post({ type: "init", thread: slot + 1, options: this.#options.kernel } satisfies ToWorker);
    });
  }

  #reader(memory: WebAssembly.Memory): MemoryReader {
    return new MemoryReader(memory, this.#options.counters);
  }

  /** Tells a new worker about all memories, and all other workers about its own. */
  #introduce(slot: number, worker: WorkerThread): void {
    this.#workers[slot] = worker;
    send(worker, { type: "memory", thread: 0, memory: this.#options.hostMemory() });
    this.#workers.forEach((other, index) => {
      if (other && index !== slot) send(worker, { type: "memory", thread: index + 1, memory: other.reader.memory });
    });
    this.announce(slot + 1, worker.reader.memory);
  }

  #done(slot: number, worker: WorkerThread, event: Extract<FromWorker, { type: "done" }>): void {
    if (event.memory) {
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
    if (!this.#stopped) {
      this.#options.rescue(slot + 1, worker.reader);
      this.#workers[slot] = undefined;
      this.#start(slot).catch((error: unknown) => {
        this.#options.host.warn(
          `millrace: a worker could not be started again, its share runs on other threads: ${String(error)}`,
        );
      });
    }
    settle(worker, []);
  }

  #flush(worker: WorkerThread): void {
    if (worker.toFree.length > 0) send(worker, { type: "free", ptrs: worker.toFree.splice(0) });
  }
}

function send(worker: WorkerThread, message: ToWorker): void {
  worker.handle.post(message);
}

function settle(worker: WorkerThread, outcomes: readonly Outcome[]): void {
  const { finish } = worker;
  worker.finish = undefined;
  finish?.(outcomes);
}

function startFailure(cause: Error | undefined): KernelError {
  return new KernelError(`A worker ended before it was ready: ${cause?.message ?? "no reason given"}.`, {
    code: "worker-start",
    cause,
  });
}
