import { describe, expect, it } from "vitest";
import { decodeRows } from "../../../src/block/codec.js";
import { chunksOf } from "../../../src/block/row-chunks.js";

const rowsOf = (rows: readonly unknown[]) => [...chunksOf(rows)].flatMap(({ bytes }) => decodeRows(bytes));

describe("chunksOf", () => {
  it("has no chunk where there are no rows", () => {
    expect([...chunksOf([])]).toEqual([]);
  });

  it("cuts many small rows into few chunks near a megabyte, in order", () => {
    const rows = Array.from({ length: 300_000 }, (_, index) => [`word ${index}`, index]);
    const chunks = [...chunksOf(rows)];
    expect(chunks.length).toBeLessThan(20);
    expect(Math.max(...chunks.map(({ bytes }) => bytes.length))).toBeLessThan(2 << 20);
    expect(chunks.reduce((sum, { rowCount }) => sum + rowCount, 0)).toBe(rows.length);
    expect(rowsOf(rows)).toEqual(rows);
  });

  it("gives large rows chunks of their own, also after small ones", () => {
    const rows: unknown[] = Array.from({ length: 100 }, (_, index) => index);
    for (let index = 0; index < 600; index++) rows.push("x".repeat(100_000));
    const chunks = [...chunksOf(rows)];
    expect(chunks.slice(2).every(({ bytes }) => bytes.length < 2 << 20)).toBe(true);
    expect(rowsOf(rows)).toEqual(rows);
  });

  it("encodes a chunk when it is asked for, and names a bad row by its place among all rows", () => {
    const rows: unknown[] = Array.from({ length: 1000 }, (_, index) => index);
    rows[777] = { a: () => 1 };
    const chunks = chunksOf(rows);
    expect(chunks.next().value?.rowCount).toBeGreaterThan(0);
    expect(() => [...chunks]).toThrow('rows[777]["a"] is a function');
  });
});
