import type { FrameBlock, InputBlock } from "../block/block.js";
import type { FinishedBlock } from "../kernel/frame.js";
import type { Kernel } from "../kernel/kernel.js";
import type { KernelProgram, ProgramState } from "../kernel/program.js";
import type { MemoryReader } from "../kernel/reader.js";
import type { JoinForm, NarrowOperator, OrderOperator, ShuffleOperator } from "./operator.js";
import type { RowType } from "./row-type.js";
import { type BatchIdentity, BatchScope } from "./scope.js";
import type { StateRunner } from "./state-update.js";
import type { StorageLevel } from "./storage-level.js";

/**
 * The lineage of an RDD: descriptions, from sources to the RDD itself. A job walks it from the end, cuts it where something has to be made first
 * (shuffles, merges, stages, what is kept), and runs a task for each partition. What was made lies in scopes, never here.
 */
export type Dataset =
  | SourceDataset
  | NarrowDataset
  | UnionDataset
  | CoalescedDataset
  | ShuffleDataset
  | MergeDataset
  | StageDataset;

interface DatasetBase {
  /** Set where what this dataset makes outlives the batch or action that made it. */
  keep?: Keep | undefined;
}

/** How long, and in which form, what a dataset makes is kept. */
export interface Keep {
  readonly level: StorageLevel;
  /** The caller asked for this level; otherwise rows stay in the form that they have. */
  readonly isExplicit: boolean;
  /** The program asked by `RDD.persist()`, and can take it back; what streams keep for themselves it cannot. */
  readonly byProgram: boolean;
  readonly scope: BatchScope;
}

/** Rows that are there already, or that are read from outside when a job first needs them. */
export interface SourceDataset extends DatasetBase {
  readonly kind: "source";
  /** Owns the blocks; undefined where there are none, or where they are read again when needed. */
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
export interface NarrowDataset extends DatasetBase {
  readonly kind: "narrow";
  readonly parent: Dataset;
  readonly operator: NarrowOperator;
}

/** The partitions of all parents, one after the other. */
export interface UnionDataset extends DatasetBase {
  readonly kind: "union";
  readonly parents: readonly Dataset[];
}

/** Of P partitions of the parent, partition i of n has those from floor(i P / n) up to floor((i + 1) P / n), in order. */
export interface CoalescedDataset extends DatasetBase {
  readonly kind: "coalesced";
  readonly parent: Dataset;
  readonly partitionCount: number;
}

/** Rows brought together by key. */
export interface ShuffleDataset extends DatasetBase {
  readonly kind: "shuffle";
  readonly parent: Dataset;
  readonly operator: ShuffleOperator;
  /** Set where the rows are those of several sides, which may be joined next: the kernel does both at once. */
  readonly join?: JoinedSides | undefined;
}

/** What is joined, and how. */
export interface JoinedSides {
  /** As many as the form says. */
  readonly sides: readonly Dataset[];
  readonly form: JoinForm;
}

/** Partition i of all parents, which are partitioned alike, merged in their order: a reducer without map tasks. */
export interface MergeDataset extends DatasetBase {
  readonly kind: "merge";
  readonly parents: readonly Dataset[];
  readonly operator: ShuffleOperator;
  /** Kept datasets, partitioned alike, that batches to come will read: made once this one is. */
  readonly ahead: readonly Dataset[];
}

/** All partitions made at once, on the host's thread, from rows of the parents. */
export interface StageDataset extends DatasetBase {
  readonly kind: "stage";
  readonly name: string;
  readonly parents: readonly Dataset[];
  readonly partitionCount: number;
  /** A state has changed when it has run: it cannot run again, and its rows are kept whatever their level says. */
  readonly runsOnce?: boolean;
  /** What the kernel does in its place, where it can. */
  readonly ordered?: OrderOperator;
  /** The rows of each partition. Called once for each scope. */
  run(runner: StageRunner): Promise<StageRows>;
}

/** Of each partition its rows, or the blocks that hold them, which have an owner already. */
export type StageRows = ReadonlyArray<readonly unknown[] | { readonly blocks: readonly InputBlock[] }>;

/** What a stage has of the job that runs it. */
export interface StageRunner {
  readonly batch: BatchIdentity;
  /** The kernel of the host's thread; undefined where everything runs as JavaScript. */
  readonly kernel: StageKernel | undefined;
  /** The rows of all partitions of a parent. */
  rowsOf(dataset: Dataset): Promise<Array<readonly unknown[]>>;
  /** The blocks of all partitions of a parent, as they lie; of lines there may be text. */
  blocksOf(dataset: Dataset): Promise<Array<readonly InputBlock[]>>;
  /** Runs functions of the program's as one task: what they give to accumulators counts if it succeeds. */
  asTask<R>(body: () => R): R;
  /** States by key in the kernel. */
  readonly states: StateRunner;
}

/** The kernel of the host's thread, for stages that keep something in its memory. */
export interface StageKernel {
  /** Calls `body` with the kernel; after a trap again, with the one that took its place. */
  guard<R>(body: (kernel: Kernel) => R): R;
  /** Calls `use` with the address of a frame, or of a copy of it, in the memory of that kernel. */
  withFrame<R>(frame: FrameBlock, use: (ptr: number) => R): R;
  /** The memory that a frame lies in, and where. */
  readerOf(frame: FrameBlock): { readonly memory: MemoryReader; readonly ptr: number };
  /** What the look-ups of a program need there. */
  lookUps(program: KernelProgram): readonly ProgramState[];
  /** A frame that was made in that kernel's memory as a block, for the rows of a stage. */
  blockOf(frame: FinishedBlock, type: RowType): FrameBlock;
  /** Lets a holder of regions follow when the kernel is another one; until the returned function is called. */
  register(holder: { relocate(from: MemoryReader, kernel: Kernel): void }): () => void;
}

export function narrowed(parent: Dataset, operator: NarrowOperator): NarrowDataset {
  return { kind: "narrow", parent, operator };
}

export function shuffled(parent: Dataset, operator: ShuffleOperator, join?: JoinedSides): ShuffleDataset {
  return { kind: "shuffle", parent, operator, join };
}

export function united(parents: readonly Dataset[]): UnionDataset {
  return { kind: "union", parents };
}

export function coalesced(parent: Dataset, count = 1): CoalescedDataset {
  return { kind: "coalesced", parent, partitionCount: count };
}

export function merged(
  parents: readonly Dataset[],
  operator: ShuffleOperator,
  ahead: readonly Dataset[] = [],
): MergeDataset {
  return { kind: "merge", parents, operator, ahead };
}

/** Keeps what `dataset` makes, in a scope of its own; nothing changes where it is kept already. */
export function keepFor(dataset: Dataset, how: Omit<Keep, "scope">): Keep {
  const keep = keepOf(dataset) ?? { ...how, scope: new BatchScope() };
  dataset.keep = keep;
  return keep;
}

/** How `dataset` is kept; undefined where it is not, or no longer. */
export function keepOf({ keep }: Dataset): Keep | undefined {
  return keep?.scope.released ? undefined : keep;
}

/** The datasets that one is made of. */
export function parentsOf(dataset: Dataset): readonly Dataset[] {
  switch (dataset.kind) {
    case "source":
      return [];
    case "union":
    case "merge":
    case "stage":
      return dataset.parents;
    default:
      return [dataset.parent];
  }
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
    case "stage":
      return dataset.partitionCount;
    case "shuffle":
    case "merge":
      return dataset.operator.partitioner.numPartitions;
  }
}

/** The scopes that have what reading `dataset` needs: of the batches that its rows come from, and of what is kept on the way. */
export function scopesRead(
  dataset: Dataset,
  scopes = new Set<BatchScope>(),
  seen = new Set<Dataset>(),
): ReadonlySet<BatchScope> {
  if (seen.has(dataset)) return scopes;
  seen.add(dataset);
  const keep = keepOf(dataset);
  if (keep) scopes.add(keep.scope);
  if (keep?.scope.hasAll(dataset, partitionCount(dataset))) return scopes;
  if (dataset.kind === "source" && dataset.scope && dataset.partitions.length > 0) scopes.add(dataset.scope);
  for (const parent of parentsOf(dataset)) scopesRead(parent, scopes, seen);
  return scopes;
}
