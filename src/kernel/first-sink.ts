import { CollectSink } from "./collect-sink.js";
import type { FinishedBlock } from "./frame.js";
import type { Kernel } from "./kernel.js";
import type { OrderKey } from "./order-key.js";
import { allRows, OrderedRows } from "./ordered-rows.js";
import type { ProgramState } from "./program.js";

export interface FirstOptions {
  /** Index of the sink's instruction in its program. */
  readonly instruction: number;
  /** The columns that are collected: those of the rows first, then keys that are no columns of the rows. */
  readonly columns: ReadonlyArray<{ readonly register: number; readonly kind: number }>;
  /** How many of them are columns of the rows. */
  readonly rowColumns: number;
  readonly keys: readonly OrderKey[];
  /** How many rows are wanted. */
  readonly wanted: number;
}

/** More rows than twice as many as are wanted and this many are put in order, and only those that are wanted kept. */
const CANDIDATES_MIN = 4096;

/**
 * A sink of a program: the rows that come first in an order, in that order; of rows with equal keys those that came first. Rows that come behind the last of
 * the first ones so far are not collected at all, so a few of many rows cost little more than a comparison each.
 *
 * **Errors:** as `OrderedRows`.
 */
export class FirstSink implements ProgramState {
  readonly instruction: number;
  readonly statePtr: number;
  readonly #kernel: Kernel;
  readonly #options: FirstOptions;
  readonly #collect: CollectSink;
  #candidates: FinishedBlock[] = [];
  #rows = 0;

  constructor(kernel: Kernel, options: FirstOptions) {
    const { instruction, columns, keys } = options;
    this.#kernel = kernel;
    this.#options = options;
    this.instruction = instruction;
    this.#collect = new CollectSink(kernel, { instruction, columns, partitioning: { by: "first", keys } });
    this.statePtr = this.#collect.statePtr;
  }

  serve(): void {
    this.#takeFrames();
    if (this.#rows >= 2 * this.#options.wanted + CANDIDATES_MIN) this.#cut();
    this.#collect.serve();
  }

  /** Sealed frames of the rows; they belong to the caller. */
  finish(): FinishedBlock[] {
    this.#takeFrames();
    const kinds = this.#options.columns.slice(0, this.#options.rowColumns).map(({ kind }) => kind);
    const frames = this.#firstOnes(kinds);
    this.#drop();
    return frames;
  }

  free(): void {
    this.#drop();
    this.#collect.free();
  }

  #takeFrames(): void {
    for (const frame of this.#collect.finish()[0]!) {
      this.#candidates.push(frame);
      this.#rows += frame.rows;
    }
  }

  #cut(): void {
    const frames = this.#firstOnes(this.#options.columns.map(({ kind }) => kind));
    this.#drop();
    this.#candidates = frames;
    this.#rows = this.#options.wanted;
    const last = frames.at(-1);
    if (last) this.#collect.bound(last.ptr, last.rows - 1);
  }

  #firstOnes(kinds: readonly number[]): FinishedBlock[] {
    const order = new OrderedRows(this.#kernel, allRows(this.#candidates), this.#options.keys);
    try {
      return order.gather(0, Math.min(this.#options.wanted, order.rows), kinds);
    } finally {
      order.free();
    }
  }

  #drop(): void {
    for (const { ptr } of this.#candidates.splice(0)) this.#kernel.memory.free(ptr);
    this.#rows = 0;
  }
}
