import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointError, type CheckpointStore, ConfigError, MemoryStore, StreamingContext } from "millrace";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { collected, type ManualContext, manualContext, stopContexts, wordCount } from "../support/batches.js";

let warn: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

const warnings = (): string[] => warn.mock.calls.map(([line]: unknown[]) => String(line));

function started(): ManualContext {
  const made = manualContext();
  made.ssc.queueStream([[1]]).print();
  void made.ssc.start();
  return made;
}

describe("getActive", () => {
  test("is the context started last and not stopped yet", async () => {
    expect(StreamingContext.getActive()).toBeUndefined();
    const { ssc: idle } = manualContext();
    expect(StreamingContext.getActive()).toBeUndefined();
    const { ssc: first } = started();
    expect(StreamingContext.getActive()).toBe(first);
    const { ssc: second } = started();
    expect(StreamingContext.getActive()).toBe(second);
    await first.stop();
    expect(StreamingContext.getActive()).toBe(second);
    const { ssc: third } = started();
    await third.stop();
    expect(StreamingContext.getActive()).toBe(second);
    await second.stop();
    expect(StreamingContext.getActive()).toBeUndefined();
    await idle.stop();
    expect(StreamingContext.getActive()).toBeUndefined();
  });

  test("is no context whose start failed", async () => {
    const { ssc } = manualContext();
    await expect(ssc.start()).rejects.toMatchObject({ code: "no-outputs" });
    expect(StreamingContext.getActive()).toBeUndefined();
  });
});

describe("getActiveOrCreate", () => {
  test("creates where none is active, and only then", async () => {
    const create = vi.fn(() => manualContext().ssc);
    const made = await StreamingContext.getActiveOrCreate(create);
    expect(made.getState()).toBe("INITIALIZED");
    const { ssc } = started();
    expect(await StreamingContext.getActiveOrCreate(create)).toBe(ssc);
    expect(create).toHaveBeenCalledTimes(1);
  });

  test.each([undefined, null, {}, "context"])("refuses what is no context: %j", async (made) => {
    const create = async () => made as unknown as StreamingContext;
    const error = { name: "ConfigError", code: "not-a-context" };
    await expect(StreamingContext.getActiveOrCreate(create)).rejects.toMatchObject(error);
    await expect(StreamingContext.getOrCreate(new MemoryStore(), create)).rejects.toMatchObject(error);
  });
});

describe("getOrCreate", () => {
  test("an empty store is a fresh start, and the context uses it even if create() did not say so", async () => {
    const made = manualContext();
    let outputs: unknown[][] = [];
    const ssc = await StreamingContext.getOrCreate(new MemoryStore(), async () => {
      const lines = made.ssc.queueStream([["a a"], ["b"]]);
      outputs = collected(wordCount(lines).checkpoint(5000));
      return made.ssc;
    });
    expect(ssc).toBe(made.ssc);
    // A stream that is to be checkpointed needs a store.
    await ssc.start();
    await made.clock.advance(2000);
    expect(outputs).toEqual([[["a", 2]], [["b", 1]]]);
  });

  test("a store that holds something is refused, never ignored, and what was made is stopped", async () => {
    const store = new MemoryStore();
    await store.write("checkpoint-1", new Uint8Array(3));
    const { ssc } = manualContext();
    const getting = StreamingContext.getOrCreate(store, () => ssc);
    await expect(getting).rejects.toBeInstanceOf(CheckpointError);
    await expect(getting).rejects.toMatchObject({
      code: "not-a-checkpoint",
      message: expect.stringContaining('"checkpoint-1"'),
      details: { keyCount: 1 },
    });
    expect(ssc.getState()).toBe("STOPPED");
    expect([...(await store.read("checkpoint-1"))!]).toEqual([0, 0, 0]);
  });

  test("a store that cannot be read is an error, never a fresh start", async () => {
    const cause = new Error("disk");
    const store = new MemoryStore() as CheckpointStore;
    store.list = () => Promise.reject(cause);
    const getting = StreamingContext.getOrCreate(store, () => manualContext().ssc);
    await expect(getting).rejects.toMatchObject({ name: "CheckpointError", code: "store-failed", cause });
  });

  test("what create() throws is thrown", async () => {
    const create = () => {
      throw new Error("no program");
    };
    await expect(StreamingContext.getOrCreate(new MemoryStore(), create)).rejects.toThrow("no program");
  });

  test("a context that create() has started is refused, and goes on", async () => {
    const { ssc } = started();
    const getting = StreamingContext.getOrCreate(new MemoryStore(), () => ssc);
    await expect(getting).rejects.toMatchObject({ name: "PlanError", code: "context-started" });
    expect(ssc.getState()).toBe("ACTIVE");
  });

  test("a folder is a store: one that is not there is empty, one with a file is not", async () => {
    const root = mkdtempSync(join(tmpdir(), "millrace-checkpoint-"));
    try {
      const { ssc } = manualContext();
      expect(await StreamingContext.getOrCreate(join(root, "new"), () => ssc)).toBe(ssc);
      writeFileSync(join(root, "checkpoint-1"), "x");
      const getting = StreamingContext.getOrCreate(root, () => manualContext().ssc);
      await expect(getting).rejects.toMatchObject({ code: "not-a-checkpoint" });
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe("checkpoint", () => {
  test.each([null, 5, "", {}, { read: () => {} }])("refuses %j, as a call and as an option", (store) => {
    const { ssc } = manualContext();
    expect(() => ssc.checkpoint(store as never)).toThrow(ConfigError);
    expect(() => manualContext({ checkpoint: store as never })).toThrow(ConfigError);
  });

  test("not after the start", async () => {
    const { ssc } = started();
    expect(() => ssc.checkpoint(new MemoryStore())).toThrow(/after starting a context is not supported/);
    await ssc.stop();
    expect(() => ssc.checkpoint(new MemoryStore())).toThrow(/after stopping a context is not supported/);
  });

  test("validation at start: a stream that is to be checkpointed needs a store", async () => {
    const make = (options = {}) => {
      const { ssc } = manualContext(options);
      ssc
        .queueStream([[1]])
        .checkpoint(5000)
        .print();
      return ssc;
    };
    await expect(make().start()).rejects.toMatchObject({
      code: "no-checkpoint-store",
      message: expect.stringContaining("checkpoint directory has not been set"),
    });
    await make({ checkpoint: new MemoryStore() }).start();
  });

  test("state without a store is warned of once, at the start, by name; with a store it is not", async () => {
    const build = ({ ssc }: ManualContext) => {
      const pairs = wordCount(ssc.queueStream([["a"], ["b"]]));
      const keep = (values: number[]) => values.at(-1);
      pairs.updateStateByKey(keep).named("last").print();
      pairs.countByWindow(2000).print();
      return ssc;
    };
    const made = manualContext({ printTo: () => {} });
    const ssc = build(made);
    expect(warnings()).toEqual([]);
    await ssc.start();
    await made.clock.advance(2000);
    expect(warnings()).toEqual([
      expect.stringMatching(/no checkpoint store is set: the state of .*last.* lives as long/),
    ]);
    warn.mockClear();
    await build(manualContext({ printTo: () => {}, checkpoint: new MemoryStore() })).start();
    expect(warnings().filter((line) => !/^millrace: (source|sink) \d/.test(line))).toEqual([]);
  });

  test("a context without state is not warned of", async () => {
    const { ssc } = started();
    await ssc.start();
    expect(warnings().filter((line) => line.includes("checkpoint"))).toEqual([]);
  });
});
