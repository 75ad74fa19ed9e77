import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clockCases, runClockCase } from "../support/clock-cases.js";
import { runUnderClock } from "../support/clock-runs.js";

const SEEDS = 1000;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

test("T14: every directed case of a clock that is set", async () => {
  const cases = clockCases();
  for (const each of cases) await runClockCase(each);
  console.log(`T14 clock: ${cases.length} directed cases, all batch times in order, none twice, none left out`);
});

test("T14: contexts under clocks that are set at random", async () => {
  let batches = 0;
  for (let seed = 1000; seed < 1000 + SEEDS; seed++) batches += await runUnderClock(seed);
  expect(batches).toBeGreaterThan(SEEDS);
  console.log(
    `T14 clock: ${SEEDS} contexts of seeds 1000 to ${999 + SEEDS}, ${batches} batches, every record in one of them`,
  );
});
