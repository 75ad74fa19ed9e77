// The cases of Spark's StreamingListenerSuite.
import { type BatchInfo, type DStream, Receiver, type ReceiverInfo, type StreamingListener } from "millrace";
import { collected } from "millrace/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts, until } from "../support/batches.js";

afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

const INPUT = [[1], [2], [3], [4]];

interface Run {
  /** The names of events, in order. */
  readonly events: string[];
  readonly submitted: BatchInfo[];
  readonly started: BatchInfo[];
  readonly completed: BatchInfo[];
  /** Of outputs: id and failure, in the order of their completion. */
  readonly failures: Array<[number, string | undefined]>;
  /** The error that ended the context, if any. */
  readonly error: unknown;
}

/** Runs the input through outputs, one batch after the other; tells what a listener saw. */
async function run(
  outputs: (numbers: DStream<number>) => void,
  input: Array<number[] | null> = INPUT,
  intervals = input.length,
): Promise<Run> {
  const { ssc, clock } = manualContext({ master: "local[2]" });
  const seen = {
    events: [] as string[],
    submitted: [] as BatchInfo[],
    started: [] as BatchInfo[],
    completed: [] as BatchInfo[],
  };
  const failures: Run["failures"] = [];
  ssc.addStreamingListener({
    onStreamingStarted: ({ time }) => void seen.events.push(`streaming ${time}`),
    onBatchSubmitted: ({ batchInfo }) => {
      seen.events.push("submitted");
      seen.submitted.push(batchInfo);
    },
    onBatchStarted: ({ batchInfo }) => {
      seen.events.push("started");
      seen.started.push(batchInfo);
    },
    onBatchCompleted: ({ batchInfo }) => {
      seen.events.push("completed");
      seen.completed.push(batchInfo);
    },
    onOutputOperationStarted: ({ outputOperationInfo: { id } }) => void seen.events.push(`output ${id} started`),
    onOutputOperationCompleted: ({ outputOperationInfo: { id, failureReason } }) => {
      seen.events.push(`output ${id} completed`);
      failures.push([id, failureReason]);
    },
  });
  outputs(ssc.queueStream([...input]));
  await ssc.start();
  for (let batch = 0; batch < intervals; batch++) await clock.advance(INTERVAL_MS);
  await ssc.stop();
  const error = await ssc.awaitTermination().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { ...seen, failures, error };
}

function isRising(numbers: Array<number | undefined>): boolean {
  return numbers.every((n, index) => n !== undefined && (index === 0 || n >= numbers[index - 1]!));
}

describe("batches", () => {
  test("what is known of a batch when it is submitted, started and completed", async () => {
    const { submitted, started, completed } = await run((numbers) => void collected(numbers));
    for (const infos of [submitted, started, completed]) {
      expect(infos.map(({ batchTime }) => batchTime.milliseconds)).toEqual([1000, 2000, 3000, 4000]);
      expect(infos.map(({ numRecords }) => numRecords)).toEqual([1, 1, 1, 1]);
      for (const { streamIdToInputInfo } of infos) {
        expect([...streamIdToInputInfo].map(([id, { numRecords }]) => [id, numRecords])).toEqual([[0, 1]]);
      }
      expect(isRising(infos.map(({ submissionTime }) => submissionTime))).toBe(true);
    }
    for (const info of submitted) {
      expect(info).toMatchObject({ outputOperationInfos: expect.anything() });
      expect([info.schedulingDelay, info.processingDelay, info.totalDelay]).toEqual([undefined, undefined, undefined]);
    }
    for (const info of started) {
      expect(info.schedulingDelay).toBeGreaterThanOrEqual(0);
      expect([info.processingDelay, info.totalDelay]).toEqual([undefined, undefined]);
    }
    for (const info of completed) {
      expect(info.schedulingDelay).toBe(info.processingStartTime! - info.submissionTime);
      expect(info.processingDelay).toBe(info.processingEndTime! - info.processingStartTime!);
      expect(info.totalDelay).toBe(info.schedulingDelay! + info.processingDelay!);
      expect(info.totalDelay).toBeGreaterThanOrEqual(0);
    }
    expect(isRising(started.map(({ processingStartTime }) => processingStartTime))).toBe(true);
    expect(isRising(completed.map(({ processingEndTime }) => processingEndTime))).toBe(true);
  });

  test("events come in order, outputs in that of their definition", async () => {
    const { events } = await run(
      (numbers) => {
        numbers.foreachRDD((rdd) => rdd.count());
        numbers.foreachRDD((rdd) => rdd.collect());
        numbers.foreachRDD((rdd) => rdd.count());
      },
      [[1]],
    );
    expect(events).toEqual([
      "streaming 0",
      "submitted",
      "started",
      ...[0, 1, 2].flatMap((id) => [`output ${id} started`, `output ${id} completed`]),
      "completed",
    ]);
  });

  test("a time at which no output has a batch has no events", async () => {
    const { events, completed } = await run((numbers) => void collected(numbers), [null, [1]]);
    expect(events.filter((event) => event === "submitted")).toHaveLength(1);
    expect(completed.map(({ batchTime }) => batchTime.milliseconds)).toEqual([2000]);
  });
});

describe("failures", () => {
  test("none in a batch that succeeds", async () => {
    const { failures, completed, error } = await run((numbers) => numbers.foreachRDD((rdd) => rdd.count()), [[1]]);
    expect(failures).toEqual([[0, undefined]]);
    expect(completed[0]!.outputOperationInfos.map(({ failureReason }) => failureReason)).toEqual([undefined]);
    expect(error).toBeUndefined();
  });

  test("of one output: its reason, and the batch completes", async () => {
    const { failures, completed, error } = await run(
      (numbers) => {
        numbers.foreachRDD(() => {
          throw new Error("this output fails");
        });
      },
      [[1]],
    );
    expect(failures).toEqual([[0, expect.stringContaining("this output fails")]]);
    expect(completed).toHaveLength(1);
    expect(completed[0]!.outputOperationInfos[0]!.failureReason).toContain("this output fails");
    expect(String(error)).toContain("this output fails");
  });

  test("of several outputs: each has its reason, others none", async () => {
    const { failures, error } = await run(
      (numbers) => {
        numbers.foreachRDD(() => {
          throw new Error("this output fails");
        });
        numbers.foreachRDD((rdd) => rdd.count());
        numbers.foreachRDD(() => Promise.reject(new Error("this one fails too")));
      },
      [[1]],
    );
    expect(failures).toEqual([
      [0, expect.stringContaining("this output fails")],
      [1, undefined],
      [2, expect.stringContaining("this one fails too")],
    ]);
    expect(String(error)).toContain("this output fails");
  });
});

describe("receivers", () => {
  /** Reports an error and stops, without being asked. */
  class Unhappy extends Receiver<string> {
    async onStart(): Promise<void> {
      await Promise.resolve();
      this.reportError("test report error", new Error("test report exception"));
      await Promise.resolve();
      this.stop("test stop error");
    }
    onStop(): void {}
  }

  test("started, an error, stopped", async () => {
    const { ssc } = manualContext({ master: "local[2]" });
    const started: ReceiverInfo[] = [];
    const errors: ReceiverInfo[] = [];
    const stopped: ReceiverInfo[] = [];
    ssc.addStreamingListener({
      onReceiverStarted: ({ receiverInfo }) => void started.push(receiverInfo),
      onReceiverError: ({ receiverInfo }) => void errors.push(receiverInfo),
      onReceiverStopped: ({ receiverInfo }) => void stopped.push(receiverInfo),
    });
    ssc.receiverStream(new Unhappy()).foreachRDD((rdd) => rdd.count());
    await ssc.start();
    await until(() => stopped.length > 0);
    expect(started.map(({ streamId, active }) => [streamId, active])).toEqual([[0, true]]);
    expect(errors.map(({ streamId }) => streamId)).toEqual([0]);
    expect(errors[0]!.lastErrorMessage).toContain("test report error");
    expect(String(errors[0]!.lastError)).toContain("test report exception");
    expect(stopped.map(({ streamId, active }) => [streamId, active])).toEqual([[0, false]]);
  });
});

describe("listeners", () => {
  test("Millrace: stop() in a listener returns at once, and happens after it", async () => {
    const { ssc, clock } = manualContext({ master: "local[2]" });
    const completed: number[] = [];
    ssc.addStreamingListener({
      onBatchCompleted: async ({ batchInfo }) => {
        completed.push(batchInfo.batchTime.milliseconds);
        await ssc.stop();
      },
    });
    collected(ssc.queueStream([...INPUT]));
    await ssc.start();
    await clock.advance(4 * INTERVAL_MS);
    await ssc.awaitTermination();
    expect(ssc.getState()).toBe("STOPPED");
    expect(completed[0]).toBe(1000);
  });

  test("hear nothing after the stop, nor once removed", async () => {
    const { ssc, clock } = manualContext({ master: "local[2]" });
    const heard: string[] = [];
    const removed: string[] = [];
    const listenerTo = (log: string[]): StreamingListener => ({
      onBatchSubmitted: () => void log.push("submitted"),
      onBatchCompleted: () => void log.push("completed"),
      onReceiverStopped: () => void log.push("receiver stopped"),
    });
    ssc.addStreamingListener(listenerTo(heard));
    const other = listenerTo(removed);
    ssc.addStreamingListener(other);
    class Silent extends Receiver<number> {
      onStart(): void {}
      onStop(): void {}
    }
    const receiver = new Silent();
    collected(ssc.receiverStream(receiver).union(ssc.queueStream([...INPUT])));
    await ssc.start();
    ssc.removeStreamingListener(other);
    await clock.advance(INTERVAL_MS);
    await ssc.stop();
    expect(heard).toEqual(["submitted", "completed", "receiver stopped"]);
    expect(removed).toEqual([]);
    receiver.stop("again");
    await clock.advance(INTERVAL_MS);
    expect(heard).toHaveLength(3);
  });

  test("one that throws harms nobody", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { ssc, clock } = manualContext({ master: "local[2]" });
    const completed: number[] = [];
    ssc.addStreamingListener({
      onBatchStarted: () => {
        throw new Error("not today");
      },
    });
    ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void completed.push(batchInfo.numRecords) });
    const batches = collected(ssc.queueStream([...INPUT]));
    await ssc.start();
    await clock.advance(4 * INTERVAL_MS);
    await ssc.stop();
    await ssc.awaitTermination();
    expect(batches).toEqual(INPUT);
    expect(completed).toEqual([1, 1, 1, 1]);
  });
});
