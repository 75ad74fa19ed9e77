import { type TransactionalSink, Transactions } from "../outputs/transactions.js";

/** A batch for a sink: its rows by partition. */
export interface SinkBatch<T> {
  /** Its number: batches come in ascending order. */
  readonly id: number;
  /** Its rows, a list for each partition. */
  readonly partitions: ReadonlyArray<Iterable<T>>;
  /** Above 1: the batch runs again after a recovery. Default 1. */
  readonly attempt?: number;
  /** Milliseconds since the epoch. Default: `id` and one, in seconds. */
  readonly time?: number;
}

/**
 * Opens a sink, gives it batches as `transactionalOutput` does in a context with a store, replays included, and closes it: to see that a batch that runs again
 * changes nothing, and what a step that fails leaves. Rejects with the first error, after which the sink is closed and no more batches are given.
 *
 * ```ts
 * const batches = [{ id: 0, partitions: [["a"], ["b"]] }, { id: 1, partitions: [["c"]] }];
 * await writeBatches(sink, batches);
 * await writeBatches(sink, batches.map((batch) => ({ ...batch, attempt: 2 }))); // nothing happens
 * ```
 */
export async function writeBatches<T>(sink: TransactionalSink<T>, batches: Iterable<SinkBatch<T>>): Promise<void> {
  const transactions = new Transactions(sink, () => {});
  try {
    await transactions.open({ hasStore: true, hasLog: false, onBatchFailure: "stop" });
    for (const { id, partitions, attempt = 1, time = (id + 1) * 1000 } of batches) {
      await transactions.write(
        { id, time, attempt },
        {
          getNumPartitions: () => partitions.length,
          foreachPartition: async (fn) => {
            for (const [index, rows] of partitions.entries()) await fn(rows, index);
          },
        },
      );
    }
  } finally {
    await transactions.close();
  }
}
