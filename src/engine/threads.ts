import type { MemoryBlock } from "../block/block.js";
import { KernelError } from "../errors.js";
import type { Host, WorkerHandle } from "../host.js";
import { isTrap, Kernel, type KernelOptions } from "../kernel/kernel.js";
import { type CopyCounters, MemoryReader } from "../kernel/reader.js";
import { LiveBlocks } from "./live-blocks.js";
import { runTask } from "./run-task.js";
import type { KernelResult, RowsTask, TaskPort } from "./task.js";
import { type FromWorker, type Outcome, runClaimed, type ToWorker, type Work } from "./worker.js";

/** Times that a task which trapped, or whose worker died, is tried again. */
const RETRIES_MAX = 3;
/** The host's own thread runs tasks for at most this long before other work of the host gets its turn. */
const BUSY_MS_MAX = 10;
const HOST_THREAD = 0;

/** A holder of unsealed bytes in the host thread's memory, which follows them when that memory is rebuilt. */
export interface Relocatable {
  relocate(from: MemoryReader, kernel: Kernel): void;
}

interface WorkerThread {
  readonly handle: WorkerHandle;
  reader: MemoryReader;
  readonly toFree: number[];
  /** Settles the round that the worker is busy with. */
  finish: ((outcomes: readonly Outcome[]) => void) | undefined;
}

/**
 * The executing threads of an engine: the host's own, which is thread 0, and workers. Each has one kernel with one memory.
 *
 * A round of kernel tasks is claimed task by task through a shared counter. After a trap a memory is thrown away: its sealed blocks are
 * checked and copied to the host thread's, the tasks without a result run again.
 */
export class Threads {
  readonly counters: CopyCounters = { bytesIn: 0, bytesOut: 0 };
  readonly blocks = new LiveBlocks();
  readonly #host: Host;
  readonly #options: KernelOptions;
  readonly #relocatables = new Set<Relocatable>();
  readonly #workers: Array<WorkerThread | undefined> = [];
  #kernel: Kernel;
  #rounds: Promise<unknown> = Promise.resolve();
  #roundCount = 0;
  #stopped = false;

  constructor(host: Host, options: KernelOptions) {
    this.#host = host;
    this.#options = { ...options, counters: this.counters };
    this.#kernel = new Kernel(this.#options);
  }

  /** The kernel of the host's thread. It is another one after a trap: keep it in no field. */
  get kernel(): Kernel {
    return this.#kernel;
  }

  get workerCount(): number {
    return this.#workers.length;
  }

  async startWorkers(count: number): Promise<void> {
    this.#workers.length = count;
    await Promise.all(Array.from({ length: count }, (_, slot) => this.#startWorker(slot)));
  }

  /** Runs a task of closures on this thread. */
  runRows<R>(task: RowsTask<R>): R {
    return runTask(task, [], this.#port());
  }

  /** Calls `body` with the kernel of this thread; after a trap again, with the one that took its place. */
  guard<R>(body: (kernel: Kernel) => R): R {
    for (let attempt = 1; ; attempt++) {
      try {
        return body(this.#kernel);
      } catch (error) {
        if (!isTrap(error)) throw error;
        this.#rebuildHostMemory();
        if (attempt > RETRIES_MAX) throw error;
      }
    }
  }

  /**
   * Runs kernel tasks, one result for each. `keep` takes each block that a task made, also those of tasks that succeeded beside one that failed for
   * good; its error is thrown.
   */
  runKernel(work: readonly Work[], keep: (block: MemoryBlock) => void): Promise<KernelResult[]> {
    const run = this.#rounds.then(() => this.#runRounds(work, keep));
    this.#rounds = run.catch(() => {});
    return run;
  }

  /** Frees blocks, wherever they lie. */
  free(blocks: readonly MemoryBlock[]): void {
    for (const block of blocks) {
      this.blocks.delete(block);
      if (LiveBlocks.isLost(block)) continue;
      if (block.home === HOST_THREAD) this.#kernel.memory.free(block.ptr);
      else this.#workers[block.home - 1]?.toFree.push(block.ptr);
    }
    for (const worker of this.#workers) if (worker && !worker.finish) this.#flushFrees(worker);
  }

  /** Registers a holder of unsealed bytes, until the returned function is called. */
  register(relocatable: Relocatable): () => void {
    this.#relocatables.add(relocatable);
    return () => this.#relocatables.delete(relocatable);
  }

  memoryOf(thread: number): MemoryReader {
    return thread === HOST_THREAD ? this.#kernel.memory : this.#workers[thread - 1]!.reader;
  }

  /** Bytes of all memories. */
  get memoryBytes(): number {
    return this.#workers.reduce((sum, worker) => sum + (worker?.reader.bytes ?? 0), this.#kernel.memory.bytes);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#rounds;
    await Promise.all(this.#workers.map((worker) => worker?.handle.terminate()));
    this.#workers.length = 0;
  }

  async #runRounds(work: readonly Work[], keep: (block: MemoryBlock) => void): Promise<KernelResult[]> {
    const results: KernelResult[] = new Array(work.length);
    let pending = work.map((_, index) => index);
    for (let attempt = 1; pending.length > 0; attempt++) {
      const round = pending.map((index) => ({ ...work[index]!, task: { ...work[index]!.task, attempt } }));
      const errors = new Map<number, Outcome["error"]>();
      const missing = new Set(pending);
      for (const { index, result, error } of await this.#runRound(round, keep)) {
        const original = pending[index]!;
        if (result) {
          results[original] = result;
          missing.delete(original);
        } else errors.set(original, error);
      }
      pending = [...missing];
      const fatal = [...errors.values()].find((error) => error?.code !== "trap") ?? [...errors.values()][0];
      const isFinal = attempt > RETRIES_MAX || (fatal !== undefined && fatal.code !== "trap");
      if (pending.length > 0 && isFinal) throw this.#failure(fatal, attempt);
    }
    return results;
  }

  #failure(error: Outcome["error"], attempts: number): KernelError {
    if (!error) {
      return new KernelError(`A worker ended while it ran a task, ${attempts} times in a row.`, {
        code: "worker-lost",
        details: { attempts },
      });
    }
    return new KernelError(error.message, { code: error.code, details: { ...error.details, attempts } });
  }

  async #runRound(work: readonly Work[], keep: (block: MemoryBlock) => void): Promise<Outcome[]> {
    const helpers = Math.min(this.#workers.length, work.length - 1);
    const claims = new Int32Array(helpers > 0 ? new SharedArrayBuffer(4) : new ArrayBuffer(4));
    const helping: Array<Promise<readonly Outcome[]>> = [];
    const round = ++this.#roundCount;
    for (let slot = 0; slot < helpers; slot++) {
      const worker = this.#workers[slot];
      if (!worker) continue;
      this.#flushFrees(worker);
      helping.push(
        new Promise((resolve) => {
          worker.finish = resolve;
        }),
      );
      worker.handle.keepAlive(true);
      send(worker, { type: "run", round, work, claims });
    }
    const own = await this.#runOwn(work, claims, keep);
    const theirs = await Promise.all(helping);
    for (const outcomes of theirs) this.#keepBlocks(outcomes, keep);
    return own.concat(...theirs);
  }

  async #runOwn(work: readonly Work[], claims: Int32Array, keep: (block: MemoryBlock) => void): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    let since = this.#host.monotonicNow();
    for (;;) {
      const {
        outcomes: [outcome],
        trapped,
      } = runClaimed(work, claims, this.#port(), 1);
      if (!outcome) return outcomes;
      outcomes.push(outcome);
      // Kept at once: a later trap on this thread moves only blocks that are registered.
      this.#keepBlocks([outcome], keep);
      if (trapped) this.#rebuildHostMemory();
      if (this.#host.monotonicNow() - since > BUSY_MS_MAX) {
        await this.#host.breathe();
        since = this.#host.monotonicNow();
      }
    }
  }

  #keepBlocks(outcomes: readonly Outcome[], keep: (block: MemoryBlock) => void): void {
    for (const { result } of outcomes) {
      if (result?.op !== "sum") continue;
      for (const block of result.blocks) {
        this.blocks.add(block);
        keep(block);
      }
    }
  }

  #port(): TaskPort {
    return { thread: HOST_THREAD, kernel: this.#kernel, memoryOf: (thread) => this.memoryOf(thread) };
  }

  #rebuildHostMemory(): void {
    const old = this.#kernel.memory;
    this.#kernel = new Kernel(this.#options);
    this.blocks.rescue(HOST_THREAD, old, this.#kernel, HOST_THREAD);
    for (const relocatable of this.#relocatables) relocatable.relocate(old, this.#kernel);
    this.#tellWorkers(HOST_THREAD, this.#kernel.memory.memory);
  }

  #startWorker(slot: number): Promise<void> {
    const thread = slot + 1;
    return new Promise((resolve, reject) => {
      let started = false;
      const handle = this.#host.startWorker!({
        message: (message) => {
          const event = message as FromWorker;
          if (event.type === "done") {
            this.#workerDone(slot, event);
            return;
          }
          started = true;
          this.#workers[slot] = { handle, reader: this.#reader(event.memory), toFree: [], finish: undefined };
          this.#introduce(slot, event.memory);
          handle.keepAlive(false);
          resolve();
        },
        exited: (error) => {
          if (!started) reject(startFailure(error));
          else if (!this.#stopped) this.#workerLost(slot);
        },
      });
      handle.post({ type: "init", thread, options: { ...this.#options, counters: undefined } });
    });
  }

  #reader(memory: WebAssembly.Memory): MemoryReader {
    return new MemoryReader(memory, this.counters);
  }

  /** Tells a new worker about all memories, and all other workers about its own. */
  #introduce(slot: number, memory: WebAssembly.Memory): void {
    const worker = this.#workers[slot]!;
    send(worker, { type: "memory", thread: HOST_THREAD, memory: this.#kernel.memory.memory });
    this.#workers.forEach((other, index) => {
      if (other && index !== slot) send(worker, { type: "memory", thread: index + 1, memory: other.reader.memory });
    });
    this.#tellWorkers(slot + 1, memory);
  }

  #tellWorkers(thread: number, memory: WebAssembly.Memory): void {
    this.#workers.forEach((worker, slot) => {
      if (worker && slot + 1 !== thread) send(worker, { type: "memory", thread, memory });
    });
  }

  #workerDone(slot: number, event: Extract<FromWorker, { type: "done" }>): void {
    const worker = this.#workers[slot]!;
    if (event.memory) {
      const results = event.outcomes.flatMap(({ result }) => (result?.op === "sum" ? result.blocks : []));
      for (const block of results) this.blocks.add(block);
      this.blocks.rescue(slot + 1, worker.reader, this.#kernel, HOST_THREAD);
      worker.toFree.length = 0;
      worker.reader = this.#reader(event.memory);
      this.#tellWorkers(slot + 1, event.memory);
    }
    worker.handle.keepAlive(false);
    worker.finish?.(event.outcomes);
    worker.finish = undefined;
  }

  /** A worker ended by itself: its blocks are saved, its tasks run again elsewhere, another worker takes its place. */
  #workerLost(slot: number): void {
    const worker = this.#workers[slot];
    if (!worker) return;
    this.#workers[slot] = undefined;
    this.blocks.rescue(slot + 1, worker.reader, this.#kernel, HOST_THREAD);
    worker.finish?.([]);
    this.#startWorker(slot).catch((error: unknown) => {
      this.#host.warn(
        `millrace: a worker could not be started again, its share runs on other threads: ${String(error)}`,
      );
    });
  }

  #flushFrees(worker: WorkerThread): void {
    if (worker.toFree.length > 0) send(worker, { type: "free", ptrs: worker.toFree.splice(0) });
  }
}

function send(worker: WorkerThread, message: ToWorker): void {
  worker.handle.post(message);
}

function startFailure(cause: Error | undefined): KernelError {
  return new KernelError(`A worker ended before it was ready: ${cause?.message ?? "no reason given"}.`, {
    code: "worker-start",
    cause,
  });
}
