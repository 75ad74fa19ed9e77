import { type BatchInfo, KernelError, PlanError, StreamingContext, type StreamingListener } from "millrace";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  collected,
  manualContext,
  runBatches,
  stopContexts,
  stopLater,
  until,
  utf8,
  wordCount,
} from "../support/batches.js";
import { threadsOf } from "../support/internals.js";

afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

describe("a function that fails", () => {
  const boom = (): never => {
    throw new RangeError("boom");
  };
  const rows = ["first", "second"];

  test.each([
    ["map", () => runBatches([rows], (s) => s.map(boom))],
    ["flatMap", () => runBatches([rows], (s) => s.flatMap(boom))],
    [
      "flatMap",
      () =>
        runBatches([rows], (s) =>
          s.flatMap(function* () {
            yield 1;
            boom();
          }),
        ),
    ],
    ["filter", () => runBatches([rows], (s) => s.filter(boom))],
    [
      "reduceByKey",
      () => runBatches([rows], (s) => s.map((row): [string, string] => ["first", row]).reduceByKey(boom)),
    ],
  ])("%s: the error names it and a sample, and keeps the cause", async (operator, run) => {
    const error = await run().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: "PlanError", code: "function-threw", details: { operator } });
    const { message, cause } = error as Error;
    expect(message).toContain(operator);
    expect(message).toContain("boom");
    expect(message).toContain('"first"'.slice(1, -1));
    expect(cause).toBeInstanceOf(RangeError);
  });

  test.each([5, undefined, null, {}])("flatMap that returns %j", async (result) => {
    const run = runBatches([rows], (s) => s.flatMap(() => result as never));
    await expect(run).rejects.toMatchObject({ code: "wrong-shape", details: { operator: "flatMap" } });
    await expect(run).rejects.toThrow(/flatMap must return an iterable.*"first"/);
  });

  test.each(["text", 5, null, [1], [1, 2, 3], { 0: "a", 1: 1 }])("reduceByKey of %j, which is no pair", async (row) => {
    const run = runBatches([[row]], (s) => (s as never as typeof pairs).reduceByKey((a, b) => a + b));
    await expect(run).rejects.toMatchObject({ code: "not-a-pair", details: { operator: "reduceByKey" } });
  });

  test("a long record is cut in the message, and a cause that is no Error is kept", async () => {
    const run = runBatches([["x".repeat(10_000)]], (s) =>
      s.map(() => {
        throw "plain text";
      }),
    );
    const error = (await run.catch((reason: unknown) => reason)) as Error;
    expect(error.message).toContain("plain text");
    expect(error.message.length).toBeLessThan(500);
    expect(error.cause).toBe("plain text");
  });

  test("a record that cannot be shown does not hide the error", async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    await expect(runBatches([[cyclic]], (s) => s.map(boom))).rejects.toThrow(/boom/);
    const hostile = {
      toJSON() {
        throw new Error("no JSON");
      },
    };
    await expect(runBatches([[hostile]], (s) => s.map(boom))).rejects.toThrow(/boom/);
  });
});

declare const pairs: import("millrace").DStream<[string, number]>;

describe("what follows a failure", () => {
  test("other outputs of the batch and later batches go on; the first error counts", async () => {
    const { ssc, clock } = manualContext();
    const stream = ssc.queueStream([[1], [2], [3]]);
    const before = collected(stream);
    stream.foreachRDD(async (_, time) => {
      await Promise.resolve();
      if (time.milliseconds <= 2000) throw new Error(`no ${time}`);
    });
    const after = collected(stream);
    void ssc.start();
    await clock.advance(3000);
    expect(before).toEqual([[1], [2], [3]]);
    expect(after).toEqual([[1], [2], [3]]);
    expect(ssc.getState()).toBe("ACTIVE");
    await expect(ssc.awaitTermination()).rejects.toThrow("no 1000 ms");
    await expect(ssc.awaitTerminationOrTimeout(60_000)).rejects.toThrow("no 1000 ms");
    await ssc.stop();
    await expect(ssc.awaitTermination()).rejects.toThrow("no 1000 ms");
  });

  test('onBatchFailure "stop" ends the context', async () => {
    const { ssc, clock } = manualContext({ onBatchFailure: "stop" });
    const stream = ssc.queueStream([[1], [2], [3]]);
    stream.foreachRDD(() => {
      throw new Error("no");
    });
    const after = collected(stream);
    void ssc.start();
    await clock.advance(3000);
    await expect(ssc.awaitTermination()).rejects.toThrow("no");
    expect(ssc.getState()).toBe("STOPPED");
    expect(after).toEqual([[1]]);
  });

  test('onBatchFailure "stop" also where no jobs could be made', async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { ssc, clock } = manualContext({ onBatchFailure: "stop" });
    const outputs = collected(ssc.queueStream([5 as never, [1]]));
    void ssc.start();
    await clock.advance(3000);
    await expect(ssc.awaitTermination()).rejects.toMatchObject({ code: "invalid-batch" });
    expect(ssc.getState()).toBe("STOPPED");
    expect(outputs).toEqual([]);
  });
});

describe("listeners", () => {
  /** Notes events in the order in which they come. */
  function recorder(log: string[], infos: BatchInfo[] = []): StreamingListener {
    const note = (event: string, info: BatchInfo) => {
      log.push(`${event} ${info.batchTime}`);
      infos.push(info);
    };
    return {
      onStreamingStarted: ({ time }) => void log.push(`streaming started ${time}`),
      onBatchSubmitted: ({ batchInfo }) => note("submitted", batchInfo),
      onBatchStarted: ({ batchInfo }) => note("started", batchInfo),
      onBatchCompleted: ({ batchInfo }) => note("completed", batchInfo),
      onOutputOperationStarted: ({ outputOperationInfo, batchTime }) =>
        void log.push(`output ${outputOperationInfo.id} started ${batchTime}`),
      onOutputOperationCompleted: ({ outputOperationInfo: { id, failureReason }, batchTime }) =>
        void log.push(`output ${id} completed ${batchTime}${failureReason ? `: ${failureReason}` : ""}`),
    };
  }

  test("events come in Spark's order, failures included, none for a time without a batch", async () => {
    const { ssc, clock } = manualContext();
    const log: string[] = [];
    ssc.addStreamingListener(recorder(log));
    const stream = ssc.queueStream<number>([[1], null, [2]]);
    stream.foreachRDD((_, time) => {
      if (time.milliseconds === 1000) throw new Error("no");
    });
    stream.print();
    void ssc.start();
    await clock.advance(3000);
    expect(log).toEqual([
      "streaming started 0",
      "submitted 1000 ms",
      "started 1000 ms",
      "output 0 started 1000 ms",
      "output 0 completed 1000 ms: Error: no",
      "output 1 started 1000 ms",
      "output 1 completed 1000 ms",
      "completed 1000 ms",
      "submitted 3000 ms",
      "started 3000 ms",
      "output 0 started 3000 ms",
      "output 0 completed 3000 ms",
      "output 1 started 3000 ms",
      "output 1 completed 3000 ms",
      "completed 3000 ms",
    ]);
  });

  test("BatchInfo on a manual clock", async () => {
    const { ssc, clock } = manualContext({ printTo: () => {} });
    const infos: BatchInfo[] = [];
    ssc.addStreamingListener(recorder([], infos));
    const lines = ssc.pushStream();
    const queue = ssc.queueStream([[1, 2]]);
    lines.print();
    queue.foreachRDD(() => {
      throw new Error("no");
    });
    void ssc.start();
    await lines.pushBytes(utf8("a\nb\nc"));
    await lines.push("d");
    await clock.advance(1500);
    const [submitted, started, completed] = infos;
    expect(submitted).toMatchObject({ submissionTime: 1500, numRecords: 5 });
    expect(submitted!.batchTime.milliseconds).toBe(1000);
    expect(submitted).not.toHaveProperty("processingStartTime");
    expect(submitted).not.toHaveProperty("schedulingDelay");
    expect(started).toMatchObject({ processingStartTime: 1500, schedulingDelay: 0 });
    expect(started).not.toHaveProperty("processingEndTime");
    expect(started).not.toHaveProperty("totalDelay");
    expect(completed).toMatchObject({ processingEndTime: 1500, processingDelay: 0, totalDelay: 0 });
    expect([...completed!.streamIdToInputInfo].map(([id, { numRecords }]) => [id, numRecords])).toEqual([
      [0, 3],
      [1, 2],
    ]);
    expect(completed!.outputOperationInfos).toMatchObject([
      { id: 0, name: "print", startTime: 1500, endTime: 1500 },
      { id: 1, name: "foreachRDD", startTime: 1500, endTime: 1500, failureReason: "Error: no" },
    ]);
    expect(completed!.outputOperationInfos[0]).not.toHaveProperty("failureReason");
  });

  test("each batch has its own records where a late clock asks for several at once", async () => {
    let nowMs = 0;
    const clock = { now: () => nowMs };
    const ssc = stopLater(new StreamingContext({ batchInterval: 5, master: "local[1]", lineBytesMax: 2, clock }));
    const infos: BatchInfo[] = [];
    const rejectedAt: number[] = [];
    vi.spyOn(console, "warn").mockImplementation(() => {});
    ssc.addStreamingListener({
      onBatchCompleted: ({ batchInfo }) => void infos.push(batchInfo),
      onRecordsRejected: ({ batchTime }) => void rejectedAt.push(batchTime.milliseconds),
    });
    const lines = ssc.pushStream();
    const batches = collected(lines);
    await ssc.start();
    await lines.pushBytes(utf8("a\nbcd\ne\n"));
    nowMs = 10;
    await until(() => infos.length === 2);
    expect(batches).toEqual([["a", "e"], []]);
    expect(infos.map(({ numRecords }) => numRecords)).toEqual([2, 0]);
    expect(rejectedAt).toEqual([5]);
  });

  test("a listener that throws is reported and harms nothing; one that is removed hears nothing", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { ssc, clock } = manualContext();
    const log: string[] = [];
    const late = recorder([]);
    const removed = recorder(log);
    ssc.addStreamingListener({
      onBatchStarted: () => {
        throw new Error("listener");
      },
    });
    ssc.addStreamingListener(late);
    ssc.addStreamingListener(removed);
    ssc.removeStreamingListener(removed);
    const outputs = collected(ssc.queueStream([[1], [2]]));
    void ssc.start();
    await clock.advance(2000);
    await ssc.stop();
    await ssc.awaitTermination();
    expect(outputs).toEqual([[1], [2]]);
    expect(log).toEqual([]);
    expect(warn.mock.calls.filter(([line]) => String(line).includes("onBatchStarted: Error: listener"))).toHaveLength(
      2,
    );
  });
});

describe("the limit of the kernel's memory", () => {
  const MEBIBYTE = 1024 * 1024;
  const manyWords = (count: number) => utf8(`${Array.from({ length: count }, (_, i) => `word-${i}`).join(" ")}\n`);

  test.each(["local[1]", "local[2]"])(
    "a batch that needs more fails with figures, the next one is right, %s",
    async (master) => {
      const { ssc, clock } = manualContext({ master, kernelBytesMax: 2 * MEBIBYTE, defaultParallelism: 2 });
      const lines = ssc.pushStream();
      const outputs = collected(wordCount(lines));
      void ssc.start();
      const large = manyWords(60_000);
      let expected = 0;
      for (let round = 0; round < 30; round++) {
        await lines.pushBytes(large);
        await clock.advance(1000);
        await lines.pushBytes(utf8("a b\nb\n"));
        await clock.advance(1000);
        expected += 1;
        expect(outputs).toHaveLength(expected);
      }
      for (const rows of outputs)
        expect(new Map(rows)).toEqual(
          new Map([
            ["a", 1],
            ["b", 2],
          ]),
        );
      const error = (await ssc.awaitTermination().catch((reason: unknown) => reason)) as KernelError;
      expect(error).toBeInstanceOf(KernelError);
      expect(error.code).toBe("memory-limit");
      expect(error.details).toMatchObject({ bytesMax: 2 * MEBIBYTE });
      expect(error.details.bytesAsked).toBeGreaterThan(0);
      expect(error.message).toMatch(/\d+/);
      // The last batch is remembered until the next one is processed.
      await clock.advance(1000);
      expect(threadsOf(ssc.engine).blocks.size).toBe(0);
    },
  );

  test("pushed bytes that find no room are refused, and the stream goes on", async () => {
    const { ssc, clock } = manualContext({ kernelBytesMax: MEBIBYTE });
    const lines = ssc.pushStream();
    const outputs = collected(wordCount(lines));
    void ssc.start();
    await lines.pushBytes(utf8("a b\n"));
    await expect(lines.pushBytes(new Uint8Array(2 * MEBIBYTE))).rejects.toMatchObject({ code: "memory-limit" });
    await lines.pushBytes(utf8("b\n"));
    await clock.advance(1000);
    await ssc.stop();
    await ssc.awaitTermination();
    expect(outputs).toEqual([
      [
        ["a", 1],
        ["b", 2],
      ],
    ]);
  });

  test("text that must be rewritten and finds no room fails its batch, not those after it", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { ssc, clock } = manualContext({ kernelBytesMax: MEBIBYTE });
    const lines = ssc.pushStream();
    const outputs = collected(wordCount(lines));
    void ssc.start();
    // Every byte becomes three.
    const invalid = new Uint8Array(400_000).fill(0xff);
    invalid[invalid.length - 1] = 10;
    await lines.pushBytes(invalid).catch(() => {});
    await clock.advance(1000);
    await lines.pushBytes(utf8("a\n"));
    await clock.advance(1000);
    expect(outputs.at(-1)).toEqual([["a", 1]]);
    await expect(ssc.awaitTermination()).rejects.toMatchObject({ code: "memory-limit" });
    await ssc.stop();
    expect(await ssc.awaitTerminationOrTimeout(0).catch(() => "ended")).toBe("ended");
  });
});

describe("a transform whose function throws", () => {
  test("fails the batch with operator, place and cause; the next one goes on", async () => {
    const { ssc, clock } = manualContext();
    const outputs = collected(
      ssc.queueStream([[1], [2]]).transform((rdd, time) => {
        if (time.milliseconds === 1000) throw new Error("no such table");
        return rdd;
      }),
    );
    void ssc.start();
    await clock.advance(2000);
    expect(outputs).toEqual([[2]]);
    const error = (await ssc.awaitTermination().catch((reason: unknown) => reason)) as PlanError;
    expect(error).toBeInstanceOf(PlanError);
    expect(error).toMatchObject({ code: "function-threw", details: { operator: "transform", time: 1000 } });
    expect(error.message).toContain("The function given to transform threw for the batch of 1000 ms: no such table");
    expect(error.message).toMatch(/failures\.test\.ts:\d+:\d+/);
    expect(error.cause).toMatchObject({ message: "no such table" });
  });
});
