// The cases of Spark's JavaAPISuite that the Scala suites do not have: rows of other types, windows, transform.
import type { DStream } from "millrace";
import { runOperation, testOperation } from "millrace/testing";
import { describe, expect, test } from "vitest";
import { pairs } from "../support/pairs.js";

const SET = { useSet: true };
const add = (a: number, b: number) => a + b;
/** Values of two keys in two batches. */
const NUMBERS = pairs("c1 c3 n4 n1", "c5 c5 n3 n1");
const WINDOW_SUMS = pairs("c4 n5", "c14 n9", "c10 n4");

describe("rows", () => {
  test("map to another type", () =>
    testOperation(
      [
        ["hello", "world"],
        ["goodnight", "moon"],
      ],
      (words) => words.map((word) => word.length),
      [
        [5, 5],
        [9, 4],
      ],
    ));

  test("filter by a part of the text", () =>
    testOperation(
      [
        ["giants", "dodgers"],
        ["yankees", "red socks"],
      ],
      (words) => words.filter((word) => word.includes("a")),
      [["giants"], ["yankees"]],
    ));

  test("flatMap to letters, and to pairs with the length of the word", async () => {
    const words = [["go", "giants"], ["boo", "dodgers"], ["athletics"]];
    await testOperation(words, (stream) => stream.flatMap((word) => [...word]), [
      [..."gogiants"],
      [..."boododgers"],
      [..."athletics"],
    ]);
    await testOperation(
      [["giants"], ["dodgers"]],
      (stream) => stream.flatMap((word) => [...word].map((letter): [number, string] => [word.length, letter])),
      [
        [..."giants"].map((letter): [number, string] => [6, letter]),
        [..."dodgers"].map((letter): [number, string] => [7, letter]),
      ],
    );
  });

  test("mapPartitions to one row a partition", () =>
    testOperation(
      [
        ["giants", "dodgers"],
        ["yankees", "red socks"],
      ],
      (words) => words.repartition(1).mapPartitions((rows) => [[...rows].join("").toUpperCase()]),
      [["GIANTSDODGERS"], ["YANKEESRED SOCKS"]],
    ));

  test.each([
    { from: 2, to: 4 },
    { from: 4, to: 2 },
  ])("repartition of ten rows from $from partitions to $to", async ({ from, to }) => {
    const rows = Array.from({ length: 10 }, (_, index) => index + 1);
    const batches = await runOperation([rows, rows], (numbers) => numbers.repartition(to).glom(), {
      engineOptions: { defaultParallelism: from },
    });
    expect(batches.map((partitions) => partitions.length)).toEqual([to, to]);
    for (const partitions of batches) expect(partitions.flat()).toHaveLength(10);
  });
});

describe("windows", () => {
  test("rows in the order of batches", () =>
    testOperation(
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
      (numbers) => numbers.window(2000),
      [
        [1, 2, 3],
        [1, 2, 3, 4, 5, 6],
        [4, 5, 6, 7, 8, 9],
        [7, 8, 9],
      ],
    ));

  test("reduceByWindow with an inverse", () =>
    testOperation(
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
      (numbers) => numbers.reduceByWindow(add, (a, b) => a - b, 2000, 1000),
      [[6], [21], [39], [24]],
    ));

  test("reduceByKeyAndWindow, both forms", async () => {
    await testOperation(NUMBERS, (stream) => stream.reduceByKeyAndWindow(add, 2000, 1000), WINDOW_SUMS, SET);
    const inverse = (stream: DStream<[string, number]>) =>
      stream.reduceByKeyAndWindow(add, (a, b) => a - b, 2000, 1000);
    await testOperation(NUMBERS, inverse, WINDOW_SUMS, SET);
  });

  test("groupByKeyAndWindow", () =>
    testOperation(
      NUMBERS,
      (stream) => stream.groupByKeyAndWindow(2000, 1000),
      [
        [
          ["c", [1, 3]],
          ["n", [4, 1]],
        ],
        [
          ["c", [1, 3, 5, 5]],
          ["n", [4, 1, 3, 1]],
        ],
        [
          ["c", [5, 5]],
          ["n", [3, 1]],
        ],
      ],
      SET,
    ));

  test("countByValueAndWindow", () =>
    testOperation(
      [["hello", "world"], ["hello", "moon"], ["hello"]],
      (words) => words.countByValueAndWindow(2000, 1000),
      [
        [
          ["hello", 1],
          ["world", 1],
        ],
        [
          ["hello", 2],
          ["world", 1],
          ["moon", 1],
        ],
        [
          ["hello", 2],
          ["moon", 1],
        ],
      ],
      SET,
    ));
});

describe("transform", () => {
  const INPUT: Array<Array<[number, number]>> = [
    [
      [3, 5],
      [1, 5],
      [4, 5],
      [2, 5],
    ],
    [
      [2, 5],
      [3, 5],
      [4, 5],
      [1, 5],
    ],
  ];

  test("sorts each batch by key", () =>
    testOperation(
      INPUT,
      (stream) => stream.transform((rdd) => rdd.sortByKey()),
      [1, 2].map(() => [1, 2, 3, 4].map((key): [number, number] => [key, 5])),
    ));

  test("from pairs to single values", () =>
    testOperation(INPUT, (stream) => stream.transform((rdd) => rdd.map(([key]) => key)), [
      [3, 1, 4, 2],
      [2, 3, 4, 1],
    ]));
});
