import type { DStream } from "millrace";
import { afterEach, expect, test } from "vitest";
import { runChunks, stopContexts, utf8 } from "../support/batches.js";

afterEach(stopContexts);

const TEXT = "a b\n".repeat(2000);

test.each<[string, (lines: DStream<string>) => DStream<unknown>]>([
  ["objects without fields", (lines) => lines.flatMap((line) => line.split(" ")).map(() => ({}))],
  ["empty arrays", (lines) => lines.map(() => [])],
  ["dealt out", (lines) => lines.map(() => ({})).repartition(3)],
  ["in pairs", (lines) => lines.map(() => [[], {}]).repartition(2)],
  ["distinct", (lines) => lines.map(() => ({})).transform((rdd) => rdd.distinct())],
  ["counted", (lines) => lines.map(() => ({})).countByValue()],
  ["in order", (lines) => lines.map(() => ({})).transform((rdd) => rdd.sortBy((row) => row))],
])("rows without parts: %s", { timeout: 20_000 }, async (_name, program) => {
  const [kernel, plain] = await Promise.all(
    [true, false].map((lowering) => runChunks([[utf8(TEXT)], [utf8(TEXT)]], program, { lowering })),
  );
  expect(kernel!.map(({ length }) => length)).not.toContain(0);
  expect(kernel).toStrictEqual(plain);
});
