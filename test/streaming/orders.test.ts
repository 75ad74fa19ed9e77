import type { DStream, RDD, Row } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts, utf8 } from "../support/batches.js";
import { differenceOf } from "../support/same-value.js";

afterEach(stopContexts);

type Pair = [string, number];
type Ask = (rows: DStream<string>) => readonly [DStream<Row>, (rdd: RDD<never>) => Promise<unknown>];

const pairs = (lines: DStream<string>) => lines.map((l) => [l.split("=")[0], Number(l.split("=")[1])] as Pair);
const ask = <T extends Row>(stream: DStream<T>, output: (rdd: RDD<T>) => Promise<unknown>) =>
  [stream, output] as unknown as ReturnType<Ask>;

/** What the kernel does, and the stage that it is in. */
const inKernel: ReadonlyArray<readonly [name: string, stage: string, ask: Ask]> = [
  [
    "top of numbers",
    "before closures",
    (lines) =>
      ask(
        lines.map((l) => l.length),
        (rdd) => rdd.top(3),
      ),
  ],
  ["top of lines", "before closures", (lines) => ask(lines, (rdd) => rdd.top(4))],
  ["takeOrdered of lines", "before closures", (lines) => ask(lines, (rdd) => rdd.takeOrdered(5))],
  ["top by a difference", "before closures", (lines) => ask(pairs(lines), (rdd) => rdd.top(4, (a, b) => a[1] - b[1]))],
  [
    "takeOrdered by two keys",
    "before closures",
    (lines) =>
      ask(pairs(lines), (rdd) => rdd.takeOrdered(6, ([a, x], [b, y]) => y - x || (a < b ? -1 : a > b ? 1 : 0))),
  ],
  [
    "top by what is equal or less",
    "before closures",
    (lines) =>
      ask(pairs(lines), (rdd) => rdd.top(3, (a, b) => (a[0] === b[0] ? -(a[1] - b[1]) : a[0] < b[0] ? -1 : 1))),
  ],
  [
    "top by parts of texts",
    "before closures",
    (lines) =>
      ask(lines, (rdd) =>
        rdd.takeOrdered(3, (a, b) => Number(a.split("=")[1]) - Number(b.split("=")[1]) || b.length - a.length),
      ),
  ],
  [
    "sortBy a number",
    "sortBy",
    (lines) =>
      ask(pairs(lines), (rdd) =>
        rdd
          .sortBy(([, n]) => n, true, 3)
          .glom()
          .collect(),
      ),
  ],
  [
    "sortBy a text, descending",
    "sortBy",
    (lines) =>
      ask(pairs(lines), (rdd) =>
        rdd
          .sortBy(([k]) => k, false, 2)
          .glom()
          .collect(),
      ),
  ],
  ["sortBy the row", "sortBy", (lines) => ask(lines, (rdd) => rdd.sortBy((l) => l).collect())],
  [
    "sortBy what is no part of the row",
    "sortBy",
    (lines) =>
      ask(pairs(lines), (rdd) =>
        rdd
          .sortBy(([k, n]) => (n % 3) + k.length, false, 4)
          .glom()
          .collect(),
      ),
  ],
  ["sortByKey", "sortByKey", (lines) => ask(pairs(lines), (rdd) => rdd.sortByKey(true, 2).glom().collect())],
  [
    "sortBy of records, then more",
    "sortBy",
    (lines) =>
      ask(
        pairs(lines).map(([k, n]) => ({ k, n })),
        (rdd) =>
          rdd
            .sortBy(({ n }) => n)
            .map(({ k, n }) => [k, n] as Pair)
            .reduceByKey((a, b) => a + b, 2)
            .collect(),
      ),
  ],
  [
    "sortBy of sums",
    "sortBy",
    (lines) =>
      ask(pairs(lines), (rdd) =>
        rdd
          .reduceByKey((a, b) => a + b)
          .sortBy(([, n]) => n, false)
          .take(3),
      ),
  ],
  [
    "sortBy of few keys, cut into many partitions",
    "sortBy",
    (lines) =>
      ask(pairs(lines), (rdd) =>
        rdd
          .sortBy(([k, n]) => (k.length + n) % 2, true, 7)
          .glom()
          .collect(),
      ),
  ],
  [
    "sortBy what may be missing, cut into many partitions",
    "sortBy",
    (lines) =>
      ask(
        lines.map((l) => [l, l.split("=")[1]?.split(".")[1]] as [string, string | undefined]),
        (rdd) =>
          rdd
            .sortBy(([, part]) => part, false, 5)
            .glom()
            .collect(),
      ),
  ],
  [
    "sortBy numbers, flags and NaN, cut into many partitions",
    "sortBy",
    (lines) =>
      ask(pairs(lines), (rdd) =>
        rdd
          .sortBy(([k, n]) => (n % 5 === 0 ? n > 10 : n % 5 === 1 ? null : n % 5 === 2 ? Number(k) : -0), true, 9)
          .glom()
          .collect(),
      ),
  ],
  ["sortByKey, the first", "sortByKey", (lines) => ask(pairs(lines), (rdd) => rdd.sortByKey(false).first())],
];

/** What it leaves to JavaScript. */
const asJavaScript: ReadonlyArray<readonly [name: string, ask: Ask]> = [
  ["top of pairs", (lines) => ask(pairs(lines), (rdd) => rdd.top(3))],
  [
    "a comparator that looks outside",
    (lines) => ask(pairs(lines), (rdd) => rdd.top(2, (a, b) => (a[1] - b[1]) * sign)),
  ],
  ["a comparator that is no order", (lines) => ask(lines, (rdd) => rdd.takeOrdered(2, () => 0))],
  [
    "numbers that are none",
    (lines) =>
      ask(
        lines.map((l) => Number(l)),
        (rdd) => rdd.top(3, (a, b) => a - b || 0),
      ),
  ],
  [
    "keys of several types",
    (lines) =>
      ask(
        lines.map((l) => (l.length > 3 ? l : l.length)),
        (rdd) => rdd.sortBy((l) => l as string).count(),
      ),
  ],
  ["a key that is an array", (lines) => ask(pairs(lines), (rdd) => rdd.sortBy(([k, n]) => [k, n]).collect())],
];
const sign = 1;

/** What an output gives in batches of lines, and the stages that have run. */
async function asked(make: Ask, options: { master: string; lowering: boolean }) {
  const { ssc, clock } = manualContext(options);
  const lines = ssc.pushStream();
  const [stream, output] = make(lines);
  const made: unknown[] = [];
  stream.foreachRDD(async (rdd) => {
    made.push(await output(rdd as RDD<never>).catch((error: Error) => error.message.replace(/ \(.*/, "")));
  });
  void ssc.start();
  for (const batch of batches) {
    await lines.pushBytes(utf8(batch));
    await clock.advance(INTERVAL_MS);
  }
  const stages = ssc.metrics().stages.map(({ stage }) => stage);
  await ssc.stop({ stopEngine: true });
  return { made, stages };
}

const many = Array.from({ length: 3000 }, (_, i) => `key-${(i * 7919) % 611}=${(i * 104_729) % 997}`).join("\n");
const batches = [
  "b=3\na=1\n😀=-0\n\uffff=0\nc=7\na=0\nlonger=2.5\na=3\n",
  "",
  "one=1\n",
  `${many}\n`,
  "=Infinity\nx=-Infinity\n=1\n",
];

describe.each(inKernel)("%s in the kernel", (_name, stage, make) => {
  test.each(["local[1]", "local[3]"])("gives what JavaScript gives, on %s", async (master) => {
    const { made, stages } = await asked(make, { master, lowering: true });
    const expected = await asked(make, { master, lowering: false });
    expect(differenceOf(made, expected.made)).toBeUndefined();
    expect(stages).toContain(stage);
    expect(made).toHaveLength(batches.length);
  });
});

describe.each(asJavaScript)("%s", (_name, make) => {
  test("gives the same with the kernel and without", async () => {
    const { made } = await asked(make, { master: "local[2]", lowering: true });
    const expected = await asked(make, { master: "local[2]", lowering: false });
    expect(differenceOf(made, expected.made)).toBeUndefined();
  });
});

test("what is sorted of JavaScript's values", async () => {
  const { ssc } = manualContext();
  const rdd = ssc.engine.parallelize([3, undefined, -0, Number.NaN, 0, 2], 2);
  expect(
    differenceOf(await rdd.sortBy((n) => n, false, 1).collect(), [3, 2, -0, 0, undefined, Number.NaN]),
  ).toBeUndefined();
  const words = ssc.engine.parallelize(["\uffff", "😀", "b", "a\0", "a"], 3);
  expect(await words.sortBy((word) => word).collect()).toEqual(["a", "a\0", "b", "😀", "\uffff"]);
  await expect(ssc.engine.parallelize([1]).top(1, (async () => 0) as never)).rejects.toMatchObject({
    code: "async-function",
  });
});
