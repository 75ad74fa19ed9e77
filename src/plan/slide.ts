import type { AggregateOp } from "../lowering/aggregate.js";
import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import type { Refusal } from "../lowering/expression.js";
import type { Dataset } from "./dataset.js";
import type { RowType, ScalarType } from "./row-type.js";
import type { FramedState, GroupedRows } from "./state-update.js";

/** The types of what a slide of a window with an inverse is made of, pairs all of them; undefined where there are no rows. */
export interface SlideTypes {
  /** Of the running values. */
  readonly state: RowType | undefined;
  readonly leaving: RowType | undefined;
  readonly entering: RowType | undefined;
}

/**
 * How the kernel makes the next running values of a window. The pairs of the version before are grouped by key; then what leaves is brought into the
 * same groups by the inverse, and what enters by the reducer.
 */
export interface SlidePlan {
  readonly key: RowType;
  readonly aggregates: ReadonlyArray<{ readonly op: AggregateOp; readonly type: ScalarType }>;
  readonly before: GroupedRows | undefined;
  readonly leaving: GroupedRows | undefined;
  readonly entering: GroupedRows | undefined;
  /** The rows of the groups: the leaves of the key, then the aggregates. */
  readonly grouped: RowType;
  /** Leaves out the keys that the filter does not want. */
  readonly after: KernelRows | undefined;
  /** Of the pairs. Where there is a filter, frames have one more column: in how many panes of the window the key is. */
  readonly type: RowType;
}

/** A slide that the kernel is asked for. */
export interface SlideRequest {
  /** The operator, in words. */
  readonly name: string;
  readonly numPartitions: number;
  readonly before: FramedState | undefined;
  /** Pairs of key and reduced value by partition, each key once. */
  readonly leaving: Dataset | undefined;
  readonly entering: Dataset | undefined;
  /** What the version changes is wanted, too. */
  readonly isSaved: boolean;
  /** How it is done for these types; or why it cannot be. */
  readonly planFor: (types: SlideTypes) => SlidePlan | Refusal;
}
