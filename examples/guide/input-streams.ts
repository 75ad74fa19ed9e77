// Two inputs read side by side and united; a listener sees what each of them brought.
import { ManualClock, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const north = ssc.pushStream<string>({ name: "north" });
const south = ssc.pushStream<string>({ name: "south" });
const all = ssc.union([north, south]);
all.foreachRDD(async (rdd, time) => {
  console.log(`${time}: ${await rdd.collect()} in ${rdd.getNumPartitions()} partitions`);
});
ssc.addStreamingListener({
  onBatchCompleted({ batchInfo }) {
    for (const [id, { numRecords }] of batchInfo.streamIdToInputInfo)
      console.log(`  input ${id}: ${numRecords} records`);
  },
});

await ssc.start();
await north.push("n1", "n2");
await south.push("s1");
await clock.advance(Seconds(1));
await south.push("s2");
await clock.advance(Seconds(1));
await ssc.stop();
