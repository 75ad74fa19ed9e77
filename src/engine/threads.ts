import type { MemoryBlock } from "../block/block.js";
import { KernelError, messageOf } from "../errors.js";
import type { Host } from "../host.js";
import { isTrap, Kernel, type KernelOptions } from "../kernel/kernel.js";
import type { CopyCounters, MemoryReader } from "../kernel/reader.js";
import { type ClosureLimits, type Ended, lateError, runClosureRounds, type Watch } from "./closure-rounds.js";
import { LiveBlocks } from "./live-blocks.js";
import type { ClosureTask } from "./program/closure-task.js";
import { runTask } from "./run-task.js";
import type { KernelResult, RowsTask, TaskPort } from "./task.js";
import { unpack } from "./transfers.js";
import { failed, type Outcome, type ProgramBuilt, type ProgramMessage, runClaimed, type Work } from "./worker.js";
import { Workers } from "./workers.js";

/** Times that a task which trapped, or whose worker died, is tried again. */
const RETRIES_MAX = 3;
/** The host's own thread runs tasks for at most this long before other work of the host gets its turn. */
const BUSY_MS_MAX = 10;
/** How long the engine's end waits for tasks in workers. */
const STOP_WAIT_MS = 2000;
const HOST_THREAD = 0;

/** A holder of unsealed bytes in the host thread's memory, which follows them when that memory is rebuilt. */
export interface Relocatable {
  relocate(from: MemoryReader, kernel: Kernel): void;
}

/**
 * The executing threads of an engine: the host's own, which is thread 0, and workers. Each has one kernel with one memory.
 *
 * A round of kernel tasks is claimed task by task through a shared counter. After a trap a memory is thrown away: its sealed blocks are
 * checked and copied to the host thread's. A round in which anything trapped counts for nothing, as its tasks may have read from that memory;
 * it runs again.
 */
export class Threads {
  readonly counters: CopyCounters = { bytesIn: 0, bytesOut: 0 };
  readonly blocks = new LiveBlocks();
  readonly #host: Host;
  readonly #options: KernelOptions;
  readonly #relocatables = new Set<Relocatable>();
  readonly #workers: Workers;
  #kernel: Kernel;
  #rounds: Promise<unknown> = Promise.resolve();

  /** `importsPrograms`: whether workers are to import modules of the program's. */
  constructor(host: Host, options: KernelOptions, { importsPrograms = false }: { importsPrograms?: boolean } = {}) {
    this.#host = host;
    this.#options = { ...options, counters: this.counters };
    this.#kernel = new Kernel(this.#options);
    this.#workers = new Workers({
      host,
      kernel: options,
      importsPrograms,
      counters: this.counters,
      hostMemory: () => this.#kernel.memory,
      rescue: (thread, memory) => this.blocks.rescue(thread, memory, this.#kernel, HOST_THREAD),
    });
  }

  /** The kernel of the host's thread. It is another one after a trap: keep it in no field. */
  get kernel(): Kernel {
    return this.#kernel;
  }

  /** Whether threads read each other's memories. */
  get isShared(): boolean {
    return this.#options.shared;
  }

  get workerCount(): number {
    return this.#workers.count;
  }

  startWorkers(count: number): Promise<void> {
    return this.#workers.start(count);
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

  /**
   * Runs tasks of closures, on workers and on this thread, where `runHere` does it and throws what they throw. One outcome for each task; where one
   * ended with an error, none for those after it that had not begun.
   */
  runClosures<R>(
    tasks: readonly ClosureTask[],
    runHere: (index: number) => R,
    limits: ClosureLimits,
  ): Promise<Array<Ended<R> | undefined>> {
    const run = this.#rounds.then(() => this.#runClosures(tasks, runHere, limits));
    this.#rounds = run.catch(() => {});
    return run;
  }

  /** As `Workers.buildProgram`; undefined where there are no workers. */
  buildProgram(message: ProgramMessage): Promise<ProgramBuilt | undefined> {
    return this.#workers.buildProgram(message);
  }

  forgetProgram(program: number): void {
    this.#workers.forgetProgram(program);
  }

  /** Frees blocks, wherever they lie. */
  free(blocks: readonly MemoryBlock[]): void {
    for (const block of blocks) {
      this.blocks.delete(block);
      if (LiveBlocks.isLost(block)) continue;
      if (block.home === HOST_THREAD) this.#kernel.memory.free(block.ptr);
      else this.#workers.free(block.home, block.ptr);
    }
  }

  /** Registers a holder of unsealed bytes, until the returned function is called. */
  register(relocatable: Relocatable): () => void {
    this.#relocatables.add(relocatable);
    return () => this.#relocatables.delete(relocatable);
  }

  memoryOf(thread: number): MemoryReader {
    return thread === HOST_THREAD ? this.#kernel.memory : this.#workers.memoryOf(thread);
  }

  /** Bytes of all memories. */
  get memoryBytes(): number {
    return this.#kernel.memory.bytes + this.#workers.memoryBytes;
  }

  /** Ends the workers, once the rounds under way are done: those that do not end by themselves are settled without their workers after a while. */
  async stop(): Promise<void> {
    const timer = this.#host.setTimer(STOP_WAIT_MS, () => void this.#workers.stop());
    await this.#rounds;
    timer.cancel();
    await this.#workers.stop();
  }

  async #runRounds(work: readonly Work[], keep: (block: MemoryBlock) => void): Promise<KernelResult[]> {
    const results: KernelResult[] = new Array(work.length);
    let pending = work.map((_, index) => index);
    for (let attempt = 1; pending.length > 0; attempt++) {
      const round = pending.map((index) => ({ ...work[index]!, task: { ...work[index]!.task, attempt } }));
      const outcomes = await this.#runRound(round, keep);
      const errors = outcomes.flatMap(({ error }) => error ?? []);
      const lasting = errors.find(({ code }) => code !== "trap");
      if (lasting) throw failure(lasting, attempt);
      if (errors.length === 0) {
        for (const { index, result } of outcomes) results[pending[index]!] = result!;
        pending = pending.filter((index) => results[index] === undefined);
      }
      if (pending.length > 0 && attempt > RETRIES_MAX) throw failure(errors[0], attempt);
    }
    return results;
  }

  /** One outcome for each task, but for those of workers that ended. */
  async #runRound(work: readonly Work[], keep: (block: MemoryBlock) => void): Promise<Outcome[]> {
    const helpers = Math.min(this.#workers.count, work.length - 1);
    const claims = this.#claimsFor(helpers);
    const helping = this.#workers.run(work, claims, helpers).map(async (outcomes) => {
      const received = (await outcomes).map((outcome) => this.#received(outcome));
      this.#keepBlocks(received, keep);
      return received;
    });
    const [own] = await Promise.allSettled([this.#runOwn(work, claims, keep)]);
    const theirs = await Promise.all(helping);
    if (own.status === "rejected") throw own.reason;
    return own.value.concat(...theirs);
  }

  /** An outcome of a worker's; where its blocks are bytes, they come into this thread's memory. */
  #received(outcome: Outcome): Outcome {
    if (this.#options.shared) return outcome;
    try {
      return unpack(outcome, HOST_THREAD, (data) => {
        const { memory } = this.#kernel;
        const ptr = memory.allocate(data.length);
        memory.copyIn(ptr, data);
        return ptr;
      });
    } catch (error) {
      return failed(outcome.index, error);
    }
  }

  async #runOwn(work: readonly Work[], claims: Int32Array, keep: (block: MemoryBlock) => void): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const breathe = this.#breathing();
    for (;;) {
      const claimed = runClaimed(work, claims, this.#port(), 1);
      const [outcome] = claimed.outcomes;
      if (!outcome) return outcomes;
      outcomes.push(outcome);
      // Kept at once: a later trap on this thread moves only blocks that are registered.
      this.#keepBlocks([outcome], keep);
      if (claimed.trapped) this.#rebuildHostMemory();
      await breathe();
    }
  }

  #runClosures<R>(
    tasks: readonly ClosureTask[],
    runHere: (index: number) => R,
    { timeoutMs, inWorkersAlone }: ClosureLimits,
  ): Promise<Array<Ended<R> | undefined>> {
    return runClosureRounds({
      tasks,
      runHere,
      mayRunHere: !inWorkersAlone || !this.#workers.hasAny,
      runThere: (round, claims, workers) => this.#workers.runClosures(round, claims, workers),
      newClaims: (workers) => this.#claimsFor(Math.min(this.#workers.count, workers)),
      watch: () => this.#watch(timeoutMs),
      replaced: () => this.#workers.replaced(),
      failure: (attempts, isLate) =>
        isLate ? lateError(timeoutMs, attempts) : failure(undefined, attempts, this.#workers.endedBy),
      breathe: this.#breathing(),
      roundsMax: RETRIES_MAX + 1,
    });
  }

  /** Ends workers that are still busy after `timeoutMs`. */
  #watch(timeoutMs: number): Watch {
    const timer = this.#host.setTimer(timeoutMs, () => {
      watch.isLate = true;
      this.#workers.endBusy();
    });
    const watch = { isLate: false, end: () => timer.cancel() };
    return watch;
  }

  /** What to call after each task that runs here: lets other work of the host have its turn, where none had for a while. */
  #breathing(): () => Promise<void> {
    // Where memory is not shared, workers wait for this thread after each of their tasks.
    const busyMsMax = this.#options.shared || this.#workers.count === 0 ? BUSY_MS_MAX : 0;
    let since = this.#host.monotonicNow();
    return async () => {
      if (this.#host.monotonicNow() - since <= busyMsMax) return;
      await this.#host.breathe();
      since = this.#host.monotonicNow();
    };
  }

  #keepBlocks(outcomes: readonly Outcome[], keep: (block: MemoryBlock) => void): void {
    for (const { result } of outcomes) {
      if (result?.kind !== "frames") continue;
      for (const block of result.partitions.flat()) {
        this.memoryOf(block.home).reach(block.ptr + block.bytes);
        this.blocks.add(block);
        keep(block);
      }
    }
  }

  /** The counter of claimed tasks, for this thread and so many workers. */
  #claimsFor(helpers: number): Int32Array {
    return new Int32Array(helpers > 0 && this.#options.shared ? new SharedArrayBuffer(4) : new ArrayBuffer(4));
  }

  #port(): TaskPort {
    return { thread: HOST_THREAD, kernel: this.#kernel, memoryOf: (thread) => this.memoryOf(thread) };
  }

  #rebuildHostMemory(): void {
    const old = this.#kernel.memory;
    this.#kernel = new Kernel(this.#options);
    this.blocks.rescue(HOST_THREAD, old, this.#kernel, HOST_THREAD);
    for (const relocatable of this.#relocatables) relocatable.relocate(old, this.#kernel);
    this.#workers.announce(HOST_THREAD, this.#kernel.memory.memory);
  }
}

function failure(error: Outcome["error"], attempts: number, endedBy?: Error): KernelError {
  if (error) return new KernelError(error.message, { code: error.code, details: { ...error.details, attempts } });
  const why = endedBy === undefined ? "" : `: ${messageOf(endedBy)}`;
  return new KernelError(`A worker ended while it ran a task, ${attempts} times in a row${why}.`, {
    code: "worker-lost",
    details: { attempts },
    cause: endedBy,
  });
}
