// A running word count. A word that is not seen in two batches in a row is forgotten.
import { ManualClock, MemoryStore, Seconds, StreamingContext } from "millrace";

type Seen = { count: number; idle: number };

const clock = new ManualClock();
const ssc = new StreamingContext({
  master: "local[1]",
  batchInterval: Seconds(1),
  clock,
  checkpoint: new MemoryStore(),
});
const words = ssc.pushStream<string>();
const seen = words
  .map((word) => [word, 1])
  .updateStateByKey(
    (ones, state: Seen | undefined) => {
      const count = (state?.count ?? 0) + ones.length;
      const idle = ones.length > 0 ? 0 : (state?.idle ?? 0) + 1;
      return idle < 2 ? { count, idle } : undefined;
    },
    { initial: [["hello", { count: 10, idle: 0 }]] },
  );
const counts = seen.mapValues(({ count }) => count);
counts.foreachRDD(async (rdd, time) => console.log(`${time}: ${JSON.stringify(await rdd.collect())}`));

await ssc.start();
for (const batch of [["hello", "you"], ["you"], ["you"], []]) {
  await words.push(...batch);
  await clock.advance(Seconds(1));
}
await ssc.stop();
