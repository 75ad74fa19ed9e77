import { test } from "vitest";
import { library } from "./library.js";
import { simulate } from "./simulate.js";
import { virtualEngine } from "./virtual-host.js";

test("debug", async () => {
  const seed = Number(process.env.MILLRACE_SEED);
  const world = { library, ...(await virtualEngine(library, seed % 5 !== 0)) };
  for (let s = 1; s < 9; s += 1) await simulate(world, { seed: s, batchCount: 5 });
  const r = await simulate(world, { seed, batchCount: Number(process.env.MILLRACE_BATCHES ?? 30) });
  console.log(r.events.join("\n"), r.problems);
});
