// Reads numbered lines from a port of this machine, and is as slow as it is told: its output takes the time that its rows need at so many a second. Prints, as
// JSON, what it has read and the most that it held, when the server has ended the connection and everything is processed.
import { Milliseconds, Minutes, StreamingContext } from "millrace";

const [port, rowsASecond, receivedBytesMax] = process.argv.slice(2).map(Number) as [number, number, number];
const ssc = new StreamingContext({
  ...{ master: "local[1]", batchInterval: Milliseconds(100), blockInterval: Milliseconds(50), receivedBytesMax },
  // All that waits is to be processed, however long it takes.
  gracefulStopTimeout: Minutes(10),
});
const numbers = ssc.socketTextStream("127.0.0.1", port).map((line) => Number(line.slice(0, 10)));
let rows = 0;
let sum = 0;
numbers.foreachRDD(async (rdd) => {
  const count = await rdd.count();
  if (count === 0) return;
  rows += count;
  sum += await rdd.reduce((a, b) => a + b);
  await new Promise((resolve) => setTimeout(resolve, (1000 * count) / rowsASecond));
});

const most = { receivedBytes: 0, kernelBytes: 0, rssBytes: 0, batches: 0 };
let rssAtFirst = 0;
function look(): void {
  const { memory, queues } = ssc.metrics();
  most.receivedBytes = Math.max(most.receivedBytes, memory.receivedBytes);
  most.kernelBytes = Math.max(most.kernelBytes, memory.kernelBytes);
  most.rssBytes = Math.max(most.rssBytes, process.memoryUsage.rss());
  most.batches = Math.max(most.batches, queues.find(({ name }) => name === "batches")!.count!);
}

ssc.addStreamingListener({
  // The server has sent all: what is here is processed, and that is it.
  onReceiverError: () => void ssc.stop({ stopGracefully: true }),
  onBatchCompleted: () => {
    look();
    if (rssAtFirst === 0 && rows > 0) rssAtFirst = process.memoryUsage.rss();
  },
});
const looking = setInterval(look, 10);
await ssc.start();
await ssc.awaitTermination();
clearInterval(looking);
const { reached } = ssc.metrics().queues.find(({ name }) => name === "received")!;
console.log(JSON.stringify({ rows, sum, reached, rssAtFirst, ...most }));
