/** What a bench is and what it gives back. Each file `bench/<name>.bench.ts` exports one `Bench` as its default. */

import type { Contender } from "./measure.js";

/** A question about speed, asked at two sizes: `small` in the test suite, so that the bench cannot rot, `large` for figures. */
export interface Bench<Size = unknown> {
  /** The name of its file. */
  readonly name: string;
  readonly question: string;
  readonly notMeasured: string;
  readonly sizes: { readonly small: Size; readonly large: Size };
  /** It measures without sides that could agree. */
  readonly computesNothing?: true;
  /** Throws where two contenders do not give the same result. */
  run(size: Size, peers?: Peers): Promise<Row[]>;
}

/** Other libraries that answer the question, given what all of its sides are given. */
export type Peers<Input = never> = (input: Input) => Side[] | Promise<Side[]>;

export type Unit = "MB/s" | "ms" | "KiB";

export interface Target {
  /** The bench fails where it is missed. */
  readonly isLimit?: true;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** How many times faster a row is than another one; printed as reached or missed where it has a target. */
export interface Ratio {
  readonly to: string;
  readonly value: number;
  readonly target?: Target;
}

/** One contender: its median, slowest and fastest run. */
export interface Row {
  readonly what: string;
  /** What the row is about where a question has several parts; those of one part compute the same. */
  readonly part?: string;
  readonly unit: Unit;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
  /** Says what was computed; absent where nothing is. */
  readonly checksum?: string;
  /** Bytes that crossed the border of the kernel in one run. */
  readonly bytesCopied?: { readonly in: number; readonly out: number };
  readonly ratios?: readonly Ratio[];
  /** For the median. */
  readonly target?: Target;
}

/** One side of a comparison, which can show what it computes. */
export interface Side extends Contender {
  /** Before the first round, not measured. */
  prepare?(): Promise<void>;
  /** After the last round: what one more run computes. */
  check(): Checked | Promise<Checked>;
  stop?(): Promise<void>;
}

export type Checked = Pick<Row, "bytesCopied"> & { readonly checksum: string };
