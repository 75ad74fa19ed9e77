/** What a task gave to an accumulator. */
export interface AccumulatorUpdate {
  readonly accumulator: Accumulator<unknown, unknown>;
  readonly value: unknown;
}

/** Updates of accumulators that a task made: they count once the task has succeeded. */
let journal: AccumulatorUpdate[] | undefined;

/** Runs a task: what accumulators are given meanwhile counts if it succeeds, and not at all if it throws. */
export function countUpdatesOnce<R>(task: () => R): R {
  const { result, updates } = recordUpdates(task);
  applyUpdates(updates);
  return result;
}

/** Runs a task, and returns what accumulators were given meanwhile, which does not count yet. */
export function recordUpdates<R>(task: () => R): {
  readonly result: R;
  readonly updates: readonly AccumulatorUpdate[];
} {
  const outer = journal;
  const updates: AccumulatorUpdate[] = [];
  journal = updates;
  try {
    return { result: task(), updates };
  } finally {
    journal = outer;
  }
}

/** From now on the updates count. */
export function applyUpdates(updates: readonly AccumulatorUpdate[]): void {
  for (const { accumulator, value } of updates) accumulator.count(value);
}

export interface AccumulatorOptions<T, In> {
  readonly zero: T;
  readonly add: (sum: T, value: In) => T;
  readonly merge: (a: T, b: T) => T;
  readonly name?: string;
}

/** A value that tasks add to and the program reads. Each update counts once for each successful task. */
export class Accumulator<T, In = T> {
  /** What it was called, if anything. */
  readonly name: string | undefined;
  /** @internal Where the program made it, where the host tells. */
  readonly site: string | undefined;
  readonly #add: (sum: T, value: In) => T;
  #value: T;

  /** @internal Made by engines. */
  constructor({ zero, add, name }: AccumulatorOptions<T, In>, site?: string) {
    this.site = site;
    this.#value = zero;
    this.#add = add;
    this.name = name;
  }

  /** Adds to the value. */
  add(value: In): void {
    if (journal) journal.push({ accumulator: this as unknown as AccumulatorUpdate["accumulator"], value });
    else this.count(value);
  }

  /** @internal Adds at once, whatever runs. */
  count(value: In): void {
    this.#value = this.#add(this.#value, value);
  }

  /** What was added so far by tasks that have succeeded. */
  get value(): T {
    return this.#value;
  }
}
