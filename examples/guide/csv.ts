// Lines of CSV as typed rows, grouped by two columns, and lines that are none.
import { f64, i64, ManualClock, Seconds, StreamingContext, utf8 } from "millrace";

const clock = new ManualClock();
const ssc = new StreamingContext({ master: "local[1]", batchInterval: Seconds(1), clock });
const lines = ssc.pushStream();
const orders = lines.csv({ shop: utf8, product: utf8, pieces: i64, price: f64 }, { header: true, delimiter: ";" });

const turnover = orders
  .filter((order) => order.pieces > 0)
  .map((order) => [[order.shop, order.product], order.pieces * order.price])
  .reduceByKey((a, b) => a + b);
turnover.print();
orders.rejects.print();

await ssc.start();
await lines.pushBytes(
  new TextEncoder().encode(
    [
      "shop;product;pieces;price",
      "north;tea;2;4.5",
      'south;"tea; green";1;5',
      "north;tea;1;4.5",
      "north;tea;many;4.5",
      "south;coffee;;3",
      "",
    ].join("\n"),
  ),
);
await clock.advance(Seconds(1));
await ssc.stop();
