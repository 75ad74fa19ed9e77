import type { MemoryBlock, RowsBlock, TextBlock } from "../block/block.js";
import type { ShuffleDataset } from "./dataset.js";

/** Names a batch: its number in its context, and the time at which it ends. */
export interface BatchIdentity {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/**
 * What lives as long as one batch, or one job: blocks in kernel memory, and what shuffles have made. Releasing it gives the memory back; a
 * dataset that needs it afterwards can no longer be read.
 */
export class BatchScope {
  readonly batch: BatchIdentity;
  readonly #blocks: MemoryBlock[] = [];
  readonly #shuffles = new Set<ShuffleDataset>();
  readonly #afterwards: Array<() => void> = [];
  readonly #jobs = new Set<Promise<unknown>>();
  /** Text made of rows that were JavaScript strings; `undefined` where they cannot be lines. */
  readonly encoded = new Map<RowsBlock, TextBlock | undefined>();
  #released = false;

  constructor(batch: BatchIdentity = { id: 0, time: 0 }) {
    this.batch = batch;
  }

  get released(): boolean {
    return this.#released;
  }

  own(block: MemoryBlock): void {
    this.#blocks.push(block);
  }

  ownShuffle(shuffle: ShuffleDataset): void {
    this.#shuffles.add(shuffle);
  }

  /** Holds the scope for a job that reads its blocks, awaited or not. */
  hold<R>(job: Promise<R>): Promise<R> {
    const done = job.then(
      () => void this.#jobs.delete(done),
      () => void this.#jobs.delete(done),
    );
    this.#jobs.add(done);
    return job;
  }

  /** Resolves when no job reads the scope's blocks. */
  async idle(): Promise<void> {
    while (this.#jobs.size > 0) await Promise.all(this.#jobs);
  }

  /** Calls `body` once, when the batch is processed: at the latest when the scope is released. */
  onProcessed(body: () => void): void {
    this.#afterwards.push(body);
  }

  /** The batch is processed: what waited for that goes on. Its rows may still be read. */
  processed(): void {
    for (const body of this.#afterwards.splice(0)) body();
  }

  /** Ends the scope and hands out its blocks, whose memory the caller gives back. */
  release(): readonly MemoryBlock[] {
    this.#released = true;
    for (const shuffle of this.#shuffles) {
      shuffle.mapOutputs = undefined;
      shuffle.results = [];
    }
    this.#shuffles.clear();
    this.encoded.clear();
    this.processed();
    return this.#blocks.splice(0);
  }
}
