import { expect, test } from "vitest";
import { checkRot, goldenOf } from "./bit-rot.js";
import { library } from "./library.js";
import { virtualEngine } from "./virtual-host.js";

const SEED = Number(process.env.MILLRACE_SEED ?? 1);

test("T6: a damaged checkpoint gives the right answer or a typed error", { timeout: 600_000 }, async () => {
  const world = { library, ...(await virtualEngine(library, true)) };
  const golden = await goldenOf(world, ["raw", "update", "map"], 1);
  const bytes = [...golden.values.values()].reduce((sum, { length }) => sum + length, 0);
  const result = await checkRot(world, golden, SEED, 5000 / (4.7 * bytes));
  expect(result.problems).toEqual([]);
  expect(result.damaged).toBeGreaterThan(4500);
  expect(result.recovered).toBeGreaterThan(100);
});
