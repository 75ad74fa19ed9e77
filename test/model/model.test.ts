import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { check, stopEngines } from "./check.js";

const RUNS = 300;
const first = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);

// Programs may have batches that cannot be made, of which the library warns.
beforeAll(() => void vi.spyOn(console, "warn").mockImplementation(() => {}));
afterAll(async () => {
  await stopEngines();
  vi.restoreAllMocks();
});

test(`the library agrees with the naive model on ${RUNS} random programs`, { timeout: 120_000 }, async () => {
  for (let seed = first; seed < first + RUNS; seed++) {
    const found = await check(seed);
    if (found) expect.fail(found);
  }
});
