import type { RDD } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts, utf8 } from "../support/batches.js";

afterEach(stopContexts);

type Ask = (lines: RDD<string>, seed: number) => RDD<unknown>;

const lengths: Ask = (lines, seed) => lines.map((l) => l.length).sample(false, 0.4, seed);
const asks: ReadonlyArray<readonly [name: string, ask: Ask]> = [
  ["of lines", (lines, seed) => lines.sample(false, 0.3, seed)],
  ["with replacement", (lines, seed) => lines.map((l) => [l.slice(0, 5), l.length]).sample(true, 1.7, seed)],
  ["of numbers", lengths],
  [
    "after a filter and before one",
    (lines, seed) =>
      lines
        .filter((l) => l.length > 3)
        .sample(false, 0.6, seed)
        .filter((l) => !l.endsWith("7")),
  ],
  [
    "of the words, twice",
    (lines, seed) =>
      lines
        .flatMap((l) => l.split("-"))
        .sample(true, 0.9, seed)
        .sample(false, 0.5, seed + 1),
  ],
  [
    "reduced by key",
    (lines, seed) =>
      lines
        .map((l): [string, number] => [l.slice(-1), 1])
        .sample(false, 0.5, seed)
        .reduceByKey((a, b) => a + b),
  ],
  ["of parts put together and dealt out", (lines, seed) => lines.union(lines).sample(true, 0.5, seed).repartition(3)],
  ["of what was dealt out", (lines, seed) => lines.repartition(5).sample(false, 0.5, seed).coalesce(2)],
];

/** What a sample has in batches of lines, partition by partition, and the stages that have run. */
async function asked(ask: Ask, options: { master: string; lowering: boolean }) {
  const { ssc, clock } = manualContext(options);
  const lines = ssc.pushStream();
  const made: unknown[] = [];
  lines
    .transform((rdd, time) => ask(rdd, time.milliseconds))
    .foreachRDD(async (rdd) => void made.push(await rdd.glom().collect()));
  void ssc.start();
  for (const count of [7, 0, 2500]) {
    const text = Array.from({ length: count }, (_, i) => `key-${(i * 7919) % 611}\n`).join("");
    await lines.pushBytes(utf8(text));
    await clock.advance(INTERVAL_MS);
  }
  const stages = ssc.metrics().stages.map(({ stage }) => stage);
  await ssc.stop({ stopEngine: true });
  return { made, stages };
}

describe.each(asks)("a sample %s", (_name, ask) => {
  test.each(["local[1]", "local[3]"])("has the rows in the kernel that it has in JavaScript, on %s", async (master) => {
    const { made, stages } = await asked(ask, { master, lowering: true });
    const expected = await asked(ask, { master, lowering: false });
    expect(made).toEqual(expected.made);
    expect(stages.some((stage) => stage === "before closures" || stage.endsWith("map side"))).toBe(true);
  });
});
