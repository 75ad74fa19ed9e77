import type { DStream } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { manualContext, stopContexts, utf8 } from "../support/batches.js";

afterEach(stopContexts);

const TEXT = Array.from({ length: 3000 }, (_, i) => `u${i % 7},${(i * 37) % 101},${i % 2 ? "view" : "click"}\n`).join(
  "",
);

/** The rows of a program in the kernel and as JavaScript, and what it says of itself. */
async function bothWays(program: (lines: DStream<string>) => DStream<unknown>) {
  const results: unknown[][] = [];
  let explained = "";
  for (const lowering of [true, false]) {
    const { ssc, clock } = manualContext({ lowering, master: "local[2]" });
    const lines = ssc.pushStream<string>();
    const made = program(lines);
    if (lowering) explained = made.explain();
    const rows: unknown[] = [];
    made.foreachRDD(async (rdd) => void rows.push(...(await rdd.collect())));
    void ssc.start();
    await lines.pushBytes(utf8(TEXT));
    await clock.advance(1000);
    results.push(rows);
  }
  expect(results[0]!.length).toBeGreaterThan(0);
  expect(results[0]).toStrictEqual(results[1]);
  return explained;
}

const pairs = (lines: DStream<string>) =>
  lines.map((line): [string, number] => {
    const [key, value] = line.split(",");
    return [key!, Number(value)];
  });

describe("combinations by key run in the kernel, with the rows that JavaScript gives", () => {
  test.each<[string, (lines: DStream<string>) => DStream<unknown>]>([
    [
      "combineByKey whose combined values have another shape",
      (lines) =>
        pairs(lines).combineByKey(
          (v) => [v, 1] as [number, number],
          (c, v) => [c[0] + v, c[1] + 1] as [number, number],
          (a, b) => [a[0] + b[0], a[1] + b[1]] as [number, number],
        ),
    ],
    [
      "least and greatest, first and last",
      (lines) =>
        pairs(lines)
          .mapValues((v) => ({ least: v, most: v, first: v, last: v }))
          .reduceByKey((a, b) => ({
            least: Math.min(a.least, b.least),
            most: Math.max(a.most, b.most),
            first: a.first,
            last: b.last,
          })),
    ],
    [
      "keys of several values",
      (lines) =>
        lines
          .map((line) => line.split(","))
          .map((cells) => [[cells[0], cells[2]], 1] as [unknown, number])
          .reduceByKey((a, b) => a + b),
    ],
    [
      "strings joined",
      (lines) =>
        pairs(lines)
          .map(([k, v]) => [k, `${v}`] as [string, string])
          .reduceByKey((a, b) => a + b),
    ],
    ["distinct values counted", (lines) => lines.map((line) => line.split(",")[2]).countByValue()],
  ])("%s", async (_name, program) => {
    const explained = await bothWays(program);
    expect(
      explained.split("\n").filter((line) => line.includes("(combine)") && !line.startsWith("stage"))[0],
    ).toContain(" kernel ");
  });

  test("values that are not all of the type that was expected: JavaScript does it, with its result", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream<string>();
    const sums = lines
      .map((line) => JSON.parse(line) as [string, number])
      .map((e) => [e[0], e[1]] as [string, number])
      .reduceByKey((a, b) => a + b);
    const rows: unknown[] = [];
    sums.foreachRDD(async (rdd) => void rows.push(...(await rdd.collect())));
    void ssc.start();
    await lines.pushBytes(utf8('["a",1]\n["a","2"]\n["b",null]\n'));
    await clock.advance(1000);
    expect(rows).toEqual([
      ["a", "12"],
      ["b", null],
    ]);
  });
});

describe("a function that stays JavaScript gets the fields that it reads, where the kernel has made the row", () => {
  const known = new Map([["u1", "one"]]);
  const events = (lines: DStream<string>) =>
    lines
      .map((line) => {
        const [user, value, kind] = line.split(",");
        return JSON.stringify({ user, value: Number(value), kind, more: [{ a: user }, null] });
      })
      .map((line) => JSON.parse(line));

  test.each<[string, (lines: DStream<string>) => DStream<unknown>]>([
    ["map", (lines) => events(lines).map((e) => [known.get(e.user), e.value, e.none])],
    [
      "map behind a filter",
      (lines) =>
        events(lines)
          .filter((e) => e.kind === "view")
          .map((e) => known.get(e.user)),
    ],
    ["flatMap of nested values", (lines) => events(lines).flatMap(({ more, value }) => [...more, known.size, value])],
  ])("%s", async (_name, program) => {
    const explained = await bothWays((lines) => {
      const texts = lines.map((line) => line);
      return program(texts);
    });
    expect(explained).toMatch(/\[kernel, then JavaScript/);
  });

  test("a row without fields throws what JavaScript throws", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream<string>();
    let caught: unknown;
    lines
      .map((line) => JSON.parse(line))
      .map((e) => known.get(e.user))
      .foreachRDD(async (rdd) => {
        await rdd.collect().catch((error: unknown) => {
          caught = error;
        });
      });
    void ssc.start();
    await lines.pushBytes(utf8('{"user":"u1"}\nnull\n'));
    await clock.advance(1000);
    expect(String(caught)).toContain("Cannot read properties of null (reading 'user')");
  });
});
