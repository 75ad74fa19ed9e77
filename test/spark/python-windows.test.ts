// The window cases of the streaming tests of Spark's Python interface: batches of half a second.
import { type DStream, PlanError } from "millrace";
import { runOperation, testOperation } from "millrace/testing";
import { describe, expect, test } from "vitest";

const range = (first: number, end: number) => Array.from({ length: end - first }, (_, index) => first + index);
const SET = { useSet: true };
const HALF = { batchInterval: 500 };
/** Batches of the numbers below 1, 2, ... */
const growing = (batches: number) => range(1, batches + 1).map((end) => range(0, end));

describe("windows in batches of half a second", () => {
  const counts = (...numbers: number[]) => numbers.map((n) => [n]);

  test("window, counted", () =>
    testOperation(growing(5), (numbers) => numbers.window(1500, 500).count(), counts(1, 3, 6, 9, 12, 9, 5, 0), HALF));

  test("countByWindow of three batches", () =>
    testOperation(growing(5), (numbers) => numbers.countByWindow(1500, 500), counts(1, 3, 6, 9, 12, 9, 5, 0), HALF));

  test("countByWindow of five batches", () =>
    testOperation(
      growing(6),
      (numbers) => numbers.countByWindow(2500, 500),
      counts(1, 3, 6, 10, 15, 20, 18, 15, 11, 6),
      HALF,
    ));

  test("countByValueAndWindow", () => {
    const expected = [
      [1],
      [2, 1],
      [3, 2, 1],
      [4, 3, 2, 1],
      [5, 4, 3, 2, 1],
      [5, 5, 4, 3, 2, 1],
      [4, 4, 4, 3, 2, 1],
      [3, 3, 3, 3, 2, 1],
      [2, 2, 2, 2, 2, 1],
      [1, 1, 1, 1, 1, 1],
      [],
    ];
    return testOperation(
      growing(6),
      (numbers) => numbers.countByValueAndWindow(2500, 500),
      expected.map((batch) => batch.map((count, value): [number, number] => [value, count])),
      { ...SET, ...HALF },
    );
  });

  test("groupByKeyAndWindow keeps the order of batches", () =>
    testOperation(
      range(0, 5).map((n): Array<[string, number]> => [["a", n]]),
      (pairs) => pairs.groupByKeyAndWindow(1500, 500),
      [[0], [0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4], [4]].map(
        (values): Array<[string, number[]]> => [["a", values]],
      ),
      HALF,
    ));

  test("reduceByKeyAndWindow without an inverse, ten batches every second one", () =>
    testOperation(
      growing(6),
      (numbers) =>
        numbers
          .map((n) => [n, 1])
          .reduceByKeyAndWindow((a, b) => a + b, undefined, 5000, 1000)
          .filter(([, count]) => count > 0)
          .count(),
      counts(2, 4, 6, 6, 6, 6),
      HALF,
    ));

  test("a window that is no multiple of the batches is refused", async () => {
    const windowed = (window: number, slide: number) =>
      runOperation(
        growing(2),
        (numbers: DStream<number>) =>
          numbers.map((n) => [n, 1]).reduceByKeyAndWindow((a, b) => a + b, undefined, window, slide),
        HALF,
      );
    await expect(windowed(100, 100)).rejects.toBeInstanceOf(PlanError);
    await expect(windowed(1000, 100)).rejects.toBeInstanceOf(PlanError);
  });
});
