import type { FrameBlock } from "../block/block.js";
import { isBail } from "../kernel/program.js";
import type { ListColumn } from "../kernel/row-index.js";
import type { Dataset, ShuffleDataset } from "../plan/dataset.js";
import { joinedType, listedType } from "../plan/joined-type.js";
import type { DealtSides, Made } from "../plan/made.js";
import type { ShuffleOperator } from "../plan/operator.js";
import { type PartitionPlan, planPartitions } from "../plan/partition-plan.js";
import { columnKinds, eitherType, leavesOf, type RowType } from "../plan/row-type.js";
import type { BatchScope } from "../plan/scope.js";
import type { JobBlocks } from "./job-blocks.js";
import { framesByPartition, type JobKernel, type KernelPlan } from "./job-kernel.js";
import type { JobTasks } from "./job-tasks.js";
import type { JoinWork, ListsWork } from "./task.js";
import type { Work } from "./worker.js";

/**
 * The joins and lists by key of a job that run in the kernel: all sides dealt out by key, then the rows of each partition, instead of values that closures
 * list and join.
 */
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
      const joining = dataset.join?.form.joining;
      if (joining === undefined || steps[0]?.operator !== joining) return;
      const others = wanted.get(dataset);
      if (others) others.push(plan);
      else wanted.set(dataset, [plan]);
    };
    plans.forEach(collect);
    for (const [dataset, those] of wanted) await this.#join(dataset, those);
  }

  async #join(dataset: ShuffleDataset, plans: readonly PartitionPlan[]): Promise<void> {
    const { sides, form } = dataset.join!;
    const made = this.#scope.madeOf(dataset);
    const dealt = await this.#dealt(dataset, sides, form.dealt);
    if (dealt === undefined) return;
    const joined = joinedType(form, dealt.types[0]!, dealt.types[1]!);
    if (!("type" in joined)) return;
    const partitions = new Set(plans.map(partitionOf));
    const missing = [...partitions].filter((partition) => made.joined[partition] === undefined);
    const [lefts, rights] = joined.values.map((type) => leavesOf(type).length) as [number, number];
    const results = await this.#run(dataset, dealt, missing, this.#scope, {
      op: "join",
      key: joined.key,
      keeps: { left: form.keepsLeft, right: form.keepsRight },
      values: [lefts, rights],
      type: joined.type,
    });
    if (results === undefined) return;
    for (const [i, frames] of results.entries()) made.joined[missing[i]!] = frames;
    for (const plan of plans) this.#blocks.replace(plan, 1, made.joined[partitionOf(plan)]!);
  }

  /** Makes keys with the lists of their values, these partitions of a shuffle, which belong to `home`; false where the kernel cannot. */
  async lists(dataset: ShuffleDataset, made: Made, home: BatchScope, partitions: readonly number[]): Promise<boolean> {
    const { join, operator, parent } = dataset;
    const operatorDealt = join && !join.form.joining ? join.form.dealt : operator.dealt;
    if (operatorDealt === undefined) return false;
    const dealt = await this.#dealt(dataset, join?.sides ?? [parent], operatorDealt);
    if (dealt === undefined) return false;
    const listed = listedType(dealt.types);
    if (!("type" in listed)) return false;
    const columns = listColumns(dealt.types, listed.key);
    const results = await this.#run(dataset, dealt, partitions, home, {
      op: "lists",
      key: listed.key,
      columns,
      type: listed.type,
    });
    for (const [i, frames] of results?.entries() ?? []) made.results[partitions[i]!] = frames;
    return results !== undefined;
  }

  /** The sides of a shuffle by partition, once for each scope; undefined where the kernel cannot do all of them. */
  async #dealt(
    dataset: ShuffleDataset,
    sides: readonly Dataset[],
    operator: ShuffleOperator,
  ): Promise<DealtSides | undefined> {
    const made = this.#scope.madeOf(dataset);
    made.dealt ??= this.#deal(sides, operator);
    try {
      return await made.dealt;
    } catch (error) {
      made.dealt = undefined;
      throw error;
    }
  }

  async #deal(sides: readonly Dataset[], dealt: ShuffleOperator): Promise<DealtSides | undefined> {
    const plans = sides.map(planPartitions);
    await this.#makeBelow(plans.flat());
    // Rows of JavaScript values on all sides had better stay so.
    const laysOut = plans.some((those) => those.some((plan) => this.#blocks.readsBytes(plan)));
    const end = { kind: "combine", operator: dealt } as const;
    const kernelPlans: KernelPlan[][] = [];
    const types: RowType[] = [];
    for (const those of plans) {
      const kernelPlansOfSide = this.#kernel.plansOf(those, end, laysOut);
      const type = kernelPlansOfSide && typeMade(kernelPlansOfSide);
      if (type === undefined) return undefined;
      kernelPlans.push(kernelPlansOfSide!);
      types.push(type);
    }
    const { numPartitions } = dealt.partitioner;
    const all = kernelPlans.flat();
    const results = await this.#kernel.run(all, `${dealt.name}, map side`, numPartitions, this.#scope);
    if (results === undefined) return undefined;
    let begin = 0;
    return {
      types,
      sides: kernelPlans.map(({ length }) => {
        begin += length;
        return framesByPartition(results.slice(begin - length, begin), numPartitions);
      }),
      bailed: () => {
        for (const { form } of all) form.bailed();
      },
    };
  }

  /** Makes partitions of the frames of all sides; undefined where the kernel leaves them to JavaScript. */
  async #run(
    dataset: ShuffleDataset,
    { sides, bailed }: DealtSides,
    partitions: readonly number[],
    home: BatchScope,
    work: Omit<JoinWork, "sides"> | Omit<ListsWork, "sides">,
  ): Promise<Array<readonly FrameBlock[]> | undefined> {
    const { name, partitioner } = dataset.operator;
    const tasks = partitions.map((partition): Work => {
      const frames = sides.map((side) => side[partition]!);
      return {
        task: {
          form: "kernel",
          work: { ...work, sides: frames.map(({ length }) => length) },
          ...this.#tasks.identity(name, partition, partitioner.numPartitions),
        },
        inputs: frames.flat(),
      };
    });
    try {
      const results = await this.#tasks.runKernel(tasks, home);
      return results.map((result) => (result.kind === "frames" ? result.partitions[0]! : []));
    } catch (error) {
      if (!isBail(error)) throw error;
      bailed();
      this.#scope.madeOf(dataset).dealt = Promise.resolve(undefined);
      return undefined;
    }
  }
}

/** The columns of keys and lists: the first columns of a side are the key, the others are its value. */
function listColumns(types: readonly RowType[], key: RowType): ListColumn[] {
  const keyKinds = columnKinds(key);
  const lists = types.flatMap((type, side): ListColumn[] => {
    const kinds = columnKinds(type).slice(keyKinds.length);
    const elements = kinds.map((kind, i): ListColumn => ({ of: "element", side, column: keyKinds.length + i, kind }));
    return [{ of: "list", side, elements: kinds.length }, ...elements];
  });
  return [...keyKinds.map((kind, component): ListColumn => ({ of: "key", component, kind })), ...lists];
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
