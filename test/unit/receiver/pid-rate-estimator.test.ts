import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PIDRateEstimator } from "../../../src/receiver/pid-rate-estimator.js";
import { check, random } from "../../support/property.js";

const estimator = (proportional = 1, integral = 0.2, derivative = 0, minRate = 1) =>
  new PIDRateEstimator(20, proportional, integral, derivative, minRate);

describe("PIDRateEstimator", () => {
  test("the first batch sets the rate to start from and gives none", () => {
    const pid = estimator();
    expect(pid.compute(0, 1000, 10, 0)).toBeUndefined();
    // 1000 records in 10 ms are 100,000 a second, and so is the next batch: no error, no delay.
    expect(pid.compute(10, 1000, 10, 0)).toBe(100_000);
  });

  test.each([
    ["no time has passed", [10, 1000, 10, 0]],
    ["time went back", [5, 1000, 10, 0]],
    ["there are no records", [20, 0, 10, 0]],
    ["fewer than none", [20, -1, 10, 0]],
    ["no delay was measured", [20, 1000, 0, 0]],
    ["it is negative", [20, 1000, -1, 0]],
  ] as Array<[string, [number, number, number, number]]>)(
    "nothing is said where %s, and nothing remembered",
    (_, args) => {
      const pid = estimator();
      pid.compute(10, 1000, 10, 0);
      expect(pid.compute(...args)).toBeUndefined();
      expect(pid.compute(20, 1000, 10, 0)).toBe(100_000);
    },
  );

  test("the three parts, with figures worked out by hand", () => {
    // Rate 100 a second at first. Then 50 records in 1 s: error 100 - 50 = 50; 8 ms of delay, 8 * 50 / 20 = 20; change (50 - 0) / 2 s = 25.
    const rates = (proportional: number, integral: number, derivative: number) => {
      const pid = new PIDRateEstimator(20, proportional, integral, derivative, 1);
      expect(pid.compute(1000, 100, 1000, 0)).toBeUndefined();
      const first = pid.compute(3000, 50, 1000, 8);
      return [first, pid.compute(4000, 50, 1000, 0)];
    };
    expect(rates(1, 0, 0)).toEqual([50, 50]);
    expect(rates(0, 0.5, 0)).toEqual([90, 90]);
    // The second time the error is 87.5 - 50 = 37.5, its change 37.5 - 50 = -12.5 in a second.
    expect(rates(0, 0, 0.5)).toEqual([87.5, 93.75]);
    expect(rates(1, 0.5, 0.5)).toEqual([100 - 50 - 10 - 12.5, 27.5 + 22.5 - 0.5 * (-22.5 - 50)]);
  });

  test("never less than minRate, which then is the rate that errors are counted from", () => {
    const pid = estimator(1, 1, 0, 30);
    pid.compute(0, 100, 1000, 0);
    expect(pid.compute(1000, 1, 1000, 100_000)).toBe(30);
    expect(pid.compute(2000, 50, 1000, 0)).toBe(50);
  });

  test("a rate is finite and at least minRate, whatever batches there are", () => {
    check(
      fc.property(fc.integer(), fc.double({ min: 0.1, max: 1000, noNaN: true }), (seed, minRate) => {
        const next = random(seed);
        const pid = new PIDRateEstimator(1 + next() * 5000, next() * 2, next() * 2, next() * 2, minRate);
        for (let i = 0, timeMs = 0; i < 50; i++) {
          timeMs += Math.floor(next() * 3000);
          const rate = pid.compute(
            timeMs,
            Math.floor(next() * 10_000),
            Math.floor(next() * 2000),
            Math.floor(next() * 5000),
          );
          if (rate === undefined) continue;
          expect(Number.isFinite(rate)).toBe(true);
          expect(rate).toBeGreaterThanOrEqual(minRate);
        }
      }),
    );
  });

  test("settles at the rate of processing when nothing else changes", () => {
    const pid = new PIDRateEstimator(1000, 1, 0.2, 0, 1);
    let rate: number | undefined;
    for (let i = 1; i < 50; i++) rate = pid.compute(i * 1000, 400, 800, 0) ?? rate;
    expect(rate).toBeCloseTo(500);
  });

  test.each([
    [0, 1, 1, 1, 1],
    [-5, 1, 1, 1, 1],
    [Number.NaN, 1, 1, 1, 1],
    [1000, -0.1, 1, 1, 1],
    [1000, 1, -1, 1, 1],
    [1000, 1, 1, -1, 1],
    [1000, 1, 1, 1, 0],
    [1000, 1, 1, 1, -1],
    [1000, 1, 1, Number.POSITIVE_INFINITY, 1],
    ["1000", 1, 1, 1, 1],
  ])("refuses parameters out of range: %s, %d, %d, %d, %d", (...args) => {
    expect(() => new PIDRateEstimator(...(args as [number, number, number, number, number]))).toThrow(
      expect.objectContaining({ name: "ConfigError", code: "invalid-rate" }),
    );
  });

  test("refuses figures that are none", () => {
    const pid = estimator();
    for (const at of [0, 1, 2, 3]) {
      const args = [10, 10, 10, 10];
      args[at] = Number.NaN;
      expect(() => pid.compute(...(args as [number, number, number, number]))).toThrow(/must be a finite number/);
    }
  });
});
