// The cases of Spark's TimeSuite.
import { Duration, Time } from "millrace";
import { expect, test } from "vitest";

const at = (milliseconds: number) => new Time(milliseconds);
const ms = (milliseconds: number) => new Duration(milliseconds);
const shown = (times: Time[]) => times.map((time) => time.milliseconds);

test.each([
  // a, b, a < b, a <= b, a > b, a >= b
  [999, 1000, true, true, false, false],
  [0, 1, true, true, false, false],
  [1000, 999, false, false, true, true],
  [1000, 1000, false, true, false, true],
])("%i ms and %i ms compare", (a, b, less, lessEq, greater, greaterEq) => {
  expect(at(a).less(at(b))).toBe(less);
  expect(at(a).lessEq(at(b))).toBe(lessEq);
  expect(at(a).greater(at(b))).toBe(greater);
  expect(at(a).greaterEq(at(b))).toBe(greaterEq);
  expect([at(a) < at(b), at(a) > at(b)]).toEqual([less, greater]);
});

test("a time plus a duration is a time", () => {
  expect(at(1000).plus(ms(100)).equals(at(1100))).toBe(true);
  expect(at(1000).plus(ms(0)).equals(at(1000))).toBe(true);
});

test("a time minus a time is a duration", () => {
  for (const [earlier, difference] of [
    [100, 900],
    [0, 1000],
    [1000, 0],
  ] as const) {
    const length = at(1000).minus(at(earlier));
    expect(length).toBeInstanceOf(Duration);
    expect(length.milliseconds).toBe(difference);
  }
});

test("a time minus a duration is a time", () => {
  for (const length of [100, 0, 1000]) {
    const earlier = at(1000).minus(ms(length));
    expect(earlier).toBeInstanceOf(Time);
    expect(earlier.milliseconds).toBe(1000 - length);
  }
});

test("floor: the last point of the grid that is not later", () => {
  expect(at(1350).floor(ms(200)).milliseconds).toBe(1200);
  expect(at(1200).floor(ms(200)).milliseconds).toBe(1200);
  expect(at(199).floor(ms(200)).milliseconds).toBe(0);
  expect(at(1).floor(ms(1)).milliseconds).toBe(1);
  expect(at(1350).floor(ms(200), at(50)).milliseconds).toBe(1250);
});

test("multiples, the earlier and the later", () => {
  expect([5, 1000, 1, 6].map((step) => at(1000).isMultipleOf(ms(step)))).toEqual([true, true, true, false]);
  for (const [a, b] of [
    [999, 1000],
    [1000, 999],
    [1000, 1000],
  ] as const) {
    expect(at(a).min(at(b)).milliseconds).toBe(Math.min(a, b));
    expect(at(a).max(at(b)).milliseconds).toBe(Math.max(a, b));
  }
});

test("until leaves its end out", () => {
  expect(shown(at(1000).until(at(1100), ms(100)))).toEqual([1000]);
  expect(shown(at(1000).until(at(1000), ms(100)))).toEqual([]);
  expect(shown(at(1000).until(at(1100), ms(30)))).toEqual([1000, 1030, 1060, 1090]);
});

test("to takes its end in where it is on the grid", () => {
  expect(shown(at(1000).to(at(1100), ms(100)))).toEqual([1000, 1100]);
  expect(shown(at(1000).to(at(1000), ms(100)))).toEqual([1000]);
  expect(shown(at(1000).to(at(1100), ms(30)))).toEqual([1000, 1030, 1060, 1090]);
});

test("prints as milliseconds", () => {
  expect(String(at(1000))).toBe("1000 ms");
});
