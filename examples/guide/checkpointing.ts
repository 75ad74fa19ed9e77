// Where state is saved and how often: defaults, intervals of one's own, and what is refused.
import { ManualClock, MemoryStore, MillraceError, Seconds, StreamingContext } from "millrace";

interface Attempt {
  readonly batchSeconds: number;
  readonly saveEverySeconds?: number;
  readonly store?: MemoryStore;
}

async function attempt({ batchSeconds, saveEverySeconds, store }: Attempt): Promise<void> {
  const ssc = new StreamingContext({
    master: "local[1]",
    batchInterval: Seconds(batchSeconds),
    clock: new ManualClock(),
  });
  if (store) ssc.checkpoint(store);
  const ones = ssc.queueStream<[string, number]>([]);
  const counts = ones.updateStateByKey((values, sum: number | undefined) => (sum ?? 0) + values.length);
  if (saveEverySeconds !== undefined) counts.checkpoint(Seconds(saveEverySeconds));
  counts.foreachRDD(() => {});
  try {
    await ssc.start();
    const saved = counts.checkpointDuration ? `saved every ${counts.checkpointDuration}` : "not saved";
    console.log(`batches of ${batchSeconds} s: state is ${saved}`);
  } catch (error) {
    console.log(error instanceof MillraceError ? error.message : error);
  }
  await ssc.stop();
}

const store = new MemoryStore();
await attempt({ batchSeconds: 1, store });
await attempt({ batchSeconds: 4, store });
await attempt({ batchSeconds: 4, store, saveEverySeconds: 20 });
await attempt({ batchSeconds: 4, store, saveEverySeconds: 10 });
await attempt({ batchSeconds: 1, saveEverySeconds: 10 });
await attempt({ batchSeconds: 1 }); // state lives as long as the context, and a warning says so
