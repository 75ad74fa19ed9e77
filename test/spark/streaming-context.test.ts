// The cases of Spark's StreamingContextSuite: life cycle, and what each state refuses.
import { ConfigError, Engine, ManualClock, MemoryStore, PlanError, StreamingContext } from "millrace";
import { collected } from "millrace/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { INTERVAL_MS, type ManualContext, manualContext, stopContexts, stopLater, until } from "../support/batches.js";

const AFTER = (what: string) =>
  `Adding new inputs, transformations, and output operations after ${what} a context is not supported`;
const BATCHES = Array.from({ length: 10 }, (_, index) => Array.from({ length: index + 1 }, (_, n) => n + 1));

beforeEach(() => {
  expect(StreamingContext.getActive()).toBeUndefined();
});

afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

/** A context with an input and an output. */
function ready(options: Parameters<typeof manualContext>[0] = {}): ManualContext & { batches: number[][] } {
  const context = manualContext({ master: "local[2]", appName: "ready", ...options });
  return { ...context, batches: collected(context.ssc.queueStream([...BATCHES])) };
}

const isRunning = async (engine: Engine) => (await engine.parallelize(BATCHES[9]!).collect()).length === 10;

describe("making a context", () => {
  test("with an engine of its own, or one that is there", async () => {
    const engine = new Engine({ master: "local[2]" });
    const clock = new ManualClock();
    const ssc = stopLater(new StreamingContext({ engine, clock, batchInterval: 500 }));
    expect(ssc.engine).toBe(engine);
    expect(ssc.batchInterval.milliseconds).toBe(500);
    expect(ready().ssc.engine.defaultParallelism).toBe(2);
    await engine.stop();
  });

  test("needs a batch interval", () => {
    for (const batchInterval of [undefined, null, 0, -1, Number.NaN, "1 s"]) {
      expect(() => new StreamingContext({ batchInterval: batchInterval as number })).toThrow(ConfigError);
      expect(() => new StreamingContext({ batchInterval: batchInterval as number })).toThrow("batchInterval");
    }
  });
});

describe("states", () => {
  test("INITIALIZED, ACTIVE, STOPPED, and the engine stops too", async () => {
    const { ssc } = ready();
    expect(ssc.getState()).toBe("INITIALIZED");
    await ssc.start();
    expect(ssc.getState()).toBe("ACTIVE");
    await ssc.stop();
    expect(ssc.getState()).toBe("STOPPED");
    await expect(isRunning(ssc.engine)).rejects.toMatchObject({ code: "engine-stopped" });
  });

  test("a second start only warns", async () => {
    const { ssc, clock, batches } = ready();
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    await ssc.start();
    await ssc.start();
    expect(ssc.getState()).toBe("ACTIVE");
    expect(warn.mock.calls.join()).toContain("has already been started");
    await clock.advance(INTERVAL_MS);
    expect(batches).toEqual([[1]]);
  });

  test("stop may be repeated, and come before start", async () => {
    const { ssc } = ready();
    await ssc.stop();
    expect(ssc.getState()).toBe("STOPPED");
    await ssc.stop();
    expect(ssc.getState()).toBe("STOPPED");
    const started = ready();
    await started.ssc.start();
    await started.ssc.stop();
    await started.ssc.stop();
    expect(started.ssc.getState()).toBe("STOPPED");
  });

  test("start after stop is refused", async () => {
    const { ssc } = ready();
    await ssc.stop();
    await expect(ssc.start()).rejects.toThrow("StreamingContext has already been stopped");
    await expect(ssc.start()).rejects.toBeInstanceOf(PlanError);
    expect(ssc.getState()).toBe("STOPPED");
  });

  test("a start that fails leaves a stopped context", async () => {
    const { ssc, clock } = manualContext({ master: "local[2]" });
    const seen: number[] = [];
    ssc.queueStream([[1]]).map((n) => seen.push(n));
    await expect(ssc.start()).rejects.toThrow("No output operations registered, so nothing to execute");
    expect(ssc.getState()).toBe("STOPPED");
    expect(StreamingContext.getActive()).toBeUndefined();
    await clock.advance(INTERVAL_MS);
    expect(seen).toEqual([]);
  });

  test("after start and after stop nothing can be added", async () => {
    const { ssc } = manualContext({ master: "local[2]" });
    const input = ssc.queueStream([[1]]);
    const mapped = input.map((n) => n);
    collected(mapped);
    const additions = [
      () => ssc.queueStream([[1]]),
      () => input.map((n) => n * 2),
      () => input.window(2000),
      () => ssc.union([input, mapped]),
      () => mapped.foreachRDD(() => {}),
      () => mapped.print(),
    ];
    await ssc.start();
    for (const add of additions) expect(add).toThrow(AFTER("starting"));
    await ssc.stop();
    for (const add of additions) expect(add).toThrow(AFTER("stopping"));
  });

  test("after start nothing can be persisted, checkpointed or remembered", async () => {
    const { ssc } = manualContext({ master: "local[2]" });
    const stream = ssc.queueStream([[1]]);
    collected(stream);
    await ssc.start();
    for (const change of [
      () => stream.persist(),
      () => stream.cache(),
      () => stream.checkpoint(INTERVAL_MS),
      () => ssc.remember(INTERVAL_MS),
      () => ssc.checkpoint(new MemoryStore()),
    ]) {
      expect(change).toThrow(PlanError);
    }
  });
});

describe("the engine", () => {
  test("goes on where stop says so, for another context", async () => {
    const { ssc } = ready();
    await ssc.start();
    await ssc.stop({ stopEngine: false });
    expect(ssc.getState()).toBe("STOPPED");
    expect(await isRunning(ssc.engine)).toBe(true);
    const next = ready({ engine: ssc.engine });
    await next.ssc.start();
    await next.clock.advance(2 * INTERVAL_MS);
    await next.ssc.stop();
    expect(next.batches).toEqual(BATCHES.slice(0, 2));
    expect(await isRunning(ssc.engine)).toBe(true);
    await ssc.engine.stop();
  });

  test("can be stopped by a later stop", async () => {
    const { ssc } = ready();
    await ssc.stop({ stopEngine: false });
    expect(await isRunning(ssc.engine)).toBe(true);
    await ssc.stop({ stopEngine: true });
    await expect(isRunning(ssc.engine)).rejects.toMatchObject({ code: "engine-stopped" });
  });
});

describe("the active context", () => {
  test("is there between start and stop; getActiveOrCreate makes one where there is none", async () => {
    let made = 0;
    const create = () => {
      made++;
      return ready().ssc;
    };
    const ssc = await StreamingContext.getActiveOrCreate(create);
    expect(made).toBe(1);
    expect(StreamingContext.getActive()).toBeUndefined();
    await ssc.start();
    expect(StreamingContext.getActive()).toBe(ssc);
    expect(await StreamingContext.getActiveOrCreate(create)).toBe(ssc);
    expect(made).toBe(1);
    await ssc.stop();
    expect(StreamingContext.getActive()).toBeUndefined();
    expect(await StreamingContext.getActiveOrCreate(async () => create())).not.toBe(ssc);
    expect(made).toBe(2);
  });

  test("Millrace: any number may run at once; the active one is the one started last and not stopped", async () => {
    const contexts = [ready(), ready(), ready()];
    for (const { ssc } of contexts) {
      await ssc.start();
      expect(StreamingContext.getActive()).toBe(ssc);
    }
    for (const { clock } of contexts) await clock.advance(INTERVAL_MS);
    expect(contexts.map(({ batches }) => batches)).toEqual([[[1]], [[1]], [[1]]]);
    await contexts[1]!.ssc.stop();
    expect(StreamingContext.getActive()).toBe(contexts[2]!.ssc);
    await contexts[2]!.ssc.stop();
    expect(StreamingContext.getActive()).toBe(contexts[0]!.ssc);
    await contexts[0]!.ssc.stop();
    expect(StreamingContext.getActive()).toBeUndefined();
  });
});

describe("checks at the start", () => {
  test.each([
    { interval: 500, why: "shorter than the slide" },
    { interval: 1500, why: "no multiple of the slide" },
  ])("a checkpoint interval that is $why is refused", async ({ interval }) => {
    const { ssc } = manualContext({ checkpoint: new MemoryStore() });
    const refused = async () => {
      collected(
        ssc
          .queueStream<[string, number]>([])
          .updateStateByKey((values, state) => values.length + (state ?? 0))
          .checkpoint(interval),
      );
      await ssc.start();
    };
    await expect(refused()).rejects.toThrow(`${interval} ms`);
  });

  test("a checkpoint interval without a store is refused, naming what to call", async () => {
    const { ssc } = manualContext();
    const refused = async () => {
      collected(ssc.queueStream([[1]]).checkpoint(INTERVAL_MS));
      await ssc.start();
    };
    await expect(refused()).rejects.toBeInstanceOf(PlanError);
    await expect(ssc.awaitTermination()).rejects.toThrow("the checkpoint directory has not been set");
  });

  test("a union needs streams, and of one slide", () => {
    const { ssc } = manualContext();
    const stream = ssc.queueStream([[1]]);
    expect(() => ssc.union([])).toThrow(PlanError);
    expect(() => stream.union(stream.window(2000, 2000))).toThrow(/1000 ms.*2000 ms/);
    expect(() => stream.union(manualContext().ssc.queueStream([[1]]))).toThrow(PlanError);
  });

  test("what is remembered may be set once", () => {
    const { ssc } = manualContext();
    ssc.remember(5000);
    expect(() => ssc.remember(6000)).toThrow("Remember duration already set as 5000 ms");
  });

  test("Millrace: state without a store warns once and starts", async () => {
    const { ssc, clock } = manualContext();
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const batches = collected(
      ssc
        .queueStream([["a"]])
        .map((word) => [word, 1])
        .updateStateByKey((values, state) => values.length + (state ?? 0)),
    );
    await ssc.start();
    await clock.advance(2 * INTERVAL_MS);
    expect(batches).toEqual([[["a", 1]], [["a", 1]]]);
    const warnings = warn.mock.calls.filter(([line]) => /checkpoint|store/.test(String(line)));
    expect(warnings).toHaveLength(1);
  });
});

describe("where a stream was made", () => {
  test("an output tells its name and its place in the program", async () => {
    const { ssc, clock } = ready();
    const outputs: string[][] = [];
    ssc.addStreamingListener({
      onOutputOperationCompleted: ({ outputOperationInfo: { name, description } }) =>
        void outputs.push([name, description]),
    });
    ssc.queueStream([[1]]).foreachRDD(() => {});
    await ssc.start();
    await clock.advance(INTERVAL_MS);
    await until(() => outputs.length === 2);
    expect(outputs[1]![0]).toContain("foreachRDD");
    expect(outputs[1]![1]).toContain("streaming-context.test");
  });
});
