import { capture, type DStream } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { manualContext, opaqueWordCount, stopContexts, utf8, wordCount } from "../support/batches.js";
import { threadsOf } from "../support/internals.js";

afterEach(stopContexts);

/** The line of an operator: its indented name, then where it runs. */
function lineOf(text: string, operator: string): string {
  const line = text.split("\n").find((each) => each.startsWith(`  ${operator}`));
  expect(line, `${operator} in\n${text}`).toBeDefined();
  return line!;
}

describe("explain", () => {
  test("the word count runs in the kernel, before and after start", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const counts = wordCount(lines);
    counts.foreachRDD((rdd) => rdd.count());
    const before = counts.explain();
    for (const operator of ["pushStream", "flatMap", "map", "reduceByKey (combine)", "reduceByKey (merge)"]) {
      expect(lineOf(before, operator)).toContain(" kernel ");
    }
    expect(before).not.toContain("JavaScript");
    void ssc.start();
    await lines.pushBytes(utf8("a b\n"));
    await clock.advance(1000);
    expect(counts.explain()).toBe(before);
    expect(threadsOf(ssc.engine).counters.bytesOut).toBeLessThan(100);
  });

  test("an opaque lambda, with the reason, and what its rows take with it", () => {
    const { ssc } = manualContext();
    const text = opaqueWordCount(ssc.pushStream()).explain();
    expect(lineOf(text, "flatMap")).toMatch(/JavaScript .*separator/);
    expect(lineOf(text, "map")).toContain("JavaScript");
    expect(lineOf(text, "reduceByKey (combine)")).toContain("JavaScript");
    expect(lineOf(text, "pushStream")).toContain(" kernel ");
  });

  test("one opaque operator: those that could run in the kernel say why they do not", () => {
    const { ssc } = manualContext();
    const separator = " ";
    const stream = ssc
      .pushStream()
      .flatMap((line) => line.split(separator))
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b);
    expect(lineOf(stream.explain(), "reduceByKey (combine)")).toMatch(/could run in the kernel, but .*flatMap/);
  });

  test("names given by the program are shown", () => {
    const { ssc } = manualContext();
    const stream = ssc
      .pushStream({ name: "orders" })
      .flatMap((line) => line.split(","))
      .named("cells");
    expect(stream.explain()).toContain("orders -> cells");
  });

  test("counts, unions and every input say something", () => {
    const { ssc } = manualContext();
    const lines = ssc.socketTextStream("localhost", 9999);
    const union = lines.union(ssc.queueStream([["a"]])).filter((line) => line !== "");
    expect(union.explain()).toMatch(/socketTextStream.*queueStream.*union.*filter/s);
    expect(lines.count().explain()).toContain("counted without decoding");
  });

  test.each<[string, (lines: DStream<string>) => DStream<[string, number]>]>([
    [
      "captured separator",
      (lines) =>
        lines
          .flatMap(
            capture(
              { separator: "," },
              ({ separator }) =>
                (line: string) =>
                  line.split(separator),
            ),
          )
          .map((word) => [word, 1])
          .reduceByKey((a, b) => a + b),
    ],
    [
      "function forms",
      (lines) =>
        lines
          .flatMap((l) => l.split(","))
          .map((w) => [w, 1])
          .reduceByKey((x, y) => x + y),
    ],
    [
      "sum in the other order",
      (lines) =>
        lines
          .flatMap((l) => l.split(","))
          .map((w) => [w, 1])
          .reduceByKey((a, b) => b + a),
    ],
  ])("%s: kernel, with the result that JavaScript gives", async (_name, operation) => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const counts = operation(lines);
    expect(counts.explain()).not.toContain("JavaScript");
    let rows: Array<[string, number]> = [];
    counts.foreachRDD(async (rdd) => {
      rows = await rdd.collect();
    });
    void ssc.start();
    await lines.pushBytes(utf8("a,b\r\na\n"));
    await clock.advance(1000);
    expect(rows).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
  });
});
