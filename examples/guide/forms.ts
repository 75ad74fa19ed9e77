// Explicit forms: columns and aggregations that the kernel computes, without a lambda.
import { f64, ManualClock, Seconds, StreamingContext, utf8 } from "millrace";
import { avg, col, count, max, when } from "millrace/kernel";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const lines = ssc.pushStream();
const orders = lines.json({ shop: utf8, price: f64, pieces: f64 });

const total = col("price").mul(col("pieces"));
const dear = orders.filter(total.gt(5)).select({
  shop: col("shop").upper(),
  total,
  size: when(total.ge(100), "large").otherwise("small"),
});
dear.print();

const shops = orders.groupBy("shop").agg({ orders: count(), mean: avg(col("price")), most: max(col("pieces")) });
shops.print();

try {
  orders.map((order) => ({ ...order, shop: order.shop.normalize() })).filter(col("price").gt(3));
} catch (error) {
  console.log((error as Error).message);
}

await ssc.start();
await lines.push('{"shop":"north","price":2.5,"pieces":4}', '{"shop":"south","price":60,"pieces":2}');
await lines.push('{"shop":"north","pieces":1}');
await clock.advance(Seconds(1));
await ssc.stop();
console.log(total({ price: 3, pieces: 2 }));
