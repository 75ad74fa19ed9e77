// One record is broken: its batch fails and nothing else does, and state never holds half a batch.
import { ManualClock, MemoryStore, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({
  master: "local[1]",
  batchInterval: Seconds(1),
  clock,
  checkpoint: new MemoryStore(),
});
const amounts = ssc.pushStream<string>();
const sums = amounts
  .map((text) => {
    if (Number.isNaN(Number(text))) throw new TypeError(`not a number: ${text}`);
    return ["all", Number(text)];
  })
  .updateStateByKey((values, sum: number | undefined) => values.reduce((a, b) => a + b, sum ?? 0));
sums.foreachRDD(async (rdd, time) => console.log(`${time}: ${JSON.stringify(await rdd.collect())}`));
amounts.foreachRDD(async (rdd, time) => console.log(`${time}: ${await rdd.count()} records`));

await ssc.start();
for (const batch of [["1", "2"], ["3", "four"], ["5"]]) {
  await amounts.push(...batch);
  await clock.advance(Seconds(1));
}
await ssc.stop();
await ssc.awaitTermination().catch((error) => console.log(`first error: ${error.message.split(" (")[0]}`));
