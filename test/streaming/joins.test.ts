import type { DStream, RDD, Row } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts, utf8 } from "../support/batches.js";

afterEach(stopContexts);

type Pair = [string, string];
type Join = (left: DStream<Pair>, right: DStream<Pair>) => DStream<Row>;

const pairs = (lines: DStream<string>) => lines.map((l) => [l.split("=")[0], l.split("=")[1]] as Pair);

const joins: ReadonlyArray<readonly [name: string, join: Join]> = [
  ["join", (left, right) => left.join(right, 3)],
  ["leftOuterJoin", (left, right) => left.leftOuterJoin(right, 3)],
  ["rightOuterJoin", (left, right) => left.rightOuterJoin(right, 3)],
  ["fullOuterJoin", (left, right) => left.fullOuterJoin(right, 3)],
  [
    "a join of numbers with records",
    (left, right) =>
      left
        .map(([k, v]) => [Number(k), v] as [number, string])
        .join(
          right.map(([k, v]) => [Number(k), { v, k }] as [number, { v: string; k: string }]),
          2,
        ),
  ],
  [
    "an outer join with records",
    (left, right) =>
      left.leftOuterJoin(
        right.map(([k, v]) => [k, { v, k }] as [string, { v: string; k: string }]),
        2,
      ),
  ],
  [
    "a join, filtered and reduced",
    (left, right) =>
      left
        .join(right, 3)
        .filter(([k]) => k !== "b")
        .map(([k, [v, w]]) => [v, `${k}${w}`] as Pair)
        .reduceByKey((a, b) => a + b, 2),
  ],
  [
    "a join of sums",
    (left, right) =>
      left
        .map(([k]) => [k, 1] as [string, number])
        .reduceByKey((a, b) => a + b, 2)
        .join(right, 3),
  ],
  ["a join of a join", (left, right) => left.join(right, 2).join(right, 3)],
  ["a join with itself", (left) => left.join(left, 2)],
  ["a join by two values", (left, right) => byTwo(left).join(byTwo(right), 3)],
  ["a full outer join by two values", (left, right) => byTwo(left).fullOuterJoin(byTwo(right), 3)],
  ["a join by records", (left, right) => byRecord(left).leftOuterJoin(byRecord(right), 2)],
  ["a join by one value in an array", (left, right) => byOne(left).rightOuterJoin(byOne(right), 2)],
  [
    "a join by two values, reduced by one of them",
    (left, right) =>
      byTwo(left)
        .join(byTwo(right), 2)
        .map(([[k], [v, w]]) => [k, v + w] as Pair)
        .reduceByKey((a, b) => a + b, 3),
  ],
  ["a join of closures' rows by two values", (left, right) => byTwo(left.map(opaque)).join(byTwo(right), 2)],
  ["a join by keys of several shapes", (left, right) => byTwo(left).fullOuterJoin(byThree(right), 2)],
  ["a join of closures' rows", (left, right) => left.map(opaque).join(right, 2)],
];

/** Every number by zero and its opposite: a key is what came first. */
const byTwo = (pairs: DStream<Pair>) => pairs.map(([k, v]) => [[k, Number(k) * 0], v] as [[string, number], string]);
const byThree = (pairs: DStream<Pair>) =>
  pairs.map(([k, v]) => [[k, Number(k) * 0, v], v]) as unknown as DStream<[[string, number], string]>;
const byOne = (pairs: DStream<Pair>) => pairs.map(([k, v]) => [[Number(k)], v] as [[number], string]);
const byRecord = (pairs: DStream<Pair>) =>
  pairs.map(([k, v]) => [{ z: k, a: { is: k === "a", none: undefined } }, v] as [Row, string]);

const opaque = ([k, v]: Pair): Pair => [k + suffix.slice(1), v];
const suffix = "x";

/** What a join makes of batches of lines: all rows, in order. */
async function runJoin(
  batches: ReadonlyArray<readonly [string, string]>,
  join: Join,
  options: { master: string; lowering: boolean },
) {
  const { ssc, clock } = manualContext(options);
  const [left, right] = [ssc.pushStream(), ssc.pushStream()];
  const made: unknown[][] = [];
  join(pairs(left), pairs(right)).foreachRDD(async (rdd: RDD<Row>) => {
    const first = await rdd.take(2);
    const rows = await rdd.collect();
    expect(rows.slice(0, 2)).toEqual(first);
    made.push(rows);
  });
  void ssc.start();
  for (const [a, b] of batches) {
    await left.pushBytes(utf8(a));
    await right.pushBytes(utf8(b));
    await clock.advance(INTERVAL_MS);
  }
  await ssc.stop({ stopEngine: true });
  return made;
}

const batches = [
  ["a=1\nb=2\na=3\n0=4\n-0=5\n🙂=6\n=7\nz", "a=x\nc=y\na=z\n-0=v\n🙂=w\n=e\nq\n"],
  ["", "a=1\n"],
  ["a=1\n", ""],
  ["", ""],
] as const;

const inKernel = joins.filter(([name]) => !/outer join with|closures|several shapes/.test(name));

describe.each(joins)("%s in the kernel", (_name, join) => {
  test.each(["local[1]", "local[3]"])("gives what JavaScript gives, on %s", async (master) => {
    const results = await runJoin(batches, join, { master, lowering: true });
    expect(results).toEqual(await runJoin(batches, join, { master, lowering: false }));
    expect(results).toHaveLength(batches.length);
    expect(results[0]!.length).toBeGreaterThan(0);
  });
});

describe("explain", () => {
  test.each(inKernel)("%s runs in the kernel", (_name, join) => {
    const { ssc } = manualContext();
    const text = join(pairs(ssc.pushStream()), pairs(ssc.pushStream())).repartition(2).explain();
    expect(text).not.toContain("JavaScript");
    expect(text).toContain("each with each");
  });

  test("says why a join does not", () => {
    const { ssc } = manualContext();
    const [left, right] = [pairs(ssc.pushStream()), pairs(ssc.pushStream())];
    expect(byTwo(left).join(byThree(right)).explain()).toMatch(/JavaScript .*keys of the sides are of several shapes/);
    const records = right.map(([k, v]) => [k, { v }] as [string, { v: string }]);
    expect(left.leftOuterJoin(records).explain()).toMatch(/JavaScript .*an outer join has scalars/);
  });
});

describe("a join in the kernel", () => {
  test.each([
    ["makes its rows there", 3, 9],
    ["leaves very many rows to JavaScript, which makes them as they are read", 1500, 1],
  ])("%s", async (_name, each, rowsExpected) => {
    const { ssc, clock } = manualContext();
    const [left, right] = [ssc.pushStream(), ssc.pushStream()];
    const counts: number[] = [];
    pairs(left)
      .join(pairs(right), 1)
      .foreachRDD(async (rdd) => {
        counts.push(await rdd.count(), await rdd.count());
      });
    void ssc.start();
    await left.pushBytes(utf8("a=1\n".repeat(each)));
    await right.pushBytes(utf8("a=2\n".repeat(each)));
    await clock.advance(INTERVAL_MS);
    expect(counts).toEqual([each * each, each * each]);
    const stage = ssc.metrics().stages.find(({ stage }) => stage === "join");
    expect(stage).toMatchObject({ tasks: 1, rows: rowsExpected });
  });
});
