// The cases of the streaming tests of Spark's Python interface that the Scala suites do not have: keys of several types, order.
import { collected, testOperation } from "millrace/testing";
import { afterEach, describe, expect, test } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts } from "../support/batches.js";

afterEach(stopContexts);

type Key = string | number;

const range = (first: number, end: number) => Array.from({ length: end - first }, (_, index) => first + index);
const SET = { useSet: true };
/** Pairs with a one, of keys of several types. */
const ones = (...batches: Key[][]) => batches.map((keys) => keys.map((key): [Key, number] => [key, 1]));

describe("keys of several types in one program", () => {
  const KEYS = ones([1, 2, 3, 4], [1, 1, 1, 2, 2, 3], ["a", "a", "b", "", "", ""]);

  test("reduceByKey", () =>
    testOperation(
      ones(["a", "a", "b", "b"], ["", "", "", ""], [1, 1, 2, 2, 3]),
      (pairs) => pairs.reduceByKey((a, b) => a + b),
      [
        [
          ["a", 2],
          ["b", 2],
        ],
        [["", 4]],
        [
          [1, 2],
          [2, 2],
          [3, 1],
        ],
      ],
      SET,
    ));

  test("groupByKey", () =>
    testOperation(
      KEYS,
      (pairs) => pairs.groupByKey(),
      [
        [
          [1, [1]],
          [2, [1]],
          [3, [1]],
          [4, [1]],
        ],
        [
          [1, [1, 1, 1]],
          [2, [1, 1]],
          [3, [1]],
        ],
        [
          ["a", [1, 1]],
          ["b", [1]],
          ["", [1, 1, 1]],
        ],
      ],
      SET,
    ));

  test("combineByKey", () =>
    testOperation(
      KEYS,
      (pairs) =>
        pairs.combineByKey(
          (value) => String(value),
          (text, value) => text + value,
          (a, b) => a + b,
        ),
      [
        [
          [1, "1"],
          [2, "1"],
          [3, "1"],
          [4, "1"],
        ],
        [
          [1, "111"],
          [2, "11"],
          [3, "1"],
        ],
        [
          ["a", "11"],
          ["b", "1"],
          ["", "111"],
        ],
      ],
      SET,
    ));

  test("countByValue", () =>
    testOperation<Key, [Key, number]>(
      [
        [1, 2, 3, 4, 1, 2, 3, 4],
        [5, 6, 5, 6, 7, 8],
        ["a", "a", "b", ""],
      ],
      (values) => values.countByValue(),
      [
        [
          [1, 2],
          [2, 2],
          [3, 2],
          [4, 2],
        ],
        [
          [5, 2],
          [6, 2],
          [7, 1],
          [8, 1],
        ],
        [
          ["a", 2],
          ["b", 1],
          ["", 1],
        ],
      ],
      SET,
    ));

  test("cogroup keeps the values of a key in order", () =>
    testOperation<[Key, number], [Key, number], [Key, [number[], number[]]]>(
      ones([1, 2, 3], [1, 1, 1, 2], ["a", "a", "b", "", ""]),
      [
        [[1, 2]],
        [[4, 1]],
        [
          ["a", 1],
          ["a", 1],
          ["b", 1],
          ["", 1],
          ["", 2],
        ],
      ],
      (first, second) => first.cogroup(second),
      [
        [
          [1, [[1], [2]]],
          [2, [[1], []]],
          [3, [[1], []]],
        ],
        [
          [1, [[1, 1, 1], []]],
          [2, [[1], []]],
          [4, [[], [1]]],
        ],
        [
          [
            "a",
            [
              [1, 1],
              [1, 1],
            ],
          ],
          ["b", [[1], [1]]],
          [
            "",
            [
              [1, 1],
              [1, 2],
            ],
          ],
        ],
      ],
      SET,
    ));
});

describe("order", () => {
  test("repartition to one partition keeps the rows in order", () =>
    testOperation([range(1, 5), range(5, 9)], (numbers) => numbers.repartition(1).glom(), [
      [[1, 2, 3, 4]],
      [[5, 6, 7, 8]],
    ]));

  test("union of a stream that has ended", () =>
    testOperation([range(0, 3), range(0, 5), range(0, 6)], [range(3, 6), range(5, 6)], (a, b) => a.union(b), [
      range(0, 6),
      range(0, 6),
      range(0, 6),
    ]));

  test("transform unites RDDs in the order that its function says", async () => {
    const { ssc, clock } = manualContext({ master: "local[2]" });
    const streams = [[[1]], [[2]], [[3]]].map((queue) => ssc.queueStream(queue));
    const batches = collected(ssc.transform(streams, ([one, two, three]) => two!.union(three!).union(one!)));
    await ssc.start();
    await clock.advance(INTERVAL_MS);
    expect(batches).toEqual([[2, 3, 1]]);
  });

  test("transform may give pairs", () =>
    testOperation([[1], [2], [3]], (numbers) => numbers.transform((rdd) => rdd.cartesian(rdd)), [
      [[1, 1]],
      [[2, 2]],
      [[3, 3]],
    ]));
});

describe("state that is a list", () => {
  const appended = (values: number[], list: number[] = []) => [...list, ...values];

  test("grows by the values of each batch", () =>
    testOperation(
      range(0, 5).map((n): Array<[string, number]> => [["k", n]]),
      (pairs) => pairs.updateStateByKey(appended),
      range(1, 6).map((end): Array<[string, number[]]> => [["k", range(0, end)]]),
    ));

  test("begins with the initial one", () =>
    testOperation(
      range(2, 5).map((n): Array<[string, number]> => [["k", n]]),
      (pairs) => pairs.updateStateByKey(appended, { initial: [["k", [0, 1]]] }),
      range(3, 6).map((end): Array<[string, number[]]> => [["k", range(0, end)]]),
    ));
});

test("the batches after one that failed are right", async () => {
  const { ssc, clock } = manualContext({ master: "local[2]" });
  const batches = collected(
    ssc.queueStream([[0], [1], [2], [3]]).map((n) => {
      if (n === 1) throw new Error("This is a special error");
      return n;
    }),
  );
  await ssc.start();
  await clock.advance(4 * INTERVAL_MS);
  expect(batches).toEqual([[0], [2], [3]]);
  await expect(ssc.awaitTermination()).rejects.toThrow("This is a special error");
});
