import type { FrameBlock } from "../block/block.js";
import type { AggregateOp } from "../lowering/aggregate.js";
import type { KernelRows, KernelValue } from "../lowering/compile/kernel-rows.js";
import type { Refusal } from "../lowering/expression.js";
import type { Dataset } from "./dataset.js";
import type { EntryColumn } from "./durable-state.js";
import type { ShuffleOperator } from "./operator.js";
import type { RowType, ScalarType } from "./row-type.js";
import type { BatchScope } from "./scope.js";
import type { SlideRequest } from "./slide.js";

/**
 * One version of a state by key as sealed frames: pairs of key and state in the order in which the keys came. It is never changed: the next version is
 * made beside it, so one that fails leaves no trace.
 */
export interface FramedState {
  /** Of the pairs. */
  readonly type: RowType;
  /** Of each partition its frames, in order. */
  readonly partitions: ReadonlyArray<readonly FrameBlock[]>;
  /** Owns the frames. */
  readonly scope: BatchScope;
  /** What it changes, where that was asked for. */
  readonly changes?: FramedChanges | undefined;
}

/** What a version has changed. */
export interface FramedChanges {
  /** Nothing of the version before is there any more. */
  readonly isReset: boolean;
  readonly partitions: readonly ChangedRows[];
}

/** What a version has changed in a partition. */
export interface ChangedRows {
  /** Places of pairs of the version before whose keys are gone, rising. */
  readonly gone: Uint32Array;
  /** Places of the pairs that are new or others, rising; and their halves. */
  readonly places: Uint32Array;
  readonly keys: EntryColumn;
  readonly values: EntryColumn;
}

/** Rows that a group is made of, and what its sink reads: the leaves of the key, then of each aggregate what a key begins with and what is brought in. */
export interface GroupedRows {
  readonly rows: KernelRows;
  readonly inputs: readonly KernelValue[];
}

/**
 * How the kernel makes the next version of a state. The pairs of the version before are grouped by key, which begins each aggregate with what the state
 * says; then the new records are brought into the same groups, in order; what comes out is the state, or what it is made of.
 */
export interface StateUpdatePlan {
  readonly key: RowType;
  readonly aggregates: ReadonlyArray<{ readonly op: AggregateOp; readonly type: ScalarType }>;
  /** Of the version before; undefined where there is none. */
  readonly before: GroupedRows | undefined;
  /** Of the new records; undefined where there is no batch of them. */
  readonly records: GroupedRows | undefined;
  /** The rows of the groups: the leaves of the key, then the aggregates. */
  readonly grouped: RowType;
  /** Makes pairs of these rows, where they are not the pairs already. */
  readonly after: KernelRows | undefined;
  /** Of the pairs. */
  readonly type: RowType;
  /** The same where few keys have records: those alone are grouped. Undefined where it is not known to do the same. */
  readonly sparse?: SparseUpdate | undefined;
}

/** How a version of a state is made where few keys have records. */
export interface SparseUpdate {
  /** As `StateUpdatePlan.before`, of the keys that a table of the records has. */
  readonly before: GroupedRows;
  /** Makes the new pairs of those of the version before; of keys that a table of the rows of the groups has, as these say. */
  readonly merged: KernelRows;
  /** Makes pairs of the rows of groups of new keys. */
  readonly fresh: KernelRows;
}

/** An update of a state that the kernel is asked for. */
export interface StateUpdateRequest {
  /** The operator, in words. */
  readonly name: string;
  readonly before: FramedState | undefined;
  /** The new records, pairs of key and value; undefined where there is no batch. */
  readonly records: Dataset | undefined;
  /** Brings records to the partitions of their keys. */
  readonly deal: ShuffleOperator;
  /** What the version changes is wanted, too. */
  readonly isSaved: boolean;
  /** How it is done for records and a state of these types; or why it cannot be. */
  readonly planFor: (records: RowType | undefined, state: RowType | undefined) => StateUpdatePlan | Refusal;
}

/** What a stage that updates a state has of the kernel. */
export interface StateRunner {
  /**
   * The next version of a state; or why the kernel leaves that to JavaScript: "bail" where it had begun. Either way the version before is as it was. What
   * is returned belongs to the caller, who gives it back by `release`. **Errors:** `KernelError` "memory-limit", "table-limit".
   */
  update(request: StateUpdateRequest): Promise<FramedState | Refusal | "bail">;
  /** The next version of the running values of a window, as `update`. */
  slide(request: SlideRequest): Promise<FramedState | Refusal | "bail">;
  /** Pairs of key and state by partition as a version; undefined where there are none, or where the kernel does not know what they are. */
  frame(partitions: ReadonlyArray<readonly unknown[]>): FramedState | undefined;
  /** Gives back what a scope holds. */
  release(scope: BatchScope): void;
}
