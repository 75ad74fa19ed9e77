import type { DStream } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts, utf8 } from "../support/batches.js";

afterEach(stopContexts);

type Ask = (lines: DStream<string>) => DStream<unknown>;

const list = (line: string): string[] => [line, "x"].filter((part) => part !== "");
/** Values with parts, of which some may be missing, or of several types. */
const VALUES: Record<string, (lines: DStream<string>) => DStream<unknown>> = {
  "pairs of texts": (lines) => lines.map((l) => [l.split(",")[0], l.split(",")[1] ?? ""]),
  "numbers and texts": (lines) => lines.map((l) => [Number(l.split(",")[1]), l.split(",")[0]]),
  "records, whatever the order of their fields": (lines) =>
    lines.map((l) => ({ z: l.length % 5, 'a "b"': l.slice(0, 2), m: l === "" ? undefined : l.length > 4 })),
  "what is nested": (lines) =>
    lines.map((l) => ({ a: [l.length, [l.charAt(0)]], b: { c: l.startsWith("x") ? null : -0 } })),
  "of several types": (lines) => lines.map((l) => [l.length > 3 ? l : l.length > 1 ? l.length : undefined, l > "n"]),
};

const SKETCHES: Record<string, (values: DStream<unknown>) => DStream<unknown>> = {
  approxDistinct: (values) => values.approxDistinct(),
  "approxDistinctByKey, few registers": (values) =>
    values.map((value): [string, unknown] => ["all", value]).approxDistinctByKey({ precision: 4 }),
  countMin: (values) => values.countMin({ epsilon: 0.01 }).map((sketch) => Array.from(sketch.toBytes())),
};

const text = (count: number) =>
  Array.from({ length: count }, (_, i) => `${"xy😀é"[i % 3]}${(i * 7919) % 97},${i % 5 ? i % 13 : "none"}\n`).join("");
const batches = ["a,1\n,\n\nx,0\nx,-0\nNaN\n", "", text(3000), "\uffff,1e21\n\0,5e-324\nx\n"];

/** What a sketch of values says of batches, by the kernel or by JavaScript, and whether the kernel's map side has run. */
async function asked(ask: Ask, options: { master: string; lowering: boolean }) {
  const { ssc, clock } = manualContext(options);
  const lines = ssc.pushStream();
  const stream = ask(lines);
  const made: unknown[] = [];
  stream.foreachRDD(async (rdd) => void made.push(await rdd.collect()));
  void ssc.start();
  for (const batch of batches) {
    await lines.pushBytes(utf8(batch));
    await clock.advance(INTERVAL_MS);
  }
  const explained = stream.explain();
  await ssc.stop({ stopEngine: true });
  return { made, explained };
}

describe.each(Object.entries(SKETCHES))("%s of values with parts", (_, sketch) => {
  test.each(Object.entries(VALUES))("%s, is the kernel's, and says what JavaScript's says", async (_name, values) => {
    const ask: Ask = (lines) => sketch(values(lines));
    const { made, explained } = await asked(ask, { master: "local[2]", lowering: true });
    expect(explained).toMatch(/\(combine\) +kernel/);
    expect(made).toEqual((await asked(ask, { master: "local[2]", lowering: false })).made);
    expect(made).toHaveLength(batches.length);
  });
});

test("lists that a value has leave it to JavaScript", async () => {
  const ask: Ask = (lines) => lines.map((l) => [list(l)]).approxDistinct();
  const { made, explained } = await asked(ask, { master: "local[1]", lowering: true });
  expect(explained).toMatch(/\(combine\) +JavaScript/);
  expect(made).toEqual((await asked(ask, { master: "local[1]", lowering: false })).made);
});
