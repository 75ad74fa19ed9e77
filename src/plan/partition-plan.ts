import type { InputBlock } from "../block/block.js";
import { PlanError } from "../errors.js";
import { type Dataset, keepOf, type LoadedPartition, partitionCount, type SourceDataset } from "./dataset.js";
import type { NarrowOperator } from "./operator.js";

/** How one partition is made: where its rows come from, and the operators that they go through. */
export interface PartitionPlan {
  readonly base: PartitionBase;
  readonly steps: readonly NarrowStep[];
}

/** An operator, and which partition of its dataset it makes. */
export interface NarrowStep {
  readonly operator: NarrowOperator;
  readonly partition: number;
}

export type PartitionBase =
  | { readonly kind: "blocks"; readonly blocks: readonly InputBlock[] }
  /** A partition that must be made, or was. */
  | { readonly kind: "made"; readonly dataset: Dataset; readonly partition: number }
  | { readonly kind: "parts"; readonly parts: readonly PartitionPlan[] };

/** How partition `index` of `dataset` is made, or where it is kept. */
export function planPartition(dataset: Dataset, index: number): PartitionPlan {
  return keepOf(dataset) ? madeBy(dataset, index) : planAnew(dataset, index);
}

/** The same without looking whether the partition itself is kept. */
export function planAnew(dataset: Dataset, index: number): PartitionPlan {
  switch (dataset.kind) {
    case "source": {
      const partition = dataset.partitions[index]!;
      if (isLoaded(partition)) return madeBy(dataset, index);
      assertReadable(dataset);
      return { base: { kind: "blocks", blocks: partition }, steps: [] };
    }
    case "shuffle":
    case "merge":
    case "stage":
      return madeBy(dataset, index);
    case "coalesced": {
      const of = partitionCount(dataset.parent);
      const begin = Math.floor((index * of) / dataset.partitionCount);
      const end = Math.floor(((index + 1) * of) / dataset.partitionCount);
      const parts: PartitionPlan[] = [];
      for (let i = begin; i < end; i++) parts.push(planPartition(dataset.parent, i));
      return { base: { kind: "parts", parts }, steps: [] };
    }
    case "narrow": {
      return withStep(planPartition(dataset.parent, index), dataset.operator, index);
    }
    case "union": {
      let partition = index;
      for (const parent of dataset.parents) {
        const count = partitionCount(parent);
        if (partition < count) return planPartition(parent, partition);
        partition -= count;
      }
      throw new Error(`A union of ${partitionCount(dataset)} partitions has no partition ${index}.`);
    }
  }
}

/** How all partitions are made. **Cost:** by their number, also where windows unite many batches. */
export function planPartitions(dataset: Dataset): PartitionPlan[] {
  if (keepOf(dataset) === undefined) {
    if (dataset.kind === "union") return dataset.parents.flatMap(planPartitions);
    if (dataset.kind === "narrow") {
      return planPartitions(dataset.parent).map((plan, index) => withStep(plan, dataset.operator, index));
    }
  }
  return Array.from({ length: partitionCount(dataset) }, (_, index) => planPartition(dataset, index));
}

function withStep({ base, steps }: PartitionPlan, operator: NarrowOperator, partition: number): PartitionPlan {
  return { base, steps: [...steps, { operator, partition }] };
}

export function isLoaded(partition: SourceDataset["partitions"][number]): partition is LoadedPartition {
  return "load" in partition;
}

function madeBy(dataset: Dataset, partition: number): PartitionPlan {
  return { base: { kind: "made", dataset, partition }, steps: [] };
}

/** A queued RDD or a union can bring in batches besides the one that the dataset itself belongs to. */
function assertReadable({ scope }: SourceDataset): void {
  if (!scope?.released) return;
  const { batch } = scope;
  throw new PlanError(
    `The batch of ${batch.time} ms is processed and forgotten, so its RDDs can no longer be read: use them inside the output, collect() there, ` +
      "or let the context remember() batches for longer.",
    { code: "batch-forgotten", details: { batch } },
  );
}
