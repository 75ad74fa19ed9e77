import { expect, test } from "vitest";
import { checkIoErrors } from "./io-errors.js";
import { library } from "./library.js";
import { PIPELINES } from "./pipelines.js";
import { virtualEngine } from "./virtual-host.js";

const SEED = Number(process.env.MILLRACE_SEED ?? 1);

test.each([
  { pipeline: 0, isLogged: true },
  { pipeline: 3, isLogged: false },
])(
  "T4: every call of the store fails once, in each of 7 ways: %o",
  { timeout: 300_000 },
  async ({ pipeline, isLogged }) => {
    const world = { library, ...(await virtualEngine(library, true)) };
    const options = { sinks: PIPELINES[pipeline]!, isLogged, seed: SEED, batchCount: 13 };
    const result = await checkIoErrors(world, options);
    expect(result.problems).toEqual([]);
    expect(result.runs).toBe(7 * result.calls);
    expect(result.finished).toBeGreaterThan(result.calls);
    expect(result.finished).toBeLessThan(result.runs);
  },
);
