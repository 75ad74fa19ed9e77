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
    const checked = rows.filter(({ checksum }) => checksum !== undefined);
    expect(checked.length).toBeGreaterThanOrEqual(bench.computesNothing ? 0 : 2);
    for (const { part, checksum } of checked) {
      expect(checksum).toMatch(/^[1-9]\d* keys, [1-9][\d.]* in all, [0-9a-f]{8}$/);
      expect(checksum).toBe(checked.find((row) => row.part === part)!.checksum);
    }
    for (const { median, min, max, runs } of rows) {
      expect(runs).toBeGreaterThan(0);
      expect(min).toBeLessThanOrEqual(median);
      expect(median).toBeLessThanOrEqual(max);
    }
    expect(rows.some(({ ratios = [], target }) => ratios.length > 0 || target !== undefined)).toBe(true);
  });
});
