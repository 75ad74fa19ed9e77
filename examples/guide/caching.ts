// How often a lambda runs when two outputs read its stream: without and with persist().
import { ManualClock, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const numbers = ssc.queueStream([[1, 2, 3]]);

const calls = { plain: 0, kept: 0 };
const plain = numbers.map((n) => {
  calls.plain += 1;
  return n * n;
});
const kept = numbers
  .map((n) => {
    calls.kept += 1;
    return n * n;
  })
  .persist("MEMORY_ONLY");
for (const stream of [plain, kept]) {
  stream.foreachRDD(async (rdd) => console.log(`squares: ${await rdd.collect()}`));
  stream.foreachRDD(async (rdd) => console.log(`sum: ${await rdd.reduce((a, b) => a + b)}`));
}
console.log(
  `levels: plain ${plain.storageLevel}, kept ${kept.storageLevel}, cached ${numbers.map((n) => n).cache().storageLevel}`,
);

await ssc.start();
await clock.advance(Seconds(1));
console.log(calls);
await ssc.stop();
