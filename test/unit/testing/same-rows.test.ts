import { describe, expect, it } from "vitest";
import { sameValue, unmatched } from "../../../src/testing/same-rows.js";

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}

const EQUAL: Array<[unknown, unknown]> = [
  [Number.NaN, Number.NaN],
  [0, -0],
  ["a", "a"],
  [undefined, undefined],
  [null, null],
  [12n, 12n],
  [new Date(5), new Date(5)],
  [new Date(Number.NaN), new Date(Number.NaN)],
  [
    [1, [2, { a: "b" }]],
    [1, [2, { a: "b" }]],
  ],
  [
    { a: 1, b: undefined },
    { b: undefined, a: 1 },
  ],
  [{ a: 1, b: undefined }, { a: 1 }],
  [new Point(1, 2), { y: 2, x: 1 }],
  [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
  [
    new Map([
      [[1], "a"],
      [[2], "b"],
    ]),
    new Map([
      [[2], "b"],
      [[1], "a"],
    ]),
  ],
  [new Set([1, 2]), new Set([2, 1])],
  [new Error("same"), new Error("same")],
];

const UNEQUAL: Array<[unknown, unknown]> = [
  [1, "1"],
  [1, 1n],
  [0, false],
  [null, undefined],
  [[], {}],
  [[1], [1, 2]],
  [[1, 2], [1]],
  [[undefined], []],
  [{ a: 1 }, { a: 2 }],
  [{ a: 1 }, { a: 1, b: 2 }],
  [{ a: 1, b: 2 }, { a: 1 }],
  [new Date(5), new Date(6)],
  [new Date(5), 5],
  [new Uint8Array([1]), new Uint8Array([2])],
  [new Uint8Array([1]), new Int8Array([1])],
  [new Map([[1, "a"]]), new Map([[1, "b"]])],
  [new Map([[1, "a"]]), [[1, "a"]]],
  [new Set([1]), new Set([1, 2])],
  [new Error("one"), new Error("other")],
  [new Error("same"), new TypeError("same")],
  [() => 1, () => 1],
];

describe("sameValue", () => {
  it.each(EQUAL)("%s is %s", (a, b) => {
    expect(sameValue(a, b)).toBe(true);
    expect(sameValue(b, a)).toBe(true);
  });

  it.each(UNEQUAL)("%s is not %s", (a, b) => {
    expect(sameValue(a, b)).toBe(false);
    expect(sameValue(b, a)).toBe(false);
  });
});

describe("unmatched", () => {
  it("says what is missing and what was not expected, each as often as it is", () => {
    expect(unmatched([1, 2, 2, 3], [3, 2, 4, 4])).toEqual({ unexpected: [1, 2], missing: [4, 4], isEmpty: false });
    expect(unmatched([["a", 1]], [["a", 1]])).toEqual({ unexpected: [], missing: [], isEmpty: true });
    expect(unmatched([1.01], [1], (a, b) => Math.abs((a as number) - (b as number)) < 0.1).isEmpty).toBe(true);
  });
});
