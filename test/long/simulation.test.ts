import { expect, test } from "vitest";
import { library } from "../simulation/library.js";
import { runSeeds } from "../simulation/run-seeds.js";

const SEEDS = 20_000;
/** Where the seeds begin, to see others. */
const FROM = Number(process.env.MILLRACE_SEED ?? 100_000);
const BATCHES = 30;
const SEEDS_TOLD = 500;
const CRASHES_MIN = 100_000;

test("T1: 20,000 random programs under random faults", { timeout: 3 * 60 * 60_000 }, async () => {
  const total = { seeds: 0, batches: 0, crashes: 0 };
  const told = () =>
    `${total.seeds} seeds from ${FROM} on, ${total.batches} batches, ${total.crashes} crashes, 0 wrong`;
  while (total.seeds < SEEDS) {
    const result = await runSeeds(library, FROM + total.seeds, SEEDS_TOLD, BATCHES);
    expect(result.failure).toBeUndefined();
    total.seeds += result.seeds;
    total.batches += result.batches;
    total.crashes += result.crashes;
    if (total.seeds < SEEDS) console.log(`T1 so far: ${told()}`);
  }
  console.log(`T1 simulation: ${told()}`);
  expect(total.crashes).toBeGreaterThanOrEqual(CRASHES_MIN);
});
