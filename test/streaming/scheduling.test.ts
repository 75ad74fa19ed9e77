import { type Clock, StreamingContext } from "millrace";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { collected, manualContext, stopContexts, stopLater, until } from "../support/batches.js";

let warn: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

const warnings = (): string[] => warn.mock.calls.map(([line]: unknown[]) => String(line));

/** Opens when it is told to. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** A clock of the program's own, which the context's timers only ask. */
class SetClock implements Clock {
  nowMs: number;
  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }
  now(): number {
    return this.nowMs;
  }
}

describe("concurrentJobs", () => {
  test.each([0, 1.5, -1, "2", Number.NaN])("must be a whole number from 1, not %j", (concurrentJobs) => {
    expect(() => manualContext({ concurrentJobs: concurrentJobs as number })).toThrow(
      /concurrentJobs must be a whole number from 1/,
    );
  });

  /** What outputs do, each of three batches of two outputs waiting until `wait` resolves. */
  function logged(concurrentJobs: number, wait: (name: string) => Promise<void>) {
    const { ssc, clock } = manualContext({ concurrentJobs });
    const log: string[] = [];
    const stream = ssc.queueStream([[1], [2], [3]]);
    for (const output of ["a", "b"]) {
      stream.foreachRDD(async (_, time) => {
        const name = `${output}${time.milliseconds / 1000}`;
        log.push(`${name} begins`);
        await wait(name);
        log.push(`${name} ends`);
      });
    }
    for (const event of ["onBatchSubmitted", "onBatchStarted", "onBatchCompleted"] as const) {
      ssc.addStreamingListener({
        [event]: ({ batchInfo }: { batchInfo: { batchTime: { milliseconds: number } } }) =>
          log.push(`${event} ${batchInfo.batchTime.milliseconds / 1000}`),
      });
    }
    void ssc.start();
    return { clock, log };
  }

  test("by default outputs and batches follow each other", async () => {
    const { clock, log } = logged(1, () => new Promise((resolve) => setImmediate(resolve)));
    await clock.advance(2000);
    const batch = (n: number) => [
      `onBatchSubmitted ${n}`,
      `onBatchStarted ${n}`,
      ...[`a${n} begins`, `a${n} ends`, `b${n} begins`, `b${n} ends`],
      `onBatchCompleted ${n}`,
    ];
    expect(log).toEqual([...batch(1), ...batch(2)]);
  });

  test("with 2, both outputs of a batch run at once", async () => {
    const { opened, open } = gate();
    const { clock, log } = logged(2, (name) => (name === "a1" ? opened : Promise.resolve(open())));
    await clock.advance(1000);
    expect(log.slice(0, 4)).toEqual(["onBatchSubmitted 1", "onBatchStarted 1", "a1 begins", "b1 begins"]);
    expect(log.slice(4, 6).sort()).toEqual(["a1 ends", "b1 ends"]);
    expect(log.slice(6)).toEqual(["onBatchCompleted 1"]);
  });

  test("with 3, batches overlap, begin in order, and a later one may end first", async () => {
    const { opened, open } = gate();
    const { clock, log } = logged(3, async (name) => {
      if (name === "a1") await opened;
      else if (name === "b3") open();
    });
    await clock.advance(3000);
    const begun = log.filter((line) => line.endsWith("begins")).map((line) => line.slice(0, 2));
    expect(begun).toEqual(["a1", "b1", "a2", "b2", "a3", "b3"]);
    expect(log.indexOf("onBatchCompleted 2")).toBeLessThan(log.indexOf("a1 ends"));
    expect(log.at(-1)).toMatch(/onBatchCompleted/);
    expect(log.filter((line) => line.startsWith("onBatchCompleted")).sort()).toEqual(
      [1, 2, 3].map((n) => `onBatchCompleted ${n}`),
    );
  });

  test("state is updated once for each batch, in order, however batches overlap", async () => {
    const { ssc, clock } = manualContext({ concurrentJobs: 4 });
    const pairs = ssc.queueStream(Array.from({ length: 20 }, (_, n) => [["k", n] as [string, number]]));
    const history = pairs.updateStateByKey<string, number, number[]>((values, state) => [...(state ?? []), ...values]);
    const outputs: Array<[number, number[]]> = [];
    for (let i = 0; i < 3; i++) {
      history.foreachRDD(async (rdd, time) => {
        const [pair] = await rdd.collect();
        outputs.push([time.milliseconds / 1000, pair![1]]);
      });
    }
    void ssc.start();
    await clock.advance(20_000);
    expect(outputs).toHaveLength(60);
    for (const [n, seen] of outputs) expect(seen).toEqual(Array.from({ length: n }, (_, index) => index));
  });
});

describe("jobs", () => {
  test("an error while jobs are made is told, and the next batch goes on", async () => {
    const { ssc, clock } = manualContext();
    const outputs = collected(
      ssc.queueStream([[1], [2], [3]]).transform((rdd, time) => {
        if (time.milliseconds === 2000) throw new Error("no RDD");
        return rdd;
      }),
    );
    const events: string[] = [];
    ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void events.push(String(batchInfo.batchTime)) });
    void ssc.start();
    await clock.advance(3000);
    expect(outputs).toEqual([[1], [3]]);
    expect(events).toEqual(["1000 ms", "3000 ms"]);
    expect(warnings()).toEqual([
      expect.stringMatching(/Error generating jobs for time 2000 ms: .*transform.*: no RDD/),
    ]);
    expect(ssc.metrics().batches).toMatchObject({ submitted: 2, completed: 2, failed: 0, notGenerated: 1 });
    await expect(ssc.awaitTermination()).rejects.toThrow("no RDD");
  });

  test("no batch is no job; where no output has one there are no batch events", async () => {
    const { ssc, clock } = manualContext();
    const events: unknown[] = [];
    ssc.queueStream<number>([[1], null, [3]]).foreachRDD(() => {});
    ssc.queueStream<number>([null, null, [3]]).foreachRDD(() => {});
    ssc.addStreamingListener({
      onBatchSubmitted: ({ batchInfo }) =>
        void events.push([batchInfo.batchTime.milliseconds, batchInfo.outputOperationInfos.map(({ id }) => id)]),
    });
    void ssc.start();
    await clock.advance(3000);
    expect(events).toEqual([
      [1000, [0]],
      [3000, [0, 1]],
    ]);
    expect(ssc.metrics().batches.submitted).toBe(2);
  });

  test("onBatchFailure stop: what is queued behind the failed batch is not begun", async () => {
    const { ssc, clock } = manualContext({ onBatchFailure: "stop" });
    const seen: number[] = [];
    ssc.queueStream([[1], [2], [3]]).foreachRDD((_, time) => {
      seen.push(time.milliseconds);
      if (time.milliseconds === 2000) throw new Error("second");
    });
    void ssc.start();
    await clock.advance(3000);
    await expect(ssc.awaitTermination()).rejects.toThrow("second");
    expect(seen).toEqual([1000, 2000]);
    expect(ssc.getState()).toBe("STOPPED");
  });
});

describe("batches and the time", () => {
  /** A context on a clock of its own; `hold` keeps the first batch. */
  function onClock(clock: SetClock, hold: (timeMs: number) => Promise<void> | void) {
    const ssc = stopLater(new StreamingContext({ master: "local[1]", clock, batchInterval: 10 }));
    const times: number[] = [];
    ssc.queueStream<number>([]).foreachRDD(async (_, time) => {
      times.push(time.milliseconds);
      await hold(time.milliseconds);
    });
    return { ssc, times };
  }

  test("a clock that jumps forward: every tick is delivered, in order, none twice", async () => {
    const clock = new SetClock(1000);
    const { ssc, times } = onClock(clock, () => {});
    await ssc.start();
    clock.nowMs = 1000 + 10 * 3500;
    await until(() => times.length >= 3500);
    await ssc.stop();
    expect(times).toEqual(Array.from({ length: 3500 }, (_, index) => 1010 + 10 * index));
  });

  test("a clock that jumps backward: batch times go on growing", async () => {
    const clock = new SetClock(1000);
    const { ssc, times } = onClock(clock, () => {});
    await ssc.start();
    clock.nowMs = 1030;
    await until(() => times.length === 3);
    clock.nowMs = 500;
    await until(() => ssc.metrics().batches.running === 0);
    clock.nowMs = 1060;
    await until(() => times.length === 6);
    await ssc.stop();
    expect(times).toEqual([1010, 1020, 1030, 1040, 1050, 1060]);
  });

  test("batches are made while an earlier one still runs, and wait for it", async () => {
    const clock = new SetClock(1000);
    const { opened, open } = gate();
    const { ssc, times } = onClock(clock, (timeMs) => (timeMs === 1010 ? opened : undefined));
    await ssc.start();
    clock.nowMs = 1050;
    await until(() => ssc.metrics().batches.submitted === 5);
    expect(times).toEqual([1010]);
    expect(ssc.metrics().batches).toMatchObject({ waiting: 4, running: 1, completed: 0 });
    open();
    await until(() => ssc.metrics().batches.completed === 5);
    expect(times).toEqual([1010, 1020, 1030, 1040, 1050]);
  });

  test("a stop drops batches that are being made, and says so in the metrics", async () => {
    const clock = new SetClock(1000);
    const { opened, open } = gate();
    const ssc = stopLater(new StreamingContext({ master: "local[1]", clock, batchInterval: 10 }));
    let making = false;
    const seen: number[] = [];
    ssc
      .queueStream<number>([])
      .transform(async (rdd) => {
        making = true;
        await opened;
        return rdd;
      })
      .foreachRDD((_, time) => void seen.push(time.milliseconds));
    await ssc.start();
    clock.nowMs = 1030;
    await until(() => making);
    const stopped = ssc.stop();
    open();
    await stopped;
    await ssc.awaitTermination();
    expect(seen).toEqual([]);
    expect(ssc.metrics().batches.submitted).toBe(0);
  });

  test("a graceful stop that takes too long says what it drops, with figures", async () => {
    const clock = new SetClock(1000);
    const { opened, open } = gate();
    const options = { master: "local[1]", clock, batchInterval: 10, gracefulStopTimeout: 1 };
    const ssc = stopLater(new StreamingContext(options));
    const seen: number[] = [];
    ssc.queueStream([[1], [2, 2], [3, 3, 3]]).foreachRDD(async (_, time) => {
      seen.push(time.milliseconds);
      await opened;
    });
    await ssc.start();
    clock.nowMs = 1030;
    await until(() => ssc.metrics().batches.submitted === 3);
    const stopped = ssc.stop({ stopGracefully: true });
    await until(() => warnings().some((line) => line.includes("graceful stop took longer")));
    open();
    await stopped;
    expect(warnings().join("\n")).toContain("2 batches of 5 records that had not begun are dropped, 1 that run");
    expect(seen).toEqual([1010]);
    expect(ssc.metrics().batches).toMatchObject({ submitted: 3, completed: 1, dropped: 2, waiting: 0, running: 0 });
  });
});
