// Orders and payments, joined batch by batch, then over windows.
import { type DStream, ManualClock, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const orders = ssc.queueStream<[string, string]>([
  [
    ["o1", "tea"],
    ["o2", "milk"],
  ],
  [["o3", "bread"]],
]);
const payments = ssc.queueStream<[string, number]>([
  [["o1", 4]],
  [
    ["o2", 1],
    ["o9", 5],
  ],
]);

const show = <T>(name: string, stream: DStream<T>) =>
  stream.foreachRDD(async (rdd, time) => console.log(`${time} ${name}: ${JSON.stringify(await rdd.collect())}`));
show("join          ", orders.join(payments));
show("leftOuterJoin ", orders.leftOuterJoin(payments));
show("rightOuterJoin", orders.rightOuterJoin(payments));
show("fullOuterJoin ", orders.fullOuterJoin(payments));
show("of windows    ", orders.window(Seconds(2)).join(payments.window(Seconds(2))));

await ssc.start();
await clock.advance(Seconds(2));
await ssc.stop();
