import type { RowsBlock } from "../block/block.js";
import type { SketchForm } from "../kernel/group-spec.js";
import type { OrderRule } from "../kernel/order-key.js";
import type { AggregateOp } from "../lowering/aggregate.js";
import type { KernelRows, KernelValue } from "../lowering/compile/kernel-rows.js";
import type { Expression, Refusal } from "../lowering/expression.js";
import type { Partitioner } from "./partitioner.js";
import type { RowType, ScalarType } from "./row-type.js";
import type { BatchIdentity } from "./scope.js";

/** Whether an operator could be added to a kernel program, and what it does there, in words for `explain()`. */
export type Added =
  | {
      readonly ok: true;
      readonly how: string;
      /** Worth doing there also where its rows are JavaScript values afterwards: always as fewer come out, or where they are made of text. */
      readonly pays?: "always" | "of-text";
    }
  | Refusal;

/** A value of a row that the kernel groups by key, and what it becomes. */
export interface Aggregated {
  readonly op: AggregateOp | "sketch" | "sketch-merge";
  /** What a key begins with. */
  readonly first: KernelValue;
  /** What is brought in from then on. */
  readonly value: KernelValue;
  readonly type: ScalarType;
  /** The kind of a sketch. */
  readonly sketch?: SketchForm;
}

/** A value of each row that rows are ordered by, a scalar. */
export interface OrderedBy {
  readonly value: KernelValue;
  readonly descends: boolean;
  readonly by: OrderRule;
}

/** What the rows of a kernel task come to. */
export type KernelEnd =
  /** One row for each key: key and combined value. Without a key one row, the combined value, where there are rows. */
  | {
      readonly kind: "group";
      readonly key: KernelValue | undefined;
      readonly aggregates: readonly Aggregated[];
      /** What the leaves of the combined value become, where the program folds; then the aggregates say no more than what they begin with. */
      readonly folded?: readonly KernelValue[];
      readonly type: RowType;
      readonly how: string;
    }
  /** All rows: as they are, dealt out by the key of a pair (a scalar, or a tuple or record of such), or in turn. */
  | { readonly kind: "rows"; readonly deal: "none" | "key" | "turn"; readonly how: string }
  /** All rows with the values that they are to be ordered by; those that are no columns of the rows lie behind them. */
  | { readonly kind: "keyed"; readonly keys: readonly OrderedBy[]; readonly how: string }
  /** The rows that come first, in order. */
  | { readonly kind: "first"; readonly keys: readonly OrderedBy[]; readonly wanted: number; readonly how: string }
  /** One number: how many rows there are. */
  | { readonly kind: "count"; readonly how: string };

/** Rows flow through functions, one row at a time, without arrays between operators. */
export interface Sink {
  /** Takes a row. A function without `this`: who pushes many rows takes it out of the object once. */
  readonly push: (row: unknown) => void;
  /** No more rows will come. */
  readonly end: () => void;
}

/** Shared by the sinks of one task. */
export interface TaskControl {
  /** Enough rows were seen: sources stop, and so do operators that make many rows of one. */
  done: boolean;
  /** The batch that the task belongs to. */
  readonly batch?: BatchIdentity;
}

/** An operator that makes each partition from one partition. Immutable; what it keeps while a task runs lies in its sink. */
export interface NarrowOperator {
  readonly name: string;
  /** Called when the graph starts: what a function has captured is copied. Throws a `ConfigError` where that fails. */
  prepare(): void;
  /** What tells the operator from others of its name, where anything does: its parameters and functions, once it is prepared. */
  identity?(): readonly string[];
  /** Why its function runs as JavaScript whatever the rows are. */
  readonly refusal?: Refusal | undefined;
  /** The fields that its function reads of a row, where that is all that it does with it and no row goes on: then the others need not be made. */
  readonly fieldsRead?: readonly string[] | undefined;
  /** The explicit form that it was given: that promises the kernel. */
  readonly form?: Expression | undefined;
  /** Whether another operator does the same: what is known of one in the kernel is true of the other, which a function made for its batch. */
  isLike?(other: NarrowOperator): boolean;
  /** Its rows are of the type that a schema declares, whatever they are made of. */
  readonly declaresRows?: boolean;
  /** Whether its function gives for a row, here and now, what it was lowered to; from then on it is not, where it does not. */
  agrees?(row: unknown): boolean;
  /** Adds the operator to a kernel program, whose row it changes; or says why it cannot be there. */
  addTo(rows: KernelRows): Added;
  /** The kernel form of an operator that makes one row of a partition: the rows of a task end there. */
  endOf?(rows: KernelRows): KernelEnd | Refusal;
  /** The JavaScript form: what to push rows into so that results reach `next`. `partition` is the index of the partition that is made. */
  connect(next: Sink, control: TaskControl, partition: number): Sink;
}

/** A join or cogroup as the kernel does it, and the operators that do the same there or in its place. */
export interface JoinForm {
  /** Datasets that it brings together; a join has two. */
  readonly sides: number;
  /** Brings the pairs of each side to the partitions of their keys. */
  readonly dealt: ShuffleOperator;
  /** Makes the rows of the join from keys and the values of both sides, where those have been brought together; a cogroup stops there. */
  readonly joining?: NarrowOperator | undefined;
  /** Keys of the left side stay that the right one does not have. */
  readonly keepsLeft: boolean;
  readonly keepsRight: boolean;
}

/** An order of rows, for what puts them in order all at once: its map tasks in the kernel. */
export interface OrderOperator {
  readonly name: string;
  /** As `NarrowOperator.isLike`. */
  isLike?(other: OrderOperator): boolean;
  /** As `NarrowOperator.refusal`. */
  readonly refusal?: Refusal | undefined;
  /** As `NarrowOperator.agrees`. */
  agrees?(row: unknown): boolean;
  /** What a map task in the kernel ends with: rows and what they are ordered by. */
  endOf(rows: KernelRows): KernelEnd | Refusal;
}

/** An operator that brings rows together by key: map tasks combine, reducers merge. */
export interface ShuffleOperator {
  readonly name: string;
  readonly partitioner: Partitioner;
  /** Set where each key comes to the list of its values: brings the rows to the partitions of their keys, for the kernel to list them there. */
  readonly dealt?: ShuffleOperator | undefined;
  /** What map tasks make is already a result where one of them has seen all rows of a reducer. */
  readonly isCombined: boolean;
  /** As `NarrowOperator.prepare`. */
  prepare(): void;
  /** As `NarrowOperator.isLike`. */
  isLike?(other: ShuffleOperator): boolean;
  /** As `NarrowOperator.identity`. */
  identity?(): readonly string[];
  /** As `NarrowOperator.refusal`. */
  readonly refusal?: Refusal | undefined;
  /** As `NarrowOperator.form`. */
  readonly form?: Expression | undefined;
  /** As `NarrowOperator.agrees`. */
  agrees?(row: unknown): boolean;
  /** What a map task in the kernel ends with. */
  endOf(rows: KernelRows): KernelEnd | Refusal;
  /** What a reducer in the kernel ends with, whose rows are those that map tasks made. */
  mergeEndOf(rows: KernelRows): KernelEnd | Refusal;
  /** The JavaScript form of a map task: rows in, a block for each reducer out. `partition` is the index of the map task. */
  combine(partition: number): Sink & { result(): RowsBlock[] };
  /** The JavaScript form of a reducer: what map tasks made, in their order, in; the rows of one partition out. */
  merge(): Sink & { result(): RowsBlock };
}
