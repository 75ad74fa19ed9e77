import { messageOf, PlanError } from "../errors.js";
import type { Origin } from "../plan/origin.js";
import { isByHash, type Partitioner } from "../plan/partitioner.js";

/** The error of a key that cannot be one, with the operator that met it and where that was made. */
export function keyError({ name: operator, site, suffix }: Origin, cause: unknown): unknown {
  if (!(cause instanceof PlanError) || cause.code !== "unsupported-key") return cause;
  return new PlanError(`${operator}: ${cause.message}${suffix}`, {
    code: cause.code,
    details: { ...cause.details, operator, site },
    cause,
  });
}

/** The partition of a key, checked: a partitioner may be the program's own. */
export function partitionFor(origin: Origin, partitioner: Partitioner, key: unknown): number {
  const { numPartitions } = partitioner;
  if (isByHash(partitioner)) {
    if (numPartitions === 1) return 0;
    try {
      return partitioner.getPartition(key);
    } catch (cause) {
      throw keyError(origin, cause);
    }
  }
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
