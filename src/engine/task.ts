import type { FrameBlock, InputBlock, TextSlice } from "../block/block.js";
import type { Kernel } from "../kernel/kernel.js";
import type { MemoryReader } from "../kernel/reader.js";
import type { Sink, TaskControl } from "../plan/operator.js";
import type { NarrowStep } from "../plan/partition-plan.js";
import type { BatchIdentity } from "../plan/scope.js";

/** What a kernel task makes of its input: data, so that it can be sent to any thread. */
export type KernelProgram =
  | {
      /** Sums by key; a block for each of `reducers`. */
      readonly op: "sum";
      /** Where text is cut: an ASCII code. */
      readonly separator: number;
      /** The value of each piece of text. */
      readonly value: number;
      readonly reducers: number;
      /** Keys that will come, about: a table of that size need not grow. */
      readonly keysExpected: number;
    }
  | {
      /** The number of pieces of text and of pairs. */
      readonly op: "count";
      readonly separator: number;
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
  readonly program: KernelProgram;
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
  | { readonly op: "sum"; readonly blocks: readonly FrameBlock[] }
  | { readonly op: "count"; readonly count: number };

/** What a task needs of the thread that it runs on. */
export interface TaskPort {
  /** Index of the thread. */
  readonly thread: number;
  readonly kernel: Kernel;
  /** The memory of any thread, this one's too. */
  memoryOf(thread: number): MemoryReader;
}
