/** Orders as lines of CSV, eight columns each of about 60 bytes; no value needs quotes. */
import type { DStream } from "millrace";
import { linesOf } from "./lines.js";
import type { Alternation } from "./measure.js";
import { benchOf, PLAIN, type QuestionBench } from "./question.js";
import { indexesFrom } from "./random.js";
import { millraceSide, plainSide } from "./sides.js";

export interface OrdersSize extends Alternation {
  readonly orders: number;
}

/** Columns: id, time, country, category, quantity, price, status, customer. */
export type OrdersInput = Uint8Array;

/** The price of all paid orders by country and category. */
export type Sales = [key: [country: string, category: string], price: number];

const COUNTRIES = 40;
const CATEGORIES = ["books", "music", "garden", "kitchen", "toys", "sport", "tools", "shoes", "garments", "lamps"];
const STATUSES = ["paid", "open", "cancelled"];

function ordersInput({ orders }: OrdersSize): OrdersInput {
  const index = indexesFrom(2);
  const lines = Array.from({ length: orders }, (_, order) =>
    [
      10_000_000 + order,
      1_700_000_000_000 + order * 7,
      `country-${index(COUNTRIES)}`,
      CATEGORIES[index(CATEGORIES.length)],
      1 + index(9),
      // Eighths, so that a sum is the same in any order.
      index(80_000) / 8,
      STATUSES[index(STATUSES.length)],
      `c${index(1_000_000)}\n`,
    ].join(","),
  );
  return new TextEncoder().encode(lines.join(""));
}

/** One of the ways to write the program. A run takes the sums into JavaScript. */
export interface OrdersProgram extends Pick<QuestionBench<OrdersSize>, "name" | "question" | "notMeasured"> {
  readonly build: (lines: DStream<string>) => DStream<Sales>;
}

export function ordersBench({ build, ...about }: OrdersProgram): QuestionBench<OrdersSize> {
  return benchOf({
    ...about,
    sizes: {
      small: { orders: 3000, rounds: 2, warmUpRounds: 1 },
      large: { orders: 300_000, rounds: 11, warmUpRounds: 3 },
    },
    aims: { [PLAIN]: 6 },
    input: ordersInput,
    bytes: (input) => input.length,
    millrace: (input, master) => [
      millraceSide({
        what: `Millrace, ${master}`,
        master,
        batches: [[input]],
        build,
        output: (rdd) => rdd.collect(),
        result: async (rdd) =>
          (await rdd.collect()).map(([[country, category], price]) => [`${country} ${category}`, price]),
      }),
    ],
    others: (input) => [
      plainSide(
        () => sumSales(input),
        (sums) => sums,
      ),
    ],
  });
}

function sumSales(bytes: Uint8Array): Map<string, number> {
  const sums = new Map<string, number>();
  for (const line of linesOf(bytes)) {
    const [, , country, category, , price, status] = line.split(",");
    if (status !== "paid") continue;
    const key = `${country} ${category}`;
    sums.set(key, (sums.get(key) ?? 0) + Number(price));
  }
  return sums;
}
