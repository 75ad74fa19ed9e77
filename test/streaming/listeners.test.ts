import { type BatchInfo, ConfigError, StatsReportListener, type StreamingListener } from "millrace";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { manualContext, stopContexts } from "../support/batches.js";

let warn: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

const warnings = (): string[] => warn.mock.calls.map(([line]: unknown[]) => String(line));

/** A listener that notes the names of all events. */
function noting(log: string[]): StreamingListener {
  return {
    onStreamingStarted: ({ time }) => void log.push(`started at ${time}`),
    onBatchSubmitted: ({ batchInfo }) => void log.push(`submitted ${batchInfo.batchTime}`),
    onBatchStarted: ({ batchInfo }) => void log.push(`batch started ${batchInfo.batchTime}`),
    onBatchCompleted: ({ batchInfo }) => void log.push(`completed ${batchInfo.batchTime}`),
    onOutputOperationStarted: ({ outputOperationInfo: { id, name }, batchTime }) =>
      void log.push(`${name} ${id} started ${batchTime}`),
    onOutputOperationCompleted: ({ outputOperationInfo: { id, name }, batchTime }) =>
      void log.push(`${name} ${id} completed ${batchTime}`),
  };
}

describe("events", () => {
  test("come in Spark's order: submitted, started, each output started and completed, completed", async () => {
    const { ssc, clock } = manualContext({ printTo: () => {} });
    const stream = ssc.queueStream([[1], [2]]);
    stream.print();
    stream.foreachRDD(() => {});
    const log: string[] = [];
    ssc.addStreamingListener(noting(log));
    void ssc.start();
    await clock.advance(2000);
    const batch = (time: string) => [
      ...[`submitted ${time}`, `batch started ${time}`, `print 0 started ${time}`, `print 0 completed ${time}`],
      ...[`foreachRDD 1 started ${time}`, `foreachRDD 1 completed ${time}`, `completed ${time}`],
    ];
    expect(log).toEqual(["started at 0", ...batch("1000 ms"), ...batch("2000 ms")]);
  });

  test("nothing is told after the stop, nor to a listener that was removed", async () => {
    const { ssc, clock } = manualContext();
    ssc.queueStream([[1], [2], [3]]).foreachRDD(() => {});
    const [all, some]: [string[], string[]] = [[], []];
    const removed = noting(some);
    ssc.addStreamingListener(noting(all));
    ssc.addStreamingListener(removed);
    void ssc.start();
    await clock.advance(1000);
    ssc.removeStreamingListener(removed);
    await clock.advance(1000);
    await ssc.stop();
    const before = all.length;
    await clock.advance(1000);
    expect(some).toEqual(all.slice(0, some.length));
    expect(some.at(-1)).toBe("completed 1000 ms");
    expect(all).toHaveLength(before);
  });

  test("listeners that throw, or reject, are reported and harm nothing else", async () => {
    const { ssc, clock } = manualContext();
    const seen: number[] = [];
    ssc.queueStream([[1], [2]]).foreachRDD((_, time) => void seen.push(time.milliseconds));
    ssc.addStreamingListener({
      onBatchStarted: () => {
        throw new Error("sync");
      },
      onBatchCompleted: async () => {
        throw new Error("async");
      },
    });
    const log: string[] = [];
    ssc.addStreamingListener(noting(log));
    void ssc.start();
    await clock.advance(2000);
    await ssc.stop();
    await ssc.awaitTermination();
    expect(seen).toEqual([1000, 2000]);
    expect(log.at(-1)).toBe("completed 2000 ms");
    expect(warnings().filter((line) => line.includes("listener threw in onBatchStarted: Error: sync"))).toHaveLength(2);
    expect(warnings().filter((line) => line.includes("listener threw in onBatchCompleted: Error: async"))).toHaveLength(
      2,
    );
  });

  test("a stop from a listener returns at once, and happens after it", async () => {
    const { ssc, clock } = manualContext();
    ssc.queueStream([[1], [2]]).foreachRDD(() => {});
    const log: string[] = [];
    ssc.addStreamingListener({
      onBatchCompleted: async ({ batchInfo }) => {
        const stopped = ssc.stop({ stopGracefully: true });
        log.push(`${batchInfo.batchTime} ${ssc.getState()}`);
        await stopped;
        log.push("returned");
      },
    });
    void ssc.start();
    await clock.advance(1000);
    await ssc.awaitTermination();
    expect(log).toEqual(["1000 ms STOPPED", "returned"]);
  });

  test("an output's failure is told with its reason, and its description says where it was defined", async () => {
    const { ssc, clock } = manualContext();
    const stream = ssc.queueStream([[1, 2]]);
    stream.foreachRDD(() => {
      throw new Error("no disk");
    });
    stream.foreachRDD(() => {});
    const infos: BatchInfo[] = [];
    ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void infos.push(batchInfo) });
    void ssc.start();
    await clock.advance(1000);
    const [failed, fine] = infos[0]!.outputOperationInfos;
    expect(failed).toMatchObject({ id: 0, name: "foreachRDD", failureReason: "Error: no disk" });
    expect(failed!.description).toMatch(/^foreachRDD at .*listeners\.test\.ts:\d+:\d+$/);
    expect(fine).toMatchObject({ id: 1, startTime: 1000, endTime: 1000 });
    expect(fine).not.toHaveProperty("failureReason");
  });

  test("delays count from the submission, by the clock of the context", async () => {
    let nowMs = 1000;
    const { ssc } = manualContext();
    await ssc.stop();
    const { StreamingContext } = await import("millrace");
    const context = new StreamingContext({ master: "local[1]", batchInterval: 10, clock: { now: () => nowMs } });
    const infos: BatchInfo[] = [];
    context.queueStream([[1], [2]]).foreachRDD((_, time) => {
      if (time.milliseconds <= 1020) nowMs += 7;
    });
    context.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void infos.push(batchInfo) });
    await context.start();
    nowMs = 1020;
    while (infos.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await context.stop();
    expect(infos[0]).toMatchObject({ submissionTime: 1020, schedulingDelay: 0, processingDelay: 7, totalDelay: 7 });
    const { schedulingDelay, processingDelay, totalDelay, submissionTime, processingStartTime } = infos[1]!;
    expect(schedulingDelay).toBe(processingStartTime! - submissionTime);
    expect([processingDelay, totalDelay]).toEqual([7, schedulingDelay! + 7]);
  });
});

describe("StatsReportListener", () => {
  const completed = (totalDelay: number, processingDelay: number) => ({
    batchInfo: { totalDelay, processingDelay } as BatchInfo,
  });

  test("writes quantiles of total delay and processing time over the last batches", () => {
    const lines: string[] = [];
    const listener = new StatsReportListener(4, (line) => lines.push(line));
    for (const ms of [1000, 40, 10, 30, 20]) {
      lines.length = 0;
      listener.onBatchCompleted(completed(ms, ms / 10));
    }
    const header = "\t0%\t5%\t10%\t25%\t50%\t75%\t90%\t95%\t100%";
    expect(lines).toEqual([
      "Total delay: (count: 4, mean: 25.000 ms, min: 10 ms, max: 40 ms)",
      header,
      "\t10 ms\t10 ms\t10 ms\t20 ms\t30 ms\t40 ms\t40 ms\t40 ms\t40 ms",
      "Processing time: (count: 4, mean: 2.500 ms, min: 1 ms, max: 4 ms)",
      header,
      "\t1 ms\t1 ms\t1 ms\t2 ms\t3 ms\t4 ms\t4 ms\t4 ms\t4 ms",
    ]);
  });

  test("keeps ten batches where no number is given, and writes where the context warns", async () => {
    const { ssc, clock } = manualContext();
    ssc.queueStream<number>([]).foreachRDD(() => {});
    ssc.addStreamingListener(new StatsReportListener());
    void ssc.start();
    await clock.advance(12_000);
    const reports = warnings().filter((line) => line.startsWith("Total delay: "));
    expect(reports).toHaveLength(12);
    expect(reports.at(-1)).toContain("count: 10,");
  });

  test.each([0, -1, 1.5, "3"])("numBatchInfos must be a whole number from 1, not %j", (count) => {
    expect(() => new StatsReportListener(count as number)).toThrow(ConfigError);
  });
});
