/**
 * How fast are lines of CSV with a declared schema filtered and grouped by two of their eight columns?
 *
 * A run and the plain program are those of csv.bench.ts.
 *
 * Not measured: quotes, rejected rows, receiving, more than one thread.
 */
import { f64, i64, utf8 } from "millrace";
import { ordersBench } from "./support/orders.js";

export default ordersBench({
  name: "csv-declared",
  question: "How fast are lines of CSV with a declared schema filtered and grouped by two of eight columns?",
  notMeasured: "quotes, rejected rows, receiving, more than one thread",
  build: (lines) =>
    lines
      .csv({
        id: i64,
        time: i64,
        country: utf8,
        category: utf8,
        quantity: i64,
        price: f64,
        status: utf8,
        customer: utf8,
      })
      .filter((order) => order.status === "paid")
      .map((order) => [[order.country, order.category] as [string, string], order.price])
      .reduceByKey((x, y) => x + y),
});
