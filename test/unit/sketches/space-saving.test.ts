import { describe, expect, it } from "vitest";
import { spaceSaving } from "../../../src/sketches/space-saving.js";
import { random } from "../../support/property.js";

const make = (k: number, capacity = 100) => spaceSaving<unknown>("test", k, { capacity }).make();

/** Numbers of which small ones are frequent. */
function skewed(count: number, seed: number): number[] {
  const next = random(seed);
  return Array.from({ length: count }, () => Math.floor(1 / (next() + 1e-5)));
}

function countsOf(values: readonly unknown[]): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** The paper's bounds: no count too small, none too great by more than n / capacity, each value that is there more often than that found. */
function expectInBounds(found: ReadonlyArray<[unknown, number]>, values: readonly number[], capacity: number): void {
  const exact = countsOf(values);
  const most = values.length / capacity;
  for (const [value, count] of found) {
    expect(count).toBeGreaterThanOrEqual(exact.get(value)!);
    expect(count).toBeLessThanOrEqual(exact.get(value)! + most);
  }
  const names = new Set(found.map(([value]) => value));
  for (const [value, count] of exact) if (count > most) expect(names.has(value), `${value}: ${count}`).toBe(true);
}

describe("the values found", () => {
  it.each([10, 50, 300])("with %d counters are in the paper's bounds", (capacity) => {
    for (let seed = 1; seed <= 5; seed++) {
      const values = skewed(20_000, seed);
      const sketch = make(capacity, capacity);
      for (const value of values) sketch.add(value);
      expectInBounds(sketch.result(), values, capacity);
    }
  });

  it.each([10, 50, 300])("of merged parts with %d counters are in the same bounds", (capacity) => {
    for (let seed = 1; seed <= 5; seed++) {
      const values = skewed(20_000, seed);
      const parts = Array.from({ length: 7 }, () => make(capacity, capacity));
      for (const [index, value] of values.entries()) parts[(index * index) % 7]!.add(value);
      // Merged as panes are: pairs first, then what they gave.
      while (parts.length > 1) {
        const [a, b] = parts.splice(0, 2) as [(typeof parts)[0], (typeof parts)[0]];
        a.merge(b.toBytes());
        parts.push(a);
      }
      expectInBounds(parts[0]!.result(), values, capacity);
    }
  });

  it("are exact where there are counters for all, also of parts", () => {
    const values = ["b", "a", "c", "a", "b", "a", 0, -0];
    const whole = make(3);
    const left = make(3);
    const right = make(3);
    for (const [index, value] of values.entries()) {
      whole.add(value);
      (index < 3 ? left : right).add(value);
    }
    left.merge(right.toBytes());
    expect(whole.result()[0]).toEqual(["a", 3]);
    expect(new Map(whole.result())).toEqual(
      new Map<unknown, number>([
        ["a", 3],
        ["b", 2],
        [0, 2],
      ]),
    );
    expect(new Map(left.result())).toEqual(new Map(whole.result()));
  });

  it("are told apart as keys are", () => {
    const sketch = make(10);
    const values = [[1], [1], [1], [1], [1], "\0[n1;]", "\0[n1;]", "\0[n1;]", "\0s\0[n1;]", "\0s\0[n1;]", { a: 1 }];
    for (const value of values) sketch.add(value);
    expect(sketch.result()).toEqual([
      [[1], 5],
      ["\0[n1;]", 3],
      ["\0s\0[n1;]", 2],
      [{ a: 1 }, 1],
    ]);
  });

  it("stay in the bounds where a summary goes on from its bytes", () => {
    const values = skewed(3000, 9);
    const whole = make(20, 20);
    let restored = make(20, 20);
    for (const [index, value] of values.entries()) {
      whole.add(value);
      restored.add(value);
      if (index !== 1500) continue;
      const bytes = restored.toBytes();
      restored = make(20, 20);
      restored.merge(bytes);
    }
    expectInBounds(restored.result(), values, 20);
  });
});

describe("the bytes", () => {
  it("are these", () => {
    const sketch = make(2, 3);
    for (const value of ["a", "b", "a", 1, null]) sketch.add(value);
    expect(Buffer.from(sketch.toBytes()).toString("hex")).toMatchInlineSnapshot(
      `"6d736b74030103008503018201018261610282f602"`,
    );
  });

  it("are refused where they are of another kind or capacity", () => {
    const bytes = make(5).toBytes();
    const refused = expect.objectContaining({ code: "invalid-sketch" });
    for (const wrong of [new Uint8Array(3), bytes.with(4, 1), bytes.with(5, 2)]) {
      expect(() => make(5).merge(wrong)).toThrow(refused);
    }
    expect(() => make(5, 101).merge(bytes)).toThrow(refused);
    expect(() => make(5, 100 + 65_536).merge(bytes)).toThrow(refused);
  });
});

it("takes options in their limits only", () => {
  const refused = expect.objectContaining({ code: "invalid-option" });
  for (const k of [0, 1.5, 100_001]) expect(() => make(k, 200_000)).toThrow(refused);
  for (const capacity of [4, 1_000_001]) expect(() => make(5, capacity)).toThrow(refused);
});
