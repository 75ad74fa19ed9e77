// Imports the package, counts the words of one batch, writes the result, stops.
import { ManualClock, StreamingContext } from "millrace";
import { checksumOf } from "../support/checksum.js";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", clock, batchInterval: 1000 });
const lines = ssc.pushStream();
lines
  .flatMap((line) => line.split(" "))
  .map((word) => [word, 1])
  .reduceByKey((x, y) => x + y)
  .foreachRDD(async (rdd) => {
    process.stdout.write(checksumOf(await rdd.collect()));
  });
await ssc.start();
await lines.push("to be or not to be");
await clock.advance(1000);
await ssc.stop();
