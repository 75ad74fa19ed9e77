import { describe, expect, it } from "vitest";
import { CountMinSketch, countMin } from "../../../src/sketches/count-min.js";
import { random } from "../../support/property.js";

const make = (options = {}) => countMin("test", options).make();

/** Numbers of which small ones are frequent. */
function skewed(count: number, seed: number): number[] {
  const next = random(seed);
  return Array.from({ length: count }, () => Math.floor(1 / (next() + 1e-5)));
}

function countsOf(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

describe("the counts", () => {
  it.each([
    [0.01, 0.05],
    [0.001, 0.01],
    [0.02, 0.3],
  ])(
    "with epsilon %d and delta %d are never too small, and too great as rarely as the paper says",
    (epsilon, delta) => {
      const values = skewed(50_000, 7);
      const sketch = make({ epsilon, delta }) as CountMinSketch;
      for (const value of values) sketch.add(value);
      expect(sketch.total).toBe(values.length);
      expect(sketch.epsilon).toBeLessThanOrEqual(epsilon);
      const exact = countsOf(values);
      for (let absent = -1; absent > -5000; absent--) exact.set(absent, 0);
      let tooGreat = 0;
      for (const [value, count] of exact) {
        const estimate = sketch.count(value);
        expect(estimate).toBeGreaterThanOrEqual(count);
        if (estimate > count + epsilon * values.length) tooGreat++;
      }
      expect(tooGreat / exact.size).toBeLessThanOrEqual(delta);
    },
  );

  it("are of values as keys are told apart", () => {
    const sketch = make();
    for (const value of [0, -0, Number.NaN, Number.NaN, "0", [1], [1], null]) sketch.add(value);
    const counted = sketch.result();
    expect([0, Number.NaN, "0", [1], null, undefined].map((value) => counted.count(value))).toEqual([2, 2, 1, 2, 1, 0]);
    expect(() => counted.count(Symbol())).toThrow(expect.objectContaining({ code: "unsupported-key" }));
  });
});

describe("the bytes", () => {
  it("of a merge of parts are those of the whole", () => {
    const values = skewed(5000, 3);
    const whole = make();
    const parts = [make(), make(), make()];
    for (const [index, value] of values.entries()) {
      whole.add(value);
      parts[index % 3]!.add(value);
    }
    const merged = make();
    for (const part of parts.toReversed()) merged.merge(part.toBytes());
    expect(Buffer.compare(merged.toBytes(), whole.toBytes())).toBe(0);
    expect(CountMinSketch.fromBytes(whole.toBytes()).count(values[0])).toBe(whole.result().count(values[0]));
  });

  it("are these", () => {
    const sketch = make({ epsilon: 0.7, delta: 0.2 });
    for (const value of ["a", "b", "a", 1]) sketch.add(value);
    expect(Buffer.from(sketch.toBytes()).toString("hex")).toMatchInlineSnapshot(
      `"6d736b74020102000000000000001040000000000000f03f000000000000f03f0000000000000000000000000000004000000000000000000000000000000840000000000000f03f0000000000000000"`,
    );
  });

  it("are refused where they are of another kind or size, or cut", () => {
    const bytes = make().toBytes();
    const refused = expect.objectContaining({ code: "invalid-sketch" });
    for (const wrong of [bytes.subarray(0, 5), bytes.subarray(0, -1), bytes.with(0, 1), bytes.with(6, 9)]) {
      expect(() => make().merge(wrong)).toThrow(refused);
      expect(() => CountMinSketch.fromBytes(wrong.subarray(0, 13))).toThrow(refused);
    }
    expect(() => make({ epsilon: 0.1 }).merge(bytes)).toThrow(refused);
  });
});

it("takes options in their limits only", () => {
  for (const wrong of [{ epsilon: 0 }, { epsilon: 2 }, { delta: 0 }, { delta: 1 }, { delta: "1" }]) {
    expect(() => make(wrong)).toThrow(expect.objectContaining({ code: "invalid-option" }));
  }
});
