// What decides how many tasks a batch is cut into, and what runs in the kernel.
import { type DStream, ManualClock, Receiver, Seconds, StreamingContext } from "millrace";

/** Stores five blocks when it starts. */
class Blocks extends Receiver<string> {
  async onStart(): Promise<void> {
    for (const word of ["to", "be", "or", "not", "to"]) await this.storeBlock([word]);
  }
  onStop(): void {}
}

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[2]", batchInterval: Seconds(1), clock });
const show = <T>(name: string, stream: DStream<T>) =>
  stream.foreachRDD((rdd) => console.log(`${name}: ${rdd.getNumPartitions()} partitions`));

const one = ssc.receiverStream(new Blocks());
const two = ssc.union([one, ssc.receiverStream(new Blocks())]);
const pairs = two.map((word) => [word, 1]);
show("one receiver, five blocks", one);
show("two receivers, united", two);
show("repartition(4)", two.repartition(4));
show(
  "reduceByKey by default",
  pairs.reduceByKey((a, b) => a + b),
);
show(
  "reduceByKey into 8",
  pairs.reduceByKey((a, b) => a + b, 8),
);
const lines = ssc.pushStream();
const wordCounts = lines
  .flatMap((line) => line.split(" "))
  .map((word) => [word, 1])
  .reduceByKey((x, y) => x + y);

await ssc.start();
await clock.advance(Seconds(1));
console.log(wordCounts.explain());
await ssc.stop();
