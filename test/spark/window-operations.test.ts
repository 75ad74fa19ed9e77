// The cases of Spark's WindowOperationsSuite: batches of one second, by default a window of two that slides by one.
import { type DStream, type Duration, MemoryStore, PlanError, Seconds } from "millrace";
import { runOperation, testOperation } from "millrace/testing";
import { describe, expect, test } from "vitest";
import { pairs } from "../support/pairs.js";

type Pairs = Array<Array<[string, number]>>;

const add = (a: number, b: number) => a + b;
const subtract = (a: number, b: number) => a - b;
const SET = { useSet: true };

const RISING = pairs("a1", "a2", "a3", "a4", "a5", "a6", "", "");
const RISING_SUMS = pairs("a3", "a10", "a18", "a11");
const WAVES = pairs("a1", "a1 b1", "a1 b1 c1", "a1 b1", "a1", "", "a1", "a1 b1", "a1 b1 c1", "a1 b1", "a1", "");
const WAVE_SUMS = pairs(
  "a1",
  "a2 b1",
  "a2 b2 c1",
  "a2 b2 c1",
  "a2 b1",
  "a1",
  "a1",
  "a2 b1",
  "a2 b2 c1",
  "a2 b2 c1",
  "a2 b1",
  "a1",
);
/** As WAVE_SUMS, where a key stays once it was seen. */
const WAVE_SUMS_KEPT = pairs(
  "a1",
  "a2 b1",
  "a2 b2 c1",
  "a2 b2 c1",
  "a2 b1 c0",
  "a1 b0 c0",
  "a1 b0 c0",
  "a2 b1 c0",
  "a2 b2 c1",
  "a2 b2 c1",
  "a2 b1 c0",
  "a1 b0 c0",
);

interface Case {
  readonly name: string;
  readonly input: Pairs;
  readonly expected: Pairs;
  readonly window?: Duration;
  readonly slide?: Duration;
}

const REDUCTIONS: Case[] = [
  { name: "one batch", input: pairs("a1 a3"), expected: pairs("a4") },
  { name: "a key gets another value", input: pairs("a1", "a1"), expected: pairs("a1", "a2") },
  { name: "a key comes", input: pairs("a1", "a1 b1"), expected: pairs("a1", "a2 b1") },
  {
    name: "four batches, every second one",
    input: RISING,
    expected: RISING_SUMS,
    window: Seconds(4),
    slide: Seconds(2),
  },
];

describe("window", () => {
  const INPUT = [[0], [1], [2], [3], [4], [5]];

  test.each([
    { name: "two batches", window: 2, slide: 1, expected: [[0], [0, 1], [1, 2], [2, 3], [3, 4], [4, 5]] },
    {
      name: "tumbling",
      window: 2,
      slide: 2,
      expected: [
        [0, 1],
        [2, 3],
        [4, 5],
      ],
    },
    {
      name: "longer than its slide",
      window: 4,
      slide: 2,
      expected: [
        [0, 1],
        [0, 1, 2, 3],
        [2, 3, 4, 5],
        [4, 5],
      ],
    },
    {
      name: "shorter than its slide: batches in the gap are never seen",
      window: 2,
      slide: 3,
      expected: [
        [1, 2],
        [4, 5],
      ],
    },
  ])("$name", ({ window, slide, expected }) =>
    testOperation(INPUT, (numbers) => numbers.window(Seconds(window), Seconds(slide)), expected),
  );

  test("slides by its parent's slide where nothing else is said, and drains", () =>
    testOperation([[1], [2]], (numbers) => numbers.window(Seconds(2)), [[1], [1, 2], [2], []]));

  test("of a window: its multiples are those of the inner slide", () =>
    testOperation(
      [[1], [2], [3], [4], [5], [6]],
      (numbers) => numbers.window(Seconds(2), Seconds(2)).window(Seconds(4), Seconds(2)),
      [
        [1, 2],
        [1, 2, 3, 4],
        [3, 4, 5, 6],
      ],
    ));

  test("a batch that does not exist adds nothing", () =>
    testOperation([[1], null, [3]], (numbers: DStream<number>) => numbers.window(Seconds(2)), [[1], [1], [3]]));
});

describe("reduceByKeyAndWindow", () => {
  const CASES: Case[] = [
    ...REDUCTIONS,
    { name: "a key goes", input: pairs("a1", "a1", "", ""), expected: pairs("a1", "a2", "a1", "") },
    { name: "many batches", input: WAVES, expected: WAVE_SUMS },
  ];

  test.each(CASES)("$name", ({ input, expected, window = Seconds(2), slide = Seconds(1) }) =>
    testOperation(input, (stream) => stream.reduceByKeyAndWindow(add, window, slide), expected, SET),
  );
});

describe("reduceByKeyAndWindow with an inverse", () => {
  const CASES: Case[] = [
    ...REDUCTIONS,
    {
      name: "a key stays with a neutral value",
      input: pairs("a1", "a1", "", ""),
      expected: pairs("a1", "a2", "a1", "a0"),
    },
    { name: "many batches", input: WAVES, expected: WAVE_SUMS_KEPT },
  ];

  test.each(CASES)("$name", ({ input, expected, window = Seconds(2), slide = Seconds(1) }) =>
    testOperation(
      input,
      (stream) => stream.reduceByKeyAndWindow(add, subtract, window, slide).checkpoint(Seconds(100)),
      expected,
      { ...SET, engineOptions: { checkpoint: new MemoryStore() } },
    ),
  );

  test("a filter lets keys go", () =>
    testOperation(
      WAVES,
      (stream) =>
        stream
          .reduceByKeyAndWindow(add, subtract, Seconds(2), Seconds(1), { filter: ([, count]) => count !== 0 })
          .persist()
          .checkpoint(Seconds(100)),
      WAVE_SUMS,
      { ...SET, engineOptions: { checkpoint: new MemoryStore() } },
    ));

  test("an inverse of undefined is the plain form", () =>
    testOperation(
      WAVES,
      (stream) => stream.reduceByKeyAndWindow(add, undefined, Seconds(2), Seconds(1)),
      WAVE_SUMS,
      SET,
    ));

  test("Millrace: needs no store for checkpoints", () =>
    testOperation(
      WAVES,
      (stream) => stream.reduceByKeyAndWindow(add, subtract, Seconds(2), Seconds(1)),
      WAVE_SUMS_KEPT,
      SET,
    ));

  test("Millrace: a key that the filter removes while it is in the window starts afresh", () =>
    testOperation(
      pairs("a1", "a5", "a1", "a1"),
      (stream) => stream.reduceByKeyAndWindow(add, subtract, Seconds(2), Seconds(1), { filter: ([, sum]) => sum < 6 }),
      pairs("a1", "", "", "a2"),
    ));

  test("Millrace: a slide longer than the window is refused when the graph is built", async () => {
    const failing = runOperation(WAVES, (stream) => stream.reduceByKeyAndWindow(add, subtract, Seconds(1), Seconds(2)));
    await expect(failing).rejects.toBeInstanceOf(PlanError);
    await expect(failing).rejects.toThrow(/2000 ms.*1000 ms|1000 ms.*2000 ms/s);
  });
});

describe("groups and counts in a window", () => {
  test("groupByKeyAndWindow", async () => {
    const sums = WAVE_SUMS.map((batch) => batch.map(([key, count]): [string, number[]] => [key, Array(count).fill(1)]));
    await testOperation(WAVES, (stream) => stream.groupByKeyAndWindow(Seconds(2), Seconds(1)), sums, SET);
  });

  test("countByWindow: zero after the last row has left", () =>
    testOperation([[1], [1], [1, 2], [0], [], []], (numbers) => numbers.countByWindow(Seconds(2), Seconds(1)), [
      [1],
      [2],
      [3],
      [3],
      [1],
      [0],
    ]));

  test("countByWindow before any row: an empty batch, not zero", () =>
    testOperation([[], [], [7]], (numbers: DStream<number>) => numbers.countByWindow(Seconds(2), Seconds(1)), [
      [],
      [],
      [1],
    ]));

  test("countByValueAndWindow: a value that left is gone", () =>
    testOperation(
      [["a"], ["b", "b"], ["a", "b"], [], []],
      (words) => words.countByValueAndWindow(Seconds(2), Seconds(1)),
      pairs("a1", "a1 b2", "a1 b3", "a1 b1", ""),
      SET,
    ));
});

describe("reduceByWindow", () => {
  test("an empty window gives an empty batch", () =>
    testOperation([[1, 2], [3], [], [], [4]], (numbers) => numbers.reduceByWindow(add, Seconds(2), Seconds(1)), [
      [3],
      [6],
      [3],
      [],
      [4],
    ]));

  test("with an inverse the value stays", () =>
    testOperation(
      [[1, 2], [3], [], [], [4]],
      (numbers) => numbers.reduceByWindow(add, subtract, Seconds(2), Seconds(1)),
      [[3], [6], [3], [0], [4]],
    ));
});

describe("window and slide are multiples of the parent's slide, or the graph is refused with both figures", () => {
  const refused: Array<[string, (stream: DStream<[string, number]>) => DStream<unknown>, string]> = [
    ["window", (stream) => stream.window(1500), "1500 ms"],
    ["slide", (stream) => stream.window(2000, 1500), "1500 ms"],
    ["reduceByWindow", (stream) => stream.reduceByWindow((a) => a, 1500, 1000), "1500 ms"],
    ["reduceByKeyAndWindow", (stream) => stream.reduceByKeyAndWindow(add, 2500, 1000), "2500 ms"],
    ["the inverse form", (stream) => stream.reduceByKeyAndWindow(add, subtract, 2500, 1000), "2500 ms"],
    ["groupByKeyAndWindow", (stream) => stream.groupByKeyAndWindow(2000, 700), "700 ms"],
    ["countByWindow", (stream) => stream.countByWindow(2000, 700), "700 ms"],
    ["countByValueAndWindow", (stream) => stream.countByValueAndWindow(1500, 1000), "1500 ms"],
  ];

  test.each(refused)("%s", async (_, operation, figure) => {
    const failing = runOperation<[string, number], unknown>([[["a", 1]]], operation);
    await expect(failing).rejects.toBeInstanceOf(PlanError);
    await expect(failing).rejects.toThrow(figure);
    await expect(failing).rejects.toThrow("1000 ms");
  });

  test("a multiple of the batch interval that is none of the parent's slide", async () => {
    const failing = runOperation([[1]], (numbers) => numbers.window(2000, 2000).window(4000, 3000));
    await expect(failing).rejects.toBeInstanceOf(PlanError);
    await expect(failing).rejects.toThrow("3000 ms");
    await expect(failing).rejects.toThrow("2000 ms");
  });
});
