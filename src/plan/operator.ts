import type { RowsBlock } from "../block/block.js";
import type { Partitioner } from "./partitioner.js";

/**
 * What the kernel knows of rows without decoding them.
 *
 * - `text`: lines; cut into pieces at `separator` (an ASCII code) where there is one; each piece paired with `value` where there is one.
 * - `pairs`: a block of (text, number).
 * - `count`: the number of rows of another shape.
 */
export type KernelShape =
  | { readonly kind: "text"; readonly separator?: number; readonly value?: number }
  | { readonly kind: "pairs" }
  | { readonly kind: "count"; readonly of: KernelShape };

/** Where an operator runs on rows of a shape, and why, in words for `explain()`. */
export type Placement =
  | { readonly runs: "kernel"; readonly shape: KernelShape; readonly how: string }
  | { readonly runs: "javascript"; readonly why: string };

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
}

/** An operator that makes each partition from one partition. Immutable; what it keeps while a task runs lies in its sink. */
export interface NarrowOperator {
  readonly name: string;
  /** Called when the graph starts: what a function has captured is copied. Throws a `ConfigError` where that fails. */
  prepare(): void;
  /** What tells the operator from others of its name, where anything does: its parameters and functions, once it is prepared. */
  identity?(): readonly string[];
  /** The kernel form on rows of `shape`, or why there is none. */
  place(shape: KernelShape): Placement;
  /** The JavaScript form: what to push rows into so that results reach `next`. `partition` is the index of the partition that is made. */
  connect(next: Sink, control: TaskControl, partition: number): Sink;
}

/** An operator that brings rows together by key: map tasks combine, reducers merge. */
export interface ShuffleOperator {
  readonly name: string;
  readonly partitioner: Partitioner;
  /** What map tasks make is already a result where one of them has seen all rows of a reducer. */
  readonly isCombined: boolean;
  /** As `NarrowOperator.prepare`. */
  prepare(): void;
  /** As `NarrowOperator.identity`. */
  identity?(): readonly string[];
  /** Whether map tasks can combine rows of `shape` in the kernel; reducers can then merge there. */
  place(shape: KernelShape): Placement;
  /** The JavaScript form of a map task: rows in, a block for each reducer out. `partition` is the index of the map task. */
  combine(partition: number): Sink & { result(): RowsBlock[] };
  /** The JavaScript form of a reducer: what map tasks made, in their order, in; the rows of one partition out. */
  merge(): Sink & { result(): RowsBlock };
}
