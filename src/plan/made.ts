import type { FrameBlock, InputBlock, RowsBlock } from "../block/block.js";
import type { RowType } from "./row-type.js";

/** What a dataset has made so far in one scope. */
export interface Made {
  /** Of a shuffle: for each map partition what it made for each reducer. */
  mapOutputs: MapOutputs | undefined;
  /** Of a shuffle whose sides the kernel joins or lists by key: what they were dealt out as; undefined where JavaScript does it. */
  dealt?: Promise<DealtSides | undefined> | undefined;
  /** The rows of each partition of such a join. */
  readonly joined: Array<readonly FrameBlock[] | undefined>;
  /** The rows of each partition that is there. */
  readonly results: Array<readonly InputBlock[] | undefined>;
  /** Partitions that are kept as their storage level says. */
  readonly stored: Array<object | undefined>;
  /** Settles when the job that makes something of the dataset is done: jobs follow each other. */
  busy: Promise<void> | undefined;
}

/** The sides of a join, or of lists by key, by partition. */
export interface DealtSides {
  /** What the rows of each side are. */
  readonly types: readonly RowType[];
  /** For each partition of each side its frames, in order. */
  readonly sides: ReadonlyArray<ReadonlyArray<readonly FrameBlock[]>>;
  /** The kernel leaves the join to JavaScript, for now. */
  bailed(): void;
}

export type MapOutputs =
  | { readonly form: "kernel"; readonly blocks: FrameBlock[][][] }
  | { readonly form: "rows"; readonly blocks: RowsBlock[][] };
