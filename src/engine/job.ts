import type { InputBlock, MemoryBlock, PairsBlock, RowsBlock } from "../block/block.js";
import { messageOf } from "../errors.js";
import { CountOperator } from "../operators/count.js";
import {
  type Dataset,
  keepOf,
  type MergeDataset,
  partitionCount,
  type ShuffleDataset,
  type StageRunner,
} from "../plan/dataset.js";
import type { Made, MapOutputs } from "../plan/made.js";
import type { Sink, TaskControl } from "../plan/operator.js";
import { isLoaded, type PartitionPlan, planAnew, planPartition, planPartitions } from "../plan/partition-plan.js";
import type { BatchScope } from "../plan/scope.js";
import { countUpdatesOnce } from "./accumulator.js";
import { cutting, kernelForm, keysExpected, LINE_END, rememberKeys } from "./kernel-form.js";
import type { LocalEngine } from "./local-engine.js";
import type { StoredPartition } from "./storage.js";
import type { KernelProgram, KernelResult, RowsPlan, RowsTask } from "./task.js";
import type { Work } from "./worker.js";

/** Closures run on the host's thread for at most this long before other work of the host gets its turn. */
const BUSY_MS_MAX = 10;

export interface JobOptions<R> {
  readonly partitions: readonly number[];
  /** The sink of each partition's rows. */
  readonly open: (partition: number, control: TaskControl) => Sink & { result(): R };
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
  return scope.hold(engine.start().then(() => new Job(engine, scope).run(dataset, options)));
}

class Job implements StageRunner {
  readonly #engine: LocalEngine;
  readonly #scope: BatchScope;
  /** Where what datasets make belongs: found out once a job, as what is kept may be given back meanwhile. */
  readonly #homes = new Map<Dataset, BatchScope>();
  readonly #held = new Set<BatchScope>();
  /** Kept partitions that had to be read or decoded, or for which there was no room: for this job alone. */
  readonly #loaded = new Map<Dataset, Array<readonly InputBlock[]>>();
  /** What the kernel counted: the row that takes the place of a plan's base and of its first `prefix` steps. */
  readonly #counted = new Map<PartitionPlan, { readonly prefix: number; readonly rows: RowsBlock }>();
  #busySince: number;
  #end!: () => void;
  readonly #done = new Promise<void>((resolve) => {
    this.#end = resolve;
  });

  constructor(engine: LocalEngine, scope: BatchScope) {
    this.#engine = engine;
    this.#scope = scope;
    this.#busySince = engine.host.monotonicNow();
  }

  get batch() {
    return this.#scope.batch;
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

  async #run<R>(dataset: Dataset, { partitions, open, rowsWanted }: JobOptions<R>): Promise<R[]> {
    const of = partitionCount(dataset);
    const isWhole = partitions.length === of;
    const plans = isWhole ? planPartitions(dataset) : partitions.map((index) => planPartition(dataset, index));
    await this.#makeBelow(plans);
    await this.#countBelow(plans);
    const results: R[] = [];
    for (const [i, plan] of plans.entries()) {
      const partition = partitions[i]!;
      const task: RowsTask<R> = {
        form: "rows",
        ...this.#identity("result", partition, of),
        plan: this.#rowsPlan(plan),
        open: (control) => open(partition, control),
        ...(rowsWanted !== undefined && { rowsWanted }),
      };
      results.push(await this.#runRows(task));
    }
    return results;
  }

  /** Makes every partition that the plans read. */
  async #makeBelow(plans: readonly PartitionPlan[]): Promise<void> {
    const wanted = new Map<Dataset, Set<number>>();
    const collect = ({ base }: PartitionPlan): void => {
      if (base.kind === "parts") base.parts.forEach(collect);
      if (base.kind !== "made") return;
      const partitions = wanted.get(base.dataset);
      if (partitions) partitions.add(base.partition);
      else wanted.set(base.dataset, new Set([base.partition]));
    };
    plans.forEach(collect);
    for (const [dataset, partitions] of wanted) await this.#make(dataset, [...partitions]);
  }

  async #make(dataset: Dataset, partitions: readonly number[]): Promise<void> {
    const home = this.#homeOf(dataset);
    const made = home.madeOf(dataset);
    const missing = () => partitions.filter((index) => !made.results[index] && !this.#loaded.get(dataset)?.[index]);
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
    const { storage, host } = this.#engine;
    try {
      this.#loadedOf(dataset)[index] = [{ kind: "rows", rows: await storage.load(stored) }];
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
        const { blocks } = await this.#map(dataset);
        await this.#reduce(dataset, made, home, partitions, (reducer) =>
          blocks.map((outputs): RowsPlan => ({ inputs: [outputs[reducer]!], steps: [] })),
        );
        break;
      }
      case "merge": {
        const plans = partitions.map((index) => dataset.parents.map((parent) => planPartition(parent, index)));
        await this.#makeBelow(plans.flat());
        const byPartition = new Map(partitions.map((index, i) => [index, plans[i]!]));
        await this.#reduce(dataset, made, home, partitions, (index) =>
          byPartition.get(index)!.map((plan) => this.#rowsPlan(plan)),
        );
        break;
      }
      case "stage": {
        const rows = await dataset.run(this);
        for (const [index, part] of rows.entries()) made.results[index] = [{ kind: "rows", rows: part }];
        break;
      }
      default:
        for (const index of partitions) made.results[index] = await this.#makePartition(dataset, index, home);
    }
    if (dataset.keep?.isExplicit && dataset.keep.scope === home) {
      for (const index of partitions) await this.#store(dataset, made, index);
    }
  }

  /** A partition of rows that are read, or of a dataset that is kept: all its rows. */
  async #makePartition(dataset: Dataset, index: number, home: BatchScope): Promise<readonly InputBlock[]> {
    if (dataset.kind === "source") {
      const partition = dataset.partitions[index]!;
      if (isLoaded(partition)) return partition.load(home);
    }
    const plan = planAnew(dataset, index);
    await this.#makeBelow([plan]);
    if (plan.steps.length === 0 && plan.base.kind !== "parts") {
      const blocks = this.#blocksOf(plan);
      share(blocks, home);
      return blocks;
    }
    await this.#countBelow([plan]);
    const identity = this.#identity("keep", index, partitionCount(dataset));
    return [await this.#runRows({ form: "rows", ...identity, plan: this.#rowsPlan(plan), open: () => gathering() })];
  }

  /** Puts a partition where its level says; what finds no room is there for this job alone, unless it cannot be made again. */
  async #store(dataset: Dataset, made: Made, index: number): Promise<void> {
    const blocks = made.results[index]!;
    const { level } = dataset.keep!;
    // Blocks in the kernel's memory are bytes in memory already.
    if (level !== "DISK_ONLY" && level !== "DISK_ONLY_2" && blocks.every(({ kind }) => kind !== "rows")) return;
    const plan: RowsPlan = { inputs: blocks, steps: [] };
    const identity = this.#identity("keep", index, partitionCount(dataset));
    const { rows } = await this.#runRows({ form: "rows", ...identity, plan, open: () => gathering() });
    made.stored[index] = await this.#engine.storage.store(rows, level);
    if (made.stored[index] === undefined && dataset.kind === "stage" && dataset.runsOnce) return;
    made.results[index] = undefined;
    this.#loadedOf(dataset)[index] = [{ kind: "rows", rows }];
  }

  /** The map stage of a shuffle, once for each scope: what only reducers need is not kept with what they make. */
  async #map(shuffle: ShuffleDataset): Promise<MapOutputs> {
    const made = this.#scope.madeOf(shuffle);
    made.mapOutputs ??= await this.#mapAnew(shuffle);
    return made.mapOutputs;
  }

  async #mapAnew(shuffle: ShuffleDataset): Promise<MapOutputs> {
    const plans = planPartitions(shuffle.parent);
    await this.#makeBelow(plans);
    const stage = `${shuffle.operator.name}, map side`;
    const work = this.#mapWork(plans, shuffle, stage);
    if (work) {
      const results = await this.#runKernel(work, this.#scope);
      const blocks = results.map((result) => (result.op === "sum" ? [...result.blocks] : []));
      rememberKeys(shuffle.operator, blocks);
      return { form: "kernel", blocks };
    }
    await this.#countBelow(plans);
    const blocks: RowsBlock[][] = [];
    for (const [partition, plan] of plans.entries()) {
      const identity = this.#identity(stage, partition, plans.length);
      const open = () => shuffle.operator.combine(partition);
      blocks.push(await this.#runRows({ form: "rows", ...identity, plan: this.#rowsPlan(plan), open }));
    }
    return { form: "rows", blocks };
  }

  /** The map tasks of a shuffle as kernel tasks, or undefined where one of them cannot be one. */
  #mapWork(plans: readonly PartitionPlan[], shuffle: ShuffleDataset, stage: string): Work[] | undefined {
    const { operator } = shuffle;
    const reducers = operator.partitioner.numPartitions;
    const work: Work[] = [];
    for (const [partition, plan] of plans.entries()) {
      const form = this.#kernelForm(plan);
      if (form === undefined || form.prefix !== plan.steps.length) return undefined;
      if (operator.place(form.shape).runs !== "kernel") return undefined;
      const { shape, inputs } = form;
      const program: KernelProgram = {
        op: "sum",
        ...cutting(shape),
        reducers,
        keysExpected: keysExpected(operator, inputs),
      };
      work.push({ task: { form: "kernel", program, ...this.#identity(stage, partition, plans.length) }, inputs });
    }
    return work;
  }

  /** Merges for each reducer what its parts have, in their order; in the kernel where all of it lies there. */
  async #reduce(
    dataset: ShuffleDataset | MergeDataset,
    made: Made,
    home: BatchScope,
    reducers: readonly number[],
    partsOf: (reducer: number) => readonly RowsPlan[],
  ): Promise<void> {
    const { operator } = dataset;
    const stage = operator.name;
    const work: Work[] = [];
    const working: number[] = [];
    for (const reducer of reducers) {
      const parts = partsOf(reducer).filter((plan) => !isEmpty(plan));
      const only = parts[0];
      if (only === undefined) made.results[reducer] = [{ kind: "rows", rows: [] }];
      else if (operator.isCombined && parts.length === 1 && only.steps.length === 0 && isSingleBlock(only.inputs)) {
        // One part has seen all rows: what it made is the result.
        made.results[reducer] = only.inputs;
        share(only.inputs, home);
      } else if (parts.every(isPairs) && operator.place({ kind: "pairs" }).runs === "kernel") {
        const inputs = parts.flatMap((plan) => plan.inputs as readonly PairsBlock[]);
        const keysExpected = Math.max(...inputs.map(({ rows }) => rows));
        const program: KernelProgram = { op: "sum", separator: LINE_END, value: 0, reducers: 1, keysExpected };
        const identity = this.#identity(stage, reducer, operator.partitioner.numPartitions);
        work.push({ task: { form: "kernel", program, ...identity }, inputs });
        working.push(reducer);
      } else {
        const identity = this.#identity(stage, reducer, operator.partitioner.numPartitions);
        const plan: RowsPlan = { inputs: parts, steps: [] };
        made.results[reducer] = [
          await this.#runRows({ form: "rows", ...identity, plan, open: () => operator.merge() }),
        ];
      }
    }
    if (work.length === 0) return;
    const results = await this.#runKernel(work, home);
    results.forEach((result, i) => {
      if (result.op === "sum") made.results[working[i]!] = [result.blocks[0]!];
    });
  }

  /** Counts in the kernel what only needs to be counted. */
  async #countBelow(plans: readonly PartitionPlan[]): Promise<void> {
    const work: Work[] = [];
    const counted: Array<{ plan: PartitionPlan; prefix: number }> = [];
    const visit = (plan: PartitionPlan): void => {
      const { base } = plan;
      if (base.kind === "parts") {
        base.parts.forEach(visit);
        return;
      }
      if (!plan.steps.some(({ operator }) => operator instanceof CountOperator) || this.#onlyCountsRows(plan)) return;
      const form = this.#kernelForm(plan);
      if (form?.shape.kind !== "count") return;
      if (form.shape.of.kind === "pairs") {
        const rows = form.inputs.reduce((sum, input) => sum + (input.kind === "pairs" ? input.rows : 0), 0);
        this.#counted.set(plan, { prefix: form.prefix, rows: { kind: "rows", rows: [rows] } });
        return;
      }
      const { separator } = cutting(form.shape.of);
      const task = {
        form: "kernel" as const,
        program: { op: "count" as const, separator },
        ...this.#identity("count", work.length, 1),
      };
      work.push({ task, inputs: form.inputs });
      counted.push({ plan, prefix: form.prefix });
    };
    plans.forEach(visit);
    if (work.length === 0) return;
    const results = await this.#runKernel(work, this.#scope);
    results.forEach((result, i) => {
      const { plan, prefix } = counted[i]!;
      if (result.op === "count") this.#counted.set(plan, { prefix, rows: { kind: "rows", rows: [result.count] } });
    });
  }

  /** Rows that are JavaScript values are counted as they are. */
  #onlyCountsRows(plan: PartitionPlan): boolean {
    const isCount = plan.steps[0]!.operator instanceof CountOperator;
    return isCount && this.#blocksOf(plan).every((block) => block.kind === "rows");
  }

  #kernelForm(plan: PartitionPlan) {
    if (plan.base.kind === "parts") return undefined;
    return kernelForm(plan, this.#blocksOf(plan), this.#engine, this.#scope);
  }

  #rowsPlan(plan: PartitionPlan): RowsPlan {
    const { base, steps } = plan;
    const counted = this.#counted.get(plan);
    if (counted) return { inputs: [counted.rows], steps: steps.slice(counted.prefix) };
    if (base.kind === "parts") return { inputs: base.parts.map((part) => this.#rowsPlan(part)), steps };
    return { inputs: this.#blocksOf(plan), steps };
  }

  /** The blocks of a base that is there, or was made before. */
  #blocksOf({ base }: PartitionPlan): readonly InputBlock[] {
    if (base.kind === "blocks") return base.blocks;
    if (base.kind === "parts") throw new Error("A plan of parts has no blocks of its own.");
    const { dataset, partition } = base;
    return this.#loaded.get(dataset)?.[partition] ?? this.#homeOf(dataset).madeOf(dataset).results[partition]!;
  }

  #loadedOf(dataset: Dataset): Array<readonly InputBlock[]> {
    let blocks = this.#loaded.get(dataset);
    if (blocks === undefined) {
      blocks = [];
      this.#loaded.set(dataset, blocks);
    }
    return blocks;
  }

  /** Where what `dataset` makes belongs; held until this job is done. */
  #homeOf(dataset: Dataset): BatchScope {
    let home = this.#homes.get(dataset);
    if (home) return home;
    home = keepOf(dataset)?.scope ?? this.#scope;
    this.#homes.set(dataset, home);
    if (home !== this.#scope && !this.#held.has(home)) {
      this.#held.add(home);
      void home.hold(this.#done);
    }
    return home;
  }

  async #runRows<R>(task: RowsTask<R>): Promise<R> {
    const { host, threads, stages } = this.#engine;
    const begin = host.monotonicNow();
    const result = countUpdatesOnce(() => threads.runRows(task));
    const end = host.monotonicNow();
    stages.add(task.stage, 1, rowsMade(result), end - begin);
    if (end - this.#busySince > BUSY_MS_MAX) {
      await host.breathe();
      this.#busySince = host.monotonicNow();
    }
    return result;
  }

  async #runKernel(work: readonly Work[], home: BatchScope): Promise<KernelResult[]> {
    const { host, threads, stages } = this.#engine;
    if (work.length === 0) return [];
    const begin = host.monotonicNow();
    const results = await threads.runKernel(work, (block: MemoryBlock) => home.own(block));
    let rows = 0;
    for (const result of results) rows += result.op === "sum" ? rowsIn(result.blocks) : 1;
    stages.add(work[0]!.task.stage, work.length, rows, host.monotonicNow() - begin);
    return results;
  }

  #identity(stage: string, partition: number, of: number) {
    return { stage, partition, of, batch: this.#scope.batch, attempt: 1 };
  }
}

/** Blocks that another scope owns are owned by this one too. */
function share(blocks: readonly InputBlock[], home: BatchScope): void {
  for (const block of blocks) if (block.kind !== "rows") home.own(block.kind === "slice" ? block.block : block);
}

function gathering(): Sink & { result(): RowsBlock } {
  const rows: unknown[] = [];
  return { push: (row) => rows.push(row), end: () => {}, result: () => ({ kind: "rows", rows }) };
}

function isEmpty({ inputs, steps }: RowsPlan): boolean {
  return steps.length === 0 && inputs.every((input) => "kind" in input && "rows" in input && rowCount(input) === 0);
}

/** Rows that a task of closures made, where its result is made of blocks. */
function rowsMade(result: unknown): number {
  if (Array.isArray(result)) return rowsIn(result.filter(isRows));
  return isRows(result) ? result.rows.length : 0;
}

function isRows(result: unknown): result is RowsBlock {
  return typeof result === "object" && result !== null && (result as { kind?: unknown }).kind === "rows";
}

function rowsIn(blocks: readonly InputBlock[]): number {
  return blocks.reduce((sum, block) => sum + rowCount(block), 0);
}

function rowCount(block: InputBlock): number {
  return block.kind === "rows" ? block.rows.length : block.kind === "pairs" ? block.rows : block.block.rows;
}

function isSingleBlock(inputs: RowsPlan["inputs"]): inputs is readonly InputBlock[] {
  return inputs.length === 1 && "kind" in inputs[0]!;
}

function isPairs({ inputs, steps }: RowsPlan): boolean {
  return steps.length === 0 && inputs.every((input) => "kind" in input && input.kind === "pairs");
}
