// Batches written by hand: the usual input of tests.
import { type DStream, ManualClock, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[2]", batchInterval: Seconds(1), clock });
const queue = [[1, 2], ssc.engine.parallelize([3, 4], 4), [5]];
const show = <T>(name: string, stream: DStream<T>) =>
  stream.foreachRDD(async (rdd, time) => {
    console.log(`${time} ${name}: [${await rdd.collect()}] in ${rdd.getNumPartitions()} partitions`);
  });

show("one at a time", ssc.queueStream([...queue]));
show("all at once", ssc.queueStream([...queue], false));
show("default [0]", ssc.queueStream([[6]], true, [0]));
show("default null", ssc.queueStream([[7]], true, null));
const later: number[][] = [];
show("filled later", ssc.queueStream(later));

await ssc.start();
await clock.advance(Seconds(1));
later.push([8, 9]);
await clock.advance(Seconds(1));
console.log(`left in the queue: ${later.length}`);
await ssc.stop();
