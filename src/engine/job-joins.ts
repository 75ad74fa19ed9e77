import { isBail } from "../kernel/program.js";
import type { JoinedSides, ShuffleDataset } from "../plan/dataset.js";
import { joinedType } from "../plan/joined-type.js";
import type { DealtSides } from "../plan/made.js";
import { type PartitionPlan, planPartitions } from "../plan/partition-plan.js";
import { eitherType, leavesOf, type RowType } from "../plan/row-type.js";
import type { BatchScope } from "../plan/scope.js";
import type { JobBlocks } from "./job-blocks.js";
import type { JobKernel, KernelPlan } from "./job-kernel.js";
import type { JobTasks } from "./job-tasks.js";
import type { Work } from "./worker.js";

/** The joins of a job that run in the kernel: both sides dealt out by key, then the rows of each partition, instead of lists of values that closures join. */
export class JobJoins {
  readonly #tasks: JobTasks;
  readonly #blocks: JobBlocks;
  readonly #kernel: JobKernel;
  readonly #scope: BatchScope;
  readonly #makeBelow: (plans: readonly PartitionPlan[]) => Promise<void>;

  /** `makeBelow` makes all that plans read. */
  constructor(
    tasks: JobTasks,
    blocks: JobBlocks,
    kernel: JobKernel,
    scope: BatchScope,
    makeBelow: (plans: readonly PartitionPlan[]) => Promise<void>,
  ) {
    this.#tasks = tasks;
    this.#blocks = blocks;
    this.#kernel = kernel;
    this.#scope = scope;
    this.#makeBelow = makeBelow;
  }

  /** Makes the rows of joins that plans begin with, in place of what they would be made of; where the kernel cannot, the plans stay as they are. */
  async make(plans: readonly PartitionPlan[]): Promise<void> {
    const wanted = new Map<ShuffleDataset, PartitionPlan[]>();
    const collect = (plan: PartitionPlan): void => {
      const { base, steps } = plan;
      if (base.kind === "parts") base.parts.forEach(collect);
      if (base.kind !== "made" || base.dataset.kind !== "shuffle") return;
      const { dataset } = base;
      if (dataset.join === undefined || steps[0]?.operator !== dataset.join.form.joining) return;
      const others = wanted.get(dataset);
      if (others) others.push(plan);
      else wanted.set(dataset, [plan]);
    };
    plans.forEach(collect);
    for (const [dataset, those] of wanted) await this.#join(dataset, those);
  }

  async #join(dataset: ShuffleDataset, plans: readonly PartitionPlan[]): Promise<void> {
    const made = this.#scope.madeOf(dataset);
    made.dealt ??= this.#deal(dataset.join!);
    let dealt: DealtSides | undefined;
    try {
      dealt = await made.dealt;
    } catch (error) {
      made.dealt = undefined;
      throw error;
    }
    if (dealt === undefined) return;
    const partitions = new Set(plans.map(partitionOf));
    const missing = [...partitions].filter((partition) => made.joined[partition] === undefined);
    try {
      const results = await this.#tasks.runKernel(
        missing.map((partition) => this.#work(dataset, dealt, partition)),
        this.#scope,
      );
      for (const [i, result] of results.entries()) {
        if (result.kind === "frames") made.joined[missing[i]!] = result.partitions[0]!;
      }
    } catch (error) {
      if (!isBail(error)) throw error;
      dealt.bailed();
      made.dealt = Promise.resolve(undefined);
      return;
    }
    for (const plan of plans) this.#blocks.replace(plan, 1, made.joined[partitionOf(plan)]!);
  }

  /** Both sides by partition; undefined where the kernel cannot do all of them. */
  async #deal({ left, right, form }: JoinedSides): Promise<DealtSides | undefined> {
    const plans = [planPartitions(left), planPartitions(right)] as const;
    await this.#makeBelow(plans.flat());
    const { dealt } = form;
    // Rows of JavaScript values on both sides had better stay so.
    const laysOut = plans.some((those) => those.some((plan) => this.#blocks.readsBytes(plan)));
    const end = { kind: "combine", operator: dealt } as const;
    const [lefts, rights] = plans.map((those) => this.#kernel.plansOf(those, end, laysOut));
    const [leftType, rightType] = [lefts && typeMade(lefts), rights && typeMade(rights)];
    const joined = leftType && rightType && joinedType(form, leftType, rightType);
    if (joined === undefined || !("type" in joined)) return undefined;
    const kernelPlans = [...lefts!, ...rights!];
    const { numPartitions } = dealt.partitioner;
    const results = await this.#kernel.run(kernelPlans, `${dealt.name}, map side`, numPartitions, this.#scope);
    if (results === undefined) return undefined;
    const frames = results.map((result) => (result.kind === "frames" ? result.partitions : []));
    const dealtTo = (partition: number, begin: number, end?: number) =>
      frames.slice(begin, end).flatMap((partitions) => partitions[partition] ?? []);
    return {
      joined,
      sides: Array.from({ length: numPartitions }, (_, partition) => [
        dealtTo(partition, 0, lefts!.length),
        dealtTo(partition, lefts!.length),
      ]),
      bailed: () => {
        for (const { form } of kernelPlans) form.bailed();
      },
    };
  }

  #work({ join, operator }: ShuffleDataset, { joined, sides }: DealtSides, partition: number): Work {
    const { keepsLeft, keepsRight } = join!.form;
    const [left, right] = sides[partition]!;
    const [lefts, rights] = joined.values;
    return {
      task: {
        form: "kernel",
        work: {
          op: "join",
          lefts: left.length,
          keeps: { left: keepsLeft, right: keepsRight },
          values: [leavesOf(lefts).length, leavesOf(rights).length],
          type: joined.type,
        },
        ...this.#tasks.identity(operator.name, partition, operator.partitioner.numPartitions),
      },
      inputs: [...left, ...right],
    };
  }
}

function partitionOf({ base }: PartitionPlan): number {
  if (base.kind !== "made") throw new Error("A join is made for its partitions.");
  return base.partition;
}

/** The type of all rows that plans make. */
function typeMade(plans: readonly KernelPlan[]): RowType | undefined {
  const [first, ...others] = plans.map(({ form }) => form.chain?.type);
  return others.reduce((a, b) => a && b && eitherType(a, b), first);
}
