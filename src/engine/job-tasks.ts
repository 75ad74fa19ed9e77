import type { MemoryBlock, RowsBlock } from "../block/block.js";
import type { BatchIdentity, BatchScope } from "../plan/scope.js";
import { countUpdatesOnce } from "./accumulator.js";
import type { LocalEngine } from "./local-engine.js";
import { rowsIn } from "./rows-in.js";
import type { KernelResult, RowsTask, TaskIdentity } from "./task.js";
import type { Work } from "./worker.js";

/** Closures run on the host's thread for at most this long before other work of the host gets its turn. */
const BUSY_MS_MAX = 10;

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

  /** Runs kernel tasks on all threads; what they make belongs to `home`. */
  async runKernel(work: readonly Work[], home: BatchScope): Promise<KernelResult[]> {
    const { host, threads, stages } = this.#engine;
    if (work.length === 0) return [];
    const begin = host.monotonicNow();
    const results = await threads.runKernel(work, (block: MemoryBlock) => home.own(block));
    let rows = 0;
    for (const result of results) rows += result.op === "sum" ? rowsIn(result.blocks) : 1;
    stages.add(work[0]!.task.stage, work.length, rows, host.monotonicNow() - begin);
    return results;
  }
}

/** The rows of a block that a task made. */
export function rowsOfBlock(block: RowsBlock): number {
  return block.rows.length;
}
