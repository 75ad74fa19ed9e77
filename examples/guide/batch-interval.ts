// An overload and its end, seen in the total delay of batches. This program runs on the host's clock, for about a second.
import { setTimeout } from "node:timers/promises";
import { Milliseconds, StreamingContext } from "millrace";

const INTERVAL_MS = 50;
const SLOW_BATCHES = 5;

const ssc = new StreamingContext({ master: "local[1]", batchInterval: Milliseconds(INTERVAL_MS) });
const numbers = ssc.queueStream<number>([]);
let batches = 0;
numbers.foreachRDD(async () => {
  batches += 1;
  if (batches <= SLOW_BATCHES) await setTimeout(2 * INTERVAL_MS);
});

const delays: number[] = [];
ssc.addStreamingListener({
  onBatchCompleted({ batchInfo }) {
    delays.push(batchInfo.totalDelay!);
    if (batches > SLOW_BATCHES && delays.at(-1)! < INTERVAL_MS) ssc.stop();
  },
});
await ssc.start();
await ssc.awaitTermination();

const [first = 0] = delays;
const worst = delays[SLOW_BATCHES - 1]!;
console.log(`overload: the delay grew from batch to batch: ${worst > first + (SLOW_BATCHES - 2) * INTERVAL_MS * 0.5}`);
console.log(`recovered: the delay is below the interval again: ${delays.at(-1)! < INTERVAL_MS}`);
