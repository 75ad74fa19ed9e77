import fc from "fast-check";
import { expect, test } from "vitest";
import { FirstRowsOperator, firstOf } from "../../src/operators/first-rows.js";
import { compareAscending, compareDescending } from "../../src/operators/ordering.js";
import { collecting, countedByValue, joined, taking, toMap } from "../../src/rdd-actions.js";
import { check, random } from "../support/property.js";

type Compare = (a: unknown, b: unknown) => number;

function ordered(rows: readonly unknown[], wanted: number, compare: Compare): unknown[] {
  const made: unknown[] = [];
  const operator = new FirstRowsOperator("top", wanted, { compare, keysOf: () => ({ ok: false, reason: "a test" }) });
  const sink = operator.connect({ push: (row) => made.push(row), end: () => {} });
  for (const row of rows) sink.push(row);
  sink.end();
  return made;
}

const MIXED = [3, undefined, 1, Number.NaN, 2];

test.each<[string, Compare, unknown[]]>([
  ["ascending", compareAscending, [1, 2, 3]],
  ["descending", compareDescending, [3, 2, 1]],
])("NaN and undefined come last, %s, in the order of arrival", (_, compare, numbers) => {
  const expected = [...numbers, undefined, Number.NaN];
  for (let wanted = 0; wanted <= 6; wanted++) {
    expect(ordered(MIXED, wanted, compare)).toEqual(expected.slice(0, wanted));
    expect(firstOf(MIXED, wanted, compare)).toEqual(expected.slice(0, wanted));
  }
});

test("rows that are equal stay as they came, also where candidates are cut again and again", () => {
  const byRank: Compare = (a, b) => (a as { rank: number }).rank - (b as { rank: number }).rank;
  const input = fc.record({
    seed: fc.integer(),
    count: fc.integer({ min: 0, max: 6_000 }),
    wanted: fc.constantFrom(0, 1, 7, 2_000),
  });
  check(
    fc.property(input, ({ seed, count, wanted }) => {
      const next = random(seed);
      const rows = Array.from({ length: count }, (_, at) => ({ rank: Math.floor(next() * 5), at }));
      const model = [...rows].sort((a, b) => a.rank - b.rank || a.at - b.at).slice(0, wanted);
      expect(ordered(rows, wanted, byRank)).toEqual(model);
    }),
    { numRuns: 20 },
  );
});

test("takes as many rows as wanted, and says when it has them", () => {
  for (const [wanted, expected, done] of [
    [0, [], true],
    [2, [0, 1], true],
    [4, [0, 1, 2], false],
  ] as const) {
    const control = { done: false };
    const sink = taking(control, wanted);
    for (let i = 0; i < 3; i++) sink.push(i);
    sink.end();
    expect([sink.result(), control.done]).toEqual([expected, done]);
  }
});

test("joins partitions in their order, nested rows as they are", () => {
  expect(joined([])).toEqual([]);
  expect(joined([[[1], 2]])).toEqual([[1], 2]);
  expect(joined([[[1]], [], [2, [3]]])).toEqual([[1], 2, [3]]);
  expect(collecting().result()).toEqual([]);
});

test("counts by value, in order of first arrival", () => {
  const first = { a: 1 };
  const counts = toMap<unknown, number>(countedByValue(["b", first, "a", { a: 1 }, Number.NaN, "b", Number.NaN]));
  expect([...counts]).toEqual([
    ["b", 2],
    [first, 2],
    ["a", 1],
    [Number.NaN, 2],
  ]);
  expect([...counts.keys()][1]).toBe(first);
});
