import type { FrameBlock } from "../block/block.js";
import { isBail } from "../kernel/program.js";
import { type Refusal, refuse } from "../lowering/expression.js";
import type { ShuffleOperator } from "../plan/operator.js";
import { type PartitionPlan, planPartitions } from "../plan/partition-plan.js";
import { type RowType, sameType } from "../plan/row-type.js";
import { BatchScope } from "../plan/scope.js";
import type { FramedState, StateRunner, StateUpdateRequest } from "../plan/state-update.js";
import { builtOf } from "./compiled-update.js";
import type { JobBlocks } from "./job-blocks.js";
import { framesByPartition, type JobKernel } from "./job-kernel.js";
import type { JobTasks } from "./job-tasks.js";
import type { LocalEngine } from "./local-engine.js";
import type { StateWork } from "./task.js";
import type { Work } from "./worker.js";

/** New records as the kernel has dealt them out. */
interface DealtRecords {
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
    const { before, deal, name, planFor } = request;
    const records = await this.#dealt(request);
    if (records === "bail" || (records !== undefined && "ok" in records)) return records;
    const plan = planFor(records?.type, before?.type);
    if ("ok" in plan) return plan;
    const built = builtOf(plan);
    const { numPartitions } = deal.partitioner;
    const work = Array.from({ length: numPartitions }, (_, partition): Work => {
      const [befores, news] = [before?.partitions[partition] ?? [], records?.partitions[partition] ?? []];
      const inputs = [...befores, ...news];
      const keysExpected = inputs.reduce((sum, { rows }) => sum + rows, 0);
      const task: StateWork = { op: "update-state", befores: befores.length, keysExpected, ...built };
      return { task: { form: "kernel", work: task, ...this.#tasks.identity(name, partition, numPartitions) }, inputs };
    });
    const scope = new BatchScope(this.#scope.batch);
    try {
      const results = await this.#tasks.runKernel(work, scope);
      const partitions = results.map((result) => (result.kind === "frames" ? result.partitions[0]! : []));
      return { type: plan.type, partitions, scope };
    } catch (error) {
      this.#engine.release(scope);
      if (isBail(error)) return "bail";
      throw error;
    }
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

  /** The new records by partition; undefined where there is no batch of them. */
  async #dealt({ records, deal }: StateUpdateRequest): Promise<DealtRecords | undefined | Refusal | "bail"> {
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
