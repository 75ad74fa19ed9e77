import { expect, test } from "vitest";
import { checkIoErrors } from "../simulation/io-errors.js";
import { library } from "../simulation/library.js";
import { PIPELINES } from "../simulation/pipelines.js";
import { virtualEngine } from "../simulation/virtual-host.js";

test("T4: every call of the store fails once, in each of 7 ways, for 6 pipelines", async () => {
  const total = { calls: 0, runs: 0, finished: 0 };
  for (const [pipeline, sinks] of PIPELINES.entries()) {
    const world = { library, ...(await virtualEngine(library, true)) };
    const isLogged = pipeline % 2 === 0;
    const result = await checkIoErrors(world, { sinks, isLogged, seed: 300 + pipeline, batchCount: 26 });
    expect(result.problems).toEqual([]);
    total.calls += result.calls;
    total.runs += result.runs;
    total.finished += result.finished;
    await world.engine.stop();
  }
  const { calls, runs, finished } = total;
  console.log(
    `T4 storage errors: ${calls} calls, ${runs} runs with one error each: ${finished} went on, the others ended with a typed error, all recovered exactly`,
  );
});
