// The cases of Spark's DurationSuite.
import { Duration, Milliseconds, Minutes, Seconds } from "millrace";
import { expect, test } from "vitest";

const ms = (milliseconds: number) => new Duration(milliseconds);

test.each([
  // a, b, a < b, a <= b, a > b, a >= b
  [999, 1000, true, true, false, false],
  [0, 1, true, true, false, false],
  [1000, 999, false, false, true, true],
  [1000, 1000, false, true, false, true],
])("%i ms and %i ms compare", (a, b, less, lessEq, greater, greaterEq) => {
  expect(ms(a).less(ms(b))).toBe(less);
  expect(ms(a).lessEq(ms(b))).toBe(lessEq);
  expect(ms(a).greater(ms(b))).toBe(greater);
  expect(ms(a).greaterEq(ms(b))).toBe(greaterEq);
  expect([ms(a) < ms(b), ms(a) > ms(b)]).toEqual([less, greater]);
});

test("sums and differences", () => {
  expect(ms(1000).plus(ms(100))).toEqual(ms(1100));
  expect(ms(1000).plus(ms(0))).toEqual(ms(1000));
  expect(ms(1000).minus(ms(100))).toEqual(ms(900));
  expect(ms(1000).minus(ms(0))).toEqual(ms(1000));
});

test("multiples and quotients", () => {
  expect([2, 1, 0].map((factor) => ms(100).times(factor).milliseconds)).toEqual([200, 100, 0]);
  expect([5, 1, 1000, 2000].map((divisor) => ms(1000).div(ms(divisor)))).toEqual([200, 1000, 1, 0.5]);
  expect([5, 1000, 1, 6].map((divisor) => ms(1000).isMultipleOf(ms(divisor)))).toEqual([true, true, true, false]);
});

test("the shorter, the longer, nothing at all", () => {
  for (const [a, b] of [
    [999, 1000],
    [1000, 999],
    [1000, 1000],
  ] as const) {
    expect(ms(a).min(ms(b)).milliseconds).toBe(Math.min(a, b));
    expect(ms(a).max(ms(b)).milliseconds).toBe(Math.max(a, b));
  }
  expect([ms(0).isZero(), ms(1).isZero()]).toEqual([true, false]);
});

test("makers and texts", () => {
  expect([Milliseconds(7), Seconds(7), Minutes(7)].map((duration) => duration.milliseconds)).toEqual([
    7, 7000, 420_000,
  ]);
  expect(String(Seconds(1))).toBe("1000 ms");
  expect([500, 1000, 90_000, 7_200_000].map((length) => ms(length).prettyPrint())).toEqual([
    "500 ms",
    "1.0 s",
    "1.5 m",
    "2.00 h",
  ]);
});
