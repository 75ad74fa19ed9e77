// The cases of Spark's JavaAPISuite on pairs, and on streams of several types.
import type { DStream, RDD } from "millrace";
import { testOperation } from "millrace/testing";
import { describe, test } from "vitest";
import { pairs } from "../support/pairs.js";

const SET = { useSet: true };
const add = (a: number, b: number) => a + b;
/** Values of two keys in two batches. */
const NUMBERS = pairs("c1 c3 n4 n1", "c5 c5 n3 n1");
const SUMS = pairs("c4 n5", "c10 n4");
const TEAMS: Array<Array<[string, string]>> = [
  [
    ["c", "dodgers"],
    ["c", "giants"],
    ["n", "yankees"],
    ["n", "mets"],
  ],
  [
    ["c", "sharks"],
    ["c", "ducks"],
    ["n", "rangers"],
    ["n", "islanders"],
  ],
];
const FIRST: Array<Array<[string, string]>> = [
  [
    ["c", "dodgers"],
    ["n", "yankees"],
  ],
  [
    ["c", "sharks"],
    ["n", "rangers"],
  ],
];
const SECOND: Array<Array<[string, string]>> = [
  [
    ["c", "giants"],
    ["n", "mets"],
  ],
  [
    ["c", "ducks"],
    ["n", "islanders"],
  ],
];
const JOINED: Array<Array<[string, [string, string]]>> = [
  [
    ["c", ["dodgers", "giants"]],
    ["n", ["yankees", "mets"]],
  ],
  [
    ["c", ["sharks", "ducks"]],
    ["n", ["rangers", "islanders"]],
  ],
];

describe("pairs", () => {
  test("turned round, row by row and partition by partition", async () => {
    const expected = NUMBERS.map((batch) => batch.map(([key, value]): [number, string] => [value, key]));
    await testOperation(NUMBERS, (stream) => stream.map(([key, value]) => [value, key]), expected);
    const byPartition = (stream: DStream<[string, number]>) =>
      stream.mapPartitions((rows) => Array.from(rows, ([key, value]): [number, string] => [value, key]));
    await testOperation(NUMBERS, byPartition, expected);
  });

  test("to single values, and to more pairs of other types", async () => {
    await testOperation(NUMBERS, (stream) => stream.map(([, value]) => value), [
      [1, 3, 4, 1],
      [5, 5, 3, 1],
    ]);
    const letters: Array<[number, string]> = [
      [1, "h"],
      [1, "i"],
      [2, "h"],
      [2, "o"],
    ];
    const input: Array<[string, number]> = [
      ["hi", 1],
      ["ho", 2],
    ];
    await testOperation(
      [input, input],
      (stream) => stream.flatMap(([word, n]) => [...word].map((letter): [number, string] => [n, letter])),
      [letters, letters],
    );
  });

  test("mapValues and flatMapValues keep the order", async () => {
    await testOperation(
      TEAMS,
      (stream) => stream.mapValues((team) => team.toUpperCase()),
      TEAMS.map((batch) => batch.map(([key, team]): [string, string] => [key, team.toUpperCase()])),
    );
    await testOperation(
      TEAMS,
      (stream) => stream.flatMapValues((team) => [`${team}1`, `${team}2`]),
      TEAMS.map((batch) =>
        batch.flatMap(
          ([key, team]): Array<[string, string]> => [
            [key, `${team}1`],
            [key, `${team}2`],
          ],
        ),
      ),
    );
  });

  test("groupByKey keeps the order of values", () =>
    testOperation(
      TEAMS,
      (stream) => stream.groupByKey(),
      [
        [
          ["c", ["dodgers", "giants"]],
          ["n", ["yankees", "mets"]],
        ],
        [
          ["c", ["sharks", "ducks"]],
          ["n", ["rangers", "islanders"]],
        ],
      ],
      SET,
    ));

  test("reduceByKey and combineByKey", async () => {
    await testOperation(NUMBERS, (stream) => stream.reduceByKey(add), SUMS, SET);
    await testOperation(NUMBERS, (stream) => stream.combineByKey((value) => value, add, add, 2), SUMS, SET);
  });

  test("updateStateByKey", () =>
    testOperation(
      NUMBERS,
      (stream) => stream.updateStateByKey((values, state) => values.reduce(add, state ?? 0)),
      pairs("c4 n5", "c14 n9", "c14 n9"),
      SET,
    ));
});

describe("two streams and more", () => {
  test("join, as an operation and in transformWith", async () => {
    await testOperation(FIRST, SECOND, (first, second) => first.join(second), JOINED, SET);
    await testOperation(
      FIRST,
      SECOND,
      (first, second) => first.transformWith(second, (a, b) => a.join(b)),
      JOINED,
      SET,
    );
  });

  test("cogroup", () =>
    testOperation(
      FIRST,
      SECOND,
      (first, second) => first.cogroup(second),
      JOINED.map((batch) => batch.map(([key, [a, b]]): [string, [string[], string[]]] => [key, [[a], [b]]])),
      SET,
    ));

  test("union", () =>
    testOperation(
      [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
      [
        [4, 4],
        [5, 5],
        [6, 6],
      ],
      (first, second) => first.union(second),
      [
        [1, 1, 4, 4],
        [2, 2, 5, 5],
        [3, 3, 6, 6],
      ],
    ));

  test("transform of streams of different types", () =>
    testOperation(
      [[1], [2]],
      [[[1, "x"]], [[2, "y"]]],
      (numbers: DStream<number>, named: DStream<[number, string]>) => {
        const others = numbers.map((n) => n + 2);
        const streams = [numbers, others, named] as Array<DStream<number | [number, string]>>;
        return numbers.context.transform(streams, ([first, second, third]) => {
          const united = (first as RDD<number>).union(second as RDD<number>);
          return united.map((n) => [n, n]).join(third as RDD<[number, string]>);
        });
      },
      [[[1, [1, "x"]]], [[2, [2, "y"]]]],
    ));
});
