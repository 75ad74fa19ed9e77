import type { InputBlock } from "../block/block.js";
import { isBail } from "../kernel/program.js";
import type { StageDataset } from "../plan/dataset.js";
import { type PartitionPlan, planPartitions } from "../plan/partition-plan.js";
import { leavesOf, type RowType, sameType } from "../plan/row-type.js";
import type { BatchScope } from "../plan/scope.js";
import type { JobKernel, KernelPlan } from "./job-kernel.js";
import type { JobTasks } from "./job-tasks.js";

/** The orders of a job that run in the kernel: rows laid out with their keys on all threads, then put in order in one task. */
export class JobOrders {
  readonly #tasks: JobTasks;
  readonly #kernel: JobKernel;
  readonly #scope: BatchScope;
  readonly #makeBelow: (plans: readonly PartitionPlan[]) => Promise<void>;

  /** `makeBelow` makes all that plans read. */
  constructor(
    tasks: JobTasks,
    kernel: JobKernel,
    scope: BatchScope,
    makeBelow: (plans: readonly PartitionPlan[]) => Promise<void>,
  ) {
    this.#tasks = tasks;
    this.#kernel = kernel;
    this.#scope = scope;
    this.#makeBelow = makeBelow;
  }

  /** The partitions of a dataset that is an order, which belong to `home`; undefined where the kernel does not do it. */
  async make(
    dataset: StageDataset,
    home: BatchScope,
  ): Promise<ReadonlyArray<{ readonly blocks: readonly InputBlock[] }> | undefined> {
    const { ordered, parents, partitionCount, name } = dataset;
    if (ordered === undefined) return undefined;
    const plans = planPartitions(parents[0]!);
    await this.#makeBelow(plans);
    const kernelPlans = this.#kernel.plansOf(plans, { kind: "order", operator: ordered });
    const made = kernelPlans && madeBy(kernelPlans);
    if (made === undefined) return undefined;
    const results = await this.#kernel.run(kernelPlans!, `${name}, map side`, 1, this.#scope);
    if (results === undefined) return undefined;
    const inputs = results.flatMap((result) => (result.kind === "frames" ? result.partitions.flat() : []));
    const work = { op: "order", partitionCount, ...made } as const;
    try {
      const [ordering] = await this.#tasks.runKernel(
        [{ task: { form: "kernel", work, ...this.#tasks.identity(name, 0, 1) }, inputs }],
        home,
      );
      return ordering?.kind === "frames" ? ordering.partitions.map((blocks) => ({ blocks })) : undefined;
    } catch (error) {
      if (!isBail(error)) throw error;
      for (const form of new Set(kernelPlans!.map((plan) => plan.form))) form.bailed();
      return undefined;
    }
  }
}

/** The one type of the rows that plans make, and the columns that they are ordered by. */
function madeBy(plans: readonly KernelPlan[]) {
  const chains = plans.map(({ form }) => form.chain);
  const [first] = chains;
  if (first?.type?.kind !== "tuple" || first.order === undefined) return undefined;
  const all: RowType = first.type;
  if (!chains.every((chain) => chain?.type && sameType(chain.type, all))) return undefined;
  const { keys } = first.order;
  return { keys, keyType: leavesOf(all)[keys[0]!.column]!, type: first.type.items[0]! };
}
