import type { FrameBlock, MemoryBlock, RowsBlock, TextSlice } from "../block/block.js";
import type { Dataset } from "./dataset.js";
import type { Made } from "./made.js";

/** Names a batch: its number in its context, and the time at which it ends. */
export interface BatchIdentity {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** How often the batch has begun, this time included: 1, and more where it runs again after a recovery. */
  readonly attempt: number;
}

/**
 * What lives together: blocks in kernel memory, and what datasets have made. A batch has one, so has an action outside of batches, and so has every
 * dataset that is kept longer than the batch it belongs to. Releasing it gives the memory back.
 */
export class BatchScope {
  readonly batch: BatchIdentity;
  // Made when first needed: a batch has many scopes, and most of them few of these.
  #blocks: MemoryBlock[] | undefined;
  #made: Map<Dataset, Made> | undefined;
  #afterwards: Array<() => void> | undefined;
  #jobs: Set<Promise<unknown>> | undefined;
  #readers: Set<Promise<unknown>> | undefined;
  #adopted: BatchScope[] | undefined;
  #encoded: Map<RowsBlock, TextSlice | FrameBlock | undefined> | undefined;
  #isReleasing = false;
  #released = false;

  constructor(batch: BatchIdentity = { id: 0, time: 0, attempt: 1 }) {
    this.batch = batch;
  }

  /** Nothing of it is there any more. */
  get released(): boolean {
    return this.#released;
  }

  /** Rows that were JavaScript values as the kernel reads them; `undefined` where it cannot. */
  get encoded(): Map<RowsBlock, TextSlice | FrameBlock | undefined> {
    this.#encoded ??= new Map();
    return this.#encoded;
  }

  /** Keeps a block, which may have several owners, until the scope is released. */
  own(block: MemoryBlock): void {
    block.owners = (block.owners ?? 0) + 1;
    this.#blocks ??= [];
    this.#blocks.push(block);
  }

  /** What `dataset` has made in this scope. */
  madeOf(dataset: Dataset): Made {
    this.#made ??= new Map();
    let made = this.#made.get(dataset);
    if (made === undefined) {
      made = { mapOutputs: undefined, results: [], joined: [], stored: [], busy: undefined };
      this.#made.set(dataset, made);
    }
    return made;
  }

  /** Whether `dataset` has made, and still has, all of its `partitions`. */
  hasAll(dataset: Dataset, partitions: number): boolean {
    const made = this.#made?.get(dataset);
    if (made === undefined || this.#released) return false;
    for (let i = 0; i < partitions; i++) if (!made.results[i] && !made.stored[i]) return false;
    return true;
  }

  /** Holds the scope for a job that reads its blocks, awaited or not. */
  hold<R>(job: Promise<R>): Promise<R> {
    this.#jobs ??= new Set();
    addUntilSettled(this.#jobs, job);
    return job;
  }

  /** Keeps the scope until `done` settles; the batch can be processed before. */
  retainUntil(done: Promise<unknown>): void {
    this.#readers ??= new Set();
    addUntilSettled(this.#readers, done);
  }

  /** Resolves when no job reads the scope's blocks. */
  async idle(): Promise<void> {
    while (this.#jobs && this.#jobs.size > 0) await Promise.all(this.#jobs);
  }

  /** Another scope that ends with this one. */
  adopt(scope: BatchScope): void {
    this.#adopted ??= [];
    this.#adopted.push(scope);
  }

  /** Calls `body` once, when the batch is processed: at the latest when the scope is released. */
  onProcessed(body: () => void): void {
    this.#afterwards ??= [];
    this.#afterwards.push(body);
  }

  /** The batch is processed: what waited for that goes on. Its rows may still be read. */
  processed(): void {
    for (const body of this.#afterwards?.splice(0) ?? []) body();
  }

  /** Ends the scope; what it holds goes to `free` at once or, where somebody still reads it, after them. */
  release(free: (held: Held) => void): void {
    if (this.#isReleasing) return;
    this.#isReleasing = true;
    this.processed();
    if (!this.#isRead) this.#end(free);
    else void this.#unused().then(() => this.#end(free));
  }

  get #isRead(): boolean {
    return (this.#jobs?.size ?? 0) + (this.#readers?.size ?? 0) > 0;
  }

  async #unused(): Promise<void> {
    while (this.#isRead) await Promise.all([...(this.#jobs ?? []), ...(this.#readers ?? [])]);
  }

  #end(free: (held: Held) => void): void {
    this.#released = true;
    for (const scope of this.#adopted ?? []) scope.release(free);
    const made = this.#made ? [...this.#made.values()] : [];
    this.#made = undefined;
    this.#encoded = undefined;
    const blocks: MemoryBlock[] = [];
    for (const block of this.#blocks?.splice(0) ?? []) {
      block.owners = block.owners! - 1;
      if (block.owners === 0) blocks.push(block);
    }
    free({ blocks, made });
  }
}

function addUntilSettled(promises: Set<Promise<unknown>>, promise: Promise<unknown>): void {
  const settled = promise.then(
    () => void promises.delete(settled),
    () => void promises.delete(settled),
  );
  promises.add(settled);
}

/** What a scope hands out when it ends: memory to give back. */
export interface Held {
  readonly blocks: readonly MemoryBlock[];
  readonly made: readonly Made[];
}
