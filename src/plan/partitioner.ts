import { partitionOf } from "../block/partition-hash.js";
import { ConfigError } from "../errors.js";
import { shown } from "../time/duration.js";

/** Partitions that one stream may have. */
export const PARTITION_COUNT_MAX = 65_535;

/** How a shuffle divides keys: a number of partitions, by hash, or a rule of the caller's own. */
export type Partitioning = number | Partitioner;

/** A rule that sends keys to partitions: equal keys always to the same one, an integer from 0 to `numPartitions` - 1. */
export interface Partitioner {
  /** How many partitions there are. */
  readonly numPartitions: number;
  /** The partition of a key, from 0. */
  getPartition(key: unknown): number;
}

/**
 * Sends a key to its partition hash modulo the number of partitions: the same in every process, host and version.
 *
 * **Limits:** 1 to `PARTITION_COUNT_MAX`. **Errors:** `ConfigError` "invalid-partitions"; `getPartition` of a key that cannot be
 * one: `PlanError` "unsupported-key". **Source:** apache/spark `core/Partitioner.scala`; the hash is src/block/partition-hash.ts.
 */
export class HashPartitioner implements Partitioner {
  readonly numPartitions: number;

  constructor(numPartitions: number) {
    this.numPartitions = checkPartitionCount(numPartitions, "numPartitions of HashPartitioner");
  }

  /** The partition of a key, from 0. */
  getPartition(key: unknown): number {
    return partitionOf(key, this.numPartitions);
  }
}

/** Whether a partitioner is by the published hash, which the kernel has too; a subclass may divide otherwise. */
export function isByHash(partitioner: Partitioner): boolean {
  return partitioner.getPartition === HashPartitioner.prototype.getPartition;
}

/** What tells a partitioner from others: the number of partitions and, where it is the program's own, its source. */
export function partitionerIdentity(partitioner: Partitioner): string {
  const { numPartitions } = partitioner;
  return isByHash(partitioner)
    ? `${numPartitions} partitions by hash`
    : `${numPartitions} partitions by ${Function.prototype.toString.call(partitioner.getPartition)}`;
}

/**
 * The partitioner that `partitioning` asks for: by hash for a number, by hash into `defaultParallelism` for undefined, itself
 * for a partitioner, once it is seen to have what one needs.
 *
 * **Errors:** `ConfigError` "invalid-partitions", which begins with `subject` ("partitioning of reduceByKey").
 */
export function toPartitioner(
  partitioning: Partitioning | undefined,
  defaultParallelism: number,
  subject: string,
): Partitioner {
  if (partitioning === undefined) {
    return new HashPartitioner(checkPartitionCount(defaultParallelism, `defaultParallelism for ${subject}`));
  }
  if (typeof partitioning !== "object") return new HashPartitioner(checkPartitionCount(partitioning, subject));
  if (typeof partitioning?.getPartition !== "function") {
    throw new ConfigError(
      `${subject} must be a number of partitions or a partitioner with numPartitions and getPartition(key), ` +
        `but got ${partitioning === null ? "null" : "an object without getPartition"}; ` +
        "give a number, or new HashPartitioner(n).",
      { code: "invalid-partitions", details: { subject, got: partitioning } },
    );
  }
  checkPartitionCount(partitioning.numPartitions, `numPartitions of ${subject}`);
  return partitioning;
}

/** The value, where it is a number of partitions. **Errors:** `ConfigError` "invalid-partitions", which begins with `subject`. */
export function checkPartitionCount(value: unknown, subject: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= PARTITION_COUNT_MAX) return value;
  throw new ConfigError(
    `${subject} must be a whole number of partitions from 1 to ${PARTITION_COUNT_MAX}, but got ${shown(value)}; ` +
      "a few for each worker is usual.",
    { code: "invalid-partitions", details: { subject, got: value, countMax: PARTITION_COUNT_MAX } },
  );
}
