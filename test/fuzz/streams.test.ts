import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { checkProgramSeed, stopEngines } from "./check-streams.js";

const CASES = 150;
const first = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);

// Programs may have batches that fail, of which the library warns.
beforeAll(() => void vi.spyOn(console, "warn").mockImplementation(() => {}));
afterAll(async () => {
  await stopEngines();
  vi.restoreAllMocks();
});

test(`${CASES} random programs give the same with the kernel and without it (MILLRACE_SEED=${first})`, {
  timeout: 120_000,
}, async () => {
  const counts = { inKernel: 0, failed: 0 };
  for (let seed = first; seed < first + CASES; seed++) {
    const { differs, inKernel, failed } = await checkProgramSeed(seed);
    if (differs !== undefined) expect.fail(`seed ${seed}: ${differs}`);
    if (inKernel) counts.inKernel++;
    if (failed) counts.failed++;
  }
  expect(counts.inKernel).toBeGreaterThan(CASES / 2);
  expect(counts.failed).toBeLessThan(CASES / 2);
});
