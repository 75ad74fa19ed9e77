import type { FrameBlock } from "../block/block.js";
import { rowCountOf } from "../block/encoded-rows.js";
import { decodePairs } from "../block/row-decoder.js";
import { isBail } from "../kernel/program.js";
import { type Refusal, refuse } from "../lowering/expression.js";
import type { Dataset } from "../plan/dataset.js";
import { joinedColumn } from "../plan/durable-state.js";
import type { ShuffleOperator } from "../plan/operator.js";
import { type PartitionPlan, planPartitions } from "../plan/partition-plan.js";
import { columnKinds, haveSameShape, leavesOf, type RowType, sameType } from "../plan/row-type.js";
import { BatchScope } from "../plan/scope.js";
import type { SlideRequest } from "../plan/slide.js";
import type { ChangedRows, FramedState, StateRunner, StateUpdateRequest } from "../plan/state-update.js";
import { builtSlide } from "./compiled-slide.js";
import { builtOf } from "./compiled-update.js";
import { blocksOf, type JobBlocks } from "./job-blocks.js";
import { framesByPartition, type JobKernel } from "./job-kernel.js";
import type { JobTasks } from "./job-tasks.js";
import { addressOf, homeOf } from "./live-blocks.js";
import type { LocalEngine } from "./local-engine.js";
import type { ComparedVersion, KernelResult, SlideWork, StateWork } from "./task.js";
import type { Work } from "./worker.js";

/** Rows by partition as they lie in frames. */
interface Framed {
  readonly type: RowType;
  readonly partitions: ReadonlyArray<readonly FrameBlock[]>;
}

/** States by key whose versions are made in the kernel: records dealt out by key, then one task a partition. */
export class JobStates implements StateRunner {
  readonly #engine: LocalEngine;
  readonly #tasks: JobTasks;
  readonly #blocks: JobBlocks;
  readonly #kernel: JobKernel;
  readonly #scope: BatchScope;
  readonly #makeBelow: (plans: readonly PartitionPlan[]) => Promise<void>;

  /** `makeBelow` makes all that plans read. */
  constructor(
    engine: LocalEngine,
    tasks: JobTasks,
    blocks: JobBlocks,
    kernel: JobKernel,
    scope: BatchScope,
    makeBelow: (plans: readonly PartitionPlan[]) => Promise<void>,
  ) {
    this.#engine = engine;
    this.#tasks = tasks;
    this.#blocks = blocks;
    this.#kernel = kernel;
    this.#scope = scope;
    this.#makeBelow = makeBelow;
  }

  async update(request: StateUpdateRequest): Promise<FramedState | Refusal | "bail"> {
    if (!this.#engine.lowering) return refuse("lambdas are not lowered");
    const { before, deal, name, planFor, isSaved } = request;
    const records = await this.#dealt(request);
    if (records === "bail" || (records !== undefined && "ok" in records)) return records;
    const plan = planFor(records?.type, before?.type);
    if ("ok" in plan) return plan;
    const built = builtOf(plan);
    const compared = isSaved ? comparedOf(plan, before) : undefined;
    const { numPartitions } = deal.partitioner;
    const work = Array.from({ length: numPartitions }, (_, partition): Work => {
      const [befores, news] = [before?.partitions[partition] ?? [], records?.partitions[partition] ?? []];
      const inputs = [...befores, ...news];
      const keysExpected = inputs.reduce((sum, { rows }) => sum + rows, 0);
      const task: StateWork = { op: "update-state", befores: befores.length, keysExpected, ...built, compared };
      return { task: { form: "kernel", work: task, ...this.#tasks.identity(name, partition, numPartitions) }, inputs };
    });
    return this.#version(work, plan.type, compared);
  }

  async slide(request: SlideRequest): Promise<FramedState | Refusal | "bail"> {
    if (!this.#engine.lowering) return refuse("lambdas are not lowered");
    const { before, name, numPartitions, planFor, isSaved } = request;
    const leaving = await this.#framesOf(request.leaving);
    const entering = await this.#framesOf(request.entering);
    if (leaving && "ok" in leaving) return leaving;
    if (entering && "ok" in entering) return entering;
    const plan = planFor({ state: before?.type, leaving: leaving?.type, entering: entering?.type });
    if ("ok" in plan) return plan;
    const built = builtSlide(plan);
    const compared = isSaved ? comparedOf(plan, before) : undefined;
    const work = Array.from({ length: numPartitions }, (_, partition): Work => {
      const of = (part: Framed | undefined) => part?.partitions[partition] ?? [];
      const [befores, leavings, news] = [of(before), of(leaving), of(entering)];
      const keysExpected = [...befores, ...news].reduce((sum, { rows }) => sum + rows, 0);
      const counts = { befores: befores.length, leavings: leavings.length, keysExpected };
      const task: SlideWork = { op: "slide", ...counts, ...built, compared };
      const identity = this.#tasks.identity(name, partition, numPartitions);
      return { task: { form: "kernel", work: task, ...identity }, inputs: [...befores, ...leavings, ...news] };
    });
    return this.#version(work, plan.type, compared);
  }

  frame(partitions: ReadonlyArray<readonly unknown[]>): FramedState | undefined {
    const scope = new BatchScope(this.#scope.batch);
    const framed: FrameBlock[][] = [];
    let type: RowType | undefined;
    const { laidOut, threads } = this.#engine.running;
    for (const rows of partitions) {
      const block = rows.length > 0 ? laidOut.frameOf({ kind: "rows", rows }, scope, threads) : undefined;
      if (rows.length > 0 && (block === undefined || (type && !sameType(type, block.type)))) {
        this.#engine.release(scope);
        return undefined;
      }
      type ??= block?.type;
      framed.push(block ? [block] : []);
    }
    return type && { type, partitions: framed, scope };
  }

  release(scope: BatchScope): void {
    this.#engine.release(scope);
  }

  /** What tasks make of a state, one for each partition; with what that changes, where it is compared. */
  async #version(
    work: readonly Work[],
    type: RowType,
    compared: ComparedVersion | undefined,
  ): Promise<FramedState | "bail"> {
    const [scope, made] = [new BatchScope(this.#scope.batch), new BatchScope(this.#scope.batch)];
    try {
      const results = await this.#tasks.runKernel(work, made);
      const partitions = results.map((result) => (result.kind === "frames" ? result.partitions[0]! : []));
      const changed = compared && results.map((result) => this.#changedRows(result, type));
      for (const frame of partitions.flat()) scope.own(frame);
      return { type, partitions, scope, changes: changed && { isReset: !compared.isAlike, partitions: changed } };
    } catch (error) {
      if (isBail(error)) return "bail";
      throw error;
    } finally {
      // The version's own frames stay.
      this.#engine.release(made);
    }
  }

  #changedRows(result: KernelResult, type: RowType): ChangedRows {
    const { changed, partitions } = result as Extract<KernelResult, { kind: "frames" }>;
    const { threads } = this.#engine.running;
    const pairs = partitions[1]!.map((frame) =>
      decodePairs(type, threads.memoryOf(homeOf(frame)), addressOf(frame), frame.rows),
    );
    const [keys, values] = [joinedColumn(pairs.map(([key]) => key)), joinedColumn(pairs.map(([, value]) => value))];
    return { ...changed!, keys, values };
  }

  /** What a dataset has by partition, where that lies in frames; undefined where it has no rows. */
  async #framesOf(dataset: Dataset | undefined): Promise<Framed | undefined | Refusal> {
    if (dataset === undefined) return undefined;
    const plans = planPartitions(dataset);
    await this.#makeBelow(plans);
    let type: RowType | undefined;
    const partitions: FrameBlock[][] = [];
    for (const plan of plans) {
      const frames: FrameBlock[] = [];
      for (const block of blocksOf(this.#blocks.rowsPlan(plan)) ?? [undefined]) {
        if (block?.kind === "rows" && rowCountOf(block) === 0) continue;
        if (block?.kind !== "frame" || (type && !sameType(type, block.type))) {
          return refuse("what it reduces are JavaScript values");
        }
        type = block.type;
        frames.push(block);
      }
      partitions.push(frames);
    }
    return type && { type, partitions };
  }

  /** The new records by partition; undefined where there is no batch of them. */
  async #dealt({ records, deal }: StateUpdateRequest): Promise<Framed | undefined | Refusal | "bail"> {
    if (records === undefined) return undefined;
    const plans = planPartitions(records);
    if (plans.length === 0) return undefined;
    await this.#makeBelow(plans);
    if (plans.every((each) => this.#isEmpty(each, deal))) return undefined;
    const kernelPlans = this.#kernel.plansOf(plans, { kind: "combine", operator: deal });
    const types = kernelPlans?.map(({ form }) => form.chain?.type);
    const type = types?.[0];
    if (!kernelPlans || !type || !types.every((each) => each && sameType(each, type))) {
      return refuse("the kernel does not do all that comes before");
    }
    const { numPartitions } = deal.partitioner;
    const results = await this.#kernel.run(kernelPlans, `${deal.name}, map side`, numPartitions, this.#scope);
    if (results === undefined) return "bail";
    return { type, partitions: framesByPartition(results, numPartitions) };
  }

  /** Whether there is nothing to read, and nothing that makes rows of that. */
  #isEmpty(plan: PartitionPlan, deal: ShuffleOperator): boolean {
    const end = { kind: "combine", operator: deal } as const;
    const input = this.#blocks.kernelInput(plan, end);
    if (input === undefined || input.blocks.length > 0) return false;
    return input.steps.length === 0 || this.#engine.running.forms.hasDone(input.steps, end);
  }
}

/** How a version of pairs that a plan makes is compared with the one before. */
function comparedOf(
  { key, type }: { readonly key: RowType; readonly type: RowType },
  before: FramedState | undefined,
): ComparedVersion {
  const isAlike = before === undefined || haveSameShape(before.type, type);
  return { keys: leavesOf(key).length, kinds: columnKinds(type), isAlike };
}
