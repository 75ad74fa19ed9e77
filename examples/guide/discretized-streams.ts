// Four batch times: a batch, an empty batch, no batch at all, a batch. Then a look back at them.
import { ManualClock, Minutes, Seconds, StreamingContext } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
ssc.remember(Minutes(1));
const words = ssc.queueStream([["to", "be"], [], null, ["or"]]);
const upper = words.map((word) => word.toUpperCase());
upper.foreachRDD(async (rdd, time) => console.log(`${time}: [${await rdd.collect()}]`));
upper.count().foreachRDD(async (rdd, time) => console.log(`${time}: ${await rdd.collect()} words`));

await ssc.start();
await clock.advance(Seconds(4));

for (const rdd of await upper.slice(1000, 4000)) console.log(`slice: [${await rdd.collect()}]`);
await ssc.stop();
