import type { InputBlock, MemoryBlock, PairsBlock, RowsBlock } from "../block/block.js";
import { CountOperator } from "../operators/count.js";
import {
  assertReadable,
  type Dataset,
  type PartitionPlan,
  partitionCount,
  planPartition,
  planPartitions,
  type ShuffleDataset,
} from "../plan/dataset.js";
import type { KernelShape, ShuffleOperator, Sink, TaskControl } from "../plan/operator.js";
import type { BatchScope } from "../plan/scope.js";
import { sliceOf } from "./cut.js";
import type { LocalEngine } from "./local-engine.js";
import type { KernelInput, KernelProgram, RowsPlan } from "./task.js";
import type { Work } from "./worker.js";

/** Keys in the largest map task of a shuffle's last batch: the next one will have about as many. */
const keysSeen = new WeakMap<ShuffleOperator, number>();
/** A key in text has at least this many bytes, its separator with it. */
const KEY_BYTES_MIN = 2;
/** Where whole lines are cut. */
const LINE_END = 10;

export interface JobOptions<R> {
  readonly partitions: readonly number[];
  /** The sink of each partition's rows. */
  readonly open: (partition: number, control: TaskControl) => Sink & { result(): R };
  /** Rows that a partition's sink wants at first. */
  readonly rowsWanted?: number;
}

/**
 * Runs some partitions of a dataset into sinks, in order, and returns what the sinks made. First the shuffles below it, nearest last:
 * each a stage of map tasks, in the kernel where all of them can, then its reducers.
 *
 * **Ownership:** what shuffles make belongs to `scope`. **Errors:** `PlanError` "batch-forgotten".
 */
export function runJob<R>(
  engine: LocalEngine,
  dataset: Dataset,
  scope: BatchScope,
  options: JobOptions<R>,
): Promise<R[]> {
  assertReadable(dataset);
  return scope.hold(engine.start().then(() => new Job(engine, scope).run(dataset, options)));
}

class Job {
  readonly #engine: LocalEngine;
  readonly #scope: BatchScope;
  /** What the kernel counted: the row that takes the place of a plan's input and of its first `prefix` operators. */
  readonly #counted = new Map<PartitionPlan, { readonly prefix: number; readonly rows: RowsBlock }>();

  constructor(engine: LocalEngine, scope: BatchScope) {
    this.#engine = engine;
    this.#scope = scope;
  }

  async run<R>(dataset: Dataset, { partitions, open, rowsWanted }: JobOptions<R>): Promise<R[]> {
    const plans = partitions.map((partition) => planPartition(dataset, partition));
    await this.#reduceBelow(plans);
    await this.#countBelow(plans);
    const of = partitionCount(dataset);
    return plans.map((plan, i) => {
      const partition = partitions[i]!;
      return this.#engine.threads.runRows({
        form: "rows",
        stage: "result",
        partition,
        of,
        batch: this.#scope.batch,
        attempt: 1,
        plan: this.#rowsPlan(plan),
        open: (control) => open(partition, control),
        ...(rowsWanted !== undefined && { rowsWanted }),
      });
    });
  }

  /** Runs the reducers that the plans read, and the map tasks below them. */
  async #reduceBelow(plans: readonly PartitionPlan[]): Promise<void> {
    const wanted = new Map<ShuffleDataset, Set<number>>();
    const collect = ({ base }: PartitionPlan): void => {
      if (base.kind === "parts") base.parts.forEach(collect);
      if (base.kind !== "reducer") return;
      if (!wanted.has(base.shuffle)) wanted.set(base.shuffle, new Set());
      wanted.get(base.shuffle)!.add(base.reducer);
    };
    plans.forEach(collect);
    for (const [shuffle, reducers] of wanted) {
      await this.#map(shuffle);
      await this.#reduce(
        shuffle,
        [...reducers].filter((reducer) => shuffle.results[reducer] === undefined),
      );
    }
  }

  /** The map stage of a shuffle, once. */
  async #map(shuffle: ShuffleDataset): Promise<void> {
    if (shuffle.mapOutputs !== undefined) return;
    this.#scope.ownShuffle(shuffle);
    const plans = planPartitions(shuffle.parent);
    await this.#reduceBelow(plans);
    const stage = `${shuffle.operator.name}, map side`;
    const work = this.#kernelWork(plans, shuffle, stage);
    if (work) {
      const results = await this.#runKernel(work);
      const blocks = results.map((result) => (result.op === "sum" ? [...result.blocks] : []));
      keysSeen.set(shuffle.operator, Math.max(0, ...blocks.map(rowsIn)));
      shuffle.mapOutputs = { form: "kernel", blocks };
      return;
    }
    await this.#countBelow(plans);
    const blocks = plans.map((plan, partition) =>
      this.#engine.threads.runRows({
        form: "rows",
        ...this.#identity(stage, partition, plans.length),
        plan: this.#rowsPlan(plan),
        open: () => shuffle.operator.combine(),
      }),
    );
    shuffle.mapOutputs = { form: "rows", blocks };
  }

  /** The map tasks of a shuffle as kernel tasks, or undefined where one of them cannot be one. */
  #kernelWork(plans: readonly PartitionPlan[], shuffle: ShuffleDataset, stage: string): Work[] | undefined {
    const reducers = shuffle.operator.partitioner.numPartitions;
    const work: Work[] = [];
    for (const [partition, plan] of plans.entries()) {
      const form = this.#kernelForm(plan);
      if (form === undefined || form.prefix !== plan.operators.length) return undefined;
      if (shuffle.operator.place(form.shape).runs !== "kernel") return undefined;
      const keysExpected = Math.min(keysSeen.get(shuffle.operator) ?? 0, mostKeys(form.inputs));
      const program: KernelProgram = { op: "sum", ...cutting(form.shape), reducers, keysExpected };
      const task = { form: "kernel" as const, program, ...this.#identity(stage, partition, plans.length) };
      work.push({ task, inputs: form.inputs });
    }
    return work;
  }

  /** How far a plan's operators can run in the kernel, on what inputs, and the shape of the rows there. */
  #kernelForm(plan: PartitionPlan): { shape: KernelShape; prefix: number; inputs: KernelInput[] } | undefined {
    const inputs = this.#kernelInputs(plan);
    if (inputs === undefined) return undefined;
    let shape: KernelShape = inputs[0]?.kind === "pairs" ? { kind: "pairs" } : { kind: "text" };
    let prefix = 0;
    for (const operator of plan.operators) {
      const placement = operator.place(shape);
      if (placement.runs !== "kernel") break;
      shape = placement.shape;
      prefix += 1;
      if (shape.kind === "count") break;
    }
    return { shape, prefix, inputs };
  }

  #kernelInputs({ base }: PartitionPlan): KernelInput[] | undefined {
    if (base.kind === "parts") return undefined;
    const inputs: KernelInput[] = [];
    for (const block of this.#blocksOf(base)) {
      if (block.kind !== "rows") inputs.push(block);
      else if (block.rows.length > 0) {
        const text = this.#engine.encode(block, this.#scope);
        if (text === undefined) return undefined;
        inputs.push(sliceOf(text));
      }
    }
    return inputs;
  }

  #blocksOf(base: Exclude<PartitionPlan["base"], { kind: "parts" }>): readonly InputBlock[] {
    return base.kind === "blocks" ? base.blocks : [base.shuffle.results[base.reducer]!];
  }

  async #reduce(shuffle: ShuffleDataset, reducers: readonly number[]): Promise<void> {
    const outputs = shuffle.mapOutputs!;
    const of = shuffle.operator.partitioner.numPartitions;
    const stage = shuffle.operator.name;
    if (outputs.blocks.length === 0) {
      for (const reducer of reducers) shuffle.results[reducer] = { kind: "rows", rows: [] };
    } else if (outputs.blocks.length === 1) {
      // One map task has seen all rows: what it made is the result.
      for (const reducer of reducers) shuffle.results[reducer] = outputs.blocks[0]![reducer]!;
    } else if (outputs.form === "kernel") {
      const work = reducers.map((reducer): Work => {
        const inputs = outputs.blocks.map((blocks) => blocks[reducer]!);
        const keysExpected = Math.max(...inputs.map(({ rows }) => rows));
        const program: KernelProgram = { op: "sum", separator: LINE_END, value: 0, reducers: 1, keysExpected };
        return { task: { form: "kernel", program, ...this.#identity(stage, reducer, of) }, inputs };
      });
      const results = await this.#runKernel(work);
      results.forEach((result, i) => {
        if (result.op === "sum") shuffle.results[reducers[i]!] = result.blocks[0]!;
      });
    } else {
      for (const reducer of reducers) {
        shuffle.results[reducer] = this.#engine.threads.runRows<RowsBlock>({
          form: "rows",
          ...this.#identity(stage, reducer, of),
          plan: { inputs: outputs.blocks.map((blocks) => blocks[reducer]!), operators: [] },
          open: () => shuffle.operator.merge(),
        });
      }
    }
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
      if (plan.operators.length === 0 || this.#onlyCountsRows(plan)) return;
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
    const results = await this.#runKernel(work);
    results.forEach((result, i) => {
      const { plan, prefix } = counted[i]!;
      if (result.op === "count") this.#counted.set(plan, { prefix, rows: { kind: "rows", rows: [result.count] } });
    });
  }

  /** Rows that are JavaScript values are counted as they are. */
  #onlyCountsRows({ base, operators }: PartitionPlan): boolean {
    const isCount = operators[0] instanceof CountOperator;
    return isCount && base.kind !== "parts" && this.#blocksOf(base).every((block) => block.kind === "rows");
  }

  #rowsPlan(plan: PartitionPlan): RowsPlan {
    const { base, operators } = plan;
    const counted = this.#counted.get(plan);
    if (counted) return { inputs: [counted.rows], operators: operators.slice(counted.prefix) };
    if (base.kind === "parts") return { inputs: base.parts.map((part) => this.#rowsPlan(part)), operators };
    return { inputs: this.#blocksOf(base), operators };
  }

  #runKernel(work: readonly Work[]) {
    return this.#engine.threads.runKernel(work, (block: MemoryBlock) => this.#scope.own(block));
  }

  #identity(stage: string, partition: number, of: number) {
    return { stage, partition, of, batch: this.#scope.batch, attempt: 1 };
  }
}

function rowsIn(blocks: readonly PairsBlock[]): number {
  return blocks.reduce((sum, { rows }) => sum + rows, 0);
}

/** No more keys than this can be in the inputs. */
function mostKeys(inputs: readonly KernelInput[]): number {
  return inputs.reduce((sum, input) => sum + (input.kind === "pairs" ? input.rows : input.bytes / KEY_BYTES_MIN), 0);
}

function cutting(shape: KernelShape): { separator: number; value: number } {
  if (shape.kind !== "text") return { separator: LINE_END, value: 0 };
  return { separator: shape.separator ?? LINE_END, value: shape.value ?? 0 };
}
