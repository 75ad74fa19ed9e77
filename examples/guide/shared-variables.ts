// A value that every task reads, and a sum that every task adds to.
import { capture, ManualClock, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const stopWords = ssc.engine.broadcast(new Set(["or", "not"]));
const dropped = ssc.engine.accumulator(0, "dropped");

const words = ssc.queueStream([
  ["to", "be", "or"],
  ["not", "to", "be"],
]);
const kept = words.filter(
  capture(
    { stopWords },
    ({ stopWords }) =>
      (word: string) =>
        !stopWords.value.has(word),
  ),
);
kept.foreachRDD(async (rdd, time) => console.log(`${time}: ${await rdd.collect()}`));
words.foreachRDD((rdd) =>
  rdd.foreach((word) => {
    if (stopWords.value.has(word)) dropped.add(1);
  }),
);

await ssc.start();
await clock.advance(Seconds(2));
console.log(`dropped: ${dropped.value}`);
await ssc.stop();
