import type { RowsBlock } from "../block/block.js";
import { hasColumns, type KernelRows } from "../lowering/compile/kernel-rows.js";
import { type Refusal, refuse } from "../lowering/expression.js";
import type { KernelEnd, ShuffleOperator, Sink } from "../plan/operator.js";
import { HashPartitioner, type Partitioner, partitionerIdentity } from "../plan/partitioner.js";

/** Exactly n partitions: row i of partition p goes to partition (p + i) mod n. */
export class RepartitionOperator implements ShuffleOperator {
  readonly name = "repartition";
  readonly isCombined = true;
  readonly partitioner: Partitioner;

  constructor(numPartitions: number) {
    this.partitioner = new HashPartitioner(numPartitions);
  }

  prepare(): void {}

  identity(): readonly string[] {
    return [partitionerIdentity(this.partitioner)];
  }

  isLike(other: ShuffleOperator): boolean {
    const { numPartitions } = this.partitioner;
    return other instanceof RepartitionOperator && other.partitioner.numPartitions === numPartitions;
  }

  endOf(rows: KernelRows): KernelEnd | Refusal {
    if (!hasColumns(rows.row)) return refuse("the kernel lays out no lists in columns");
    return { kind: "rows", deal: "turn", how: "dealt out in turn" };
  }

  mergeEndOf(): KernelEnd {
    return GATHERED;
  }

  combine(partition: number): Sink & { result(): RowsBlock[] } {
    const { numPartitions } = this.partitioner;
    const parts: unknown[][] = Array.from({ length: numPartitions }, () => []);
    let target = partition % numPartitions;
    return {
      push: (row) => {
        parts[target]!.push(row);
        target = target + 1 === numPartitions ? 0 : target + 1;
      },
      end: () => {},
      result: () => parts.map((rows) => ({ kind: "rows", rows })),
    };
  }

  merge(): Sink & { result(): RowsBlock } {
    return gathered();
  }
}

/** A reducer in the kernel that has nothing to do. */
export const GATHERED: KernelEnd = { kind: "rows", deal: "none", how: "gathers what the map tasks dealt out" };

/** Rows as they come. */
export function gathered(): Sink & { result(): RowsBlock } {
  const rows: unknown[] = [];
  return { push: (row) => rows.push(row), end: () => {}, result: () => ({ kind: "rows", rows }) };
}
