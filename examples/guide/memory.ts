// How long each stream keeps its batches, and what happens to those that are older.
import { ManualClock, MillraceError, type RDD, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const numbers = ssc.pushStream<number>();
const doubled = numbers.map((n) => n * 2);
const windowed = doubled.window(Seconds(3), Seconds(1));
const sums = windowed.reduce((a, b) => a + b);
sums.foreachRDD(async (rdd, time) => console.log(`${time}: ${await rdd.collect()}`));
const batches: RDD<number>[] = [];
doubled.foreachRDD((rdd) => void batches.push(rdd));

await ssc.start();
for (const n of [1, 2, 3, 4, 5, 6]) {
  await numbers.push(n);
  await clock.advance(Seconds(1));
}
for (const [name, stream] of Object.entries({ numbers, doubled, windowed, sums })) {
  console.log(`${name}: remembers ${stream.rememberDuration}, level ${stream.storageLevel}`);
}
for (const rdd of batches) {
  const rows = await rdd.collect().catch((error) => (error instanceof MillraceError ? error.code : error));
  console.log(`batch ${batches.indexOf(rdd) + 1}: ${rows}`);
}
await ssc.stop();
