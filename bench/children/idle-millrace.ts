// A context on the system clock that counts one line, then idles. Arguments: interval in ms, intervals. Sends the CPU time of the idle ones.
import { StreamingContext } from "millrace";
import { checksumOf } from "../support/checksum.js";
import { cpuMsSince } from "../support/cpu.js";

const [intervalMs, intervals] = process.argv.slice(2).map(Number);
const ssc = new StreamingContext({ master: "local[1]", batchInterval: intervalMs! });
const lines = ssc.pushStream();
let checksum = "";
let idle = -1;
let begin = process.cpuUsage();
lines
  .flatMap((line) => line.split(" "))
  .map((word) => [word, 1])
  .reduceByKey((x, y) => x + y)
  .foreachRDD(async (rdd) => {
    const counts = await rdd.collect();
    if (counts.length > 0) {
      checksum = checksumOf(counts);
      idle = 0;
      begin = process.cpuUsage();
    } else if (idle >= 0 && ++idle === intervals) {
      process.send!({ cpuMs: cpuMsSince(begin), checksum });
      void ssc.stop();
    }
  });
await ssc.start();
await lines.push("to be or not to be");
await ssc.awaitTermination();
process.disconnect();
