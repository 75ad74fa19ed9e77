import type { Row } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { manualContext, stopContexts, utf8, wordCount } from "../support/batches.js";
import { threadsOf } from "../support/internals.js";

afterEach(stopContexts);

const RULE = "-".repeat(43);
const frame = (timeMs: number, ...rows: string[]) =>
  [RULE, `Time: ${timeMs} ms`, RULE, ...rows]
    .map((line) => `${line}\n`)
    .join("")
    .concat("\n");

/** What `print(...num)` writes, a call each. */
async function printed(batches: Array<Iterable<never> | unknown[]>, ...num: [number?]): Promise<string[]> {
  const texts: string[] = [];
  const { ssc, clock } = manualContext({ printTo: (text) => void texts.push(text) });
  const stream = ssc.queueStream(batches as Row[][]);
  if (num.length === 0) stream.print();
  else stream.print(num[0]);
  void ssc.start();
  await clock.advance(1000 * batches.length);
  await ssc.stop();
  await ssc.awaitTermination();
  return texts;
}

const letters = (count: number) => Array.from({ length: count }, (_, i) => `row ${i}`);

describe("print", () => {
  test.each([
    ["an empty batch", [[]], [], [frame(1000)]],
    ["ten rows", [letters(10)], [], [frame(1000, ...letters(10))]],
    ["eleven rows", [letters(11)], [], [frame(1000, ...letters(10), "...")]],
    ["no rows wanted, none there", [[]], [0], [frame(1000)]],
    ["no rows wanted, one there", [letters(1)], [0], [frame(1000, "...")]],
    ["all rows", [letters(30)], [Number.POSITIVE_INFINITY], [frame(1000, ...letters(30))]],
    ["two of three", [letters(3)], [2], [frame(1000, "row 0", "row 1", "...")]],
    ["two of two", [letters(2)], [2], [frame(1000, "row 0", "row 1")]],
    [
      "three batches, one call each",
      [letters(1), [], letters(2)],
      [],
      [frame(1000, "row 0"), frame(2000), frame(3000, "row 0", "row 1")],
    ],
    ["pairs", [[["a", 1]]], [], [frame(1000, "(a,1)")]],
    [
      "values",
      [[1, { a: 1 }, [1, 2, 3], null, true, ""]],
      [],
      [frame(1000, "1", '{"a":1}', "[1,2,3]", "null", "true", "")],
    ],
  ] as Array<[string, unknown[][], [number?], string[]]>)("%s", async (_name, batches, num, expected) => {
    expect(await printed(batches, ...num)).toEqual(expected);
  });

  test("all rows of a large batch", async () => {
    const rows = letters(300_000);
    const [text] = await printed([rows], Number.POSITIVE_INFINITY);
    expect(text).toBe(frame(1000, rows.join("\n")));
  });

  test("a word count in the kernel, in the order of first arrival, decoding no more than it shows", async () => {
    const texts: string[] = [];
    const { ssc, clock } = manualContext({ printTo: (text) => void texts.push(text) });
    const lines = ssc.pushStream();
    wordCount(lines).print(2);
    void ssc.start();
    await lines.pushBytes(utf8(`b a\na b b\n${letters(5000).join(" x")}\n`));
    await clock.advance(1000);
    expect(texts).toEqual([frame(1000, "(b,3)", "(a,2)", "...")]);
    expect(threadsOf(ssc.engine).counters.bytesOut).toBeLessThan(300);
  });

  test("a stream that has no batch prints nothing", async () => {
    const texts: string[] = [];
    const { ssc, clock } = manualContext({ printTo: (text) => void texts.push(text) });
    ssc.queueStream<number>([null, [1]]).print();
    void ssc.start();
    await clock.advance(2000);
    expect(texts).toEqual([frame(2000, "1")]);
  });

  test("what printTo throws fails that output alone", async () => {
    const seen: number[] = [];
    const { ssc, clock } = manualContext({
      printTo: () => {
        throw new Error("the paper is out");
      },
    });
    const stream = ssc.queueStream([[1], [2]]);
    stream.print();
    stream.foreachRDD((_, time) => void seen.push(time.milliseconds));
    void ssc.start();
    await clock.advance(2000);
    expect(seen).toEqual([1000, 2000]);
    await expect(ssc.awaitTermination()).rejects.toThrow("the paper is out");
  });
});
