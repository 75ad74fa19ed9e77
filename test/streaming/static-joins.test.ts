import type { DStream, RDD, Row } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts, utf8 } from "../support/batches.js";

afterEach(stopContexts);

type Side = ReadonlyArray<readonly [Row, Row]>;

const texts: Side = [
  ["a", "x"],
  ["c", "y"],
  ["a", "z"],
  ["🙂", "w"],
  ["", "e"],
];

const sides: ReadonlyArray<readonly [name: string, side: Side, inKernel: boolean]> = [
  ["texts", texts, true],
  ["records", texts.map(([key, value]) => [key, { value, n: 1 }] as const), true],
  ["keys of several types", [...texts, [1, "one"], [null, "null"], [undefined, "none"]], true],
  ["values of no type", [...texts, ["b", new Map([[1, 2]])]], false],
  ["keys of two values", [...texts, [["a", 1], "pair"]], false],
  ["no rows", [], false],
];

/** What batches of lines of JSON come to, joined with an RDD in `transform`, and the stages that ran. */
async function runTransform(side: Side, options: { master: string; lowering: boolean }) {
  const { ssc, clock } = manualContext(options);
  const fixed = ssc.engine.parallelize(side as Iterable<[Row, Row]>, 2);
  const lines = ssc.pushStream();
  const made: unknown[][] = [];
  (lines as DStream<string>)
    .map((line): { k: string; v: number } => JSON.parse(line))
    .filter(({ v }) => v > 0)
    .map(({ k, v }) => [k, v] as [string, number])
    .transform((rdd: RDD<[string, number]>) => rdd.join(fixed as unknown as RDD<[string, Row]>, 3))
    .map(([k, [v, w]]) => [k, v, w])
    .foreachRDD(async (rdd) => {
      made.push(await rdd.collect());
    });
  await ssc.start();
  for (const batch of ["a b c a", "🙂 a x", "", "c c a", "b"]) {
    const events = batch.split(" ").map((k, i) => `${JSON.stringify({ k, v: i % 4 })}\n`);
    await lines.pushBytes(utf8(events.join("")));
    await clock.advance(INTERVAL_MS);
  }
  const { stages } = ssc.metrics();
  await ssc.stop({ stopEngine: true });
  return { made, stages };
}

describe.each(sides)("a join with an RDD in transform: %s", (_name, side, inKernel) => {
  test.each(["local[1]", "local[3]"])("gives what JavaScript gives, batch after batch, on %s", async (master) => {
    const { made, stages } = await runTransform(side, { master, lowering: true });
    expect(made).toEqual((await runTransform(side, { master, lowering: false })).made);
    expect(made.flat().length).toBeGreaterThan(side.length > 0 ? 5 : -1);
    // Reducers of a join that runs as JavaScript have the same name, and one task a partition each.
    const dealt = stages.find(({ stage }) => stage === "join, map side")!;
    if (inKernel) expect(dealt.rows).toBe(5 * side.length + made.length + 2);
  });
});

const parsed = (lines: DStream<string>) =>
  lines.map((line): { k: string; v: number } => JSON.parse(line)).map(({ k, v }) => [k, v] as [string, number]);

/** What `explain()` says of a stream before its first batch and after it. */
async function explained(program: (lines: DStream<string>, side: RDD<[string, string]>) => DStream<Row>, side = texts) {
  const { ssc, clock } = manualContext();
  const fixed = ssc.engine.parallelize(side as Iterable<[string, string]>, 2);
  const lines = ssc.pushStream();
  const made = program(lines, fixed as RDD<[string, string]>);
  made.foreachRDD(async (rdd) => void (await rdd.count()));
  const before = made.explain();
  await ssc.start();
  await lines.pushBytes(utf8('{"k":"a","v":1}\n'));
  await clock.advance(INTERVAL_MS);
  const after = made.explain();
  await ssc.stop({ stopEngine: true });
  expect(made.explain()).toBe(after);
  return { before, after };
}

describe("explain of a transform", () => {
  test("says after the first batch where the operators of its function run, and those behind it", async () => {
    const { before, after } = await explained((lines, side) =>
      parsed(lines)
        .transform((rdd) => rdd.filter(([, v]) => v > 0).join(side))
        .map(([k, [v, w]]) => [k, `${w}${v}`] as [string, string])
        .reduceByKey((a, b) => a + b),
    );
    expect(before).toMatch(/transform +JavaScript +the function decides for each batch/);
    expect(after).not.toContain("JavaScript");
    for (const each of ["filter", "rows", "join (combine)", "join (merge)"])
      expect(after).toContain(`transform: ${each} `);
    expect(after).toMatch(/ map +kernel/);
    expect(after).toMatch(/ reduceByKey \(combine\) +kernel/);
  });

  test("says why one of them does not run in the kernel", async () => {
    const suffix = "x";
    const { after } = await explained((lines) => parsed(lines).transform((rdd) => rdd.mapValues((v) => v + suffix)));
    expect(after).toMatch(/transform: mapValues +JavaScript .*suffix/);
    const values = texts.map(([k]) => [k, new Map()] as const);
    const joined = await explained((lines, side) => parsed(lines).transform((rdd) => rdd.join(side)), values);
    expect(joined.after).toMatch(/transform: rows +JavaScript +some rows are values of no type/);
    expect(joined.after).toMatch(/transform: join \(combine\) +JavaScript/);
  });

  test("of orders, unions, and of streams joined by hand", async () => {
    const { after } = await explained((lines, side) => {
      const pairs = parsed(lines);
      return pairs
        .transformWith(
          pairs.mapValues((v) => v * 2),
          (a, b) => a.union(b).leftOuterJoin(side),
        )
        .named("both")
        .transform((rdd) => rdd.sortByKey());
    });
    expect(after).toMatch(/both: union +kernel/);
    expect(after).toMatch(/both: leftOuterJoin \(merge\) +kernel/);
    expect(after).toMatch(/transform: sortByKey +kernel +puts rows in order/);
  });
});
