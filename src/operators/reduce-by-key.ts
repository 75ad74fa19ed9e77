import type { RowsBlock } from "../block/block.js";
import { KeyMap } from "../block/key.js";
import { PlanError } from "../errors.js";
import type { KernelShape, Placement, ShuffleOperator, Sink } from "../plan/operator.js";
import { isByHash, type Partitioner } from "../plan/partitioner.js";
import { asPair, lambdaError, UserFunction } from "./lambda.js";

type Reducer = (a: unknown, b: unknown) => unknown;

/**
 * One pair for each key, its values reduced: within each partition first, then across partitions in their order. Keys come in order of
 * first arrival. In the kernel: sums of numbers by text key.
 */
export class ReduceByKeyOperator implements ShuffleOperator {
  readonly name = "reduceByKey";
  readonly partitioner: Partitioner;
  readonly #fn: UserFunction<Reducer>;

  constructor(fn: Reducer, partitioner: Partitioner) {
    this.#fn = new UserFunction("reduceByKey", fn);
    this.partitioner = partitioner;
  }

  prepare(): void {
    this.#fn.prepare();
  }

  place(shape: KernelShape): Placement {
    const { lowering } = this.#fn;
    if (!lowering.ok) return { runs: "javascript", why: lowering.reason };
    if (!isByHash(this.partitioner)) return { runs: "javascript", why: "the partitioner is a function" };
    const { expression } = lowering;
    const isSum =
      expression.kind === "binary" &&
      expression.operator === "+" &&
      expression.left.kind === "parameter" &&
      expression.right.kind === "parameter" &&
      expression.left.index + expression.right.index === 1;
    if (!isSum) return { runs: "javascript", why: "the kernel reduces by sum only" };
    const hasPairs = shape.kind === "pairs" || (shape.kind === "text" && shape.value !== undefined);
    if (!hasPairs) return { runs: "javascript", why: "the rows are not pairs of a text and a number" };
    return { runs: "kernel", shape: { kind: "pairs" }, how: "sums by key" };
  }

  combine(): Sink & { result(): RowsBlock[] } {
    const groups = new KeyMap<unknown>();
    return {
      ...this.#grouping(groups),
      result: () => {
        const rows: unknown[][] = Array.from({ length: this.partitioner.numPartitions }, () => []);
        for (const { key, value } of groups.entries) rows[this.#partitionOf(key)]!.push([key, value]);
        return rows.map((partition) => ({ kind: "rows", rows: partition }));
      },
    };
  }

  merge(): Sink & { result(): RowsBlock } {
    const groups = new KeyMap<unknown>();
    return {
      ...this.#grouping(groups),
      result: () => ({ kind: "rows", rows: groups.entries.map(({ key, value }) => [key, value]) }),
    };
  }

  #grouping(groups: KeyMap<unknown>): Sink {
    const fn = this.#fn.call;
    return {
      push: (row) => {
        const pair = asPair(this.name, row);
        const entry = groups.entry(pair[0]);
        if (entry === undefined) {
          groups.add(pair[0], pair[1]);
          return;
        }
        try {
          entry.value = fn(entry.value, pair[1]);
        } catch (error) {
          throw lambdaError(this.name, pair, error);
        }
      },
      end: () => {},
    };
  }

  #partitionOf(key: unknown): number {
    const { numPartitions } = this.partitioner;
    if (numPartitions === 1 && isByHash(this.partitioner)) return 0;
    const partition = this.partitioner.getPartition(key);
    if (Number.isInteger(partition) && partition >= 0 && partition < numPartitions) return partition;
    throw new PlanError(
      `A partitioner of ${this.name} must return a whole number from 0 to ${numPartitions - 1}, it returned ${String(partition)}.`,
      { code: "partition-out-of-range", details: { numPartitions, partition, key } },
    );
  }
}
