import { type EngineOptions, LocalEngine } from "./engine/local-engine.js";
import type { Row } from "./lowering/row.js";
import { checkPartitionCount } from "./plan/partitioner.js";
import { RDD } from "./rdd.js";
import { detectHost } from "./runtime/detect.js";

/** What runs jobs: threads and their memories (Spark's SparkContext). Several contexts may use one, in turn or at once. */
export class Engine extends LocalEngine {
  constructor(options: EngineOptions = {}) {
    super(options, detectHost());
  }

  /** Of n elements, partition p of P has those from floor(p n / P) up to floor((p + 1) n / P); P defaults to `defaultParallelism`. */
  parallelize<T extends Row>(data: Iterable<T>, numPartitions = this.defaultParallelism): RDD<T> {
    checkPartitionCount(numPartitions, "numPartitions of parallelize");
    return new RDD<T>(this, this.rowsDataset(data, numPartitions));
  }

  /** An RDD without rows or partitions. */
  emptyRDD<T>(): RDD<T> {
    return new RDD<T>(this, { kind: "source", scope: undefined, partitions: [] });
  }
}
