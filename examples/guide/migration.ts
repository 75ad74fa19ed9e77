// A program from Spark, line by line: top words of the last minute, every ten seconds.
import { ManualClock, MemoryStore, Minutes, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
// val ssc = new StreamingContext(conf, Seconds(10))
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(10), clock });
// ssc.checkpoint(directory)
ssc.checkpoint(new MemoryStore());
// val words = ssc.queueStream(queue).flatMap(_.split(" "))
const words = ssc.queueStream([["to be or"], ["not to be"]]).flatMap((line) => line.split(" "));
// val counts = words.map((_, 1)).reduceByKeyAndWindow(_ + _, _ - _, Minutes(1), Seconds(10))
const ones = words.map((word) => [word, 1]);
const counts = ones.reduceByKeyAndWindow(
  (a, b) => a + b,
  (a, b) => a - b,
  Minutes(1),
  Seconds(10),
);
// val sorted = counts.transform(_.sortBy(_._2, ascending = false))
const sorted = counts.transform((rdd) => rdd.sortBy(([, count]) => count, false));
// sorted.foreachRDD { (rdd, time) => println(s"$time: " + rdd.take(2).mkString(", ")) }
sorted.foreachRDD(async (rdd, time) => console.log(`${time}: ${(await rdd.take(2)).join(" ")}`));

await ssc.start();
await clock.advance(Seconds(20));
await ssc.stop();
