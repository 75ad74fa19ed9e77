import type { FrameBlock, InputBlock, RowsBlock } from "../block/block.js";

/** What a dataset has made so far in one scope. */
export interface Made {
  /** Of a shuffle: for each map partition what it made for each reducer. */
  mapOutputs: MapOutputs | undefined;
  /** The rows of each partition that is there. */
  readonly results: Array<readonly InputBlock[] | undefined>;
  /** Partitions that are kept as their storage level says. */
  readonly stored: Array<object | undefined>;
  /** Settles when the job that makes something of the dataset is done: jobs follow each other. */
  busy: Promise<void> | undefined;
}

export type MapOutputs =
  | { readonly form: "kernel"; readonly blocks: FrameBlock[][][] }
  | { readonly form: "rows"; readonly blocks: RowsBlock[][] };
