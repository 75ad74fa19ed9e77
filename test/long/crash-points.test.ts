import { beforeEach, expect, test, vi } from "vitest";
import { checkCrashPoints } from "../simulation/crash-points.js";
import { library } from "../simulation/library.js";
import { PIPELINES } from "../simulation/pipelines.js";
import { virtualEngine } from "../simulation/virtual-host.js";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

test("T2: every storage call of 24 traces, torn, lost and reordered", async () => {
  const total = { traces: 0, calls: 0, states: 0, recoveries: 0 };
  for (const [pipeline, sinks] of PIPELINES.entries()) {
    const world = { library, ...(await virtualEngine(library, true)) };
    for (const isLogged of [false, true]) {
      for (const inFolder of [false, true]) {
        const seed = 100 + pipeline;
        const batchCount = inFolder ? 14 : 27;
        const result = await checkCrashPoints(world, { sinks, isLogged, inFolder, seed, batchCount, tearsMax: 4 });
        expect(result.problems).toEqual([]);
        total.traces += 1;
        total.calls += result.calls;
        total.states += result.states;
        total.recoveries += result.recoveries;
      }
    }
    await world.engine.stop();
  }
  console.log(
    `T2 crash points: ${total.traces} traces, ${total.calls} storage calls, ${total.states} crash states with ${total.recoveries} contents: all recovered from, nothing lost or doubled`,
  );
  expect(total.states).toBeGreaterThanOrEqual(150_000);
});
