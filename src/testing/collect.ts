import type { DStream } from "../dstream.js";
import type { Time } from "../time/time.js";

/** One batch of a stream, as an output saw it. */
export interface CollectedBatch<T> {
  /** The time at which the batch ends. */
  readonly time: Time;
  /** All rows, in the order of partitions. */
  readonly rows: T[];
}

/**
 * The batches of a stream, each with its time: an output that adds to the array returned here as batches are processed. A batch that does not exist
 * leaves nothing, which is how it differs from an empty one.
 *
 * ```ts
 * const batches = collectBatches(ssc.queueStream([["a"], null, []]));
 * void ssc.start();
 * await clock.advance(3000);
 * batches.map(({ time, rows }) => [time.milliseconds, rows]); // [[1000, ["a"]], [3000, []]]
 * ```
 */
export function collectBatches<T>(stream: DStream<T>): CollectedBatch<T>[] {
  const batches: CollectedBatch<T>[] = [];
  stream.foreachRDD(async (rdd, time) => {
    batches.push({ time, rows: await rdd.collect() });
  });
  return batches;
}

/**
 * The rows of each batch of a stream, as `collectBatches` without the times.
 *
 * ```ts
 * const batches = collected(ssc.queueStream([["a"], ["b", "c"]]));
 * void ssc.start();
 * await clock.advance(2000);
 * batches; // [["a"], ["b", "c"]]
 * ```
 */
export function collected<T>(stream: DStream<T>): T[][] {
  const batches: T[][] = [];
  stream.foreachRDD(async (rdd) => {
    batches.push(await rdd.collect());
  });
  return batches;
}
