import type { FrameBlock } from "../block/block.js";
import { isBail } from "../kernel/program.js";
import { ReadLinesOperator } from "../operators/read-lines.js";
import type { ChainEnd, KernelSource } from "../plan/kernel-chain.js";
import type { PartitionPlan } from "../plan/partition-plan.js";
import type { BatchScope } from "../plan/scope.js";
import type { JobBlocks, PlanInput } from "./job-blocks.js";
import type { JobTasks } from "./job-tasks.js";
import type { KernelForm } from "./kernel-forms.js";
import type { LocalEngine } from "./local-engine.js";
import type { KernelInput, KernelResult, RejectedRows } from "./task.js";
import type { Work } from "./worker.js";

/** A plan as the kernel takes it. */
export interface KernelPlan {
  readonly plan: PartitionPlan;
  readonly form: KernelForm;
  readonly inputs: readonly KernelInput[];
  /** Operators of the plan that had run before. */
  readonly done: number;
}

/** Plans of a job as programs of the kernel, and what they make there. All that they read is made. */
export class JobKernel {
  readonly #engine: LocalEngine;
  readonly #tasks: JobTasks;
  readonly #blocks: JobBlocks;
  readonly #scope: BatchScope;

  constructor(engine: LocalEngine, tasks: JobTasks, blocks: JobBlocks, scope: BatchScope) {
    this.#engine = engine;
    this.#tasks = tasks;
    this.#blocks = blocks;
    this.#scope = scope;
  }

  /** All of the plans as the kernel takes them, with their end; undefined where it cannot do all of one. `laysOut`: see `JobBlocks.kernelInput`. */
  plansOf(plans: readonly PartitionPlan[], end: ChainEnd, laysOut = false): KernelPlan[] | undefined {
    const inputs: PlanInput[] = [];
    for (const plan of plans) {
      const input = this.#blocks.kernelInput(plan, end, laysOut);
      if (input === undefined) return undefined;
      inputs.push(input);
    }
    const kernelPlans: KernelPlan[] = [];
    for (const [i, plan] of plans.entries()) {
      const kernelPlan = this.#planned(plan, { ...inputs[i]!, source: sourceAmong(inputs, i) }, end);
      if (kernelPlan === undefined) return undefined;
      kernelPlans.push(kernelPlan);
    }
    return kernelPlans;
  }

  /** As `plansOf`, of one. */
  planOf(plan: PartitionPlan, end: ChainEnd): KernelPlan | undefined {
    const input = this.#blocks.kernelInput(plan, end);
    return input && this.#planned(plan, input, end);
  }

  #planned(plan: PartitionPlan, { source, steps, blocks }: PlanInput, end: ChainEnd): KernelPlan | undefined {
    const form = this.#engine.running.forms.of(source, steps, end);
    return form.attempt() ? { plan, form, inputs: blocks, done: plan.steps.length - steps.length } : undefined;
  }

  /** Runs plans in the kernel; undefined where it leaves them to JavaScript. */
  async run(
    kernelPlans: readonly KernelPlan[],
    stage: string,
    reducers: number,
    home: BatchScope,
  ): Promise<KernelResult[] | undefined> {
    if (!this.#engine.running.checks.agree(kernelPlans, this.#scope)) return undefined;
    const work = kernelPlans.map(
      ({ plan, form, inputs, done }, partition): Work => ({
        task: {
          form: "kernel",
          work: form.work(inputs, plan.steps.slice(done), reducers, partition, kernelPlans.length),
          ...this.#tasks.identity(stage, partition, kernelPlans.length),
        },
        inputs,
      }),
    );
    try {
      const results = await this.#tasks.runKernel(work, home);
      for (const [i, { rejected }] of results.entries()) if (rejected) this.#setAside(kernelPlans[i]!.plan, rejected);
      return results;
    } catch (error) {
      if (!isBail(error)) throw error;
      for (const form of new Set(kernelPlans.map((each) => each.form))) form.bailed();
      return undefined;
    }
  }

  /** Lines that were no rows of a schema are counted where the operator that read them is asked for it. */
  #setAside({ steps }: PartitionPlan, rejected: RejectedRows): void {
    for (const { operator, partition } of steps) {
      if (!(operator instanceof ReadLinesOperator)) continue;
      operator.setAside(this.#scope.batch, partition, rejected);
      return;
    }
  }
}

/** Of each partition the frames that tasks dealt out to it, in the order of the tasks. */
export function framesByPartition(results: readonly KernelResult[], numPartitions: number): FrameBlock[][] {
  const dealt = results.map((result) => (result.kind === "frames" ? result.partitions : []));
  return Array.from({ length: numPartitions }, (_, partition) => dealt.flatMap((frames) => frames[partition] ?? []));
}

/** What an input is read as: where there is nothing to read, the same as another one that goes through the same operators. */
function sourceAmong(inputs: readonly PlanInput[], index: number): KernelSource {
  const input = inputs[index]!;
  if (input.blocks.length > 0) return input.source;
  const other = inputs.find(
    ({ blocks, steps }) =>
      blocks.length > 0 &&
      steps.length === input.steps.length &&
      steps.every(({ operator }, i) => operator === input.steps[i]!.operator),
  );
  return (other ?? input).source;
}
