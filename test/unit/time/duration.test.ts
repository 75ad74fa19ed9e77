import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import {
  Duration,
  type DurationLike,
  Milliseconds,
  Minutes,
  Seconds,
  shown,
  toDuration,
} from "../../../src/time/duration.js";

function failure(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error as ConfigError;
  }
  throw new Error("expected a ConfigError");
}

describe("Duration", () => {
  it("compares", () => {
    const [short, long] = [new Duration(999), new Duration(1000)];
    expect([short.less(long), long.less(short), long.less(long)]).toEqual([true, false, false]);
    expect([short.lessEq(long), long.lessEq(short), long.lessEq(long)]).toEqual([true, false, true]);
    expect([short.greater(long), long.greater(short), long.greater(long)]).toEqual([false, true, false]);
    expect([short.greaterEq(long), long.greaterEq(short), long.greaterEq(long)]).toEqual([false, true, true]);
    expect(short < long && long > short).toBe(true);
    expect(short.min(long)).toBe(short);
    expect(long.min(short)).toBe(short);
    expect(short.max(long)).toBe(long);
    expect(long.max(short)).toBe(long);
  });

  it("calculates, with durations and with plain numbers", () => {
    expect(new Duration(1000).plus(new Duration(100)).milliseconds).toBe(1100);
    expect(new Duration(1000).plus(100).milliseconds).toBe(1100);
    expect(new Duration(1000).minus(new Duration(100)).milliseconds).toBe(900);
    expect(new Duration(100).minus(1000).milliseconds).toBe(-900);
    expect(new Duration(100).times(2).milliseconds).toBe(200);
    expect(new Duration(1000).times(0.5).milliseconds).toBe(500);
    expect(new Duration(1000).times(1.001).milliseconds).toBe(1001);
    expect(Object.is(new Duration(0).times(-1).milliseconds, 0)).toBe(true);
    expect(new Duration(1000).div(new Duration(5))).toBe(200);
    expect(new Duration(1000).div(3000)).toBe(1 / 3);
    expect(new Duration(1000).div(0)).toBe(Number.POSITIVE_INFINITY);
  });

  it("knows multiples and zero", () => {
    expect(new Duration(500).isMultipleOf(new Duration(5))).toBe(true);
    expect(new Duration(500).isMultipleOf(500)).toBe(true);
    expect(new Duration(500).isMultipleOf(1000)).toBe(false);
    expect(new Duration(500).isMultipleOf(0)).toBe(false);
    expect(new Duration(0).isMultipleOf(5)).toBe(true);
    expect(new Duration(-500).isMultipleOf(5)).toBe(true);
    expect([new Duration(0).isZero(), new Duration(1).isZero(), new Duration(-0).isZero()]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it("equals by value and only durations", () => {
    expect(new Duration(10).equals(new Duration(10))).toBe(true);
    expect(new Duration(10).equals(new Duration(11))).toBe(false);
    expect(new Duration(10).equals(10)).toBe(false);
    expect(new Duration(10)).toEqual(Milliseconds(10));
  });

  it.each([
    [0, "0 ms"],
    [500, "500 ms"],
    [999, "999 ms"],
    [-5000, "-5000 ms"],
    [1000, "1.0 s"],
    [1450, "1.5 s"],
    [59_999, "60.0 s"],
    [60_000, "1.0 m"],
    [90_000, "1.5 m"],
    [3_599_999, "60.0 m"],
    [3_600_000, "1.00 h"],
    [7_200_000, "2.00 h"],
    [360_000_000, "100.00 h"],
  ])("prints %i ms for people as %s", (ms, text) => {
    expect(new Duration(ms).prettyPrint()).toBe(text);
  });

  it("prints and is its milliseconds", () => {
    expect(`${new Duration(1000)}`).toBe("1000 ms");
    expect(new Duration(1000).valueOf()).toBe(1000);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5, 2 ** 53, -(2 ** 53), "1000", null, undefined, {}, 5n])(
    "refuses %s",
    (value) => {
      const error = failure(() => new Duration(value as number));
      expect(error.code).toBe("invalid-duration");
      expect(error.message).toContain(`got ${shown(value)}`);
      expect(error.details.got).toBe(value);
    },
  );

  it("goes to the edge and not beyond", () => {
    const max = new Duration(Number.MAX_SAFE_INTEGER);
    expect(max.plus(0).equals(max)).toBe(true);
    expect(failure(() => max.plus(1)).code).toBe("invalid-duration");
    expect(failure(() => max.times(-1).minus(1)).code).toBe("invalid-duration");
    expect(failure(() => new Duration(1000).times(1 / 3)).message).toMatch(/1000 ms times a factor .* 333\.33/);
    expect(failure(() => new Duration(1000).times(Number.NaN)).code).toBe("invalid-duration");
  });
});

describe("makers", () => {
  it("take their unit, fractions too where they come to whole milliseconds", () => {
    expect(Milliseconds(100).milliseconds).toBe(100);
    expect(Seconds(30).milliseconds).toBe(30_000);
    expect(Seconds(0.5).milliseconds).toBe(500);
    expect(Minutes(2).milliseconds).toBe(120_000);
    expect(Minutes(1 / 3).milliseconds).toBe(20_000);
    for (let ms = 0; ms < 5000; ms++) expect(Seconds(ms / 1000).milliseconds).toBe(ms);
  });

  it("refuse what does not", () => {
    const error = failure(() => Seconds(0.0001));
    expect(error.code).toBe("invalid-duration");
    expect(error.message).toContain("Seconds must be a whole number of milliseconds");
    expect(error.message).toContain("got 0.0001, which is 0.1 ms");
    for (const make of [Milliseconds, Seconds, Minutes]) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e300, "1" as unknown as number]) {
        expect(failure(() => make(value)).code).toBe("invalid-duration");
      }
    }
  });
});

describe("toDuration", () => {
  it("takes durations as they are and numbers as milliseconds", () => {
    const duration = Seconds(1);
    expect(toDuration(duration, "x")).toBe(duration);
    expect(toDuration(1000, "x")).toEqual(duration);
  });

  it("names the subject", () => {
    const error = failure(() => toDuration("1 s" as unknown as DurationLike, "batchInterval"));
    expect(error.message).toMatch(/^batchInterval must be .* got "1 s"; give/);
    expect(error.details).toEqual({ subject: "batchInterval", got: "1 s" });
  });
});

describe("shown", () => {
  it("is short and never fails", () => {
    const values = ["a".repeat(50), null, undefined, 1.5, 2n, true, Symbol("s"), [1], Object.create(null), () => 1];
    expect(values.map(shown)).toEqual([
      `"${"a".repeat(40)}..."`,
      "null",
      "undefined",
      "1.5",
      "2n",
      "true",
      "Symbol(s)",
      "an array",
      "an object",
      "a function",
    ]);
  });
});
