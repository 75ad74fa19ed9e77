import type { FrameBlock, InputBlock, RowsBlock } from "../block/block.js";
import { CountOperator } from "../operators/count.js";
import type { MergeDataset, ShuffleDataset } from "../plan/dataset.js";
import type { Made, MapOutputs } from "../plan/made.js";
import type { ShuffleOperator, Sink } from "../plan/operator.js";
import type { PartitionPlan } from "../plan/partition-plan.js";
import type { BatchScope } from "../plan/scope.js";
import type { JobBlocks } from "./job-blocks.js";
import type { JobTasks } from "./job-tasks.js";
import { cutting, keysExpected, LINE_END, rememberKeys } from "./kernel-form.js";
import type { JobClosures } from "./program/job-closures.js";
import { rowsIn } from "./rows-in.js";
import type { KernelProgram, RowsPlan, RowsTask } from "./task.js";
import type { Work } from "./worker.js";

/** The stages of a job that run in the kernel where they can: map tasks, reducers, counts. All that their plans read is made. */
export class JobStages {
  readonly #tasks: JobTasks;
  readonly #blocks: JobBlocks;
  readonly #closures: JobClosures;
  readonly #scope: BatchScope;

  constructor(tasks: JobTasks, blocks: JobBlocks, closures: JobClosures, scope: BatchScope) {
    this.#tasks = tasks;
    this.#blocks = blocks;
    this.#closures = closures;
    this.#scope = scope;
  }

  /** The map stage of a shuffle over `plans`: in the kernel where all of its tasks can, else closures. */
  async map(shuffle: ShuffleDataset, plans: readonly PartitionPlan[]): Promise<MapOutputs> {
    const stage = `${shuffle.operator.name}, map side`;
    const work = this.#mapWork(plans, shuffle, stage);
    if (work) {
      const results = await this.#tasks.runKernel(work, this.#scope);
      const blocks = results.map((result) => (result.op === "sum" ? [...result.blocks] : []));
      rememberKeys(shuffle.operator, blocks);
      return { form: "kernel", blocks };
    }
    await this.count(plans);
    return { form: "rows", blocks: await this.#mapRows(plans, shuffle.operator, stage) };
  }

  /** The map tasks of a shuffle as closures: in workers what can be there, the rest on the host's thread. */
  async #mapRows(plans: readonly PartitionPlan[], operator: ShuffleOperator, stage: string): Promise<RowsBlock[][]> {
    const taskOf = async (plan: PartitionPlan, partition: number): Promise<RowsTask<RowsBlock[]>> => {
      await this.#closures.settle(plan);
      const identity = this.#tasks.identity(stage, partition, plans.length);
      return { form: "rows", ...identity, plan: this.#blocks.rowsPlan(plan), open: () => operator.combine(partition) };
    };
    const blocks: RowsBlock[][] = [];
    const canCombine = this.#closures.has(operator);
    await this.#closures.evaluate(plans, { partsOnly: canCombine });
    if (!canCombine) {
      for (const [partition, plan] of plans.entries()) {
        blocks.push(await this.#tasks.runRows(await taskOf(plan, partition), rowsIn));
      }
      return blocks;
    }
    const tasks: Array<RowsTask<RowsBlock[]>> = [];
    for (const [partition, plan] of plans.entries()) tasks.push(await taskOf(plan, partition));
    const taken = await this.#closures.map(operator, tasks);
    for (const [i, task] of tasks.entries()) blocks.push(await (taken[i]?.() ?? this.#tasks.runRows(task, rowsIn)));
    return blocks;
  }

  /** The map tasks of a shuffle as kernel tasks, or undefined where one of them cannot be one. */
  #mapWork(plans: readonly PartitionPlan[], shuffle: ShuffleDataset, stage: string): Work[] | undefined {
    const { operator } = shuffle;
    const reducers = operator.partitioner.numPartitions;
    const work: Work[] = [];
    for (const [partition, plan] of plans.entries()) {
      const form = this.#blocks.kernelForm(plan);
      if (form === undefined || form.prefix !== plan.steps.length) return undefined;
      if (operator.place(form.shape).runs !== "kernel") return undefined;
      const { shape, inputs } = form;
      const program: KernelProgram = {
        op: "sum",
        ...cutting(shape),
        reducers,
        keysExpected: keysExpected(operator, inputs),
      };
      work.push({ task: { form: "kernel", program, ...this.#tasks.identity(stage, partition, plans.length) }, inputs });
    }
    return work;
  }

  /** Merges for each reducer what its parts have, in their order; in the kernel where all of it lies there. */
  async reduce(
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
    const merges: Array<RowsTask<RowsBlock[]>> = [];
    for (const reducer of reducers) {
      const parts = partsOf(reducer).filter((plan) => !isEmpty(plan));
      const only = parts[0];
      if (only === undefined) made.results[reducer] = [{ kind: "rows", rows: [] }];
      else if (operator.isCombined && parts.length === 1 && only.steps.length === 0 && isSingleBlock(only.inputs)) {
        // One part has seen all rows: what it made is the result.
        made.results[reducer] = only.inputs;
        share(only.inputs, home);
      } else if (parts.every(isPairs) && operator.place({ kind: "pairs" }).runs === "kernel") {
        const inputs = parts.flatMap((plan) => plan.inputs as readonly FrameBlock[]);
        const keysExpected = Math.max(...inputs.map(({ rows }) => rows));
        const program: KernelProgram = { op: "sum", separator: LINE_END, value: 0, reducers: 1, keysExpected };
        const identity = this.#tasks.identity(stage, reducer, operator.partitioner.numPartitions);
        work.push({ task: { form: "kernel", program, ...identity }, inputs });
        working.push(reducer);
      } else {
        const identity = this.#tasks.identity(stage, reducer, operator.partitioner.numPartitions);
        const open = () => merging(operator);
        merges.push({ form: "rows", ...identity, plan: { inputs: parts, steps: [] }, open });
      }
    }
    const taken = await this.#closures.reduce(operator, merges);
    for (const [i, merge] of merges.entries()) {
      made.results[merge.partition] = await (taken[i]?.() ?? this.#tasks.runRows(merge, rowsIn));
    }
    if (work.length === 0) return;
    const results = await this.#tasks.runKernel(work, home);
    results.forEach((result, i) => {
      if (result.op === "sum") made.results[working[i]!] = [result.blocks[0]!];
    });
  }

  /** Counts in the kernel what only needs to be counted. */
  async count(plans: readonly PartitionPlan[]): Promise<void> {
    const work: Work[] = [];
    const counted: Array<{ plan: PartitionPlan; prefix: number }> = [];
    const visit = (plan: PartitionPlan): void => {
      const { base } = plan;
      if (base.kind === "parts") {
        base.parts.forEach(visit);
        return;
      }
      if (!plan.steps.some(({ operator }) => operator instanceof CountOperator)) return;
      if (this.#onlyCountsRows(plan)) {
        this.#blocks.count(plan, 1, rowsIn(this.#blocks.blocksOf(plan)));
        return;
      }
      const form = this.#blocks.kernelForm(plan);
      if (form?.shape.kind !== "count") return;
      if (form.shape.of.kind === "pairs") {
        const rows = form.inputs.reduce((sum, input) => sum + (input.kind === "frame" ? input.rows : 0), 0);
        this.#blocks.count(plan, form.prefix, rows);
        return;
      }
      const { separator } = cutting(form.shape.of);
      const task = {
        form: "kernel" as const,
        program: { op: "count" as const, separator },
        ...this.#tasks.identity("count", work.length, 1),
      };
      work.push({ task, inputs: form.inputs });
      counted.push({ plan, prefix: form.prefix });
    };
    plans.forEach(visit);
    if (work.length === 0) return;
    const results = await this.#tasks.runKernel(work, this.#scope);
    results.forEach((result, i) => {
      const { plan, prefix } = counted[i]!;
      if (result.op === "count") this.#blocks.count(plan, prefix, result.count);
    });
  }

  /** Rows that are JavaScript values, or bytes of such, are counted as they are. */
  #onlyCountsRows(plan: PartitionPlan): boolean {
    const isCount = plan.steps[0]!.operator instanceof CountOperator;
    return isCount && this.#blocks.blocksOf(plan).every((block) => block.kind === "rows");
  }
}

/** Blocks that another scope owns are owned by this one too. */
export function share(blocks: readonly InputBlock[], home: BatchScope): void {
  for (const block of blocks) if (block.kind !== "rows") home.own(block.kind === "slice" ? block.block : block);
}

function merging(operator: ShuffleOperator): Sink & { result(): RowsBlock[] } {
  const { push, end, result } = operator.merge();
  return { push, end, result: () => [result()] };
}

function isEmpty({ inputs, steps }: RowsPlan): boolean {
  return (
    steps.length === 0 && inputs.every((input) => "kind" in input && input.kind !== "slice" && rowsIn([input]) === 0)
  );
}

function isSingleBlock(inputs: RowsPlan["inputs"]): inputs is readonly InputBlock[] {
  return inputs.length === 1 && "kind" in inputs[0]!;
}

function isPairs({ inputs, steps }: RowsPlan): boolean {
  return steps.length === 0 && inputs.every((input) => "kind" in input && input.kind === "frame");
}
