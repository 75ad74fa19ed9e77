import { describe, expect, it } from "vitest";
import { hyperLogLog, precisionFor } from "../../../src/sketches/hyper-log-log.js";
import type { Sketch } from "../../../src/sketches/sketch.js";

const make = (precision = 14) => hyperLogLog("test", precision).make();

function sketchOf(values: Iterable<unknown>, precision = 14): Sketch<number> {
  const sketch = make(precision);
  for (const value of values) sketch.add(value);
  return sketch;
}

function* numbers(begin: number, end: number, prefix?: string): Generator<unknown> {
  for (let i = begin; i < end; i++) yield prefix === undefined ? i : `${prefix}${i}`;
}

describe("the estimate", () => {
  it("is exact for no value and for a few", () => {
    expect(make().result()).toBe(0);
    for (const count of [1, 2, 3, 10, 30]) expect(sketchOf(numbers(0, count)).result()).toBe(count);
  });

  // The data are fixed, so a case holds or does not; five standard errors are passed once in 1.7 million.
  it.each([4, 8, 11, 14, 16])("of precision %d is within five standard errors over the whole range", (precision) => {
    const error = 5 * (1.04 / Math.sqrt(2 ** precision));
    for (const [begin, prefix] of [
      [0, undefined],
      [1e9, undefined],
      [0, "user-"],
    ] as const) {
      const sketch = make(precision);
      let count = 0;
      for (const upTo of [100, 1000, 5000, 20_000, 40_000, 80_000, 200_000]) {
        for (const value of numbers(begin + count, begin + upTo, prefix)) sketch.add(value);
        count = upTo;
        expect(Math.abs(sketch.result() / count - 1), `${prefix} ${count}`).toBeLessThan(error);
      }
    }
  });

  it("has no bias, and errs as the paper says, over many data", () => {
    const precision = 10;
    const errors: number[] = [];
    for (let run = 0; run < 200; run++) {
      errors.push(sketchOf(numbers(0, 3000, `${run}/`), precision).result() / 3000 - 1);
    }
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
    const standard = 1.04 / Math.sqrt(2 ** precision);
    // Four standard errors of a mean of 200, and of a deviation of 200.
    expect(Math.abs(mean)).toBeLessThan((4 * standard) / Math.sqrt(200));
    expect(deviation).toBeLessThan(standard * (1 + 4 / Math.sqrt(400)));
  });

  it("counts values as keys are told apart", () => {
    const values = [
      0,
      -0,
      Number.NaN,
      Number.NaN,
      "0",
      "",
      null,
      undefined,
      false,
      0n,
      [0],
      [0],
      { a: 1 },
      { a: 1 },
      "\ud800",
    ];
    expect(sketchOf(values).result()).toBe(11);
    expect(() => make().add(new Map())).toThrow(/key/);
  });
});

describe("the bytes", () => {
  it("of a merge of parts are those of the whole, in any order", () => {
    for (const count of [0, 5, 300, 600, 5000, 100_000]) {
      const whole = sketchOf(numbers(0, count)).toBytes();
      const parts = [0, 1, 2].map((part) =>
        sketchOf(numbers(Math.floor((part * count) / 4), Math.floor(((part + 2) * count) / 4))).toBytes(),
      );
      for (const order of [parts, parts.toReversed()]) {
        const merged = make();
        for (const part of order) merged.merge(part);
        expect(Buffer.compare(merged.toBytes(), whole), `${count}`).toBe(0);
      }
    }
  });

  it("are listed registers while they are few, and all of them later", () => {
    expect(sketchOf([]).toBytes().length).toBe(8);
    expect(sketchOf(numbers(0, 100)).toBytes().length).toBeLessThanOrEqual(8 + 400);
    expect(sketchOf(numbers(0, 100_000)).toBytes().length).toBe(8 + 2 ** 14);
  });

  it("are these", () => {
    const hex = (values: Iterable<unknown>, precision: number) =>
      Buffer.from(sketchOf(values, precision).toBytes()).toString("hex");
    expect(hex(["a", "b", 1, null], 14)).toMatchInlineSnapshot(`"6d736b7401010e01012e070001f8200001cf2600016d2a00"`);
    expect(hex(numbers(0, 20), 4)).toMatchInlineSnapshot(`"6d736b740101040002010302000000050003030001060301"`);
  });

  it("are refused where they are of another kind, version or precision, or cut", () => {
    const bytes = sketchOf(numbers(0, 10)).toBytes();
    const changed = (at: number, byte: number) => bytes.with(at, byte);
    const code = { code: "invalid-sketch" };
    const cases = [
      new Uint8Array(0),
      changed(0, 1),
      changed(4, 9),
      changed(5, 9),
      changed(6, 13),
      changed(7, 0),
      changed(11, 255),
      bytes.subarray(0, -1),
    ];
    for (const wrong of cases) expect(() => make().merge(wrong)).toThrow(expect.objectContaining(code));
    expect(() => make().merge(sketchOf(numbers(0, 50_000)).toBytes().subarray(1))).toThrow(
      expect.objectContaining(code),
    );
  });

  it("may lie anywhere", () => {
    const bytes = sketchOf(numbers(0, 10)).toBytes();
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const sketch = make();
    sketch.merge(shifted.subarray(3));
    expect(sketch.result()).toBe(10);
  });
});

describe("the precision", () => {
  it("is a whole number from 4 to 18", () => {
    for (const precision of [3, 19, 4.5, Number.NaN, "14" as unknown as number]) {
      expect(() => make(precision)).toThrow(expect.objectContaining({ code: "invalid-option" }));
    }
  });

  it("for a deviation is Spark's", () => {
    const of = (deviation: number) => precisionFor("test", deviation);
    expect([0.4, 0.1, 0.05, 0.01, 0.0021].map(of)).toEqual([4, 7, 9, 14, 18]);
    for (const wrong of [0, 0.002, 2, Number.NaN])
      expect(() => of(wrong)).toThrow(expect.objectContaining({ code: "invalid-option" }));
  });
});
