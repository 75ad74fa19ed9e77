import { spawn } from "node:child_process";
import { capture, Engine, ManualClock, PlanError, StreamingContext } from "millrace";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { collected, manualContext, stopContexts, stopLater, until, utf8, wordCount } from "../support/batches.js";
import { isStarted, threadsOf } from "../support/internals.js";

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown) => void unhandled.push(reason);

beforeEach(() => void process.on("unhandledRejection", onUnhandled));

afterEach(async () => {
  await stopContexts();
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", onUnhandled);
  vi.restoreAllMocks();
  expect(unhandled.splice(0)).toEqual([]);
});

/** A promise and what settles it. */
function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

const NO_OUTPUTS = "No output operations registered, so nothing to execute";
const AFTER_START =
  "Adding new inputs, transformations, and output operations after starting a context is not supported";
const AFTER_STOP =
  "Adding new inputs, transformations, and output operations after stopping a context is not supported";

describe("states", () => {
  test("INITIALIZED, ACTIVE at once, STOPPED at once", async () => {
    const { ssc } = manualContext();
    collected(ssc.queueStream([[1]]));
    expect(ssc.getState()).toBe("INITIALIZED");
    const starting = ssc.start();
    expect(ssc.getState()).toBe("ACTIVE");
    await starting;
    expect(ssc.getState()).toBe("ACTIVE");
    const stopping = ssc.stop();
    expect(ssc.getState()).toBe("STOPPED");
    await stopping;
    await ssc.awaitTermination();
  });

  test("a start without outputs rejects with Spark's sentence, and so does awaitTermination", async () => {
    const { ssc, clock } = manualContext();
    ssc.queueStream([[1]]).map((n) => n + 1);
    await expect(ssc.start()).rejects.toThrow(NO_OUTPUTS);
    expect(ssc.getState()).toBe("STOPPED");
    await expect(ssc.awaitTermination()).rejects.toThrow(NO_OUTPUTS);
    await expect(ssc.awaitTerminationOrTimeout(10_000)).rejects.toBeInstanceOf(PlanError);
    await clock.advance(5000);
  });

  test("a failed start that nobody awaits is no unhandled rejection", async () => {
    const { ssc, clock } = manualContext();
    void ssc.start();
    await clock.advance(1000);
    await ssc.stop();
    expect(ssc.getState()).toBe("STOPPED");
  });

  test("a start on an engine that was stopped fails, and no batch is made", async () => {
    const engine = new Engine({ master: "local[1]" });
    await engine.stop();
    const { ssc, clock } = manualContext({ engine });
    const seen: number[] = [];
    ssc.queueStream([[1], [2]]).foreachRDD((_, time) => void seen.push(time.milliseconds));
    void ssc.start();
    await clock.advance(2000);
    await expect(ssc.awaitTermination()).rejects.toMatchObject({ code: "engine-stopped" });
    expect(ssc.getState()).toBe("STOPPED");
    expect(seen).toEqual([]);
  });

  test("a captured value that goes wrong fails the start, and no batch is made", async () => {
    const { ssc, clock } = manualContext();
    const seen: number[] = [];
    const factory = (): ((row: number) => number) => {
      throw new Error("factory");
    };
    ssc
      .queueStream([[1], [2]])
      .map(capture({}, factory))
      .foreachRDD((_, time) => void seen.push(time.milliseconds));
    void ssc.start();
    await clock.advance(2000);
    await expect(ssc.awaitTermination()).rejects.toMatchObject({ code: "capture-factory" });
    expect(ssc.getState()).toBe("STOPPED");
    expect(seen).toEqual([]);
  });

  test("the graph is closed by start and by stop", async () => {
    const { ssc } = manualContext();
    const stream = ssc.queueStream([[1]]);
    stream.print();
    await ssc.start();
    const additions: Array<() => unknown> = [
      () => ssc.queueStream([[1]]),
      () => ssc.pushStream(),
      () => ssc.socketTextStream("localhost", 9999),
      () => stream.map((n) => n),
      () => stream.flatMap((n) => [n]),
      () => stream.filter(() => true),
      () => stream.count(),
      () => stream.union(stream),
      () => ssc.union([stream]),
      () => stream.map((n) => [n, 1]).reduceByKey((a, b) => a + b),
      () => stream.print(),
      () => stream.foreachRDD(() => {}),
    ];
    for (const add of additions) expect(add).toThrow(AFTER_START);
    await ssc.stop();
    for (const add of additions) expect(add).toThrow(AFTER_STOP);
  });

  test("a second start only warns", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { ssc, clock } = manualContext();
    const outputs = collected(ssc.queueStream([[1], [2]]));
    void ssc.start();
    await ssc.start();
    await ssc.start();
    expect(warn).toHaveBeenCalledTimes(2);
    expect(warn.mock.calls[0]![0]).toContain("already been started");
    await clock.advance(2000);
    expect(outputs).toEqual([[1], [2]]);
  });

  test("start after stop is an error, and does not undo the end", async () => {
    const { ssc } = manualContext();
    ssc.queueStream([[1]]).print();
    await ssc.start();
    await ssc.stop();
    await expect(ssc.start()).rejects.toThrow("StreamingContext has already been stopped");
    void ssc.start();
    await ssc.awaitTermination();
    expect(ssc.getState()).toBe("STOPPED");
  });

  test("stop before start, and again", async () => {
    const { ssc, clock } = manualContext();
    const stream = ssc.pushStream();
    stream.print();
    await stream.push("never seen");
    await ssc.stop();
    expect(ssc.getState()).toBe("STOPPED");
    await ssc.stop({ stopGracefully: true });
    await ssc.awaitTermination();
    expect(await ssc.awaitTerminationOrTimeout(0)).toBe(true);
    await expect(ssc.start()).rejects.toMatchObject({ code: "context-stopped" });
    await clock.advance(1000);
  });

  test("stop while the start is pending", async () => {
    const { ssc, clock } = manualContext({ master: "local[2]" });
    const outputs = collected(ssc.queueStream([[1]]));
    void ssc.start();
    await Promise.all([ssc.stop(), ssc.stop({ stopGracefully: true })]);
    await ssc.awaitTermination();
    await clock.advance(1000);
    expect(outputs).toEqual([]);
  });

  test("awaitTerminationOrTimeout is false while the context runs", async () => {
    const { ssc } = manualContext();
    ssc.queueStream([[1]]).print();
    void ssc.start();
    expect(await ssc.awaitTerminationOrTimeout(1)).toBe(false);
    const ended = ssc.awaitTerminationOrTimeout(60_000);
    await ssc.stop();
    expect(await ended).toBe(true);
  });

  test("Symbol.asyncDispose stops", async () => {
    const { ssc } = manualContext();
    ssc.queueStream([[1]]).print();
    await ssc.start();
    await ssc[Symbol.asyncDispose]();
    expect(ssc.getState()).toBe("STOPPED");
    await ssc.awaitTermination();
  });
});

describe("stop from inside an output", () => {
  test.each([false, true])("awaited there, gracefully %s: no deadlock", async (stopGracefully) => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const seen: unknown[] = [];
    lines.foreachRDD(async (rdd, time) => {
      await rdd.count();
      await ssc.stop({ stopGracefully });
      seen.push([time.milliseconds, await rdd.collect()]);
    });
    lines.foreachRDD(async (rdd) => void seen.push(await rdd.count()));
    void ssc.start();
    await lines.push("a", "b");
    await clock.advance(1000);
    await ssc.awaitTermination();
    expect(seen).toEqual([[1000, ["a", "b"]], 2]);
    expect(ssc.getState()).toBe("STOPPED");
  });

  test("a stop from a listener does not wait for itself", async () => {
    const { ssc, clock } = manualContext();
    const outputs = collected(ssc.queueStream([[1], [2], [3]]));
    ssc.addStreamingListener({ onBatchCompleted: () => void ssc.stop() });
    void ssc.start();
    await clock.advance(3000);
    await ssc.awaitTermination();
    expect(outputs).toEqual([[1]]);
  });
});

describe("what a stop does with what was received", () => {
  test("a graceful stop on a manual clock processes all of it", async () => {
    const { ssc } = manualContext();
    const lines = ssc.pushStream();
    const outputs = collected(wordCount(lines));
    await ssc.start();
    await lines.pushBytes(utf8("a b\na\n"));
    await lines.push("c");
    await ssc.stop({ stopGracefully: true });
    await ssc.awaitTermination();
    expect(outputs).toEqual([
      [
        ["a", 2],
        ["b", 1],
        ["c", 1],
      ],
    ]);
  });

  test("also a line that had not ended", async () => {
    const { ssc } = manualContext();
    const lines = ssc.pushStream();
    const outputs = collected(lines);
    await ssc.start();
    await lines.pushBytes(utf8("a\nb"));
    await ssc.stop({ stopGracefully: true });
    expect(outputs).toEqual([["a", "b"]]);
  });

  test("also what was pushed but not stored when it began", async () => {
    const { ssc } = manualContext();
    const lines = ssc.pushStream();
    const outputs = collected(lines);
    void ssc.start();
    const pushed = lines.push("a").then(
      () => true,
      () => false,
    );
    await ssc.stop({ stopGracefully: true });
    expect(outputs).toEqual((await pushed) ? [["a"]] : []);
  });

  test("without anything received there is no last batch", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const outputs = collected(lines);
    void ssc.start();
    await lines.push("a");
    await clock.advance(1000);
    await ssc.stop({ stopGracefully: true });
    expect(outputs).toEqual([["a"]]);
  });

  test("a graceful stop waits for batches that are due", async () => {
    const { ssc, clock } = manualContext();
    const gate = deferred();
    const outputs: number[] = [];
    const lines = ssc.pushStream();
    lines.foreachRDD(async (rdd) => {
      await gate.promise;
      outputs.push(await rdd.count());
    });
    void ssc.start();
    await lines.push("a");
    const advanced = clock.advance(1000);
    await ssc.start();
    await until(() => isStarted(ssc.engine));
    await lines.push("b", "c");
    const stopped = ssc.stop({ stopGracefully: true });
    gate.resolve();
    await Promise.all([advanced, stopped]);
    expect(outputs.reduce((a, b) => a + b)).toBe(3);
  });

  test("a stop that is not graceful drops it", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const outputs = collected(lines);
    await ssc.start();
    await lines.push("a");
    await ssc.stop();
    await clock.advance(2000);
    expect(outputs).toEqual([]);
    await expect(lines.push("b")).rejects.toMatchObject({ name: "SourceError", code: "stopped" });
  });
});

describe("engines and contexts", () => {
  test("several contexts at once, each with its own", async () => {
    const contexts = Array.from({ length: 3 }, (_, index) => {
      const { ssc, clock } = manualContext();
      const lines = ssc.pushStream();
      const outputs = collected(wordCount(lines));
      void ssc.start();
      return { ssc, clock, lines, outputs, index };
    });
    await Promise.all(contexts.map(({ lines, index }) => lines.push(`a${index} b`)));
    await Promise.all(contexts.map(({ clock }) => clock.advance(1000)));
    for (const { outputs, index } of contexts) {
      expect(outputs).toEqual([
        [
          [`a${index}`, 1],
          ["b", 1],
        ],
      ]);
    }
  });

  test.each(["local[1]", "local[2]"])("one engine for contexts at once on one clock, %s", async (master) => {
    const engine = new Engine({ master });
    const clock = new ManualClock();
    const make = (name: string) => {
      const ssc = stopLater(new StreamingContext({ engine, clock, batchInterval: 1000 }));
      const lines = ssc.pushStream();
      const outputs = collected(wordCount(lines, 2));
      void ssc.start();
      return { ssc, lines, outputs, name };
    };
    const contexts = ["x", "y"].map(make);
    for (let batch = 0; batch < 20; batch++) {
      for (const { lines, name } of contexts) {
        await lines.pushBytes(utf8(`${name} ${name} z\n`));
        await lines.pushBytes(utf8(`${name} ${name} z\n`));
      }
      await clock.advance(1000);
    }
    for (const { outputs, name } of contexts) {
      expect(outputs).toHaveLength(20);
      for (const rows of outputs)
        expect(new Map(rows)).toEqual(
          new Map([
            [name, 4],
            ["z", 2],
          ]),
        );
    }
    for (const { ssc } of contexts) await ssc.stop();
    expect(await engine.parallelize([1, 2]).count()).toBe(2);
    expect(threadsOf(engine).blocks.size).toBe(0);
  });

  test("one engine for two contexts in turn: a stop leaves a given engine running, unless it is told otherwise", async () => {
    const engine = new Engine({ master: "local[1]" });
    for (const stopEngine of [undefined, true]) {
      const { ssc, clock } = manualContext({ engine });
      const outputs = collected(wordCount(ssc.queueStream([["a a"]])));
      void ssc.start();
      await clock.advance(1000);
      expect(outputs).toEqual([[["a", 2]]]);
      await ssc.stop(stopEngine === undefined ? {} : { stopEngine });
    }
    await expect(engine.parallelize([1]).collect()).rejects.toMatchObject({ code: "engine-stopped" });
  });

  test("a context's own engine stops with it, unless it is told otherwise; a later stop may end it", async () => {
    const { ssc } = manualContext();
    ssc.queueStream([[1]]).print();
    await ssc.start();
    await ssc.stop({ stopEngine: false });
    expect(await ssc.engine.parallelize([1, 2, 3]).collect()).toEqual([1, 2, 3]);
    await ssc.stop({ stopEngine: true });
    await expect(ssc.engine.parallelize([1]).collect()).rejects.toMatchObject({ code: "engine-stopped" });
  });

  const program = (master: string, stop: string) => `
    import { ManualClock, StreamingContext } from "millrace";
    const clock = new ManualClock();
    const ssc = new StreamingContext({ master: ${JSON.stringify(master)}, batchInterval: 1000, clock });
    const lines = ssc.pushStream();
    lines.flatMap((line) => line.split(" ")).map((word) => [word, 1]).reduceByKey((a, b) => a + b).print();
    ssc.start();
    await lines.pushBytes(new TextEncoder().encode("a b\\na\\n".repeat(50)));
    await clock.advance(1000);
    ${stop}`;

  test.each([
    ["local[1]", "await ssc.stop();"],
    ["local[2]", "await ssc.stop();"],
    ["local[2]", "ssc.stop({ stopGracefully: true });"],
    ["local[1]", "await ssc.stop({ stopEngine: false });"],
    ["local[2]", "await ssc.stop({ stopEngine: false });"],
    ["local[2]", ""],
  ])("nothing keeps the process alive: %s, %s", async (master, stop) => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program(master, stop)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (data) => {
      out += String(data);
    });
    child.stderr.on("data", (data) => {
      err += String(data);
    });
    const code = await new Promise((resolve) => void child.on("close", resolve));
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toContain("(a,100)\n(b,50)\n");
  });

  test("a system clock, ended from its output, lets the process go", async () => {
    const text = `
      import { StreamingContext } from "millrace";
      const ssc = new StreamingContext({ master: "local[2]", batchInterval: 20 });
      ssc.queueStream([["a"]]).foreachRDD((rdd, time) => { if (time.milliseconds % 20 === 0) ssc.stop({ stopGracefully: true }); });
      ssc.start();
      await ssc.awaitTermination();
      console.log("ended");`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", text], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let out = "";
    child.stdout.on("data", (data) => {
      out += String(data);
    });
    expect(await new Promise((resolve) => void child.on("close", resolve))).toBe(0);
    expect(out).toBe("ended\n");
  });
});
