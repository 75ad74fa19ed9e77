import { expect, test } from "vitest";
import { library } from "../simulation/library.js";
import { runSeeds } from "../simulation/run-seeds.js";

const SEEDS = 20_000;
/** Where the seeds begin, to see others. */
const FROM = Number(process.env.MILLRACE_SEED ?? 100_000);
const BATCHES = 200;
const SEEDS_TOLD = 200;

test("T1: 20,000 random programs of 200 batches under random faults", { timeout: 12 * 60 * 60_000 }, async () => {
  const total = { seeds: 0, batches: 0, crashes: 0 };
  while (total.seeds < SEEDS) {
    const result = await runSeeds(library, FROM + total.seeds, SEEDS_TOLD, BATCHES);
    expect(result.failure).toBeUndefined();
    total.seeds += result.seeds;
    total.batches += result.batches;
    total.crashes += result.crashes;
    const { seeds, batches, crashes } = total;
    console.log(`T1 simulation: ${seeds} seeds from ${FROM} on, ${batches} batches, ${crashes} crashes, 0 wrong`);
  }
  expect(total.crashes).toBeGreaterThanOrEqual(100_000);
});
