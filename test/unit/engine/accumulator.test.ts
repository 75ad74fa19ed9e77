import { expect, test } from "vitest";
import { Accumulator, countUpdatesOnce } from "../../../src/engine/accumulator.js";

function summing(name?: string): Accumulator<number> {
  const add = (a: number, b: number) => a + b;
  return new Accumulator({ zero: 0, add, merge: add, ...(name !== undefined && { name }) });
}

function failing(body: () => void): () => void {
  return () => {
    body();
    throw new RangeError("boom");
  };
}

test("counts at once outside of tasks, and has the name it was given", () => {
  const sum = summing("lines");
  expect([sum.name, sum.value]).toEqual(["lines", 0]);
  sum.add(2);
  sum.add(3);
  expect(sum.value).toBe(5);
  expect(summing().name).toBeUndefined();
});

test("counts when the task has succeeded, in the order of updates", () => {
  const all = new Accumulator<string, number>({ zero: "", add: (text, n) => `${text}${n}`, merge: (a, b) => a + b });
  const seen = countUpdatesOnce(() => {
    all.add(1);
    all.add(2);
    return all.value;
  });
  expect([seen, all.value]).toEqual(["", "12"]);
});

test("counts nothing of a task that throws; one that runs again counts once", () => {
  const sum = summing();
  expect(() => countUpdatesOnce(failing(() => sum.add(1)))).toThrow("boom");
  expect(sum.value).toBe(0);
  countUpdatesOnce(() => sum.add(1));
  sum.add(10);
  expect(sum.value).toBe(11);
});

test("a task inside another counts by itself, whatever becomes of either", () => {
  const sum = summing();
  countUpdatesOnce(() => {
    sum.add(1);
    expect(() => countUpdatesOnce(failing(() => sum.add(10)))).toThrow("boom");
    sum.add(100);
  });
  expect(sum.value).toBe(101);
});
