import type { StorageLevel } from "millrace";

// The description of a program: what the naive model evaluates and what is built on the library.

/** A method of an RDD with its arguments; a second RDD is `that`: fixed rows in partitions. */
export interface RddStep {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly that?: Rows | undefined;
}

/** Rows, in so many partitions, or in as many as by default. */
export interface Rows {
  readonly rows: readonly unknown[];
  readonly numPartitions?: number | undefined;
}

/** A method of a stream: called on the first stream of `on`, with the others and `args`. */
export interface Step {
  readonly method: string;
  /** Streams by number: inputs first, then the steps before this one. */
  readonly on: readonly number[];
  readonly args: readonly unknown[];
  /** Of `transform` and `transformWith`: what the function does with the batch. The first step of `transformWith` takes both. */
  readonly rdd?: readonly RddStep[];
  /** How the stream is kept, which changes nothing. */
  readonly persist?: StorageLevel | undefined;
}

/** A queue of batches, `null` for none. */
export interface Queue {
  readonly batches: ReadonlyArray<Rows | null>;
  /** All batches at once. */
  readonly takesAll?: boolean;
  /** What an empty queue gives: by default an empty batch. */
  readonly whenEmpty?: Rows | null;
}

/** A program, its input and how long it runs: everything that its output depends on. Batches are `INTERVAL_MS` long. */
export interface Program {
  readonly parallelism: number;
  readonly inputs: readonly Queue[];
  readonly steps: readonly Step[];
  /** Streams by number, in the order of their definition as outputs. */
  readonly outputs: readonly number[];
  readonly numBatches: number;
  /** Rows that outputs look at: all by default. */
  readonly take?: number | undefined;
  /** What changes nothing either: for how long streams are remembered at least, and whether there is a store for checkpoints. */
  readonly rememberMs?: number | undefined;
  readonly hasStore?: boolean | undefined;
}

/** A batch of an output, or the error that a batch of the program ends with. */
export type Output =
  | { readonly time: number; readonly output: number; readonly rows: unknown[] }
  | { readonly time: number; readonly error: string };

export const INTERVAL_MS = 1000;

/** What `StateSpec` is told. */
export interface StateSpecification {
  readonly form: "function" | "optional";
  readonly fn: (key: unknown, value: unknown, state: unknown, time: unknown) => unknown;
  readonly initial?: Rows;
  readonly timeout?: number;
  readonly partitioning?: number;
}
