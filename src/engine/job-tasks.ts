import type { MemoryBlock, RowsBlock } from "../block/block.js";
import { EncodedRows, encodeLists, rowCountOf } from "../block/encoded-rows.js";
import type { BatchIdentity, BatchScope } from "../plan/scope.js";
import { applyUpdates, countUpdatesOnce, recordUpdates } from "./accumulator.js";
import type { LocalEngine } from "./local-engine.js";
import type { ClosureTask } from "./program/closure-task.js";
import { rowsIn } from "./rows-in.js";
import type { KernelResult, RowsTask, TaskIdentity } from "./task.js";
import type { Work } from "./worker.js";

/** Closures run on the host's thread for at most this long before other work of the host gets its turn. */
const BUSY_MS_MAX = 10;

/** A task of closures that workers can run, and the same for the host's thread. */
export interface ClosureWork {
  readonly task: ClosureTask;
  readonly here: RowsTask<RowsBlock[]>;
  /** Whether another task may read what it makes, so that bytes are of use wherever it ran. */
  readonly isRead: boolean;
}

/** Waits for what a task has made, and counts its updates; throws what it threw. Called once for each task, in their order. */
export type Taken = () => Promise<RowsBlock[]>;

/** Runs the tasks of one job, and keeps count of them for the engine's figures: once a task, never for each row. */
export class JobTasks {
  readonly #engine: LocalEngine;
  readonly #batch: BatchIdentity;
  #busySince: number;

  constructor(engine: LocalEngine, batch: BatchIdentity) {
    this.#engine = engine;
    this.#batch = batch;
    this.#busySince = engine.host.monotonicNow();
  }

  /** What a task says of itself. */
  identity(stage: string, partition: number, of: number): TaskIdentity {
    return { stage, partition, of, batch: this.#batch, attempt: 1 };
  }

  /** Runs closures on the host's thread; `rowsOf` says how many rows the result has, where that is known. */
  async runRows<R>(task: RowsTask<R>, rowsOf: (result: R) => number = () => 0): Promise<R> {
    const { host, threads, stages } = this.#engine;
    const begin = host.monotonicNow();
    const result = countUpdatesOnce(() => threads.runRows(task));
    const end = host.monotonicNow();
    stages.add(task.stage, 1, rowsOf(result), end - begin);
    if (end - this.#busySince > BUSY_MS_MAX) {
      await host.breathe();
      this.#busySince = host.monotonicNow();
    }
    return result;
  }

  /**
   * Runs tasks of closures on all threads. What a task threw is thrown where its result is taken; the results of those after it are not there then.
   */
  async runClosures(work: readonly ClosureWork[]): Promise<Taken[]> {
    const { host, threads, stages } = this.#engine;
    const { programs } = this.#engine.running;
    if (work.length === 0) return [];
    const begin = host.monotonicNow();
    const { isShared } = threads;
    const outcomes = await threads.runClosures(
      work.map(({ task }) => task),
      (index) => {
        const { here, isRead } = work[index]!;
        const { result, updates } = recordUpdates(() => threads.runRows(here));
        return { blocks: isRead ? asBytes(result, isShared) : result, updates };
      },
      programs.limitsOf(work[0]!.task.program),
    );
    stages.add(work[0]!.task.stage, 0, 0, host.monotonicNow() - begin);
    return work.map(({ task, here }, index) => async () => {
      const outcome = outcomes[index];
      if (outcome === undefined) throw new Error("A task was taken after one that failed.");
      if ("thrown" in outcome) throw outcome.thrown;
      let blocks: RowsBlock[] | undefined;
      if ("here" in outcome) {
        applyUpdates(outcome.here.updates);
        blocks = outcome.here.blocks;
      } else if ("declined" in outcome) {
        if (outcome.isLasting) programs.keepHere(task, (line) => host.warn(line), outcome.declined);
      } else {
        const updates = programs.updatesOf(task.program, outcome.updates);
        if (updates) {
          applyUpdates(updates);
          blocks = outcome.blocks.map((chunks) => new EncodedRows(chunks));
        }
      }
      if (blocks === undefined) return this.runRows(here, rowsIn);
      stages.add(task.stage, 1, rowsIn(blocks), 0);
      return blocks;
    });
  }

  /** Runs kernel tasks on all threads; what they make belongs to `home`. */
  async runKernel(work: readonly Work[], home: BatchScope): Promise<KernelResult[]> {
    const { host, threads, stages } = this.#engine;
    if (work.length === 0) return [];
    const begin = host.monotonicNow();
    const results = await threads.runKernel(work, (block: MemoryBlock) => home.own(block));
    let rows = 0;
    for (const result of results) {
      if (result.kind === "count") rows += 1;
      // What a version of a state has changed are rows of its own, once more.
      else rows += rowsIn(result.changed ? result.partitions[0]! : result.partitions.flat());
    }
    stages.add(work[0]!.task.stage, work.length, rows, host.monotonicNow() - begin);
    return results;
  }
}

/** The rows of a block that a task made. */
export function rowsOfBlock(block: RowsBlock): number {
  return rowCountOf(block);
}

/** The blocks as bytes, or as they are where some rows have none. */
function asBytes(blocks: RowsBlock[], isShared: boolean): RowsBlock[] {
  const lists = blocks.map(({ rows }) => rows);
  try {
    return encodeLists(lists, isShared).map((chunks, index) => new EncodedRows(chunks, lists[index]!));
  } catch {
    return blocks;
  }
}
