// The cases of Spark's BasicOperationsSuite on one stream. An input batch is cut into two partitions.
import { type DStream, PlanError } from "millrace";
import { runOperation, testOperation } from "millrace/testing";
import { describe, expect, test } from "vitest";

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const TWELVE = [range(1, 4), range(5, 8), range(9, 12)];
const WORDS = [["a", "a", "b"], ["", ""], []];
const ones = (words: DStream<string>) => words.map((word) => [word, 1]);
const wordCounts = (words: DStream<string>) => ones(words).reduceByKey((a, b) => a + b);

describe("one row at a time", () => {
  test("map", () =>
    testOperation(
      TWELVE,
      (numbers) => numbers.map((n) => String(n)),
      TWELVE.map((batch) => batch.map(String)),
    ));

  test("flatMap", () =>
    testOperation(TWELVE, (numbers) => numbers.flatMap((n) => [n, n * 2]), [
      [1, 2, 2, 4, 3, 6, 4, 8],
      [5, 10, 6, 12, 7, 14, 8, 16],
      [9, 18, 10, 20, 11, 22, 12, 24],
    ]));

  test("filter", () =>
    testOperation(TWELVE, (numbers) => numbers.filter((n) => n % 2 === 0), [
      [2, 4],
      [6, 8],
      [10, 12],
    ]));
});

describe("one partition at a time", () => {
  test("glom", () =>
    testOperation(TWELVE, (numbers) => numbers.glom(), [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
      [
        [9, 10],
        [11, 12],
      ],
    ]));

  test("mapPartitions", () =>
    testOperation(
      TWELVE,
      (numbers) =>
        numbers.mapPartitions((rows) => {
          let sum = 0;
          for (const n of rows) sum += n;
          return [sum];
        }),
      [
        [3, 7],
        [11, 15],
        [19, 23],
      ],
    ));

  test("mapPartitions is also called for the empty partitions of an empty batch", () =>
    testOperation([[]], (numbers: DStream<number>) => numbers.mapPartitions((rows) => [[...rows].length]), [[0, 0]]));

  const HUNDREDS = [range(1, 100), range(101, 200), range(201, 300)];

  test.each([
    { from: 2, to: 5 },
    { from: 5, to: 2 },
  ])("repartition from $from partitions to $to", async ({ from, to }) => {
    const batches = await runOperation(HUNDREDS, (numbers) => numbers.repartition(to).glom(), {
      engineOptions: { defaultParallelism: from },
    });
    expect(batches.map((partitions) => partitions.length)).toEqual([to, to, to]);
    expect(batches.map((partitions) => partitions.flat().sort((a, b) => a - b))).toEqual(HUNDREDS);
    for (const partition of batches.flat()) expect(partition.length).toBeGreaterThan(0);
  });
});

describe("a whole batch", () => {
  test("reduce", () => testOperation(TWELVE, (numbers) => numbers.reduce((a, b) => a + b), [[10], [26], [42]]));

  test("reduce of an empty batch is an empty batch", () =>
    testOperation([[], [7], []], (numbers: DStream<number>) => numbers.reduce((a, b) => a + b), [[], [7], []]));

  test("count, one row for an empty batch too", () =>
    testOperation([[], range(1, 1), range(1, 2), range(1, 3), range(1, 4)], (numbers) => numbers.count(), [
      [0],
      [1],
      [2],
      [3],
      [4],
    ]));

  test("countByValue", () =>
    testOperation(
      [[1], [1, 1, 1], [1, 2], [1, 1, 2, 2]],
      (numbers) => numbers.countByValue(),
      [
        [[1, 1]],
        [[1, 3]],
        [
          [1, 1],
          [2, 1],
        ],
        [
          [2, 2],
          [1, 2],
        ],
      ],
      { useSet: true },
    ));
});

describe("pairs", () => {
  test("groupByKey", () =>
    testOperation(
      WORDS,
      (words) => ones(words).groupByKey(),
      [
        [
          ["a", [1, 1]],
          ["b", [1]],
        ],
        [["", [1, 1]]],
        [],
      ],
      { useSet: true },
    ));

  test("reduceByKey", () =>
    testOperation(
      WORDS,
      wordCounts,
      [
        [
          ["a", 2],
          ["b", 1],
        ],
        [["", 2]],
        [],
      ],
      { useSet: true },
    ));

  test("combineByKey, with and without combining before the shuffle", async () => {
    for (const mapSideCombine of [true, false]) {
      await testOperation(
        WORDS,
        (words) =>
          ones(words).combineByKey(
            (value) => `${value}`,
            (text, value) => `${text}${value}`,
            (a, b) => a + b,
            undefined,
            mapSideCombine,
          ),
        [
          [
            ["a", "11"],
            ["b", "1"],
          ],
          [["", "11"]],
          [],
        ],
        { useSet: true },
      );
    }
  });

  test("mapValues", () =>
    testOperation(
      WORDS,
      (words) => wordCounts(words).mapValues((count) => count + 10),
      [
        [
          ["a", 12],
          ["b", 11],
        ],
        [["", 12]],
        [],
      ],
      { useSet: true },
    ));

  test("flatMapValues", () =>
    testOperation(
      WORDS,
      (words) => wordCounts(words).flatMapValues((count) => [count, count + 10]),
      [
        [
          ["a", 2],
          ["a", 12],
          ["b", 1],
          ["b", 11],
        ],
        [
          ["", 2],
          ["", 12],
        ],
        [],
      ],
      { useSet: true },
    ));

  test("the number of partitions is the one given", async () => {
    const [batch] = await runOperation([range(1, 50)], (numbers) =>
      numbers
        .map((n) => [n % 10, 1])
        .reduceByKey((a, b) => a + b, 3)
        .glom(),
    );
    expect(batch).toHaveLength(3);
    expect(batch!.flat().sort(([a], [b]) => a - b)).toEqual(range(0, 9).map((key) => [key, 5]));
  });
});

describe("union", () => {
  const INPUT = [range(1, 4), range(101, 104), range(201, 204)];

  test("of two streams: the rows of this one first", () =>
    testOperation(INPUT, (numbers) => numbers.union(numbers.map((n) => n + 4)), [
      range(1, 8),
      range(101, 108),
      range(201, 208),
    ]));

  test("of three streams, by the context", () =>
    testOperation(
      INPUT,
      (numbers) => numbers.context.union([numbers, numbers.map((n) => n + 4), numbers.map((n) => n + 8)]),
      [range(1, 12), range(101, 112), range(201, 212)],
    ));

  test("fails at a time when a parent has no batch", async () => {
    const failing = runOperation([...INPUT, null], (numbers) => numbers.union(numbers.map((n) => n + 4)));
    await expect(failing).rejects.toBeInstanceOf(PlanError);
    await expect(failing).rejects.toThrow("Could not generate RDD from a parent for unifying at time 4000 ms");
  });
});

describe("no batch is not an empty batch", () => {
  test("narrow operations and outputs have none either", async () => {
    const chain = (numbers: DStream<number>) => numbers.map((n) => [n, 1]).reduceByKey((a, b) => a + b);
    await testOperation([[1], null, [], [2]], chain, [[[1, 1]], [], [[2, 1]]]);
    await testOperation([null, [1]], (numbers: DStream<number>) => numbers.count(), [[1]]);
    await testOperation([null, [1]], (numbers: DStream<number>) => numbers.reduce((a, b) => a + b), [[1]]);
  });
});
