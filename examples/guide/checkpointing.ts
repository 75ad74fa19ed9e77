// Where checkpoints go and how often: defaults, intervals of one's own, and what is refused.
import { ManualClock, MemoryStore, MillraceError, Seconds, StreamingContext } from "millrace";

interface Attempt {
  readonly batchSeconds: number;
  readonly intervalSeconds?: number;
  readonly store?: MemoryStore;
}

async function attempt({ batchSeconds, intervalSeconds, store }: Attempt): Promise<void> {
  const ssc = new StreamingContext({
    master: "local[1]",
    batchInterval: Seconds(batchSeconds),
    clock: new ManualClock(),
  });
  if (store) ssc.checkpoint(store);
  const ones = ssc.queueStream<[string, number]>([]);
  const counts = ones.updateStateByKey((values, sum: number | undefined) => (sum ?? 0) + values.length);
  if (intervalSeconds !== undefined) counts.checkpoint(Seconds(intervalSeconds));
  counts.foreachRDD(() => {});
  try {
    await ssc.start();
    console.log(`batches of ${batchSeconds} s: checkpoint interval ${counts.checkpointDuration ?? "none"}`);
  } catch (error) {
    console.log(error instanceof MillraceError ? error.message : error);
  }
  await ssc.stop();
}

const store = new MemoryStore();
await attempt({ batchSeconds: 1, store });
await attempt({ batchSeconds: 4, store });
await attempt({ batchSeconds: 4, store, intervalSeconds: 20 });
await attempt({ batchSeconds: 4, store, intervalSeconds: 10 });
await attempt({ batchSeconds: 1, intervalSeconds: 10 });
await attempt({ batchSeconds: 1 }); // state lives as long as the context, and a warning says so
