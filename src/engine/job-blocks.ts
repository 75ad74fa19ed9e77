import type { InputBlock } from "../block/block.js";
import { EncodedRows, rowCountOf } from "../block/encoded-rows.js";
import { type Dataset, keepOf } from "../plan/dataset.js";
import type { ChainEnd, KernelSource } from "../plan/kernel-chain.js";
import type { NarrowStep, PartitionPlan } from "../plan/partition-plan.js";
import type { BatchScope } from "../plan/scope.js";
import { sourceOf } from "./kernel-forms.js";
import type { LocalEngine } from "./local-engine.js";
import type { KernelInput, RowsPlan } from "./task.js";

/** What a plan reads, and the operators that are left to run. */
export interface PlanInput {
  readonly source: KernelSource;
  readonly blocks: readonly KernelInput[];
  readonly steps: readonly NarrowStep[];
}

/** What a job reads: where what datasets make belongs, the blocks of partitions that are made, and plans in the form that tasks take. */
export class JobBlocks {
  readonly #engine: LocalEngine;
  readonly #scope: BatchScope;
  /** Settles when the job is done. */
  readonly #done: Promise<void>;
  /** Found out once a job, as what is kept may be given back meanwhile. */
  readonly #homes = new Map<Dataset, BatchScope>();
  readonly #held = new Set<BatchScope>();
  /** Kept partitions that had to be read or decoded, or for which there was no room: for this job alone. */
  readonly #loaded = new Map<Dataset, Array<readonly InputBlock[]>>();
  /** What takes the place of a plan's base and of its first `prefix` steps: what the kernel or workers made. */
  readonly #replaced = new Map<PartitionPlan, { readonly prefix: number; readonly blocks: readonly InputBlock[] }>();

  constructor(engine: LocalEngine, scope: BatchScope, done: Promise<void>) {
    this.#engine = engine;
    this.#scope = scope;
    this.#done = done;
  }

  /** Where what `dataset` makes belongs; held until the job is done. */
  homeOf(dataset: Dataset): BatchScope {
    let home = this.#homes.get(dataset);
    if (home) return home;
    home = keepOf(dataset)?.scope ?? this.#scope;
    this.#homes.set(dataset, home);
    if (home !== this.#scope && !this.#held.has(home)) {
      this.#held.add(home);
      void home.hold(this.#done);
    }
    return home;
  }

  /** Whether a partition was loaded for this job. */
  isLoaded(dataset: Dataset, index: number): boolean {
    return this.#loaded.get(dataset)?.[index] !== undefined;
  }

  /** The rows of a partition, for this job alone. */
  load(dataset: Dataset, index: number, rows: readonly unknown[]): void {
    let blocks = this.#loaded.get(dataset);
    if (blocks === undefined) {
      blocks = [];
      this.#loaded.set(dataset, blocks);
    }
    blocks[index] = [{ kind: "rows", rows }];
  }

  /** What the kernel made in place of the first `prefix` steps of a plan. */
  replace(plan: PartitionPlan, prefix: number, blocks: readonly InputBlock[]): void {
    this.#replaced.set(plan, { prefix, blocks });
  }

  /** How many of a plan's first steps have run. */
  replacedSteps(plan: PartitionPlan): number {
    return this.#replaced.get(plan)?.prefix ?? 0;
  }

  isReplaced(plan: PartitionPlan): boolean {
    return this.#replaced.has(plan);
  }

  /** The blocks of a base that is there, or was made before. */
  blocksOf({ base }: PartitionPlan): readonly InputBlock[] {
    if (base.kind === "blocks") return base.blocks;
    if (base.kind === "parts") throw new Error("A plan of parts has no blocks of its own.");
    const { dataset, partition } = base;
    return this.#loaded.get(dataset)?.[partition] ?? this.homeOf(dataset).madeOf(dataset).results[partition]!;
  }

  /** The plan as a task of closures takes it. */
  rowsPlan(plan: PartitionPlan): RowsPlan {
    const { base, steps } = plan;
    const replaced = this.#replaced.get(plan);
    if (replaced) return { inputs: replaced.blocks, steps: steps.slice(replaced.prefix) };
    if (base.kind === "parts") return { inputs: base.parts.map((part) => this.rowsPlan(part)), steps };
    return { inputs: this.blocksOf(plan), steps };
  }

  /** Whether a plan reads bytes, or strings that can be lines. */
  readsBytes(plan: PartitionPlan): boolean {
    if (plan.base.kind === "parts") return false;
    const blocks = this.#replaced.get(plan)?.blocks ?? this.blocksOf(plan);
    return blocks.some((block) => block.kind !== "rows" || typeof block.rows[0] === "string");
  }

  /**
   * What a plan reads, as the kernel takes it. Rows that are JavaScript values are encoded only for what ends in the kernel, those that are not text only
   * where `laysOut` says so: it costs as much as a lambda.
   */
  kernelInput(plan: PartitionPlan, end: ChainEnd, laysOut = false): PlanInput | undefined {
    if (plan.base.kind === "parts" || !this.#engine.lowering) return undefined;
    const blocks: InputBlock[] = [];
    const replaced = this.#replaced.get(plan);
    for (const block of replaced?.blocks ?? this.blocksOf(plan)) {
      if (block.kind !== "rows") blocks.push(block);
      else if (rowCountOf(block) > 0) {
        // Bytes of closures' rows go on as they are.
        const stays = end.kind === "none" || block instanceof EncodedRows;
        const { running } = this.#engine;
        const text = stays ? undefined : running.encode(block, this.#scope);
        const encoded = stays || text || !laysOut ? text : running.laidOut.frameOf(block, this.#scope, running.threads);
        if (encoded === undefined) return undefined;
        blocks.push(encoded);
      }
    }
    const source = sourceOf(blocks);
    const steps = plan.steps.slice(replaced?.prefix ?? 0);
    return source && { source, blocks: blocks as readonly KernelInput[], steps };
  }
}

/** The blocks that hold what a plan makes; undefined where functions have to run first. */
export function blocksOf({ inputs, steps }: RowsPlan): InputBlock[] | undefined {
  if (steps.length > 0) return undefined;
  const blocks: InputBlock[] = [];
  for (const input of inputs) {
    const own = "kind" in input ? [input] : blocksOf(input);
    if (own === undefined) return undefined;
    blocks.push(...own);
  }
  return blocks;
}
