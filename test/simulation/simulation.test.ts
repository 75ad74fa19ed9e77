import { expect, test } from "vitest";
import { library } from "./library.js";
import { runSeeds } from "./run-seeds.js";

const replayed = process.env.MILLRACE_SEED;
const batches = Number(process.env.MILLRACE_BATCHES ?? 30);

test("T1: random programs under random faults give what the oracle says", { timeout: 900_000 }, async () => {
  const result = await runSeeds(library, Number(replayed ?? 1), replayed === undefined ? 500 : 1, batches);
  console.log(`T1 simulation: ${result.seeds} seeds, ${result.batches} batches, ${result.crashes} crashes`);
  expect(result.failure).toBeUndefined();
});

test("T1: a seed says all that happens", async () => {
  const from = Number(replayed ?? 1001);
  const [once, again] = [await runSeeds(library, from, 10, 15), await runSeeds(library, from, 10, 15)];
  expect(again.hashes).toEqual(once.hashes);
  expect(new Set(once.hashes).size).toBe(10);
});
