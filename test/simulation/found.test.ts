import { CrashStore } from "millrace/testing";
import { expect, test } from "vitest";
import { library } from "./library.js";
import { simulate } from "./simulate.js";
import { virtualEngine } from "./virtual-host.js";

/** Seeds that have shown something wrong, and what. */
const FOUND = [
  { seed: 2, what: "what an overtaken process logged late took the place of what its successor had found" },
  {
    seed: 100_066,
    batchCount: 35,
    what: "the newest entry of the log, which its writer could not make durable before it ended, was built on and lost with the power",
  },
  { seed: 369, what: "a name whose fsync had failed was built on by the next process, and lost with the power" },
];

test.each(FOUND)("seed $seed: $what", { timeout: 300_000 }, async ({ seed, batchCount = 30 }) => {
  const world = { library, ...(await virtualEngine(library, true)) };
  for (let warm = 1; warm < 9; warm += 1) await simulate(world, { seed: warm, batchCount: 5 });
  expect((await simulate(world, { seed, batchCount })).problems).toEqual([]);
});

test.each([{ ifAbsent: true }, {}])(
  "a key whose name could not be made durable is found by nobody: %o",
  async (how) => {
    let isBroken = false;
    const store = new CrashStore({
      fault: (_, doing) => (isBroken && doing === "fsync /store/log" ? "fsync-once" : undefined),
    });
    await store.write("log/1", Uint8Array.of(1));
    isBroken = true;
    await expect(store.write("log/2", Uint8Array.of(2), how)).rejects.toMatchObject({ code: "storage-failed" });
    isBroken = false;
    expect(await new CrashStore(store).list("log/")).toEqual(["log/1"]);
  },
);
