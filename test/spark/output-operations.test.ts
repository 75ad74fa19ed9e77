// Spark's output operations: the text of print, the names of folders and files.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DStream } from "millrace";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts } from "../support/batches.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-outputs-"));
});

afterEach(async () => {
  await stopContexts();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the batches through an output; resolves to what was printed. */
async function run<T extends string | number | [string, number]>(
  batches: Array<T[] | null>,
  output: (stream: DStream<T>) => void,
): Promise<string[]> {
  const texts: string[] = [];
  const { ssc, clock } = manualContext({ master: "local[2]", printTo: (text) => void texts.push(text) });
  output(ssc.queueStream(batches) as DStream<T>);
  await ssc.start();
  await clock.advance(batches.length * INTERVAL_MS);
  await ssc.stop();
  await ssc.awaitTermination();
  return texts;
}

const RULE = "-".repeat(43);
const printed = (timeMs: number, ...lines: string[]) => [RULE, `Time: ${timeMs} ms`, RULE, ...lines, "", ""].join("\n");

describe("print", () => {
  test("ten rows, then three dots where there are more", async () => {
    const rows = (count: number) => Array.from({ length: count }, (_, index) => `row ${index}`);
    const texts = await run([rows(9), rows(10), rows(11)], (stream) => stream.print());
    expect(texts).toEqual([printed(1000, ...rows(9)), printed(2000, ...rows(10)), printed(3000, ...rows(10), "...")]);
  });

  test("the number of rows that is given", async () => {
    const texts = await run([["a", "b", "c"]], (stream) => {
      stream.print(2);
      stream.print(3);
      stream.print(0);
    });
    expect(texts).toEqual([printed(1000, "a", "b", "..."), printed(1000, "a", "b", "c"), printed(1000, "...")]);
  });

  test("an empty batch prints its header; no batch prints nothing", async () => {
    const texts = await run<string>([[], null, ["a"]], (stream) => stream.print());
    expect(texts).toEqual([printed(1000), printed(3000, "a")]);
  });

  test("pairs as Spark's tuples", async () => {
    const texts = await run<[string, number]>(
      [
        [
          ["a", 1],
          ["b", 2],
        ],
      ],
      (stream) => stream.print(),
    );
    expect(texts).toEqual([printed(1000, "(a,1)", "(b,2)")]);
  });
});

describe("saveAsTextFiles", () => {
  const lines = (path: string) =>
    readdirSync(path)
      .filter((name) => name.startsWith("part-"))
      .sort()
      .map((name) => readFileSync(join(path, name), "utf8"));

  test("a folder for each batch, PREFIX-TIME.SUFFIX, a part for each partition", async () => {
    await run([["a", "b", "c"], ["d"]], (stream) => stream.saveAsTextFiles(join(folder, "out"), "txt"));
    expect(readdirSync(folder).sort()).toEqual(["out-1000.txt", "out-2000.txt"]);
    expect(readdirSync(join(folder, "out-1000.txt")).sort()).toEqual(["_SUCCESS", "part-00000", "part-00001"]);
    expect(lines(join(folder, "out-1000.txt"))).toEqual(["a\n", "b\nc\n"]);
    expect(lines(join(folder, "out-2000.txt")).join("")).toBe("d\n");
  });

  test("without a suffix: PREFIX-TIME", async () => {
    await run([["a"]], (stream) => stream.saveAsTextFiles(join(folder, "out")));
    expect(readdirSync(folder)).toEqual(["out-1000"]);
  });

  test("an empty batch is written too, a batch that does not exist is not", async () => {
    await run<string>([[], null, ["a"]], (stream) => stream.saveAsTextFiles(join(folder, "out")));
    expect(readdirSync(folder).sort()).toEqual(["out-1000", "out-3000"]);
    expect(lines(join(folder, "out-1000")).join("")).toBe("");
    expect(existsSync(join(folder, "out-1000", "_SUCCESS"))).toBe(true);
  });

  test("rows as print shows them", async () => {
    await run<[string, number]>([[["a", 1]]], (stream) => stream.saveAsTextFiles(join(folder, "out")));
    expect(lines(join(folder, "out-1000")).join("")).toBe("(a,1)\n");
  });
});

test("saveAsObjectFiles has the same names", async () => {
  await run<[string, number]>([[["a", 1]]], (stream) => stream.saveAsObjectFiles(join(folder, "objects"), "bin"));
  expect(readdirSync(folder)).toEqual(["objects-1000.bin"]);
  expect(readdirSync(join(folder, "objects-1000.bin"))).toContain("part-00000");
});

describe("foreachRDD", () => {
  test("runs on every batch that exists, with its time, whether or not it looks at the rows", async () => {
    const times: number[] = [];
    const sums: number[] = [];
    await run<number>([[1, 2], null, []], (stream) => {
      stream.foreachRDD((_, time) => void times.push(time.milliseconds));
      stream.foreachRDD(async (rdd) => {
        sums.push(await rdd.fold(0, (a, b) => a + b));
      });
    });
    expect(times).toEqual([1000, 3000]);
    expect(sums).toEqual([3, 0]);
  });

  test("nothing is computed that no output asks for", async () => {
    const seen: number[] = [];
    await run<number>([[1], [2]], (stream) => {
      stream.map((n) => seen.push(n));
      stream.foreachRDD(() => {});
    });
    expect(seen).toEqual([]);
  });
});
