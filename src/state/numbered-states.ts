type Pair = [key: unknown, state: unknown];

/**
 * States whose keys lie elsewhere, in the order of insertion: each at the number that its key has there. Changes belong to a version, which is committed
 * or rolled back as a whole.
 */
export class NumberedStates {
  readonly #keepsPairs: boolean;
  /** States, or pairs of key and state; undefined where a number has no state. */
  #cells: unknown[] = [];
  /** What was there before each change of this version, by number. */
  #numbers: number[] = [];
  #befores: unknown[] = [];
  /** Numbers that there were when the version began. */
  #countBefore = 0;

  /** `keepsPairs`: whether `pairs` will be asked. */
  constructor({ keepsPairs }: { keepsPairs: boolean }) {
    this.#keepsPairs = keepsPairs;
  }

  /** Begins a version, with so many numbers; where they are fewer than there were, those that had no state are gone, and the others moved up. */
  begin(count: number): void {
    if (count < this.#cells.length) this.#cells = this.#cells.filter((cell) => cell !== undefined);
    this.#countBefore = count;
  }

  /** From here on there are so many numbers: new ones have no state. */
  grow(count: number): void {
    while (this.#cells.length < count) this.#cells.push(undefined);
  }

  /** The state of a number, undefined where it has none. */
  get(number: number): unknown {
    const cell = this.#cells[number];
    return this.#keepsPairs ? (cell as Pair | undefined)?.[1] : cell;
  }

  /** Gives a number a state; `key` is the key that has it. */
  set(number: number, key: unknown, state: unknown): void {
    const before = this.#cells[number];
    if (!this.#keepsPairs) {
      if (before !== state) this.#change(number, before, state);
      return;
    }
    const pair = before as Pair | undefined;
    if (pair === undefined || !Object.is(pair[1], state)) this.#change(number, pair, [pair ? pair[0] : key, state]);
  }

  delete(number: number): void {
    this.#change(number, this.#cells[number], undefined);
  }

  /** Gives the state of a number, if it has one, to another one that has none. */
  move(from: number, to: number): void {
    const cell = this.#cells[from];
    if (cell === undefined) return;
    this.delete(from);
    this.#change(to, undefined, cell);
  }

  /** The pairs of keys and states, in the order of their numbers: the same ones as long as nothing changes. */
  pairs(): Pair[] {
    return this.#cells.filter((cell) => cell !== undefined) as Pair[];
  }

  /** Forgets all of them. */
  clear(): void {
    this.#cells = [];
    this.commit();
  }

  /** Makes the changes since the version began final. */
  commit(): void {
    this.#numbers = [];
    this.#befores = [];
    this.#countBefore = this.#cells.length;
  }

  /** Undoes the changes since the version began. */
  rollback(): void {
    for (let i = this.#numbers.length - 1; i >= 0; i--) this.#cells[this.#numbers[i]!] = this.#befores[i];
    this.#cells.length = this.#countBefore;
    this.commit();
  }

  #change(number: number, before: unknown, cell: unknown): void {
    this.#numbers.push(number);
    this.#befores.push(before);
    this.#cells[number] = cell;
  }
}
