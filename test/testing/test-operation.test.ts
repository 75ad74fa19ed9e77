import type { DStream } from "millrace";
import { testOperation } from "millrace/testing";
import { describe, expect, expectTypeOf, test } from "vitest";

const doubled = (numbers: DStream<number>) => numbers.map((n) => n * 2);

async function messageOf(run: Promise<unknown>): Promise<string> {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).constructor).toBe(Error);
  return (error as Error).message;
}

describe("testOperation", () => {
  test("the examples of its description", async () => {
    await testOperation([["a b", "a"], []], (lines) => lines.flatMap((line) => line.split(" ")), [["a", "b", "a"], []]);
    await testOperation([[1], [2]], [[10], [20]], (one, other) => one.union(other), [
      [1, 10],
      [2, 20],
    ]);
    await testOperation(
      [["a", "b", "a"]],
      (words) => words.map((word) => [word, 1]).reduceByKey((a, b) => a + b),
      [
        [
          ["b", 1],
          ["a", 2],
        ],
      ],
      { useSet: true },
    );
  });

  test("infers the types of the streams and of what is expected", () => {
    const never = () =>
      testOperation(
        [["a"]],
        (words) => {
          expectTypeOf(words).toEqualTypeOf<DStream<string>>();
          return words.map((word) => [word, word.length]);
        },
        [[["a", 1]]],
      );
    const wrong = () =>
      // @ts-expect-error: the operation gives numbers
      testOperation([["a"]], (words) => words.map((word) => word.length), [["a"]]);
    expect([never, wrong]).toHaveLength(2);
  });

  test("a missing batch leaves nothing, an empty one does", async () => {
    await testOperation([[1], null, [], [2]], doubled, [[2], [], [4]]);
  });

  test("runs on after the last input batch, whose followers are empty, for as many batches as are expected", async () => {
    await testOperation([[1]], doubled, [[2], [], []]);
  });

  test("runs every input batch, however few are expected", async () => {
    expect(await messageOf(testOperation([[1], [2], [3]], doubled, [[2]]))).toContain(
      "1 output batches were expected, the operation gave 3.",
    );
  });

  test("numBatches says how many intervals to run", async () => {
    await testOperation([[1], [2], [3]], doubled, [[2], [4]], { numBatches: 2 });
    await expect(testOperation([], doubled, [])).rejects.toMatchObject({ code: "invalid-count" });
    await expect(testOperation([[1]], doubled, [[2]], { numBatches: 0 })).rejects.toMatchObject({
      code: "invalid-count",
    });
  });

  test("rows in order by default", async () => {
    await testOperation([[1, 2]], doubled, [[2, 4]]);
    expect(await messageOf(testOperation([[1, 2]], doubled, [[4, 2]]))).toMatch(
      /^testOperation: output batch 1 of 1 is not as expected: row 1 is 2, not 4\./,
    );
    expect(await messageOf(testOperation([[1, 2]], doubled, [[2]]))).toContain("row 2, 4, was not expected.");
    expect(await messageOf(testOperation([[1]], doubled, [[2, 4]]))).toContain("row 2, 4, is missing.");
  });

  test("useSet: in any order, each row as often as expected", async () => {
    await testOperation([[1, 2, 2]], doubled, [[4, 2, 4]], { useSet: true });
    expect(await messageOf(testOperation([[1, 2, 2]], doubled, [[4, 2, 2]], { useSet: true }))).toContain(
      "missing [2], not expected [4], in any order.",
    );
    expect(await messageOf(testOperation([[1, 1]], doubled, [[2]], { useSet: true }))).toContain(
      "is not as expected: not expected [2], in any order.",
    );
    expect(await messageOf(testOperation([[1]], doubled, [[2, 2]], { useSet: true }))).toContain("missing [2], in");
  });

  test("the error shows both sides, text in quotes", async () => {
    const message = await messageOf(
      testOperation([["1"], ["b"]], (words) => words.map((word) => [word, 1] as [string | number, number]), [
        [[1, 1]],
        [["b", 1]],
      ]),
    );
    expect(message).toBe(
      [
        'testOperation: output batch 1 of 2 is not as expected: row 1 is ["1",1], not [1,1].',
        "",
        "Expected:",
        "  1: [[1,1]]",
        '  2: [["b",1]]',
        "",
        "Got:",
        '  1: [["1",1]]',
        '  2: [["b",1]]',
        "",
      ].join("\n"),
    );
  });

  test("the error shows at most fifty rows of a batch, and that there are no batches", async () => {
    const rows = Array.from({ length: 60 }, (_, index) => index);
    const message = await messageOf(testOperation([rows], (numbers) => numbers.map((n) => n), [[]]));
    expect(message).toContain("49, and 10 more]");
    expect(message).not.toContain("50,");
    expect(await messageOf(testOperation([null], doubled, [[1]]))).toContain("Got:\n  no batches\n");
  });

  test("compare decides what is equal, in order and in any order", async () => {
    const compare = (a: number, b: number) => Math.abs(a - b) < 0.01;
    const halves = (numbers: DStream<number>) => numbers.map((n) => n / 3);
    await testOperation([[1, 2]], halves, [[0.333, 0.667]], { compare });
    await testOperation([[1, 2]], halves, [[0.667, 0.333]], { compare, useSet: true });
    await messageOf(testOperation([[1]], halves, [[0.3]], { compare }));
  });

  test("an error of the operation or of a batch is passed on, and the context is stopped", async () => {
    const contexts: Array<{ getState(): string }> = [];
    const failing = testOperation(
      [[1]],
      (numbers) => {
        contexts.push(numbers.context);
        return numbers.map((n): number => {
          throw new Error(`lambda ${n}`);
        });
      },
      [[1]],
    );
    await expect(failing).rejects.toThrow("lambda 1");
    const unbuilt = testOperation(
      [[1]],
      (numbers) => {
        contexts.push(numbers.context);
        throw new Error("no graph");
      },
      [[1]],
    );
    await expect(unbuilt).rejects.toThrow("no graph");
    expect(contexts.map((ssc) => ssc.getState())).toEqual(["STOPPED", "STOPPED"]);
  });

  test("options reach the context", async () => {
    await testOperation(
      [["a"], ["b"]],
      (words) => {
        expect(words.context.batchInterval.milliseconds).toBe(250);
        expect(words.context.engine.defaultParallelism).toBe(3);
        return words;
      },
      [["a"], ["b"]],
      { master: "local[1]", batchInterval: 250, engineOptions: { defaultParallelism: 3 } },
    );
  });
});
