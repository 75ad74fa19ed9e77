// The cases of Spark's PIDRateEstimatorSuite.
import { ConfigError, PIDRateEstimator } from "millrace";
import { describe, expect, test } from "vitest";
import { random } from "../support/property.js";

const BATCHES = Array.from({ length: 50 }, (_, index) => index);

/** One estimator over fifty batches, one every 20 ms, each processed in 20 ms. */
function rates(
  [proportional, integral, minRate]: [number, number, number],
  elements: (batch: number) => number,
  schedulingDelay: (batch: number) => number,
): Array<number | undefined> {
  const estimator = new PIDRateEstimator(20, proportional, integral, 0, minRate);
  return BATCHES.map((batch) => estimator.compute(batch * 20, elements(batch), 20, schedulingDelay(batch)));
}

const plain = () => new PIDRateEstimator(20, 1, 0, 0, 10);

const OUT_OF_RANGE: Array<[string, ConstructorParameters<typeof PIDRateEstimator>]> = [
  ["batchInterval", [0, 1, 2, 3, 10]],
  ["proportional", [100, -1, 2, 3, 10]],
  ["integral", [100, 0, -1, 3, 10]],
  ["derivative", [100, 0, 0, -1, 10]],
  ["minRate", [100, 0, 0, 0, 0]],
  ["minRate", [100, 0, 0, 0, -10]],
];

test.each(OUT_OF_RANGE)("%s out of range is refused: %j", (option, args) => {
  expect(() => new PIDRateEstimator(...args)).toThrow(ConfigError);
  expect(() => new PIDRateEstimator(...args)).toThrow(option);
});

describe("no estimate", () => {
  test("from the first batch alone; the second gives one", () => {
    const estimator = plain();
    expect(estimator.compute(0, 10, 10, 0)).toBeUndefined();
    expect(estimator.compute(10, 10, 10, 0)).toBe(1000);
  });

  test("where time has not moved", () => {
    const estimator = plain();
    estimator.compute(0, 10, 10, 0);
    expect(estimator.compute(10, 10, 10, 0)).toBeDefined();
    expect(estimator.compute(10, 10, 10, 0)).toBeUndefined();
  });

  test("where no records came", () => {
    const estimator = plain();
    estimator.compute(0, 10, 10, 0);
    expect(estimator.compute(10, 0, 10, 0)).toBeUndefined();
    expect(estimator.compute(20, -10, 10, 0)).toBeUndefined();
  });

  test("where processing took no time", () => {
    const estimator = plain();
    estimator.compute(0, 10, 10, 0);
    expect(estimator.compute(10, 10, 0, 0)).toBeUndefined();
    expect(estimator.compute(20, 10, -10, 0)).toBeUndefined();
  });
});

describe("fifty batches", () => {
  test("never below the lowest rate", () => {
    const [first, ...others] = rates(
      [1, 1, 5],
      () => 1,
      () => 100,
    );
    expect(first).toBeUndefined();
    expect(others).toEqual(Array(49).fill(5));
  });

  test("without waiting the rate follows the speed, up", () => {
    const [first, ...others] = rates(
      [1, 1, 10],
      (batch) => (batch + 1) * 20,
      () => 0,
    );
    expect(first).toBeUndefined();
    expect(others).toEqual(BATCHES.slice(1).map((batch) => (batch + 1) * 1000));
  });

  test("without waiting the rate follows the speed, down", () => {
    const [first, ...others] = rates(
      [1, 1, 10],
      (batch) => (50 - batch) * 20,
      () => 0,
    );
    expect(first).toBeUndefined();
    expect(others).toEqual(BATCHES.slice(1).map((batch) => (50 - batch) * 1000));
  });

  test.each([1, 2, 3, 4, 5])("with waiting the rate stays below the speed, seed %i", (seed) => {
    const next = random(seed);
    // More than the lowest rate, which is no speed to stay below.
    const elements = BATCHES.map(() => 1 + Math.floor(next() * 999));
    const waits = BATCHES.map(() => Math.floor(next() * 19));
    const [first, ...others] = rates(
      [1, 0.01, 10],
      (batch) => elements[batch]!,
      (batch) => waits[batch]!,
    );
    expect(first).toBeUndefined();
    for (const [index, rate] of others.entries()) {
      const batch = index + 1;
      expect(rate).toBeGreaterThan(0);
      if (waits[batch]! > 0) expect(rate).toBeLessThan((elements[batch]! / 20) * 1000);
    }
  });

  test("the derivative term", () => {
    const estimator = new PIDRateEstimator(1000, 1, 0.2, 0.5, 10);
    expect(estimator.compute(1000, 1000, 500, 0)).toBeUndefined();
    // rate 1000, error 2000 - 1000, waiting 250 * 1000 / 1000, change of the error 1000 in one second
    expect(estimator.compute(2000, 1000, 1000, 250)).toBe(2000 - 1000 - 0.2 * 250 - 0.5 * 1000);
  });
});
