// Any operation on the datasets of each batch: a block list that is replaced while the stream runs, and a comparison of two streams.
import { ManualClock, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const mails = ssc.queueStream<[string, string]>([
  [
    ["ann", "hello"],
    ["spam@x", "buy"],
  ],
  [
    ["ann", "bye"],
    ["spam@x", "buy"],
  ],
]);

let blocked = ssc.engine.parallelize<[string, boolean]>([["spam@x", true]]);
const passed = mails.transform((rdd, time) => {
  console.log(`${time}: the function runs, once for each batch`);
  return rdd
    .leftOuterJoin(blocked)
    .filter(([, [, isBlocked]]) => !isBlocked)
    .mapValues(([text]) => text);
});
passed.foreachRDD(async (rdd) => console.log(`  passed: ${JSON.stringify(await rdd.collect())}`));

const dropped = mails.transformWith(passed, (all, kept) => all.keys().subtract(kept.keys()));
dropped.foreachRDD(async (rdd) => console.log(`  dropped: ${await rdd.collect()}`));

await ssc.start();
await clock.advance(Seconds(1));
blocked = ssc.engine.parallelize<[string, boolean]>([["ann", true]]);
await clock.advance(Seconds(1));
await ssc.stop();
