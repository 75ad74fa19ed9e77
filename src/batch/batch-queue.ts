import type { Pending } from "../checkpoint/job-image.js";
import { BatchMaker, type BatchMakerOptions } from "./batch-maker.js";
import { BatchRunner, type BatchRunnerOptions, type Dropped } from "./batch-runner.js";
import type { StreamInput } from "./stream-input.js";

export type BatchQueueOptions = Omit<BatchMakerOptions, "made"> & BatchRunnerOptions;

/** Batches that wait to be made or to be processed, at most; the clock's ticks wait then, and none is left out. */
const BATCHES_MAX = 1000;

/** Makes batches and processes them, both in the order of their times. */
export class BatchQueue {
  readonly #maker: BatchMaker;
  readonly #runner: BatchRunner;
  readonly #concurrentJobs: number;
  readonly countMax = BATCHES_MAX;
  #reached = 0;

  constructor(options: BatchQueueOptions, inputs: ReadonlyMap<number, StreamInput>) {
    const runner = new BatchRunner(options);
    this.#runner = runner;
    this.#concurrentJobs = options.concurrentJobs;
    this.#maker = new BatchMaker({ ...options, made: (batch) => runner.add(batch) }, inputs);
  }

  /** Batches that were made and are not processed. */
  get unfinished(): number {
    return this.#runner.unfinished;
  }

  /** Batches that are being made, wait or run. */
  get count(): number {
    return this.#maker.unmade + this.#runner.unfinished;
  }

  /** How often there were as many batches as there may be. */
  get reached(): number {
    return this.#reached;
  }

  /** Nothing where one more batch may wait, or a promise that resolves when it may. */
  roomToWait(): Promise<void> | undefined {
    if (this.count < this.countMax) return undefined;
    this.#reached += 1;
    return this.#maker.making ?? this.#runner.nextFinished();
  }

  /** Some input that an output needs has records that no batch has taken. */
  get hasPending(): boolean {
    return this.#maker.hasPending;
  }

  /** Takes what the inputs have as the batch of `timeMs`, and queues it. */
  submit(timeMs: number): void {
    this.#maker.submit(timeMs);
  }

  /** Goes on after the batches of other processes: those that were not done run first. */
  resume(newestId: number, pending: readonly Pending[]): void {
    this.#maker.resume(newestId, pending);
  }

  /** Resolves when no batch is being made, waits or runs. */
  idle(): Promise<void> {
    return this.#fewerThan(1);
  }

  /** Resolves when one more batch could begin at once. */
  hasRoom(): Promise<void> {
    return this.#fewerThan(this.#concurrentJobs);
  }

  /** Drops the batches that have not begun, those that are being made, and those that would be made later. */
  close(): Dropped {
    this.#maker.close();
    return this.#runner.dropWaiting();
  }

  async #fewerThan(count: number): Promise<void> {
    for (;;) {
      if (this.#maker.making) await this.#maker.making;
      else if (this.#runner.unfinished >= count) await this.#runner.nextFinished();
      else return;
    }
  }
}
