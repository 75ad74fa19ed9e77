// An overload and its end, seen in how late batches are done. This program runs on the host's clock, for about a second.
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
  onBatchCompleted({ batchInfo: { batchTime, processingEndTime } }) {
    delays.push(processingEndTime! - batchTime.milliseconds);
    if (batches > SLOW_BATCHES && delays.at(-1)! < INTERVAL_MS) ssc.stop();
  },
});
await ssc.start();
await ssc.awaitTermination();

const slow = delays.slice(0, SLOW_BATCHES);
const grew = slow.every((delay, index) => index === 0 || delay > slow[index - 1]!);
console.log(`overload: each batch was done later than the one before: ${grew}`);
console.log(`recovered: batches are done within the interval again: ${delays.at(-1)! < INTERVAL_MS}`);
