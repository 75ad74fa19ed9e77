// What a listener is told about two batches, and the figures of the whole context.
import { ManualClock, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const words = ssc.pushStream<string>();
words.foreachRDD((rdd) => rdd.count());
words.foreachRDD((_, time) => {
  if (time.milliseconds === 2000) throw new Error("disk full");
});

ssc.addStreamingListener({
  onStreamingStarted: ({ time }) => console.log(`started at ${time} ms`),
  onBatchSubmitted: ({ batchInfo }) => console.log(`${batchInfo.batchTime}: ${batchInfo.numRecords} records`),
  onOutputOperationCompleted: ({ outputOperationInfo: { id, name, failureReason } }) =>
    console.log(`  output ${id} (${name}): ${failureReason ? "failed" : "done"}`),
  onBatchCompleted: ({ batchInfo: { schedulingDelay, processingDelay, totalDelay } }) =>
    console.log(`  waited ${schedulingDelay} ms + worked ${processingDelay} ms = ${totalDelay} ms`),
});

await ssc.start();
await words.push("to", "be");
await clock.advance(Seconds(1));
await clock.advance(Seconds(1));
const { batches, records, delays, outputs } = ssc.metrics();
console.log(`${batches.completed} batches, ${batches.failed} of them failed; ${records.processed} records`);
console.log(
  `half of the batches took at most ${delays.total?.p50} ms; output 1 failed ${outputs[1]?.failed} of ${outputs[1]?.runs} times`,
);
await ssc.stop();
await ssc.awaitTermination().catch((error) => console.log(`first error: ${error.message}`));
