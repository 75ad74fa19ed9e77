import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import { Duration, Milliseconds, Seconds } from "../../../src/time/duration.js";
import { TIMES_COUNT_MAX, Time } from "../../../src/time/time.js";

const at = (ms: number) => new Time(ms);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).code;
  }
  throw new Error("expected a ConfigError");
}

describe("Time", () => {
  it("compares", () => {
    const [early, late] = [at(999), at(1000)];
    expect([early.less(late), late.less(early), late.less(late)]).toEqual([true, false, false]);
    expect([early.lessEq(late), late.lessEq(early), late.lessEq(late)]).toEqual([true, false, true]);
    expect([early.greater(late), late.greater(early), late.greater(late)]).toEqual([false, true, false]);
    expect([early.greaterEq(late), late.greaterEq(early), late.greaterEq(late)]).toEqual([false, true, true]);
    expect(early < late).toBe(true);
    expect([early.min(late), late.min(early)]).toEqual([early, early]);
    expect([early.max(late), late.max(early)]).toEqual([late, late]);
    expect(at(5).equals(at(5))).toBe(true);
    expect(at(5).equals(at(6)) || at(5).equals(5) || at(5).equals(Milliseconds(5))).toBe(false);
  });

  it("moves by durations and measures between times", () => {
    expect(at(1000).plus(new Duration(100))).toEqual(at(1100));
    expect(at(1000).plus(100)).toEqual(at(1100));
    const earlier: Time = at(1000).minus(100);
    expect(earlier).toEqual(at(900));
    expect(at(1000).minus(Seconds(2))).toEqual(at(-1000));
    const between: Duration = at(1000).minus(at(900));
    expect(between).toEqual(Milliseconds(100));
    expect(at(900).minus(at(1000))).toEqual(Milliseconds(-100));
  });

  it("floors to a grid through the epoch or through a zero time", () => {
    expect([1350, 1200, 1199].map((ms) => at(ms).floor(200).milliseconds)).toEqual([1200, 1200, 1000]);
    expect(at(1350).floor(Seconds(1))).toEqual(at(1000));
    expect([1350, 1250, 1249, 250].map((ms) => at(ms).floor(200, at(50)).milliseconds)).toEqual([
      1250, 1250, 1050, 250,
    ]);
    expect(at(350).floor(200, at(1350)).milliseconds).toBe(350);
    expect([-1, -200, -201].map((ms) => at(ms).floor(200).milliseconds)).toEqual([-200, -200, -400]);
    expect(at(0).floor(200, at(-50)).milliseconds).toBe(-50);
  });

  it("floors like whole numbers do, also where the distance is beyond 2^53", () => {
    const time = fc.maxSafeInteger();
    const step = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
    fc.assert(
      fc.property(time, step, time, (ms, by, zero) => {
        const [distance, divisor] = [BigInt(ms) - BigInt(zero), BigInt(by)];
        const rest = ((distance % divisor) + divisor) % divisor;
        const expected = BigInt(ms) - rest;
        if (expected < -BigInt(Number.MAX_SAFE_INTEGER)) {
          expect(codeOf(() => at(ms).floor(by, at(zero)))).toBe("time-out-of-range");
        } else {
          expect(BigInt(at(ms).floor(by, at(zero)).milliseconds)).toBe(expected);
        }
      }),
    );
  });

  it("knows multiples", () => {
    expect([5, 10, 4].map((by) => at(1000).isMultipleOf(by))).toEqual([true, true, true]);
    expect(at(1000).isMultipleOf(new Duration(300))).toBe(false);
    expect(at(0).isMultipleOf(300)).toBe(true);
    expect(at(1000).isMultipleOf(0)).toBe(false);
  });

  it("lists the times of a range", () => {
    const ms = (times: Time[]) => times.map(Number);
    expect(ms(at(1000).until(at(1100), 50))).toEqual([1000, 1050]);
    expect(ms(at(1000).until(at(1101), 50))).toEqual([1000, 1050, 1100]);
    expect(ms(at(1000).until(at(1000), 50))).toEqual([]);
    expect(ms(at(1000).until(at(900), 50))).toEqual([]);
    expect(ms(at(1000).to(at(1100), Milliseconds(50)))).toEqual([1000, 1050, 1100]);
    expect(ms(at(1000).to(at(1099), 50))).toEqual([1000, 1050]);
    expect(ms(at(1000).to(at(1000), 50))).toEqual([1000]);
    expect(ms(at(1000).to(at(990), 50))).toEqual([]);
    expect(ms(at(-100).to(at(100), 100))).toEqual([-100, 0, 100]);
  });

  it("refuses intervals that are not positive, and too long a list", () => {
    for (const interval of [0, -1, new Duration(0), Number.NaN]) {
      expect(codeOf(() => at(0).until(at(10), interval))).toBe("invalid-duration");
      expect(codeOf(() => at(0).to(at(10), interval))).toBe("invalid-duration");
      expect(codeOf(() => at(0).floor(interval))).toBe("invalid-duration");
    }
    expect(codeOf(() => at(0).until(at(TIMES_COUNT_MAX + 1), 1))).toBe("too-many-times");
    expect(codeOf(() => at(0).to(at(TIMES_COUNT_MAX), 1))).toBe("too-many-times");
  });

  it("prints and is its milliseconds", () => {
    expect(`${at(1000)}`).toBe("1000 ms");
    expect(at(1000).valueOf()).toBe(1000);
    expect(Object.is(at(-0).milliseconds, 0)).toBe(true);
  });

  it("stays within 2^53 - 1", () => {
    const max = Number.MAX_SAFE_INTEGER;
    expect(at(max).milliseconds).toBe(max);
    for (const ms of [max + 1, -max - 1, Number.POSITIVE_INFINITY, 1e300]) {
      expect(codeOf(() => at(ms))).toBe("time-out-of-range");
    }
    expect(codeOf(() => at(max).plus(1))).toBe("time-out-of-range");
    expect(codeOf(() => at(-max).minus(1))).toBe("time-out-of-range");
    expect(codeOf(() => at(max).minus(at(-1)))).toBe("invalid-duration");
    for (const ms of [1.5, Number.NaN, "5", undefined]) expect(codeOf(() => at(ms as number))).toBe("invalid-time");
  });
});
