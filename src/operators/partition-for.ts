import { messageOf, PlanError } from "../errors.js";
import type { Origin } from "../plan/origin.js";
import { isByHash, type Partitioner } from "../plan/partitioner.js";

/** The partition of a key, checked: a partitioner may be the program's own. */
export function partitionFor(origin: Origin, partitioner: Partitioner, key: unknown): number {
  const { numPartitions } = partitioner;
  if (isByHash(partitioner)) return numPartitions === 1 ? 0 : partitioner.getPartition(key);
  let partition: number;
  try {
    partition = partitioner.getPartition(key);
  } catch (cause) {
    throw new PlanError(`The partitioner of ${origin.name} threw: ${messageOf(cause)}${origin.suffix}`, {
      code: "function-threw",
      details: { operator: origin.name, key },
      cause,
    });
  }
  if (Number.isInteger(partition) && partition >= 0 && partition < numPartitions) return partition;
  throw new PlanError(
    `A partitioner of ${origin.name} must return a whole number from 0 to ${numPartitions - 1}, it returned ${String(partition)}.${origin.suffix}`,
    { code: "partition-out-of-range", details: { numPartitions, partition, key } },
  );
}
