// Totals of orders, one batch a second, beside the same totals computed without streams.
import { ManualClock, Seconds, StreamingContext } from "millrace";

const batches = [["tea 3", "milk 1", "tea 2"], ["milk 4"], []];
const parse = (order: string): [string, number] => [order.split(" ")[0]!, Number(order.split(" ")[1])];

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const orders = ssc.pushStream<string>(); // source
const totals = orders.map(parse).reduceByKey((a, b) => a + b); // operators
totals.foreachRDD(async (rdd, time) => console.log(`${time}: ${JSON.stringify(await rdd.collect())}`)); // sink

await ssc.start();
for (const batch of batches) {
  await orders.push(...batch);
  await clock.advance(Seconds(1));
}
await ssc.stop();

for (const batch of batches) {
  const sums = new Map<string, number>();
  for (const [item, amount] of batch.map(parse)) sums.set(item, (sums.get(item) ?? 0) + amount);
  console.log(`by hand: ${JSON.stringify([...sums])}`);
}
