import { expect, test } from "vitest";
import { checkRot, goldenOf } from "../simulation/bit-rot.js";
import { library } from "../simulation/library.js";
import { PIPELINES } from "../simulation/pipelines.js";
import { virtualEngine } from "../simulation/virtual-host.js";

test("T6: checkpoints with any byte changed, of any length, with values in each other's place", async () => {
  const total = { bytes: 0, damaged: 0, recovered: 0 };
  for (const [pipeline, sinks] of PIPELINES.entries()) {
    const world = { library, ...(await virtualEngine(library, true)) };
    const golden = await goldenOf(world, sinks, 200 + pipeline);
    const result = await checkRot(world, golden, pipeline);
    expect(result.problems).toEqual([]);
    for (const { length } of golden.values.values()) total.bytes += length;
    total.damaged += result.damaged;
    total.recovered += result.recovered;
    await world.engine.stop();
    if (total.damaged >= 250_000) break;
  }
  const { bytes, damaged, recovered } = total;
  console.log(
    `T6 bit rot: ${damaged} damages of checkpoints of ${bytes} bytes, ${recovered} went on with the right answer, the others were refused by a typed error, 0 wrong`,
  );
  expect(damaged).toBeGreaterThanOrEqual(200_000);
});
