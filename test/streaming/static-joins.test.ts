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
