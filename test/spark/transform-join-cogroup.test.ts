// The cases of Spark's BasicOperationsSuite on transform and on two streams.
import { type DStream, PlanError, type RDD } from "millrace";
import { runOperation, testOperation } from "millrace/testing";
import { describe, expect, test } from "vitest";

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const INPUT = [range(1, 4), range(101, 104), range(201, 204)];
const FIRST = [["a", "b"], ["a", ""], [""], []];
const SECOND = [["a", "b"], ["b", ""], [], [""]];
const numbered = (words: DStream<string>) => words.map((word) => [word, 1]);
const lettered = (words: DStream<string>) => words.map((word) => [word, "x"]);
const JOINED: Array<Array<[string, [number, string]]>> = [
  [
    ["a", [1, "x"]],
    ["b", [1, "x"]],
  ],
  [["", [1, "x"]]],
  [],
  [],
];
const SET = { useSet: true };

describe("transform", () => {
  test("runs RDD operations on each batch", () =>
    testOperation(
      INPUT,
      (numbers) => numbers.transform((rdd) => rdd.map((n) => String(n))),
      INPUT.map((batch) => batch.map(String)),
    ));

  test("is told the time, and may give another RDD for each", () =>
    testOperation(
      [[1], [2], [3]],
      (numbers) =>
        numbers.transform((rdd, time) => (time.milliseconds === 2000 ? rdd.engine.parallelize([-1, -2]) : rdd)),
      [[1], [-1, -2], [3]],
    ));

  test("may look into the batch before it decides", () =>
    testOperation(
      [[1, 2], [3]],
      (numbers) =>
        numbers.transform(async (rdd) => {
          const sum = await rdd.reduce((a, b) => a + b);
          return rdd.map((n) => n / sum);
        }),
      [[1 / 3, 2 / 3], [1]],
    ));

  test("a null result fails the batch", async () => {
    const failing = runOperation([range(1, 4)], (numbers) =>
      numbers.transform((): RDD<number> => null as unknown as RDD<number>),
    );
    await expect(failing).rejects.toBeInstanceOf(PlanError);
    await expect(failing).rejects.toThrow(/transform.*null/is);
  });

  test("fails at a time when its parent has no batch", async () => {
    const seen: number[] = [];
    const failing = runOperation([range(1, 4), range(5, 8), null], (numbers) =>
      numbers.transform((rdd, time) => {
        seen.push(time.milliseconds);
        return rdd.map((n) => String(n));
      }),
    );
    await expect(failing).rejects.toBeInstanceOf(PlanError);
    await expect(failing).rejects.toThrow("3000 ms");
    expect(seen).toEqual([1000, 2000]);
  });
});

describe("transform of several streams", () => {
  const united = (numbers: DStream<number>) =>
    numbers.context.transform([numbers, numbers.map((n) => n + 4), numbers.map((n) => n + 8)], (rdds) =>
      rdds.reduce((a, b) => a.union(b)),
    );

  test("the context's form, on three streams", () =>
    testOperation(INPUT, united, [range(1, 12), range(101, 112), range(201, 212)]));

  test("the context's form fails at a time when a parent has no batch", async () => {
    await expect(runOperation([...INPUT, null], united)).rejects.toBeInstanceOf(PlanError);
  });

  test("transformWith, joining two RDDs", () =>
    testOperation(
      FIRST,
      SECOND,
      (first, second) => numbered(first).transformWith(lettered(second), (a, b) => a.join(b)),
      JOINED,
      SET,
    ));

  test("transformWith is told the time", () =>
    testOperation(
      [[1], [2]],
      [[10], [20]],
      (first, second) => first.transformWith(second, (a, b, time) => (time.milliseconds === 1000 ? a : b)),
      [[1], [20]],
    ));

  test("transformWith fails at a time when a parent has no batch", async () => {
    const united = (a: DStream<string>, b: DStream<string>) => a.transformWith(b, (one, other) => one.union(other));
    await expect(runOperation([...FIRST.slice(0, 3), null], [...SECOND.slice(0, 3), null], united)).rejects.toThrow(
      PlanError,
    );
    await expect(runOperation([["a"], ["b"]], [["c"], null], united)).rejects.toThrow("2000 ms");
  });
});

describe("cogroup and joins pair the batches of one time", () => {
  test("cogroup", () =>
    testOperation(
      [["a", "a", "b"], ["a", ""], [""], []],
      [["a", "a", "b"], ["b", ""], [], []],
      (first, second) => numbered(first).cogroup(lettered(second)),
      [
        [
          [
            "a",
            [
              [1, 1],
              ["x", "x"],
            ],
          ],
          ["b", [[1], ["x"]]],
        ],
        [
          ["a", [[1], []]],
          ["b", [[], ["x"]]],
          ["", [[1], ["x"]]],
        ],
        [["", [[1], []]]],
        [],
      ],
      SET,
    ));

  test("join", () =>
    testOperation(FIRST, SECOND, (first, second) => numbered(first).join(lettered(second)), JOINED, SET));

  test("join pairs every value of a key with every other", () =>
    testOperation(
      [["a", "a"]],
      [["a", "a", "b"]],
      (first, second) => numbered(first).join(lettered(second)),
      [Array.from({ length: 4 }, () => ["a", [1, "x"]] as [string, [number, string]])],
      SET,
    ));

  test("leftOuterJoin", () =>
    testOperation(
      FIRST,
      SECOND,
      (first, second) => numbered(first).leftOuterJoin(lettered(second)),
      [
        [
          ["a", [1, "x"]],
          ["b", [1, "x"]],
        ],
        [
          ["", [1, "x"]],
          ["a", [1, undefined]],
        ],
        [["", [1, undefined]]],
        [],
      ],
      SET,
    ));

  test("rightOuterJoin", () =>
    testOperation(
      FIRST,
      SECOND,
      (first, second) => numbered(first).rightOuterJoin(lettered(second)),
      [
        [
          ["a", [1, "x"]],
          ["b", [1, "x"]],
        ],
        [
          ["", [1, "x"]],
          ["b", [undefined, "x"]],
        ],
        [],
        [["", [undefined, "x"]]],
      ],
      SET,
    ));

  test("fullOuterJoin", () =>
    testOperation(
      FIRST,
      SECOND,
      (first, second) => numbered(first).fullOuterJoin(lettered(second)),
      [
        [
          ["a", [1, "x"]],
          ["b", [1, "x"]],
        ],
        [
          ["", [1, "x"]],
          ["a", [1, undefined]],
          ["b", [undefined, "x"]],
        ],
        [["", [1, undefined]]],
        [["", [undefined, "x"]]],
      ],
      SET,
    ));

  test("a stream joined with a dataset, which may be another one in the next batch", () => {
    const datasets: Array<Array<[string, string]>> = [[["a", "old"]], [["a", "new"]]];
    return testOperation(
      [["a"], ["a"], ["b"]],
      (words) =>
        numbered(words).transform((rdd, time) =>
          rdd.join(rdd.engine.parallelize(datasets[time.milliseconds === 1000 ? 0 : 1]!)),
        ),
      [[["a", [1, "old"]]], [["a", [1, "new"]]], []],
    );
  });
});
