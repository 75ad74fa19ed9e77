import type { Library } from "./library.js";
import { type SimulationResult, simulate } from "./simulate.js";
import { virtualEngine } from "./virtual-host.js";

/** Seeds on one engine, before it is replaced. */
const SEEDS_AN_ENGINE = 200;

export interface SeedsResult {
  readonly seeds: number;
  readonly batches: number;
  readonly crashes: number;
  readonly hashes: readonly string[];
  /** Of the first seed that failed: how to see it again, and what was wrong. */
  readonly failure: string | undefined;
}

/** Simulations of seeds from `from` on, every fifth without the kernel. Ends with the first that fails. */
export async function runSeeds(
  library: Library,
  from: number,
  count: number,
  batchCount: number,
): Promise<SeedsResult> {
  const total = { seeds: 0, batches: 0, crashes: 0 };
  const hashes: string[] = [];
  let failure: string | undefined;
  for (let begin = from; begin < from + count && failure === undefined; begin += SEEDS_AN_ENGINE) {
    const worlds = await Promise.all(
      [true, false].map(async (on) => ({ library, ...(await virtualEngine(library, on)) })),
    );
    // What is loaded when it is first needed is loaded from here on.
    for (const world of worlds) for (let seed = 1; seed < 9; seed += 1) await simulate(world, { seed, batchCount: 5 });
    for (let seed = begin; seed < Math.min(begin + SEEDS_AN_ENGINE, from + count); seed += 1) {
      const result: SimulationResult = await simulate(worlds[seed % 5 === 0 ? 1 : 0]!, { seed, batchCount });
      total.seeds += 1;
      total.batches += result.batches;
      total.crashes += result.crashes;
      hashes.push(result.hash);
      if (result.problems.length === 0) continue;
      failure = `MILLRACE_SEED=${seed} MILLRACE_BATCHES=${batchCount} npx vitest run test/simulation/simulation.test.ts\n${result.problems.slice(0, 5).join("\n")}`;
      break;
    }
    for (const { engine } of worlds) await engine.stop();
  }
  return { ...total, hashes, failure };
}
