import type { RowsBlock } from "../block/block.js";
import { hasColumns, hasList, type KernelRows, scalarsOf } from "../lowering/compile/kernel-rows.js";
import { type Refusal, refuse } from "../lowering/expression.js";
import type { KernelEnd, ShuffleOperator, Sink } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { isByHash, type Partitioner, partitionerIdentity } from "../plan/partitioner.js";
import { isRefusal, pairOf } from "./kernel-step.js";
import { asPair } from "./lambda.js";
import { partitionFor } from "./partition-for.js";
import { GATHERED, gathered } from "./repartition.js";

/** Pairs as they are, brought to the partitions of their keys. */
export class PartitionByOperator implements ShuffleOperator {
  readonly name: string;
  readonly isCombined = true;
  readonly partitioner: Partitioner;
  readonly #origin: Origin;
  readonly #agrees: ((row: unknown) => boolean) | undefined;

  /** `agrees`: whether the functions that come after it give for a row what they were lowered to. */
  constructor(origin: Origin, partitioner: Partitioner, agrees?: (row: unknown) => boolean) {
    this.name = origin.name;
    this.#origin = origin;
    this.partitioner = partitioner;
    this.#agrees = agrees;
  }

  prepare(): void {}

  identity(): readonly string[] {
    return [partitionerIdentity(this.partitioner)];
  }

  isLike(other: ShuffleOperator): boolean {
    if (!(other instanceof PartitionByOperator) || other.#agrees !== this.#agrees) return false;
    const isHashed = isByHash(other.partitioner) && isByHash(this.partitioner);
    return isHashed && other.partitioner.numPartitions === this.partitioner.numPartitions;
  }

  agrees(row: unknown): boolean {
    return this.#agrees?.(row) ?? true;
  }

  endOf(rows: KernelRows): KernelEnd | Refusal {
    const parts = pairOf(rows.row);
    if (isRefusal(parts)) return parts;
    if (!isByHash(this.partitioner)) return refuse("the partitioner is a function");
    if (!hasColumns(rows.row)) return refuse("the kernel lays out no lists in columns");
    if (hasList(parts[0])) return refuse("the keys may be missing in part");
    if (scalarsOf(parts[0]).length === 0) return refuse("the keys have no parts");
    return { kind: "rows", deal: "key", how: "dealt out by key" };
  }

  mergeEndOf(): KernelEnd {
    return GATHERED;
  }

  combine(): Sink & { result(): RowsBlock[] } {
    const parts: unknown[][] = Array.from({ length: this.partitioner.numPartitions }, () => []);
    return {
      push: (row) => {
        const key = asPair(this.#origin, row)[0];
        parts[partitionFor(this.#origin, this.partitioner, key)]!.push(row);
      },
      end: () => {},
      result: () => parts.map((rows) => ({ kind: "rows", rows })),
    };
  }

  merge(): Sink & { result(): RowsBlock } {
    return gathered();
  }
}
