import { Engine } from "millrace";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { collected, manualContext, stopContexts, wordCount } from "../support/batches.js";

beforeEach(() => void vi.spyOn(console, "warn").mockImplementation(() => {}));
afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

describe("metrics", () => {
  test("before the start all is zero or absent", () => {
    const { ssc } = manualContext();
    ssc.pushStream({ name: "words" }).print();
    const metrics = ssc.metrics();
    expect(metrics).toMatchObject({
      state: "INITIALIZED",
      uptimeMs: 0,
      batchIntervalMs: 1000,
      outputs: [],
      stages: [],
    });
    expect([metrics.startTime, metrics.lastCompletedBatch, metrics.delays.total]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(metrics.batches).toEqual({
      ...{ submitted: 0, completed: 0, failed: 0, notGenerated: 0 },
      ...{ dropped: 0, waiting: 0, running: 0, remembered: 0 },
    });
    expect(metrics.inputs).toMatchObject([{ streamId: 0, name: "words", hasPending: false, bytesPending: 0 }]);
    expect(metrics.memory).toMatchObject({ receivedBytes: 0, kernelBytes: 0, storageBytes: 0 });
  });

  test("counts batches, records, outputs and stages", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const queued = ssc.queueStream([[1, 2], [3]]);
    const outputs = collected(wordCount(lines));
    queued.foreachRDD((_, time) => {
      if (time.milliseconds === 2000) throw new Error("second");
    });
    void ssc.start();
    await lines.push("a b", "a");
    await clock.advance(1000);
    await clock.advance(2000);
    const metrics = ssc.metrics();
    expect(outputs[0]).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
    expect(metrics).toMatchObject({ state: "ACTIVE", startTime: 0, records: { received: 5, processed: 5 } });
    expect(metrics.uptimeMs).toBeGreaterThan(0);
    expect(metrics.batches).toMatchObject({ submitted: 3, completed: 3, failed: 1, waiting: 0, running: 0 });
    expect(metrics.batches.remembered).toBeLessThanOrEqual(2);
    expect(metrics.lastCompletedBatch).toMatchObject({ numRecords: 0, schedulingDelay: 0 });
    expect(metrics.delays.total).toMatchObject({ count: 3, mean: 0, max: 0 });
    expect(metrics.inputs.map(({ recordsProcessed }) => recordsProcessed)).toEqual([2, 3]);
    expect(metrics.outputs).toMatchObject([
      { id: 0, name: "foreachRDD", runs: 3, failed: 0 },
      { id: 1, name: "foreachRDD", runs: 3, failed: 1 },
    ]);
    expect(metrics.outputs[0]!.timeMs).toBeGreaterThan(0);
    const map = metrics.stages.find(({ stage }) => stage === "reduceByKey, map side");
    expect(map).toMatchObject({ rows: 2 });
    expect(map!.tasks).toBeGreaterThanOrEqual(1);
    expect(metrics.stages.find(({ stage }) => stage === "result")!.tasks).toBe(3);
  });

  test("tells what waits: pushed bytes, the kernel's memory, what was copied", async () => {
    const { ssc, clock } = manualContext({ receivedBytesMax: 1000 });
    const lines = ssc.pushStream();
    collected(wordCount(lines));
    await ssc.start();
    await lines.pushBytes(new TextEncoder().encode("to be\nor not\n"));
    const before = ssc.metrics();
    expect(before.memory).toMatchObject({ receivedBytes: 13, receivedBytesMax: 1000, bytesCopiedOut: 0 });
    expect(before.memory.kernelBytes).toBeGreaterThan(0);
    expect(before.memory.bytesCopiedIn).toBeGreaterThanOrEqual(13);
    expect(before.inputs[0]).toMatchObject({ hasPending: true, bytesPending: 13 });
    await clock.advance(1000);
    const after = ssc.metrics();
    expect(after.memory.receivedBytes).toBe(0);
    expect(after.memory.bytesCopiedOut).toBeGreaterThan(0);
    expect(after.inputs[0]).toMatchObject({ hasPending: false, bytesPending: 0 });
  });

  test("a snapshot does not change any more", async () => {
    const { ssc, clock } = manualContext();
    ssc.queueStream([[1], [2]]).foreachRDD(() => {});
    void ssc.start();
    await clock.advance(1000);
    const snapshot = ssc.metrics();
    const copy = structuredClone({ ...snapshot, lastCompletedBatch: undefined });
    await clock.advance(1000);
    expect({ ...snapshot, lastCompletedBatch: undefined }).toEqual(copy);
    expect(ssc.metrics().batches.completed).toBe(2);
  });

  test("persisted rows count while they are kept; after the stop the figures stay and the clock of the run stands still", async () => {
    const engine = new Engine({ master: "local[1]" });
    const { ssc, clock } = manualContext({ engine });
    const rdd = engine.parallelize(Array.from({ length: 100 }, (_, index) => index)).persist();
    ssc.queueStream([[1]]).foreachRDD(async () => void (await rdd.count()));
    void ssc.start();
    await clock.advance(1000);
    expect(ssc.metrics().memory.storageBytes).toBeGreaterThan(100);
    await ssc.stop({ stopEngine: true });
    const stopped = ssc.metrics();
    expect(stopped).toMatchObject({ state: "STOPPED", startTime: 0, batches: { completed: 1 } });
    expect(ssc.metrics().uptimeMs).toBe(stopped.uptimeMs);
  });
});
