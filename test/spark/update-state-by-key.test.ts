// The cases of Spark's BasicOperationsSuite on updateStateByKey: every known key in every batch.
import { type DStream, MemoryStore } from "millrace";
import { runOperation, testOperation } from "millrace/testing";
import { describe, expect, test } from "vitest";
import { pairs } from "../support/pairs.js";

const INPUT = [["a"], ["a", "b"], ["a", "b", "c"], ["a", "b"], ["a"], []];
const INITIAL: Array<[string, number]> = [
  ["a", 1],
  ["c", 2],
];
const SET = { useSet: true };
const ones = (words: DStream<string>) => words.map((word) => [word, 1]);
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const total = (values: number[], state: number | undefined) => sum(values) + (state ?? 0);

const TOTALS = pairs("a1", "a2 b1", "a3 b2 c1", "a4 b3 c1", "a5 b3 c1", "a5 b3 c1");
const TOTALS_FROM_INITIAL = pairs("a2 c2", "a3 b1 c2", "a4 b2 c3", "a5 b3 c3", "a6 b3 c3", "a6 b3 c3");

test("a running count", () =>
  testOperation(INPUT, (words) => ones(words).updateStateByKey(total), TOTALS, {
    ...SET,
    engineOptions: { checkpoint: new MemoryStore() },
  }));

test("Millrace: needs no store for checkpoints", () =>
  testOperation(INPUT, (words) => ones(words).updateStateByKey(total), TOTALS, SET));

describe("initial state", () => {
  test("an RDD", () =>
    testOperation(
      INPUT,
      (words) =>
        ones(words).updateStateByKey(total, {
          partitioning: 2,
          initial: words.context.engine.parallelize(INITIAL),
        }),
      TOTALS_FROM_INITIAL,
      SET,
    ));

  test("pairs", () =>
    testOperation(
      INPUT,
      (words) => ones(words).updateStateByKey(total, { initial: INITIAL }),
      TOTALS_FROM_INITIAL,
      SET,
    ));

  test("is in the first batch, also where that has no rows", () =>
    testOperation([[], []], (words: DStream<string>) => ones(words).updateStateByKey(total, { initial: INITIAL }), [
      INITIAL,
      INITIAL,
    ]));
});

test("the function is told the key and the time", async () => {
  const called = new Set<string>();
  await testOperation(
    INPUT,
    (words) =>
      ones(words).updateStateByKey<string, number, number>(
        (values, state = 0, key, time) => {
          called.add(key);
          return values.length > 0 ? time.milliseconds + state : state;
        },
        {
          initial: [
            ["a", 0],
            ["c", 0],
          ],
        },
      ),
    pairs(
      "a1000 c0",
      "a3000 b2000 c0",
      "a6000 b5000 c3000",
      "a10000 b9000 c3000",
      "a15000 b9000 c3000",
      "a15000 b9000 c3000",
    ),
    SET,
  );
  expect([...called].sort()).toEqual(["a", "b", "c"]);
});

describe("the form for whole partitions", () => {
  test("keeps the pairs that it yields", () =>
    testOperation(
      INPUT,
      (words) =>
        ones(words).updateStateByKeyPartitions<string, number, number>(
          function* (rows) {
            for (const [key, values, state] of rows) yield [key, total(values, state)];
          },
          { partitioning: 2, rememberPartitioner: true, initial: words.context.engine.parallelize(INITIAL) },
        ),
      TOTALS_FROM_INITIAL,
      SET,
    ));

  test("drops the keys that it does not yield", () =>
    testOperation(
      INPUT,
      (words) =>
        ones(words).updateStateByKeyPartitions<string, number, number>((rows) => {
          const kept: Array<[string, number]> = [];
          for (const [key, values, state] of rows) if (values.length > 0) kept.push([key, total(values, state)]);
          return kept;
        }),
      pairs("a1", "a2 b1", "a3 b2 c1", "a4 b3", "a5", ""),
      SET,
    ));
});

describe("batches without rows and times without a batch", () => {
  interface Idle {
    readonly count: number;
    readonly idle: number;
  }
  /** Counts; a key without a row in two batches after one another is removed. */
  function countOrExpire(values: number[], state: Idle = { count: 0, idle: 0 }): Idle | undefined {
    const rows = sum(values);
    const next = rows === 0 ? { ...state, idle: state.idle + 1 } : { count: state.count + rows, idle: 0 };
    return next.idle === 2 ? undefined : next;
  }

  test("a state lives and ends, also where its parent has no batch", () =>
    testOperation(
      [["a", "b"], null, ["a", "c", "a"], ["c"], null, null],
      (words) =>
        ones(words)
          .updateStateByKey<string, number, Idle>(countOrExpire)
          .mapValues(({ count }) => count),
      pairs("a1 b1", "a1 b1", "a3 c1", "a3 c2", "c2", ""),
      SET,
    ));

  test("before any state, no batch from the parent is no output", async () => {
    expect(await runOperation([null, ["a"], null], (words) => ones(words).updateStateByKey(total))).toEqual(
      pairs("a1", "a1"),
    );
  });

  test("a key that was removed starts afresh", () =>
    testOperation(
      [["a", "a"], [], ["a"]],
      (words: DStream<string>) =>
        ones(words).updateStateByKey<string, number, number>((values, state) =>
          values.length === 0 ? undefined : total(values, state),
        ),
      pairs("a2", "", "a1"),
    ));
});
