import { expect, test } from "vitest";
import { checkCrashPoints } from "./crash-points.js";
import { library } from "./library.js";
import { PIPELINES } from "./pipelines.js";
import { virtualEngine } from "./virtual-host.js";

const SEED = Number(process.env.MILLRACE_SEED ?? 1);

test.each([
  { pipeline: 5, isLogged: false, inFolder: false, batchCount: 27, every: 8 },
  { pipeline: 0, isLogged: true, inFolder: false, batchCount: 14, every: 4 },
  { pipeline: 1, isLogged: true, inFolder: true, batchCount: 14, every: 4 },
])(
  "T2: a job goes on from whatever a crash leaves of its store: %o",
  { timeout: 300_000 },
  async ({ pipeline, ...options }) => {
    const world = { library, ...(await virtualEngine(library, true)) };
    const sinks = PIPELINES[pipeline]!;
    const result = await checkCrashPoints(world, { ...options, sinks, seed: SEED + pipeline, tearsMax: 2 });
    expect(result.problems).toEqual([]);
    expect(result.states).toBeGreaterThan(500);
    expect(result.recoveries).toBeGreaterThan(50);
  },
);
