import { describe, expect, it } from "vitest";
import { estimateBytes } from "../../../src/engine/estimate-bytes.js";

const many = (count: number, row: (index: number) => unknown) =>
  Array.from({ length: count }, (_, index) => row(index));

describe("estimateBytes", () => {
  it("is nothing for no rows, and in proportion to the rows of one kind", () => {
    expect(estimateBytes([])).toBe(0);
    const [some, more] = [100, 100_000].map((count) => estimateBytes(many(count, () => ["word", 1])));
    expect(more! / some!).toBeCloseTo(1000, 0);
  });

  it("grows with what is in a row", () => {
    const of = (row: unknown) => estimateBytes([row]);
    expect(of("x".repeat(1000))).toBeGreaterThan(of("x") + 900);
    expect(of(new Float64Array(1000))).toBeGreaterThan(8000);
    expect(of(new ArrayBuffer(1000))).toBeGreaterThan(1000);
    expect(of(2n ** 8000n)).toBeGreaterThan(1000);
    expect(of(1.5)).toBeGreaterThan(of(1));
    expect(of([1, 2, 3])).toBeGreaterThan(of([1]));
    expect(of({ a: "x".repeat(100) })).toBeGreaterThan(of({ a: "x" }));
    expect(of(new Map([["a", "x".repeat(100)]]))).toBeGreaterThan(100);
    expect(of(new Set(["x".repeat(100)]))).toBeGreaterThan(100);
  });

  it("looks at rows from the beginning to the end", () => {
    const rows = many(1000, (index) => (index < 500 ? "" : "x".repeat(1000)));
    expect(estimateBytes(rows)).toBeGreaterThan(400_000);
    expect(estimateBytes(rows)).toBeLessThan(700_000);
  });

  it("takes values that no codec takes, and those that contain themselves or are huge", () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic, () => 1, Symbol("s"), null, undefined);
    expect(estimateBytes([cyclic])).toBeGreaterThan(0);
    const wide = [
      many(1_000_000, String),
      new Map(many(1_000_000, (index) => [index, index] as const) as never),
      new Set(many(1_000_000, String)),
    ];
    expect(estimateBytes(wide)).toBeGreaterThan(24_000_000);
  });
});
