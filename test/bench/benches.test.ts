import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Bench } from "../../bench/support/bench.js";

const names = readdirSync("bench")
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.replace(/\.bench\.ts$/, ""));

describe.each(names)("the bench %s", (name) => {
  it("runs at its small size, and all contenders compute the same", async () => {
    const { default: bench } = (await import(`../../bench/${name}.bench.ts`)) as { default: Bench };
    expect(bench.name).toBe(name);
    expect(bench.question).toMatch(/\?$/);
    expect(bench.notMeasured).not.toBe("");

    const rows = await bench.run(bench.sizes.small);
    const checksums = rows.flatMap(({ checksum }) => checksum ?? []);
    expect(checksums.length).toBeGreaterThanOrEqual(2);
    expect(checksums[0]).toMatch(/^[1-9]\d* words, [1-9]\d* different, [0-9a-f]{8}$/);
    expect(new Set(checksums).size).toBe(1);
    for (const { median, min, max, runs } of rows) {
      expect(runs).toBeGreaterThan(0);
      expect(min).toBeLessThanOrEqual(median);
      expect(median).toBeLessThanOrEqual(max);
    }
    expect(rows.some(({ ratios = [] }) => ratios.length > 0)).toBe(true);
  });
});
