import fc from "fast-check";
import type { DStream } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { manualContext, stopContexts, utf8 } from "../support/batches.js";
import { hostileNumber, hostileText } from "../support/hostile-rows.js";
import { holds } from "../support/property.js";

afterEach(stopContexts);

interface Event {
  readonly key: string;
  readonly n: number;
  readonly text: string;
}

type Program = (events: DStream<Event>) => DStream<unknown>;

/** JSON has no NaN, infinities and -0: they are numbers' texts. */
const linesOf = (events: readonly Event[]) =>
  events.map(({ key, n, text }) => `${JSON.stringify({ key, n: Object.is(n, -0) ? "-0" : `${n}`, text })}\n`).join("");

/** The rows of each batch in the kernel, and as JavaScript; and what the program says of itself. */
async function bothWays(batches: ReadonlyArray<readonly Event[]>, program: Program, master = "local[1]") {
  const results: unknown[][] = [];
  let explained = "";
  for (const lowering of [true, false]) {
    const { ssc, clock } = manualContext({ lowering, master, defaultParallelism: 2 });
    const lines = ssc.pushStream<string>();
    const made = program(
      lines.map((line) => JSON.parse(line)).map((e) => ({ key: String(e.key), n: Number(e.n), text: String(e.text) })),
    );
    if (lowering) explained = made.explain();
    const rows: unknown[] = [];
    made.foreachRDD(async (rdd) => void rows.push(await rdd.collect()));
    void ssc.start();
    for (const events of batches) {
      await lines.pushBytes(utf8(linesOf(events)));
      await clock.advance(1000);
    }
    await ssc.stop();
    results.push(rows);
  }
  return { kernel: results[0]!, javascript: results[1]!, explained };
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  "the whole of one value or the other": (events) =>
    events.map((e) => [e.key, e] as [string, Event]).reduceByKey((a, b) => (a.n > b.n ? a : b)),
  "records with fields that read each other": (events) =>
    events
      .map((e) => [e.key, { n: 1, sum: e.n, most: e.n }] as [string, { n: number; sum: number; most: number }])
      .reduceByKey((a, b) => ({
        n: a.n + b.n,
        sum: a.sum * 0.5 + b.sum / a.n,
        most: Math.max(a.most, b.most, a.sum),
      })),
  "products, in the order of the rows": (events) =>
    events.map((e) => [e.key, e.n] as [string, number]).reduceByKey((a, b) => a * b),
  "what is not associative": (events) =>
    events.map((e) => [e.key, e.n] as [string, number]).reduceByKey((a, b) => a - b / 3),
  "texts joined with something between": (events) =>
    events.map((e) => [e.key, e.text] as [string, string]).reduceByKey((a, b) => `${a},${b}`),
  "texts joined in front": (events) =>
    events.map((e) => [e.key, e.text] as [string, string]).reduceByKey((a, b) => b + a),
  "parts of texts, which change places": (events) =>
    events
      .map((e) => [e.key, [e.text, "a"]] as [string, [string, string]])
      .reduceByKey((a, b): [string, string] => [a[1], b[0] < a[0] ? a[0].slice(1) : b[0]]),
  "a part of the text that was there": (events) =>
    events
      .map((e) => [e.key, e.text] as [string, string])
      .reduceByKey((a, b) => (a.length > b.length ? a.slice(1) : b)),
  "keys of several values": (events) =>
    events.map((e) => [[e.key, e.n > 0], e.n] as [unknown, number]).reduceByKey((a, b) => (a < b ? a + 1 : b - a)),
  "a combined value of another shape": (events) =>
    events
      .map((e) => [e.key, e.n] as [string, number])
      .combineByKey(
        (v) => ({ least: v, count: 1, wide: false }),
        (c, v) => ({ least: Math.min(c.least, v), count: c.count + 1, wide: c.wide || v - c.least > 10 }),
        (a, b) => ({
          least: Math.min(a.least, b.least),
          count: a.count + b.count,
          wide: a.wide || b.wide || b.least - a.least > 10,
        }),
      ),
  "a mean by aggregateByKey": (events) =>
    events
      .map((e) => [e.key, e.n] as [string, number])
      .combineByKey(
        (v) => [v, 1] as [number, number],
        ([sum, n], v) => [sum + v, n + 1] as [number, number],
        (a, b) => [a[0] + b[0], a[1] + b[1]] as [number, number],
      )
      .mapValues(([sum, n]) => sum / n),
  "all rows": (events) => events.map((e) => e.n).reduce((a, b) => (a < b ? a * 0.5 : b)),
  windows: (events) =>
    events
      .map((e) => [e.key, e.n] as [string, number])
      .reduceByKeyAndWindow((a, b) => (a > b ? a - b : b - a / 2), 3000, 1000),
};

const event = (keys: number) =>
  fc.record({
    key: fc.oneof(
      fc.integer({ min: 0, max: keys }).map(String),
      hostileText.map((text) => text.slice(0, 3)),
    ),
    n: hostileNumber,
    text: hostileText,
  });

describe("values of a key that are taken in turn: in the kernel, with the rows that JavaScript gives", () => {
  test.each(Object.entries(PROGRAMS))("%s", async (_name, program) => {
    const batch = fc.array(event(5), { minLength: 1, maxLength: 60 });
    await holds(
      fc.array(batch, { minLength: 1, maxLength: 3 }),
      async (batches) => {
        const { kernel, javascript, explained } = await bothWays(batches, program);
        expect(kernel).toStrictEqual(javascript);
        const folds = explained.split("\n").filter((line) => /^ {2}\w+ \((combine|merge)\)|^ {2}reduce /.test(line));
        expect(folds.length).toBeGreaterThan(1);
        for (const line of folds) expect(line).toMatch(/ kernel | {2}reduce .* one row a partition| wanted as/);
      },
      15,
    );
  });

  test.each([1, 3, 1000, 100_000])("many rows with %i keys, on two threads", async (keys) => {
    const events = Array.from({ length: 20_000 }, (_, i) => ({
      key: `key ${Math.imul(i, 0x9e3779b1) % keys}`,
      n: Math.imul(i, 0x85ebca6b) / 1000,
      text: `text ${i % 77}`,
    }));
    for (const name of ["the whole of one value or the other", "parts of texts, which change places"]) {
      const { kernel, javascript } = await bothWays([events], PROGRAMS[name]!, "local[2]");
      expect(kernel).toStrictEqual(javascript);
    }
  });
});
