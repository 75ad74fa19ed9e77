import type { InputBlock, PairsBlock, RowsBlock } from "../block/block.js";
import { PlanError } from "../errors.js";
import type { NarrowOperator, ShuffleOperator } from "./operator.js";
import type { BatchScope } from "./scope.js";

/**
 * The lineage of an RDD: immutable descriptions, from sources to the RDD itself. A job walks it from the end, cuts it at shuffles into
 * stages, and runs a task for each partition of a stage.
 */
export type Dataset = SourceDataset | NarrowDataset | UnionDataset | CoalescedDataset | ShuffleDataset;

/** Rows that are there already, or that are read from outside when a job first needs them. */
export interface SourceDataset {
  readonly kind: "source";
  readonly scope: BatchScope | undefined;
  readonly partitions: readonly SourcePartition[];
}
export type SourcePartition = readonly InputBlock[] | LoadedPartition;

/** Rows that are read when a job first needs them, such as those of a file. */
export interface LoadedPartition {
  /** Reads the rows; blocks in kernel memory belong to `scope`. Called once for each scope, again in another one. */
  load(scope: BatchScope): Promise<readonly InputBlock[]>;
}

/** Each partition of the parent, through one operator. */
export interface NarrowDataset {
  readonly kind: "narrow";
  readonly scope: BatchScope | undefined;
  readonly parent: Dataset;
  readonly operator: NarrowOperator;
}

/** The partitions of all parents, one after the other. */
export interface UnionDataset {
  readonly kind: "union";
  readonly scope: BatchScope | undefined;
  readonly parents: readonly Dataset[];
}

/** All partitions of the parent, in order, as one. */
export interface CoalescedDataset {
  readonly kind: "coalesced";
  readonly scope: BatchScope | undefined;
  readonly parent: Dataset;
}

/** Rows brought together by key. What its map tasks and reducers made is kept until the scope is released. */
export interface ShuffleDataset {
  readonly kind: "shuffle";
  readonly scope: BatchScope | undefined;
  readonly parent: Dataset;
  readonly operator: ShuffleOperator;
  /** For each map partition a block for each reducer. */
  mapOutputs: MapOutputs | undefined;
  /** For each reducer what it made, where it ran. */
  results: Array<PairsBlock | RowsBlock | undefined>;
}

export type MapOutputs =
  | { readonly form: "kernel"; readonly blocks: PairsBlock[][] }
  | { readonly form: "rows"; readonly blocks: RowsBlock[][] };

export function narrowed(parent: Dataset, operator: NarrowOperator): NarrowDataset {
  return { kind: "narrow", scope: parent.scope, parent, operator };
}

export function shuffled(parent: Dataset, operator: ShuffleOperator): ShuffleDataset {
  return { kind: "shuffle", scope: parent.scope, parent, operator, mapOutputs: undefined, results: [] };
}

export function united(parents: readonly Dataset[]): UnionDataset {
  return { kind: "union", scope: parents.find(({ scope }) => scope !== undefined)?.scope, parents };
}

export function coalesced(parent: Dataset): CoalescedDataset {
  return { kind: "coalesced", scope: parent.scope, parent };
}

export function partitionCount(dataset: Dataset): number {
  switch (dataset.kind) {
    case "source":
      return dataset.partitions.length;
    case "narrow":
      return partitionCount(dataset.parent);
    case "union":
      return dataset.parents.reduce((sum, parent) => sum + partitionCount(parent), 0);
    case "coalesced":
      return 1;
    case "shuffle":
      return dataset.operator.partitioner.numPartitions;
  }
}

/**
 * Throws where a batch that the lineage reads is forgotten, its memory given to others: a `PlanError` "batch-forgotten". A queued RDD or a union
 * can bring in batches besides the one that the dataset itself belongs to.
 */
export function assertReadable(dataset: Dataset, seen = new Set<Dataset>()): void {
  if (seen.has(dataset)) return;
  seen.add(dataset);
  if (dataset.scope?.released) {
    const { batch } = dataset.scope;
    throw new PlanError(
      `The batch of ${batch.time} ms is processed and forgotten, so its RDDs can no longer be read: use them inside the output, or collect() there.`,
      { code: "batch-forgotten", details: { batch } },
    );
  }
  if (dataset.kind === "union") for (const parent of dataset.parents) assertReadable(parent, seen);
  else if (dataset.kind !== "source") assertReadable(dataset.parent, seen);
}

/**
 * The same lineage with shuffles of its own. What an action that belongs to no batch makes of a shuffle is given back when it ends: no other
 * action may rely on it.
 */
export function unshared(dataset: Dataset, copies = new Map<Dataset, Dataset>()): Dataset {
  const known = copies.get(dataset);
  if (known) return known;
  const copy = copyOf(dataset, copies);
  copies.set(dataset, copy);
  return copy;
}

function copyOf(dataset: Dataset, copies: Map<Dataset, Dataset>): Dataset {
  switch (dataset.kind) {
    case "source":
      return dataset;
    case "union":
      return { ...dataset, parents: dataset.parents.map((parent) => unshared(parent, copies)) };
    case "shuffle":
      return { ...dataset, parent: unshared(dataset.parent, copies), mapOutputs: undefined, results: [] };
    default:
      return { ...dataset, parent: unshared(dataset.parent, copies) };
  }
}

/** How one partition is made: where its rows come from, and the operators that they go through. */
export interface PartitionPlan {
  readonly base: PartitionBase;
  readonly operators: readonly NarrowOperator[];
}
export type PartitionBase =
  | { readonly kind: "blocks"; readonly blocks: readonly InputBlock[] }
  | { readonly kind: "reducer"; readonly shuffle: ShuffleDataset; readonly reducer: number }
  | { readonly kind: "parts"; readonly parts: readonly PartitionPlan[] };

/** How partition `index` of `dataset` is made. */
export function planPartition(dataset: Dataset, index: number): PartitionPlan {
  switch (dataset.kind) {
    case "source":
      return { base: { kind: "blocks", blocks: dataset.partitions[index]! }, operators: [] };
    case "shuffle":
      return { base: { kind: "reducer", shuffle: dataset, reducer: index }, operators: [] };
    case "coalesced":
      return { base: { kind: "parts", parts: planPartitions(dataset.parent) }, operators: [] };
    case "narrow": {
      const { base, operators } = planPartition(dataset.parent, index);
      return { base, operators: [...operators, dataset.operator] };
    }
    case "union": {
      let partition = index;
      for (const parent of dataset.parents) {
        const count = partitionCount(parent);
        if (partition < count) return planPartition(parent, partition);
        partition -= count;
      }
      throw new Error(`A union of ${index} partitions has no partition ${index}.`);
    }
  }
}

export function planPartitions(dataset: Dataset): PartitionPlan[] {
  return Array.from({ length: partitionCount(dataset) }, (_, index) => planPartition(dataset, index));
}
