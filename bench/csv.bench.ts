/**
 * How fast are lines of CSV filtered and grouped by two of their eight columns, split by a lambda?
 *
 * A run is one batch by `pushBytes`, its sums collected, on one core. The plain program decodes the bytes, splits them into lines and those into
 * columns, and adds up in a `Map`.
 *
 * Not measured: quotes, receiving, more than one thread.
 */
import { ordersBench } from "./support/orders.js";

export default ordersBench({
  name: "csv",
  question: "How fast are lines of CSV filtered and grouped by two of eight columns, split by a lambda?",
  notMeasured: "quotes, receiving, more than one thread",
  build: (lines) =>
    lines
      .map((line) => line.split(","))
      .filter((columns) => columns[6] === "paid")
      .map((columns) => [[columns[2]!, columns[3]!] as [string, string], Number(columns[5])])
      .reduceByKey((x, y) => x + y),
});
