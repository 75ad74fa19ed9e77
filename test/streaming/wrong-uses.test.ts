import { ConfigError, Engine, ManualClock, PlanError, Receiver, StateSpec, StreamingContext } from "millrace";
import { runOperation } from "millrace/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { manualContext, stopContexts } from "../support/batches.js";

afterEach(stopContexts);

const loose = (value: unknown) => value as never;

describe("options that nobody knows", () => {
  const unknown = (subject: string, name: string) =>
    expect.objectContaining({
      name: "ConfigError",
      code: "unknown-option",
      message: expect.stringMatching(`^${subject} has no option "${name}"; it has .`) as string,
    });

  it.each([
    [
      "A StreamingContext",
      "batchIntervall",
      (): unknown => new StreamingContext(loose({ batchInterval: 1, batchIntervall: 2 })),
    ],
    ["backpressure", "minrate", () => new StreamingContext({ batchInterval: 1, backpressure: loose({ minrate: 2 }) })],
    ["an Engine", "threads", () => new Engine(loose({ threads: 2 }))],
    ["pushStream", "capacity", () => manualContext().ssc.pushStream(loose({ capacity: 2 }))],
    ["textFileStream", "newfilesOnly", () => manualContext().ssc.textFileStream("logs", loose({ newfilesOnly: true }))],
  ])("%s: %s", (subject, name, make) => {
    expect(make).toThrow(unknown(subject, name));
  });

  it("of operations by key", () => {
    const pairs = manualContext().ssc.pushStream<[string, number]>();
    const add = (a: number, b: number) => a + b;
    expect(() => pairs.reduceByKeyAndWindow(add, add, 2000, 1000, loose({ filterFunc: add }))).toThrow(
      unknown("reduceByKeyAndWindow", "filterFunc"),
    );
    expect(() => pairs.reduceByKeyAndWindow(add, undefined, 2000, 1000, loose({ filterFunc: add }))).toThrow(
      unknown("reduceByKeyAndWindow", "filterFunc"),
    );
    expect(() => pairs.updateStateByKey(add as never, loose({ initialRDD: [] }))).toThrow(
      unknown("updateStateByKey", "initialRDD"),
    );
  });

  it("that are undefined do no harm", async () => {
    const ssc = new StreamingContext(loose({ batchInterval: 1000, clock: new ManualClock(), port: undefined }));
    await ssc.stop();
  });

  it("a log of received data needs a store, and is one or none", async () => {
    const clock = new ManualClock();
    const ssc = new StreamingContext({ batchInterval: 1000, clock, receiverWriteAheadLog: true });
    ssc.pushStream().print();
    await expect(ssc.start()).rejects.toMatchObject({ name: "ConfigError", code: "no-checkpoint-store" });
    await ssc.stop();
    expect(() => new StreamingContext(loose({ batchInterval: 1000, receiverWriteAheadLog: "yes" }))).toThrow(
      expect.objectContaining({ name: "ConfigError", code: "invalid-option" }),
    );
  });
});

describe("arguments of the order that Spark has", () => {
  it("a number of partitions where options are", () => {
    const pairs = manualContext().ssc.pushStream<[string, number]>();
    const add = (a: number, b: number) => a + b;
    const message = /The options of \w+ must be an object of partitioning, .*; got number\./;
    expect(() => pairs.updateStateByKey(add as never, loose(4))).toThrow(message);
    expect(() => pairs.reduceByKeyAndWindow(add, add, 2000, 1000, loose(4))).toThrow(message);
    expect(() => pairs.reduceByKeyAndWindow(add, add, 2000, 1000, loose({ filter: 4 }))).toThrow(PlanError);
  });

  it("stop(true, true), which would not have been graceful, does not stop", async () => {
    const { ssc } = manualContext();
    await expect(ssc.stop(loose(true))).rejects.toThrow(
      "The options of stop must be an object of stopGracefully, stopEngine; got boolean.",
    );
    await expect(ssc.stop(loose({ graceful: true }))).rejects.toThrow('stop has no option "graceful"');
    expect(ssc.getState()).toBe("INITIALIZED");
  });
});

describe("arguments of a wrong kind", () => {
  it.each([{}, "local[2]", null])("%o is no engine", (engine) => {
    expect(() => new StreamingContext({ batchInterval: 1000, engine: loose(engine) })).toThrow(ConfigError);
  });

  it("rows that are no iterable", () => {
    expect(() => manualContext().ssc.engine.parallelize(loose(5))).toThrow(
      "parallelize needs an iterable of rows, got number.",
    );
  });

  it.each([null, undefined, () => {}])("%o is no listener", (listener) => {
    expect(() => manualContext().ssc.addStreamingListener(loose(listener))).toThrow(ConfigError);
  });

  it("a receiver without onStop()", () => {
    class Half extends Receiver<number> {
      onStart() {}
      declare onStop: () => void;
    }
    expect(() => manualContext().ssc.receiverStream(new Half())).toThrow(
      "A receiver needs the methods onStart() and onStop(), this one has no onStop.",
    );
  });

  it.each(["", 3, undefined])("%o is no name", (name) => {
    expect(() => manualContext().ssc.pushStream().named(loose(name))).toThrow(PlanError);
  });

  it("times of a slice that are none", async () => {
    const { ssc } = manualContext();
    const lines = ssc.pushStream();
    lines.foreachRDD(() => {});
    await ssc.start();
    await expect(lines.slice(loose("x"), 1000)).rejects.toThrow(PlanError);
    await expect(lines.slice(1000, loose(undefined))).rejects.toThrow(PlanError);
  });

  it("an async generator is refused where it is given", () => {
    const lines = manualContext().ssc.pushStream();
    const generate = async function* () {
      yield 1;
    };
    expect(() => lines.flatMap(loose(generate))).toThrow(expect.objectContaining({ code: "async-function" }));
    expect(() => lines.mapPartitions(loose(generate))).toThrow(expect.objectContaining({ code: "async-function" }));
  });
});

describe("errors of a batch name the operator and the line of its call", () => {
  beforeEach(() => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const here = "wrong-uses\\.test\\.ts:\\d+:\\d+\\)$";

  it.each(["local[1]", "local[2]"])("a key that cannot be one, on %s", async (master) => {
    const run = (operation: Parameters<typeof runOperation<[unknown, number], unknown>>[1]) =>
      runOperation<[unknown, number], unknown>([[[new Map(), 1]]], operation, { master });
    const add = (a: number, b: number) => a + b;
    const message = (operator: string) => new RegExp(`^${operator}: A key must be .* \\(${operator} at .*${here}`);
    await expect(run((rows) => rows.reduceByKey(add))).rejects.toThrow(message("reduceByKey"));
    await expect(run((rows) => rows.groupByKey())).rejects.toThrow(message("groupByKey"));
    await expect(run((rows) => rows.join(rows))).rejects.toThrow(message("join"));
    await expect(run((rows) => rows.updateStateByKey((values) => values.length))).rejects.toThrow(
      message("updateStateByKey"),
    );
    const spec = StateSpec.function<unknown, number, number, number>((_key, value = 0, state) => {
      state.update(value);
      return value;
    });
    await expect(run((rows) => rows.mapWithState(spec))).rejects.toThrow(message("mapWithState"));
  });

  it("a transform that returns no RDD", async () => {
    const message = (operator: string, got: string) =>
      new RegExp(`it returned ${got}\\. .* \\(${operator} at .*${here}`);
    await expect(runOperation([[1]], (rows) => rows.transform(() => loose(null)))).rejects.toThrow(
      message("transform", "null"),
    );
    await expect(runOperation([[1]], (rows) => rows.transform((rdd) => loose(rdd.collect())))).rejects.toThrow(
      message("transform", "an array"),
    );
    await expect(runOperation([[1]], (rows) => rows.transformWith(rows, () => loose(3)))).rejects.toThrow(
      message("transformWith", "number"),
    );
    await expect(runOperation([[1]], (rows) => rows.context.transform([rows], () => loose(3)))).rejects.toThrow(
      message("transform", "number"),
    );
  });

  it("a groupWith of no others, or of more than three", async () => {
    const run = (others: number) =>
      runOperation<[string, number], unknown>([[["a", 1]]], (rows) => rows.groupWith(...Array(others).fill(rows)));
    for (const others of [0, 4]) {
      const error = { code: "invalid-sides", message: expect.stringMatching(`from 1 to 3 others, got ${others}`) };
      await expect((async () => run(others))()).rejects.toMatchObject(error);
    }
  });
});
