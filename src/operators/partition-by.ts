import type { RowsBlock } from "../block/block.js";
import type { Placement, ShuffleOperator, Sink } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { type Partitioner, partitionerIdentity } from "../plan/partitioner.js";
import { asPair } from "./lambda.js";
import { partitionFor } from "./partition-for.js";
import { gathered } from "./repartition.js";

/** Pairs as they are, brought to the partitions of their keys. */
export class PartitionByOperator implements ShuffleOperator {
  readonly name: string;
  readonly isCombined = true;
  readonly partitioner: Partitioner;
  readonly #origin: Origin;

  constructor(origin: Origin, partitioner: Partitioner) {
    this.name = origin.name;
    this.#origin = origin;
    this.partitioner = partitioner;
  }

  prepare(): void {}

  identity(): readonly string[] {
    return [partitionerIdentity(this.partitioner)];
  }

  place(): Placement {
    return { runs: "javascript", why: "pairs are dealt out one by one" };
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
