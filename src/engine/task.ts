import type { FrameBlock, InputBlock, TextSlice } from "../block/block.js";
import type { RowType } from "../block/row-type.js";
import type { CollectOptions } from "../kernel/collect-sink.js";
import type { FirstOptions } from "../kernel/first-sink.js";
import type { ComparedColumns, FrameChanges } from "../kernel/frame-changes.js";
import type { GroupSpec } from "../kernel/group-spec.js";
import type { Kernel } from "../kernel/kernel.js";
import type { OrderKey } from "../kernel/order-key.js";
import type { KernelProgram } from "../kernel/program.js";
import type { MemoryReader } from "../kernel/reader.js";
import type { JoinKeeps, ListColumn } from "../kernel/row-index.js";
import type { Sink, TaskControl } from "../plan/operator.js";
import type { NarrowStep } from "../plan/partition-plan.js";
import type { BatchIdentity } from "../plan/scope.js";

/** What a kernel task makes of its input: data, so that it can be sent to any thread. */
export type KernelWork =
  /** Sums a value by each piece of text: the program of a word count, as one loop. */
  | {
      readonly op: "sum-words";
      /** Where text is cut: an ASCII code. */
      readonly separator: number;
      /** The value of each piece of text. */
      readonly value: number;
      readonly reducers: number;
      /** Keys that will come, about: a table of that size need not grow. */
      readonly keysExpected: number;
      readonly type: RowType;
    }
  /** The number of pieces of text. */
  | { readonly op: "count-words"; readonly separator: number }
  | {
      readonly op: "program";
      readonly program: KernelProgram;
      /** Of each sample that it takes. */
      readonly seeds: readonly number[];
      readonly sink: KernelSink;
    }
  | JoinWork
  | MergeWork
  | SlideWork
  | StateWork
  | ListsWork;

/** Of each key the list of its values, or lists of the values of all sides. Inputs are as those of a join. */
export interface ListsWork {
  readonly op: "lists";
  readonly sides: readonly number[];
  readonly key: RowType;
  readonly columns: readonly ListColumn[];
  readonly type: RowType;
}

/** The rows of a join: of each key those of both sides, each with each. */
export interface JoinWork {
  readonly op: "join";
  /** So many of the inputs are frames of each side, one side after the other. */
  readonly sides: readonly number[];
  /** Of the keys, whose columns are the first ones of all sides. */
  readonly key: RowType;
  readonly keeps: JoinKeeps;
  /** Columns of each side's value. */
  readonly values: readonly [left: number, right: number];
  readonly type: RowType;
}

/** Rows of frames in order, of which those of one task are in order already. */
export interface MergeWork {
  readonly op: "merge-ordered";
  readonly keys: readonly OrderKey[];
  /** Of each input the rows that are wanted. */
  readonly ranges: ReadonlyArray<{ readonly begin: number; readonly end: number }>;
  /** Of the rows, whose columns are the first ones of the frames. */
  readonly type: RowType;
}

/** The next version of one partition of a state: see plan/state-update.ts. */
export interface StateWork {
  readonly op: "update-state";
  /** So many of the inputs are frames of the version before, the others new records. */
  readonly befores: number;
  readonly before: GroupingProgram | undefined;
  readonly records: GroupingProgram | undefined;
  /** Keys that there will be at most. */
  readonly keysExpected: number;
  readonly grouped: RowType;
  /** Makes pairs of the rows of the groups, where they are not the pairs already. */
  readonly after: CollectingProgram | undefined;
  readonly type: RowType;
  /** For few records: see plan/state-update.ts. */
  readonly sparse?: SparseWork | undefined;
  /** Set where what the version changes is wanted, too. */
  readonly compared?: ComparedVersion | undefined;
}

/** How a version of a state is compared with the one before. */
export interface ComparedVersion extends ComparedColumns {
  /** Rows of the version before are of the same shape: otherwise all rows are new. */
  readonly isAlike: boolean;
}

export interface SparseWork {
  readonly before: GroupingProgram;
  readonly merged: CollectingProgram;
  readonly fresh: CollectingProgram;
}

/** A program whose rows are collected. */
export interface CollectingProgram {
  readonly program: KernelProgram;
  readonly options: CollectOptions;
}

/** The next running values of one partition of a window: see plan/slide.ts. Its inputs are frames of the version before, then what leaves, then what enters. */
export interface SlideWork {
  readonly op: "slide";
  readonly befores: number;
  readonly leavings: number;
  readonly before: GroupingProgram | undefined;
  readonly leaving: GroupingProgram | undefined;
  readonly entering: GroupingProgram | undefined;
  /** Keys that there will be at most. */
  readonly keysExpected: number;
  readonly grouped: RowType;
  readonly after: CollectingProgram | undefined;
  readonly type: RowType;
  readonly compared?: ComparedVersion | undefined;
}

/** A program that ends in groups. */
export interface GroupingProgram {
  readonly program: KernelProgram;
  readonly instruction: number;
  readonly spec: GroupSpec;
}

/** Where the rows of a program go. `instruction` is the index of the sink's. */
export type KernelSink =
  | { readonly kind: "count" }
  | {
      readonly kind: "group";
      readonly instruction: number;
      readonly spec: GroupSpec;
      readonly reducers: number;
      readonly keysExpected: number;
      readonly type: RowType;
    }
  | {
      readonly kind: "rows";
      readonly options: CollectOptions;
      readonly type: RowType;
    }
  | { readonly kind: "first"; readonly options: FirstOptions; readonly type: RowType }
  /** All rows in order: the first columns of those that are collected, as many as the type has. */
  | {
      readonly kind: "ordered";
      readonly options: CollectOptions;
      readonly keys: readonly OrderKey[];
      readonly type: RowType;
    };

/** What every task says of itself, whatever it does. */
export interface TaskIdentity {
  /** The stage, in words. */
  readonly stage: string;
  readonly partition: number;
  /** Partitions of the stage. */
  readonly of: number;
  readonly batch: BatchIdentity;
  /** From 1. */
  readonly attempt: number;
}

/** A task of the kernel: runs on any thread. */
export interface KernelTask extends TaskIdentity {
  readonly form: "kernel";
  readonly work: KernelWork;
}

/** A task of closures: runs on the thread that has them. Its inputs are in its plan. */
export interface RowsTask<R> extends TaskIdentity {
  readonly form: "rows";
  readonly plan: RowsPlan;
  /** Where the rows go; what `result()` returns is the task's result. */
  readonly open: (control: TaskControl) => Sink & { result(): R };
  /** Rows that the sink wants at first, where that is known: no more are decoded than are needed for them. */
  readonly rowsWanted?: number;
}

/** Where the rows of a rows task come from, and the operators they go through. */
export interface RowsPlan {
  readonly inputs: readonly InputBlock[] | readonly RowsPlan[];
  readonly steps: readonly NarrowStep[];
}

export type KernelInput = TextSlice | FrameBlock;

export type KernelResult =
  /** For each reducer, or for the one partition that was made, its frames. */
  | {
      readonly kind: "frames";
      readonly partitions: ReadonlyArray<readonly FrameBlock[]>;
      readonly rejected?: RejectedRows | undefined;
      /** Of a version of a state that was compared: its own frames are those of partition 0, the rows that it changes those of partition 1. */
      readonly changed?: Pick<FrameChanges, "gone" | "places"> | undefined;
    }
  | { readonly kind: "count"; readonly count: number; readonly rejected?: RejectedRows | undefined };

/** Lines that a program found to be no rows of a schema: how many, and the first one. */
export interface RejectedRows {
  readonly count: number;
  readonly first: string;
}

/** What a task needs of the thread that it runs on. */
export interface TaskPort {
  /** Index of the thread. */
  readonly thread: number;
  readonly kernel: Kernel;
  /** The memory of any thread, this one's too. */
  memoryOf(thread: number): MemoryReader;
}
