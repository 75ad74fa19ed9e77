import { fromCSV, op } from "arquero";
import { filter, map } from "rxjs";
import type { Peers } from "../support/bench.js";
import type { OrdersInput } from "../support/orders.js";
import { arqueroSide } from "./arquero.js";
import { csvRows, duckSide } from "./duckdb.js";
import { rxSide, sumByKey } from "./rxjs.js";

const COLUMNS = {
  id: "BIGINT",
  time: "BIGINT",
  country: "VARCHAR",
  category: "VARCHAR",
  quantity: "INTEGER",
  price: "DOUBLE",
  status: "VARCHAR",
  customer: "VARCHAR",
};

interface Order {
  readonly country: string;
  readonly category: string;
  readonly price: number;
  readonly status: string;
}

export const csv: Peers<OrdersInput> = (bytes) => [
  duckSide({
    files: { orders: bytes },
    query: ({ orders }) => `
      select country || ' ' || category as key, sum(price) as number
      from ${csvRows(orders!, COLUMNS)}
      where status = 'paid'
      group by country, category`,
    collects: true,
  }),
  rxSide(bytes, (lines) =>
    lines.pipe(
      map((line) => line.split(",")),
      filter((columns) => columns[6] === "paid"),
      map((columns): [string, number] => [`${columns[2]} ${columns[3]}`, Number(columns[5])]),
      sumByKey,
    ),
  ),
  arqueroSide(() =>
    fromCSV(new TextDecoder().decode(bytes), { header: false, names: Object.keys(COLUMNS) })
      .filter((order: Order) => order.status === "paid")
      .derive({ key: (order: Order) => `${order.country} ${order.category}` })
      .groupby("key")
      .rollup({ number: (order: Order) => op.sum(order.price) }),
  ),
];
