// Counts the words that a TCP server sends, a batch each 200 ms, until as many lines as are expected are in batches that are done. Arguments: port,
// lines expected, "count" or "collect" (which takes the counts of every batch into JavaScript, to check them).
// Message: { endedMs, checksum } when all is counted; the checksum is empty where nothing was collected.
import { Milliseconds, StreamingContext } from "millrace";
import { checksumOf, merged } from "../support/checksum.js";
import { commonNow } from "../support/child.js";

const [port, expected] = process.argv.slice(2, 4).map(Number);
const collects = process.argv[4] === "collect";
const batches: Array<Array<[string, number]>> = [];
let different = 0;
let lines = 0;
let endedMs = 0;

const ssc = new StreamingContext({ master: "local[1]", batchInterval: Milliseconds(200) });
ssc
  .socketTextStream("127.0.0.1", port!)
  .flatMap((line) => line.split(" "))
  .map((word) => [word, 1])
  .reduceByKey((x, y) => x + y)
  .foreachRDD(async (rdd) => {
    different = Math.max(different, await rdd.count());
    if (collects) batches.push(await rdd.collect());
  });
ssc.addStreamingListener({
  onBatchCompleted: ({ batchInfo }) => {
    lines += batchInfo.numRecords;
    if (lines < expected!) return;
    endedMs = commonNow();
    void ssc.stop();
  },
});

await ssc.start();
await ssc.awaitTermination();
if (lines !== expected || different === 0) throw new Error(`${lines} lines arrived, ${expected} were sent.`);
process.send!({ endedMs, checksum: collects ? checksumOf(merged(batches)) : "" });
process.disconnect();
