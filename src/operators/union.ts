import { PlanError } from "../errors.js";
import { type Dataset, united } from "../plan/dataset.js";
import type { StreamBatch, StreamOperator } from "../plan/stream-operator.js";

/** The partitions of all parents, one after the other. All must have a batch. */
export class UnionStream implements StreamOperator {
  readonly name = "union";
  readonly forms = [{ kind: "union" }] as const;
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  async compute(batch: StreamBatch): Promise<Dataset> {
    const parents: Dataset[] = [];
    for (let index = 0; index < this.#count; index++) {
      const parent = await batch.parent(index);
      if (parent === undefined) {
        throw new PlanError(
          `Could not generate RDD from a parent for unifying at time ${batch.time} ms: it had no batch. Give it an empty batch instead.`,
          { code: "no-batch", details: { operator: this.name, parent: index, time: batch.time } },
        );
      }
      parents.push(parent);
    }
    return united(parents);
  }
}

/** The batches of all parents of an operator that needs each of them. */
export async function parentBatches(batch: StreamBatch, operator: string, count: number): Promise<Dataset[]> {
  const parents: Dataset[] = [];
  for (let index = 0; index < count; index++) {
    const parent = await batch.parent(index);
    if (parent === undefined) {
      throw new PlanError(
        `Couldn't generate RDD from parent at time ${batch.time} ms: ${operator} needs a batch of each of its streams, one had none. ` +
          "Give it an empty batch instead.",
        { code: "no-batch", details: { operator, parent: index, time: batch.time } },
      );
    }
    parents.push(parent);
  }
  return parents;
}
