import type { FrameBlock, InputBlock } from "../block/block.js";
import type { StageDataset } from "../plan/dataset.js";
import { type PartitionPlan, planPartitions } from "../plan/partition-plan.js";
import { type RowType, sameType } from "../plan/row-type.js";
import type { BatchScope } from "../plan/scope.js";
import type { JobKernel, KernelPlan } from "./job-kernel.js";
import type { JobTasks } from "./job-tasks.js";
import type { LocalEngine } from "./local-engine.js";
import { partitionsOfRuns } from "./order-borders.js";

/** The orders of a job that run in the kernel: each partition of the input put in order on all threads, then each partition of the order merged of them. */
export class JobOrders {
  readonly #engine: LocalEngine;
  readonly #tasks: JobTasks;
  readonly #kernel: JobKernel;
  readonly #scope: BatchScope;
  readonly #makeBelow: (plans: readonly PartitionPlan[]) => Promise<void>;

  /** `makeBelow` makes all that plans read. */
  constructor(
    engine: LocalEngine,
    tasks: JobTasks,
    kernel: JobKernel,
    scope: BatchScope,
    makeBelow: (plans: readonly PartitionPlan[]) => Promise<void>,
  ) {
    this.#engine = engine;
    this.#tasks = tasks;
    this.#kernel = kernel;
    this.#scope = scope;
    this.#makeBelow = makeBelow;
  }

  /** The partitions of a dataset that is an order, which belong to `home`; undefined where the kernel does not do it. */
  async make(
    { ordered, parents, partitionCount, name }: StageDataset,
    home: BatchScope,
  ): Promise<ReadonlyArray<{ readonly blocks: readonly InputBlock[] }> | undefined> {
    if (ordered === undefined) return undefined;
    const plans = planPartitions(parents[0]!);
    await this.#makeBelow(plans);
    const kernelPlans = this.#kernel.plansOf(plans, { kind: "order", operator: ordered });
    const made = kernelPlans && madeBy(kernelPlans);
    if (made === undefined) return undefined;
    const isOneTask = kernelPlans!.length === 1 && partitionCount === 1;
    const scope = isOneTask ? home : this.#scope;
    const stage = isOneTask ? name : `${name}, map side`;
    const results = await this.#kernel.run(kernelPlans!, stage, partitionCount, scope);
    if (results === undefined) return undefined;
    const runs = results.map((result) => (result.kind === "frames" ? result.partitions.flat() : []));
    if (isOneTask) return [{ blocks: runs[0]! }];
    const { threads } = this.#engine;
    const partitions = partitionsOfRuns(runs, made.keys[0]!, partitionCount, (thread) => threads.memoryOf(thread));
    if (partitions === undefined) {
      for (const form of new Set(kernelPlans!.map((plan) => plan.form))) form.bailed();
      return undefined;
    }
    const blocks: FrameBlock[][] = partitions.map(() => []);
    const filled = [...partitions.keys()].filter((index) => partitions[index]!.length > 0);
    const work = filled.map((index, task) => {
      const parts = partitions[index]!;
      const ranges = parts.map(({ begin, end }) => ({ begin, end }));
      return {
        task: {
          form: "kernel",
          work: { op: "merge-ordered", ranges, ...made },
          ...this.#tasks.identity(name, task, filled.length),
        },
        inputs: parts.map(({ frame }) => frame),
      } as const;
    });
    const merged = await this.#tasks.runKernel(work, home);
    for (const [task, result] of merged.entries()) {
      if (result.kind === "frames") blocks[filled[task]!] = [...result.partitions.flat()];
    }
    return blocks.map((frames) => ({ blocks: frames }));
  }
}

/** The one type of the rows that plans make, and the columns that they are ordered by. */
function madeBy(plans: readonly KernelPlan[]) {
  const chains = plans.map(({ form }) => form.chain);
  const [first] = chains;
  if (first?.type?.kind !== "tuple" || first.order === undefined) return undefined;
  const all: RowType = first.type;
  if (!chains.every((chain) => chain?.type && sameType(chain.type, all))) return undefined;
  return { keys: first.order.keys, type: first.type.items[0]! };
}
