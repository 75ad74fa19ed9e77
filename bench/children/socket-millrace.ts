// Counts the words that a TCP server sends, a batch each 200 ms, until there are as many as are expected. Arguments: port, words expected.
// Messages: { endedMs } when all are counted, then { checksum }.
import { Milliseconds, StreamingContext } from "millrace";
import { checksumOf, merged } from "../support/checksum.js";
import { commonNow } from "../support/child.js";

const [port, expected] = process.argv.slice(2).map(Number);
const batches: Array<Array<[string, number]>> = [];
let total = 0;

const ssc = new StreamingContext({ master: "local[1]", batchInterval: Milliseconds(200) });
ssc
  .socketTextStream("127.0.0.1", port!)
  .flatMap((line) => line.split(" "))
  .map((word) => [word, 1])
  .reduceByKey((x, y) => x + y)
  .foreachRDD(async (rdd) => {
    const counts = await rdd.collect();
    for (const [, count] of counts) total += count;
    batches.push(counts);
    if (total < expected!) return;
    const endedMs = commonNow();
    void ssc.stop();
    process.send!({ endedMs });
  });

await ssc.start();
await ssc.awaitTermination();
process.send!({ checksum: checksumOf(merged(batches)) });
process.disconnect();
