/** Updates of accumulators that a task made: they count once the task has succeeded. */
let journal: Array<() => void> | undefined;

/** Runs a task: what accumulators are given meanwhile counts if it succeeds, and not at all if it throws. */
export function countUpdatesOnce<R>(task: () => R): R {
  const outer = journal;
  const updates: Array<() => void> = [];
  journal = updates;
  let result: R;
  try {
    result = task();
  } finally {
    journal = outer;
  }
  for (const update of updates) update();
  return result;
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
  readonly #add: (sum: T, value: In) => T;
  #value: T;

  /** @internal Made by engines. */
  constructor({ zero, add, name }: AccumulatorOptions<T, In>) {
    this.#value = zero;
    this.#add = add;
    this.name = name;
  }

  /** Adds to the value. */
  add(value: In): void {
    const update = () => {
      this.#value = this.#add(this.#value, value);
    };
    if (journal) journal.push(update);
    else update();
  }

  /** What was added so far by tasks that have succeeded. */
  get value(): T {
    return this.#value;
  }
}
