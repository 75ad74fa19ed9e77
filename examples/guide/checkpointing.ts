// Where checkpoints go and how often: defaults, intervals of one's own, and what is refused.
import { ManualClock, MemoryStore, MillraceError, Seconds, StreamingContext } from "millrace";

interface Attempt {
  readonly batchSeconds: number;
  readonly intervalSeconds?: number;
  readonly hasStore?: boolean;
}

async function attempt({ batchSeconds, intervalSeconds, hasStore }: Attempt): Promise<void> {
  const ssc = new StreamingContext({
    master: "local[1]",
    batchInterval: Seconds(batchSeconds),
    clock: new ManualClock(),
  });
  if (hasStore) ssc.checkpoint(new MemoryStore());
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

await attempt({ batchSeconds: 1, hasStore: true });
await attempt({ batchSeconds: 4, hasStore: true });
await attempt({ batchSeconds: 4, hasStore: true, intervalSeconds: 20 });
await attempt({ batchSeconds: 4, hasStore: true, intervalSeconds: 10 });
await attempt({ batchSeconds: 1, intervalSeconds: 10 });
await attempt({ batchSeconds: 1 }); // state lives as long as the context, and a warning says so

// One store, two processes of a job, the second of which goes on with the state of the first.
const store = new MemoryStore();
for (const words of [["a", "b", "a"], ["b"]]) {
  const clock = new ManualClock();
  let input!: { push(...records: Array<[string, number]>): Promise<void> };
  const ssc = await StreamingContext.getOrCreate(store, () => {
    const context = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
    const pairs = context.pushStream<[string, number]>();
    pairs
      .updateStateByKey((values, sum: number | undefined) => (sum ?? 0) + values.length)
      .foreachRDD(async (rdd, time) => console.log(`${time}: ${JSON.stringify(await rdd.collect())}`));
    input = pairs;
    return context;
  });
  await ssc.start();
  await input.push(...words.map((word): [string, number] => [word, 1]));
  await clock.advance(Seconds(1));
  await ssc.stop();
}
