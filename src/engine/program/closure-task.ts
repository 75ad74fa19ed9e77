import type { InputBlock, RowsBlock } from "../../block/block.js";
import { decodeChunks, encodeLists } from "../../block/encoded-rows.js";
import type { RowChunk } from "../../block/row-chunks.js";
import { messageOf } from "../../errors.js";
import { gathered } from "../../operators/repartition.js";
import type { NarrowOperator, ShuffleOperator, Sink } from "../../plan/operator.js";
import { type Accumulator, type AccumulatorUpdate, recordUpdates } from "../accumulator.js";
import { runTask } from "../run-task.js";
import type { RowsPlan, RowsTask, TaskIdentity, TaskPort } from "../task.js";
import type { OperatorAddress } from "./graph-identity.js";
import { type PackedError, packError } from "./packed-error.js";

/** A task of closures as data, for a thread that has built the same graph: operators are named by their places in it. */
export interface ClosureTask extends TaskIdentity {
  readonly form: "closures";
  /** Which of the programs that the thread has. */
  readonly program: number;
  readonly plan: ClosurePlan;
  readonly sink: ClosureSink;
}

/** What becomes of the rows: they are gathered, or brought together by a shuffle's operator. */
export type ClosureSink =
  | { readonly kind: "gather" }
  | { readonly kind: "combine"; readonly operator: OperatorAddress; readonly partition: number }
  | { readonly kind: "merge"; readonly operator: OperatorAddress };

/** As `RowsPlan`. */
export interface ClosurePlan {
  readonly inputs: readonly ClosureInput[] | readonly ClosurePlan[];
  readonly steps: ReadonlyArray<{ readonly operator: OperatorAddress; readonly partition: number }>;
}

/** Bytes in some thread's memory, or bytes that the codec has made. */
export type ClosureInput =
  | Exclude<InputBlock, RowsBlock>
  | { readonly kind: "encoded"; readonly chunks: readonly RowChunk[] };

/** How a task ended that ran elsewhere. */
export type ClosureOutcome = { readonly index: number } & (
  | {
      /** The rows of each block that it made. */
      readonly blocks: ReadonlyArray<readonly RowChunk[]>;
      readonly updates: readonly ClosureUpdates[];
    }
  | { readonly error: PackedError }
  /** The task must run on the host's thread, and nothing has come of it; `isLasting`: what it makes cannot leave the thread that makes it. */
  | { readonly declined: string; readonly isLasting?: boolean }
);

/** What an accumulator was given, in order; it is named by its number among those of its program. */
export interface ClosureUpdates {
  readonly accumulator: number;
  readonly values: readonly unknown[];
}

/** What tells the accumulators of a program from each other on both sides. */
export interface AccumulatorLabel {
  readonly name: string | undefined;
  /** Where the program makes it. */
  readonly site: string | undefined;
}

/** The copy of a program's graph that a worker has. */
export interface ProgramGraph {
  /** The number of its streams. */
  readonly streams: number;
  operatorAt(address: OperatorAddress): NarrowOperator | ShuffleOperator;
  readonly accumulators: ReadonlyArray<Accumulator<unknown, unknown>>;
}

/** Runs a task of closures in a worker. Never throws: what a closure threw is an outcome. */
export function runClosures(
  index: number,
  task: ClosureTask,
  graph: ProgramGraph | undefined,
  port: TaskPort,
  isShared: boolean,
): ClosureOutcome {
  if (graph === undefined) return { index, declined: "the worker has not built the program's graph" };
  let run: ReturnType<typeof recordUpdates<RowsBlock[]>>;
  try {
    run = recordUpdates(() => runTask(rowsTask(task, graph), [], port));
  } catch (error) {
    return { index, error: packError(error) };
  }
  try {
    const lists = run.result.map(({ rows }) => rows);
    return { index, blocks: encodeLists(lists, isShared), updates: packUpdates(run.updates, graph) };
  } catch (error) {
    // Rows, or values for accumulators, that only the thread that made them can have.
    return { index, declined: messageOf(error), isLasting: true };
  }
}

function packUpdates(updates: readonly AccumulatorUpdate[], graph: ProgramGraph): ClosureUpdates[] {
  const values = new Map<number, unknown[]>();
  for (const { accumulator, value } of updates) {
    const number = graph.accumulators.indexOf(accumulator);
    if (number < 0) throw new Error("a closure adds to an accumulator that was not made with ssc.engine");
    const given = values.get(number);
    if (given) given.push(value);
    else values.set(number, [value]);
  }
  return [...values].map(([accumulator, given]) => ({ accumulator, values: structuredClone(given) }));
}

function rowsTask(task: ClosureTask, graph: ProgramGraph): RowsTask<RowsBlock[]> {
  return { ...task, form: "rows", plan: rowsPlan(task.plan, graph), open: () => open(task.sink, graph) };
}

function rowsPlan({ inputs, steps }: ClosurePlan, graph: ProgramGraph): RowsPlan {
  return {
    inputs: inputs.map((input) =>
      "steps" in input ? rowsPlan(input, graph) : inputBlock(input),
    ) as RowsPlan["inputs"],
    steps: steps.map(({ operator, partition }) => ({
      operator: graph.operatorAt(operator) as NarrowOperator,
      partition,
    })),
  };
}

function inputBlock(input: ClosureInput): InputBlock {
  return input.kind === "encoded" ? { kind: "rows", rows: decodeChunks(input.chunks) } : input;
}

function open(sink: ClosureSink, graph: ProgramGraph): Sink & { result(): RowsBlock[] } {
  if (sink.kind === "combine") return (graph.operatorAt(sink.operator) as ShuffleOperator).combine(sink.partition);
  const target = sink.kind === "merge" ? (graph.operatorAt(sink.operator) as ShuffleOperator).merge() : gathered();
  return { push: target.push, end: target.end, result: () => [target.result()] };
}
