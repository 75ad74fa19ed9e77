// Counts the words that a server sends, each second. The server is started after the program that reads from it.
import { Seconds, StreamingContext } from "millrace";
import { freePort, serveLines } from "../support/line-server.js";

const port = await freePort();

const ssc = new StreamingContext({ master: "local[2]", appName: "NetworkWordCount", batchInterval: Seconds(1) });
const lines = ssc.socketTextStream("localhost", port);
const words = lines.flatMap((line) => line.split(" "));
const pairs = words.map((word) => [word, 1]);
const wordCounts = pairs.reduceByKey((x, y) => x + y);
wordCounts.print();

ssc.addStreamingListener({
  onReceiverError: () => serveLines(port, ["to be or", "not to be"]),
  onBatchCompleted: ({ batchInfo }) => {
    if (batchInfo.numRecords > 0) ssc.stop();
  },
});

ssc.start();
await ssc.awaitTermination();
