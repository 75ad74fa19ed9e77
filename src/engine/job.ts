import type { InputBlock, RowsBlock } from "../block/block.js";
import { EncodedRows } from "../block/encoded-rows.js";
import { messageOf } from "../errors.js";
import {
  type Dataset,
  partitionCount,
  type ShuffleDataset,
  type SourceDataset,
  type StageKernel,
  type StageRunner,
} from "../plan/dataset.js";
import type { Made, MapOutputs } from "../plan/made.js";
import type { Sink, TaskControl } from "../plan/operator.js";
import { isLoaded, type PartitionPlan, planAnew, planPartition, planPartitions } from "../plan/partition-plan.js";
import type { BatchScope } from "../plan/scope.js";
import type { StateRunner } from "../plan/state-update.js";
import { countUpdatesOnce } from "./accumulator.js";
import { blocksOf, JobBlocks } from "./job-blocks.js";
import { JobJoins } from "./job-joins.js";
import { JobKernel } from "./job-kernel.js";
import { JobOrders } from "./job-orders.js";
import { JobStages, share } from "./job-stages.js";
import { JobStates } from "./job-states.js";
import { JobTasks, rowsOfBlock } from "./job-tasks.js";
import type { LocalEngine } from "./local-engine.js";
import { JobClosures } from "./program/job-closures.js";
import { HostKernel } from "./stage-kernel.js";
import type { StoredPartition } from "./storage.js";
import type { RowsPlan, RowsTask } from "./task.js";

export interface JobOptions<R> {
  readonly partitions: readonly number[];
  /** The sink of each partition's rows. */
  readonly open: (partition: number, control: TaskControl) => Sink & { result(): R };
  /** Makes the result of a partition from its blocks as they lie, where nothing is left to do; undefined where it takes their rows. */
  readonly copy?: (blocks: readonly InputBlock[]) => R | undefined;
  /** Rows that a partition's sink wants at first. */
  readonly rowsWanted?: number;
}

/**
 * Runs some partitions of a dataset into sinks, in order, and returns what the sinks made. First what lies below it and has to be made before:
 * shuffles, each a stage of map tasks, in the kernel where all of them can, then its reducers; merges, stages, what is kept, what is read.
 *
 * **Ownership:** what is made belongs to the scope of the dataset where it is kept, else to `scope`. **Errors:** `PlanError` "batch-forgotten".
 */
export function runJob<R>(
  engine: LocalEngine,
  dataset: Dataset,
  scope: BatchScope,
  options: JobOptions<R>,
): Promise<R[]> {
  return new Job(engine, scope).run(dataset, options);
}

class Job implements StageRunner {
  readonly #engine: LocalEngine;
  readonly #scope: BatchScope;
  readonly #tasks: JobTasks;
  readonly #blocks: JobBlocks;
  readonly #closures: JobClosures;
  readonly #stages: JobStages;
  readonly #joins: JobJoins;
  readonly #orders: JobOrders;
  readonly states: StateRunner;
  #end!: () => void;

  constructor(engine: LocalEngine, scope: BatchScope) {
    const done = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    this.#engine = engine;
    this.#scope = scope;
    this.#tasks = new JobTasks(engine, scope.batch);
    this.#blocks = new JobBlocks(engine, scope, done);
    this.#closures = new JobClosures(engine.running.programs, this.#tasks, this.#blocks);
    const kernel = new JobKernel(engine, this.#tasks, this.#blocks, scope);
    this.#stages = new JobStages(kernel, this.#tasks, this.#blocks, this.#closures, scope);
    const makeBelow = (plans: readonly PartitionPlan[]) => this.#makeBelow(plans);
    this.#joins = new JobJoins(this.#tasks, this.#blocks, kernel, scope, makeBelow);
    this.states = new JobStates(engine, this.#tasks, this.#blocks, kernel, scope, makeBelow);
    this.#orders = new JobOrders(engine, this.#tasks, kernel, scope, makeBelow);
  }

  get batch() {
    return this.#scope.batch;
  }

  get kernel(): StageKernel | undefined {
    return this.#engine.lowering ? new HostKernel(this.#engine.threads) : undefined;
  }

  async run<R>(dataset: Dataset, options: JobOptions<R>): Promise<R[]> {
    try {
      return await this.#run(dataset, options);
    } finally {
      this.#end();
    }
  }

  asTask<R>(body: () => R): R {
    return countUpdatesOnce(body);
  }

  async rowsOf(dataset: Dataset): Promise<Array<readonly unknown[]>> {
    const partitions = Array.from({ length: partitionCount(dataset) }, (_, index) => index);
    const rows = await this.#run(dataset, { partitions, open: gathering });
    return rows.map((block) => block.rows);
  }

  async blocksOf(dataset: Dataset): Promise<Array<readonly InputBlock[]>> {
    const plans = planPartitions(dataset);
    await this.#makeBelow(plans);
    const rows: Array<readonly InputBlock[]> = [];
    for (const [index, plan] of plans.entries()) {
      const blocks = blocksOf(this.#blocks.rowsPlan(plan));
      rows.push(blocks ?? [await this.#gather(dataset, plan, index)]);
    }
    return rows;
  }

  async #run<R>(dataset: Dataset, { partitions, open, copy, rowsWanted }: JobOptions<R>): Promise<R[]> {
    const of = partitionCount(dataset);
    const isWhole = partitions.length === of;
    const plans = isWhole ? planPartitions(dataset) : partitions.map((index) => planPartition(dataset, index));
    await this.#makeBelow(plans);
    await this.#stages.prefix(plans);
    // Where a few rows are enough, workers would make all of them.
    if (rowsWanted === undefined) await this.#closures.evaluate(plans);
    const results: R[] = [];
    for (const [i, plan] of plans.entries()) {
      await this.#closures.settle(plan);
      const partition = partitions[i]!;
      const rowsPlan = this.#blocks.rowsPlan(plan);
      const blocks = copy && blocksOf(rowsPlan);
      const copied = blocks && copy(blocks);
      if (copied !== undefined) {
        results.push(copied);
        continue;
      }
      const task: RowsTask<R> = {
        form: "rows",
        ...this.#tasks.identity("result", partition, of),
        plan: rowsPlan,
        open: (control) => open(partition, control),
        ...(rowsWanted !== undefined && { rowsWanted }),
      };
      results.push(await this.#tasks.runRows(task));
    }
    return results;
  }

  /** Makes every partition that the plans read. */
  async #makeBelow(plans: readonly PartitionPlan[]): Promise<void> {
    await this.#joins.make(plans);
    const wanted = new Map<Dataset, Set<number>>();
    const collect = (plan: PartitionPlan): void => {
      const { base } = plan;
      if (base.kind === "parts") base.parts.forEach(collect);
      if (base.kind !== "made" || this.#blocks.isReplaced(plan)) return;
      const partitions = wanted.get(base.dataset);
      if (partitions) partitions.add(base.partition);
      else wanted.set(base.dataset, new Set([base.partition]));
    };
    plans.forEach(collect);
    for (const [dataset, partitions] of wanted) await this.#make(dataset, [...partitions]);
  }

  async #make(dataset: Dataset, partitions: readonly number[]): Promise<void> {
    const home = this.#blocks.homeOf(dataset);
    const made = home.madeOf(dataset);
    const missing = () => partitions.filter((index) => !made.results[index] && !this.#blocks.isLoaded(dataset, index));
    if (missing().length === 0) return;
    // One job at a time makes something of a dataset, and another one that waited finds it made.
    const before = made.busy;
    let release!: () => void;
    const busy = new Promise<void>((resolve) => {
      release = resolve;
    });
    made.busy = busy;
    try {
      if (before) await before;
      for (const index of missing()) await this.#load(dataset, made, index);
      const toMake = missing();
      if (toMake.length > 0) await this.#makeAnew(dataset, made, home, toMake);
    } finally {
      release();
      if (made.busy === busy) made.busy = undefined;
    }
  }

  /** Reads a partition where it is stored. What cannot be read any more is made again. */
  async #load(dataset: Dataset, made: Made, index: number): Promise<void> {
    const stored = made.stored[index] as StoredPartition | undefined;
    if (stored === undefined) return;
    const { host } = this.#engine;
    const { storage } = this.#engine.running;
    try {
      this.#blocks.load(dataset, index, await storage.load(stored));
    } catch (error) {
      if (dataset.kind === "stage" && dataset.runsOnce) throw error;
      host.warn(`millrace: a persisted partition cannot be read and is made again: ${messageOf(error)}`);
      made.stored[index] = undefined;
      storage.free(stored);
    }
  }

  async #makeAnew(dataset: Dataset, made: Made, home: BatchScope, partitions: readonly number[]): Promise<void> {
    switch (dataset.kind) {
      case "shuffle": {
        if (await this.#joins.lists(dataset, made, home, partitions)) break;
        const outputs = await this.#map(dataset);
        await this.#stages.reduce(dataset, made, home, partitions, (reducer) => partsOf(outputs, reducer));
        break;
      }
      case "merge": {
        const plans = partitions.map((index) => dataset.parents.map((parent) => planPartition(parent, index)));
        await this.#makeBelow(plans.flat());
        const byPartition = new Map(partitions.map((index, i) => [index, plans[i]!]));
        await this.#stages.reduce(dataset, made, home, partitions, (index) =>
          byPartition.get(index)!.map((plan) => this.#blocks.rowsPlan(plan)),
        );
        await this.#makeAhead(dataset.ahead, partitions);
        break;
      }
      case "stage": {
        const parts = (await this.#orders.make(dataset, home)) ?? (await dataset.run(this));
        for (const [index, part] of parts.entries()) {
          const blocks: readonly InputBlock[] = "blocks" in part ? part.blocks : [{ kind: "rows", rows: part }];
          share(blocks, home);
          made.results[index] = blocks;
        }
        break;
      }
      case "source":
        for (const index of partitions) made.results[index] = await this.#readPartition(dataset, index, home);
        break;
      default:
        await this.#keepPartitions(dataset, made, home, partitions);
    }
    if (dataset.keep?.isExplicit && dataset.keep.scope === home) {
      for (const index of partitions) await this.#store(dataset, made, index);
    }
  }

  /** Makes what batches to come will read. What fails is made when they ask for it, and fails there: this batch needs none of it. */
  async #makeAhead(ahead: readonly Dataset[], partitions: readonly number[]): Promise<void> {
    for (const dataset of ahead) {
      const plans = partitions.map((index) => planPartition(dataset, index));
      await this.#makeBelow(plans).catch(() => {});
    }
  }

  /** A partition that is read from outside, or there already. */
  async #readPartition(dataset: SourceDataset, index: number, home: BatchScope): Promise<readonly InputBlock[]> {
    const partition = dataset.partitions[index]!;
    if (isLoaded(partition)) return partition.load(home);
    const blocks = this.#blocks.blocksOf(planAnew(dataset, index));
    share(blocks, home);
    return blocks;
  }

  /** Partitions of a dataset that is kept: all their rows. */
  async #keepPartitions(dataset: Dataset, made: Made, home: BatchScope, partitions: readonly number[]): Promise<void> {
    const plans = partitions.map((index) => planAnew(dataset, index));
    await this.#makeBelow(plans);
    const isThere = (plan: PartitionPlan) => plan.steps.length === 0 && plan.base.kind !== "parts";
    const toRun = plans.filter((plan) => !isThere(plan));
    await this.#stages.prefix(toRun);
    await this.#closures.evaluate(toRun, { isKept: true });
    for (const [i, plan] of plans.entries()) {
      const index = partitions[i]!;
      if (isThere(plan)) {
        const blocks = this.#blocks.blocksOf(plan);
        share(blocks, home);
        made.results[index] = blocks;
      } else made.results[index] = [await this.#gather(dataset, plan, index)];
    }
  }

  async #gather(dataset: Dataset, plan: PartitionPlan, index: number): Promise<RowsBlock> {
    await this.#closures.settle(plan);
    const rows = this.#blocks.rowsPlan(plan);
    const [only, ...others] = rows.inputs;
    // Gathered in a worker: the rows can stay bytes.
    if (rows.steps.length === 0 && others.length === 0 && only instanceof EncodedRows) return only;
    const identity = this.#tasks.identity("keep", index, partitionCount(dataset));
    return this.#tasks.runRows({ form: "rows", ...identity, plan: rows, open: gathering }, rowsOfBlock);
  }

  /** Puts a partition where its level says; what finds no room is there for this job alone, unless it cannot be made again. */
  async #store(dataset: Dataset, made: Made, index: number): Promise<void> {
    const blocks = made.results[index]!;
    const { level } = dataset.keep!;
    // Blocks in the kernel's memory are bytes in memory already.
    if (level !== "DISK_ONLY" && level !== "DISK_ONLY_2" && blocks.every(({ kind }) => kind !== "rows")) return;
    const plan: RowsPlan = { inputs: blocks, steps: [] };
    const identity = this.#tasks.identity("keep", index, partitionCount(dataset));
    const { rows } = await this.#tasks.runRows({ form: "rows", ...identity, plan, open: gathering }, rowsOfBlock);
    made.stored[index] = await this.#engine.running.storage.store(rows, level);
    if (made.stored[index] === undefined && dataset.kind === "stage" && dataset.runsOnce) return;
    made.results[index] = undefined;
    this.#blocks.load(dataset, index, rows);
  }

  /** The map stage of a shuffle, once for each scope: what only reducers need is not kept with what they make. */
  async #map(shuffle: ShuffleDataset): Promise<MapOutputs> {
    const made = this.#scope.madeOf(shuffle);
    if (made.mapOutputs === undefined) {
      const plans = planPartitions(shuffle.parent);
      await this.#makeBelow(plans);
      made.mapOutputs = await this.#stages.map(shuffle, plans);
    }
    return made.mapOutputs;
  }
}

/** What the map tasks made for a reducer. */
function partsOf(outputs: MapOutputs, reducer: number): RowsPlan[] {
  if (outputs.form === "kernel") return outputs.blocks.map((task) => ({ inputs: task[reducer]!, steps: [] }));
  return outputs.blocks.map((task) => ({ inputs: [task[reducer]!], steps: [] }));
}

function gathering(): Sink & { result(): RowsBlock } {
  const rows: unknown[] = [];
  return { push: (row) => rows.push(row), end: () => {}, result: () => ({ kind: "rows", rows }) };
}
