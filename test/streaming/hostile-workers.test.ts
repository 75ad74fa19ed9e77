import { execFile } from "node:child_process";
import { collected } from "millrace/testing";
import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";
import type * as Hostile from "../programs/hostile.js";
import { type ContextOptions, manualContext, stopContexts, utf8 } from "../support/batches.js";
import { withoutSharedMemory } from "../support/internals.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const folder = temporaryFolder();
const program = new URL("../../build/programs/test/programs/hostile.js", import.meta.url).href;
/** Of closures that never end. */
const TIMEOUT_MS = 1500;
/** Long enough for what ends by itself on a busy machine. */
const LONG_MS = 60_000;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

type Memory = "shared memory" | "transfers";

async function started(memory: Memory = "shared memory", options: ContextOptions = {}) {
  const { default: build } = (await import(/* @vite-ignore */ program)) as typeof Hostile;
  const { ssc, clock } = manualContext({ master: "local[2]", program, batchTimeout: LONG_MS, ...options });
  if (memory === "transfers") withoutSharedMemory(ssc.engine);
  const { lines, acted, counts } = build(ssc);
  const rows = collected(acted);
  const states = collected(counts);
  await ssc.start();
  return {
    ssc,
    rows,
    states,
    acted,
    run: async (...batch: string[]) => {
      await lines.pushBytes(utf8(`${batch.join("\n")}\n`));
      await clock.advance(1000);
    },
  };
}

describe.each<Memory>(["shared memory", "transfers"])("closures in workers, with %s", (memory) => {
  it("run nowhere else where a time is set for them", async () => {
    const { run, rows, acted } = await started(memory);
    await run("thread", "thread", "thread");
    expect(rows.flat()).toHaveLength(3);
    expect(rows.flat().every((thread) => thread.startsWith("worker "))).toBe(true);
    expect(acted.explain()).toContain("1 beside the host's, each of which batchTimeout ends");
  });

  test.each(["hang", "regex", "exit", "close"])("that %s once: the batch runs again, and counts once", async (act) => {
    const endsItself = act === "exit" || act === "close";
    const { run, rows, states, ssc } = await started(memory, { batchTimeout: endsItself ? LONG_MS : TIMEOUT_MS });
    await run("a");
    await run("b", `once ${folder.at(act)} ${act}`, "c");
    await run("a");
    expect(rows).toEqual([["A"], ["B", "once", "C"], ["A"]]);
    const last = new Map(states.at(-1)!);
    expect(last).toEqual(
      new Map([
        ["A", 2],
        ["B", 1],
        ["once", 1],
        ["C", 1],
      ]),
    );
    await ssc.stop();
    await ssc.awaitTermination();
  });
});

describe("closures in workers", () => {
  it("that hang always fail their batch, four times later, and the next batch goes on with the state of before", async () => {
    const { run, rows, states, ssc } = await started("shared memory", { batchTimeout: 500 });
    await run("a");
    const begin = performance.now();
    await run("b", "hang");
    // Of each of two outputs four attempts, and at most a second more for each to end a worker.
    expect(performance.now() - begin).toBeLessThan(2 * 4 * (500 + 1000));
    await run("a");
    expect(rows).toEqual([["A"], ["A"]]);
    expect(states).toEqual([[["A", 1]], [["A", 2]]]);
    const details = { timeoutMs: 500, attempts: 4 };
    await expect(ssc.awaitTermination()).rejects.toMatchObject({ name: "KernelError", code: "batch-timeout", details });
  });

  it("that end their thread always fail their batch, and the process goes on", async () => {
    const { run, rows, states, ssc } = await started();
    await run("a");
    await run("b", "exit");
    await run("a");
    expect(rows).toEqual([["A"], ["A"]]);
    expect(states).toEqual([[["A", 1]], [["A", 2]]]);
    await expect(ssc.awaitTermination()).rejects.toMatchObject({
      name: "KernelError",
      code: "worker-lost",
      details: { attempts: 4 },
    });
  });

  it("that run out of memory run again, and fail their batch where they always do; the process goes on", async () => {
    const main = "build/programs/test/programs/out-of-memory.js";
    const args = ["--max-old-space-size=64", main, folder.at("once")];
    const output = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, args, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    });
    expect(output.trim().split("\n")).toEqual([
      '["A"]',
      '["B","once","C"]',
      '["D"]',
      "worker-lost ERR_WORKER_OUT_OF_MEMORY",
    ]);
  });

  it("that throw are not tried again", async () => {
    const { run, rows, ssc } = await started();
    await run("throw", "b");
    await run("a");
    expect(rows).toEqual([["A"]]);
    await expect(ssc.awaitTermination()).rejects.toMatchObject({ name: "PlanError", code: "function-threw" });
  });

  it("that leave a rejection behind end their worker at most, and the batch counts once", async () => {
    const { run, rows, states } = await started();
    await run("a", `once ${folder.at("later")} later`);
    await run("b");
    expect(rows).toEqual([["A", "once"], ["B"]]);
    expect(new Map(states.at(-1)!)).toEqual(
      new Map([
        ["A", 1],
        ["once", 1],
        ["B", 1],
      ]),
    );
  });

  it("may hang while the context stops: nobody waits for them for long", async () => {
    const { run, ssc } = await started("shared memory", { batchTimeout: 600_000 });
    const running = run("hang");
    await new Promise<void>((resolve) => setImmediate(resolve));
    await ssc.stop({ stopEngine: true });
    await running;
    expect(ssc.getState()).toBe("STOPPED");
  });
});

describe("batchTimeout", () => {
  it.each([0, -1, Number.NaN, "1 s"])("is no %j", (batchTimeout) => {
    expect(() => manualContext({ batchTimeout: batchTimeout as number })).toThrow(
      expect.objectContaining({ name: "ConfigError" }),
    );
  });

  it("is warned of where it ends nothing", async () => {
    const { ssc } = manualContext({ batchTimeout: 1000 });
    ssc.queueStream([[1]]).print();
    await ssc.start();
    expect(vi.mocked(console.warn).mock.calls.flat()).toEqual([
      expect.stringContaining("batchTimeout ends nothing here"),
    ]);
  });
});
