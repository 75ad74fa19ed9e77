// Names for the ids that a windowed stream brings, from a table that is replaced while the stream runs.
import { ManualClock, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
let names = ssc.engine.parallelize<[number, string]>([
  [1, "tea"],
  [2, "milk"],
]);

const sold = ssc.queueStream<[number, number]>([
  [[1, 10]],
  [
    [2, 5],
    [3, 1],
  ],
  [[1, 20]],
]);
const inWindow = sold.reduceByKeyAndWindow((a, b) => a + b, Seconds(2));
const named = inWindow.transform((rdd) => rdd.join(names).map(([, [amount, name]]) => `${name} ${amount}`));
named.foreachRDD(async (rdd, time) => console.log(`${time}: ${(await rdd.collect()).join(", ")}`));

await ssc.start();
await clock.advance(Seconds(2));
names = ssc.engine.parallelize<[number, string]>([
  [1, "green tea"],
  [2, "milk"],
  [3, "bread"],
]);
await clock.advance(Seconds(1));
await ssc.stop();
