import type { FrameBlock, InputBlock, RowsBlock } from "../block/block.js";
import type { MergeDataset, ShuffleDataset } from "../plan/dataset.js";
import type { ChainEnd } from "../plan/kernel-chain.js";
import type { Made, MapOutputs } from "../plan/made.js";
import type { ShuffleOperator, Sink } from "../plan/operator.js";
import type { PartitionPlan } from "../plan/partition-plan.js";
import type { BatchScope } from "../plan/scope.js";
import type { JobBlocks } from "./job-blocks.js";
import type { JobKernel, KernelPlan } from "./job-kernel.js";
import type { JobTasks } from "./job-tasks.js";
import type { JobClosures } from "./program/job-closures.js";
import { rowsIn } from "./rows-in.js";
import type { RowsPlan, RowsTask } from "./task.js";

const NONE: ChainEnd = { kind: "none" };

/** The stages of a job that run in the kernel where they can: map tasks, reducers, what comes before closures. All that their plans read is made. */
export class JobStages {
  readonly #tasks: JobTasks;
  readonly #blocks: JobBlocks;
  readonly #closures: JobClosures;
  readonly #kernel: JobKernel;
  readonly #scope: BatchScope;

  constructor(kernel: JobKernel, tasks: JobTasks, blocks: JobBlocks, closures: JobClosures, scope: BatchScope) {
    this.#kernel = kernel;
    this.#tasks = tasks;
    this.#blocks = blocks;
    this.#closures = closures;
    this.#scope = scope;
  }

  /** The map stage of a shuffle over `plans`: in the kernel where all of its tasks can, else closures. */
  async map(shuffle: ShuffleDataset, plans: readonly PartitionPlan[]): Promise<MapOutputs> {
    const { operator } = shuffle;
    const stage = `${operator.name}, map side`;
    const results = await this.#mapInKernel(shuffle, plans, stage);
    if (results) return { form: "kernel", blocks: results };
    await this.prefix(plans);
    return { form: "rows", blocks: await this.#mapRows(plans, operator, stage) };
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

  async #mapInKernel(
    { operator }: ShuffleDataset,
    plans: readonly PartitionPlan[],
    stage: string,
  ): Promise<FrameBlock[][][] | undefined> {
    const kernelPlans = this.#kernel.plansOf(plans, { kind: "combine", operator });
    if (kernelPlans === undefined || kernelPlans.length === 0) return undefined;
    const results = await this.#kernel.run(kernelPlans, stage, operator.partitioner.numPartitions, this.#scope);
    if (results === undefined) return undefined;
    const blocks = results.map((result) =>
      result.kind === "frames" ? result.partitions.map((frames) => [...frames]) : [],
    );
    for (const { form } of kernelPlans) form.rememberKeys(blocks);
    return blocks;
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
    const inKernel: Array<{
      readonly reducer: number;
      readonly parts: readonly RowsPlan[];
      readonly plan: KernelPlan;
    }> = [];
    const inRows: Array<{ readonly reducer: number; readonly parts: readonly RowsPlan[] }> = [];
    for (const reducer of reducers) {
      const parts = partsOf(reducer).filter((plan) => !isEmpty(plan));
      const only = parts[0];
      if (only === undefined) made.results[reducer] = [{ kind: "rows", rows: [] }];
      else if (operator.isCombined && parts.length === 1 && only.steps.length === 0 && areBlocks(only.inputs)) {
        // One part has seen all rows: what it made is the result.
        this.#keep(made, reducer, only.inputs, home);
      } else {
        const plan = this.#mergePlan(dataset, parts);
        if (plan === "gather")
          this.#keep(
            made,
            reducer,
            parts.flatMap(({ inputs }) => inputs as readonly InputBlock[]),
            home,
          );
        else if (plan) inKernel.push({ reducer, parts, plan });
        else inRows.push({ reducer, parts });
      }
    }
    const results =
      inKernel.length > 0
        ? await this.#kernel.run(
            inKernel.map(({ plan }) => plan),
            stage,
            1,
            home,
          )
        : [];
    if (results === undefined) inRows.push(...inKernel);
    else {
      for (const [i, result] of results.entries()) {
        if (result.kind === "frames") made.results[inKernel[i]!.reducer] = result.partitions[0]!;
      }
    }
    const merges = inRows.map(({ reducer, parts }): RowsTask<RowsBlock[]> => {
      const identity = this.#tasks.identity(stage, reducer, operator.partitioner.numPartitions);
      return { form: "rows", ...identity, plan: { inputs: parts, steps: [] }, open: () => merging(operator) };
    });
    const taken = await this.#closures.reduce(operator, merges);
    for (const [i, merge] of merges.entries()) {
      made.results[merge.partition] = await (taken[i]?.() ?? this.#tasks.runRows(merge, rowsIn));
    }
  }

  /** Blocks that are a reducer's result as they are. */
  #keep(made: Made, reducer: number, blocks: readonly InputBlock[], home: BatchScope): void {
    made.results[reducer] = blocks;
    share(blocks, home);
  }

  /** The merge of parts in the kernel; "gather" where their rows need only come one after the other. */
  #mergePlan(
    { operator }: ShuffleDataset | MergeDataset,
    parts: readonly RowsPlan[],
  ): KernelPlan | "gather" | undefined {
    if (!parts.every(isFrames)) return undefined;
    const blocks = parts.flatMap(({ inputs }) => inputs as readonly FrameBlock[]);
    const plan: PartitionPlan = { base: { kind: "blocks", blocks }, steps: [] };
    const kernelPlan = this.#kernel.planOf(plan, { kind: "merge", operator });
    if (kernelPlan?.form.chain?.end.kind === "rows") return "gather";
    if (kernelPlan) kernelPlan.form.keysSeen = Math.max(...blocks.map(({ rows }) => rows));
    return kernelPlan;
  }

  /**
   * Makes in the kernel what closures come after, where that is worth it: rows that are filtered out or parsed there, and what only needs to be counted
   * or reduced.
   */
  async prefix(plans: readonly PartitionPlan[]): Promise<void> {
    const kernelPlans: KernelPlan[] = [];
    const visit = (plan: PartitionPlan): void => {
      if (plan.base.kind === "parts") for (const part of plan.base.parts) visit(part);
      else if (plan.steps.length > this.#blocks.replacedSteps(plan)) {
        const kernelPlan = this.#kernel.planOf(plan, NONE);
        if (kernelPlan && onlyCounts(kernelPlan)) {
          this.#blocks.replace(plan, kernelPlan.done + 1, [{ kind: "rows", rows: [rowsIn(kernelPlan.inputs)] }]);
        } else if (kernelPlan) kernelPlans.push(kernelPlan);
      }
    };
    plans.forEach(visit);
    if (kernelPlans.length === 0) return;
    const results = await this.#kernel.run(kernelPlans, "before closures", 1, this.#scope);
    for (const [i, result] of results?.entries() ?? []) {
      const { plan, form, done } = kernelPlans[i]!;
      const blocks: readonly InputBlock[] =
        result.kind === "count" ? [{ kind: "rows", rows: [result.count] }] : result.partitions[0]!;
      this.#blocks.replace(plan, done + form.chain!.prefix, blocks);
    }
  }
}

/** Whether rows are counted as they are: blocks know how many they have. */
function onlyCounts({ form: { chain }, inputs }: KernelPlan): boolean {
  return chain?.end.kind === "count" && chain.prefix === 1 && inputs.every(({ kind }) => kind === "frame");
}

/** Blocks that another scope owns are owned by this one too. */
export function share(blocks: readonly InputBlock[], home: BatchScope): void {
  for (const block of blocks) if (block.kind !== "rows") home.own(block.kind === "slice" ? block.block : block);
}

function isEmpty({ inputs, steps }: RowsPlan): boolean {
  return (
    steps.length === 0 && inputs.every((input) => "kind" in input && input.kind !== "slice" && rowsIn([input]) === 0)
  );
}

function areBlocks(inputs: RowsPlan["inputs"]): inputs is readonly InputBlock[] {
  return inputs.every((input) => "kind" in input);
}

function isFrames({ inputs, steps }: RowsPlan): boolean {
  return steps.length === 0 && inputs.every((input) => "kind" in input && input.kind === "frame");
}

function merging(operator: ShuffleOperator): Sink & { result(): RowsBlock[] } {
  const { push, end, result } = operator.merge();
  return { push, end, result: () => [result()] };
}
