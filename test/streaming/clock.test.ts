import { ConfigError, ManualClock, StreamingContext } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { collected, manualContext, stopContexts, stopLater } from "../support/batches.js";

afterEach(stopContexts);

/** A started context that notes its batch times. */
function ticking(clock: ManualClock, batchInterval = 1000) {
  const ssc = stopLater(new StreamingContext({ clock, batchInterval, master: "local[1]" }));
  const times: number[] = [];
  ssc.queueStream<number>([]).foreachRDD((_, time) => void times.push(time.milliseconds));
  return { ssc, times };
}

describe("batch times on a manual clock", () => {
  test.each([
    [0, 1000, 1000],
    [1, 1000, 1000],
    [999, 1000, 1000],
    [1000, 1000, 2000],
    [1001, 1000, 2000],
    [12_345, 700, 12_600],
  ])("a context started at %i ms with interval %i has its first batch at %i ms", async (startMs, interval, firstMs) => {
    const clock = new ManualClock(startMs);
    const { ssc, times } = ticking(clock, interval);
    void ssc.start();
    await clock.setTime(firstMs - 1);
    expect(times).toEqual([]);
    await clock.advance(1);
    expect(times).toEqual([firstMs]);
    await clock.advance(interval);
    expect(times).toEqual([firstMs, firstMs + interval]);
  });

  test("an advance over several intervals makes every batch, in order", async () => {
    const clock = new ManualClock();
    const { ssc, times } = ticking(clock);
    void ssc.start();
    await clock.advance(3500);
    expect(times).toEqual([1000, 2000, 3000]);
    await clock.advance(499);
    expect(times).toHaveLength(3);
    await clock.advance(1);
    expect(times).toEqual([1000, 2000, 3000, 4000]);
    expect(clock.now()).toBe(4000);
  });

  test("an advance waits for a start that nobody awaited, and for outputs", async () => {
    const { ssc, clock } = manualContext({ master: "local[2]" });
    const log: string[] = [];
    ssc.queueStream([[1]]).foreachRDD(async (rdd) => {
      log.push("output begins");
      await rdd.collect();
      await new Promise((resolve) => setImmediate(resolve));
      log.push("output ends");
    });
    void ssc.start();
    await clock.advance(1000);
    log.push("advanced");
    expect(log).toEqual(["output begins", "output ends", "advanced"]);
  });

  test("moves that nobody awaits queue up", async () => {
    const clock = new ManualClock();
    const { ssc, times } = ticking(clock);
    void ssc.start();
    const moves = [clock.advance(1000), clock.advance(500), clock.setTime(4000), clock.advance(1000)];
    expect(clock.now()).toBe(0);
    await Promise.all(moves);
    expect(times).toEqual([1000, 2000, 3000, 4000, 5000]);
    expect(clock.now()).toBe(5000);
  });

  test("before the start a clock just moves", async () => {
    const clock = new ManualClock();
    await clock.advance(2500);
    const { ssc, times } = ticking(clock);
    await clock.advance(100);
    void ssc.start();
    await clock.advance(1000);
    expect(times).toEqual([3000]);
  });

  test("a clock does not go back, and goes on afterwards", async () => {
    const clock = new ManualClock(500);
    const { ssc, times } = ticking(clock);
    void ssc.start();
    await expect(clock.setTime(499)).rejects.toMatchObject({ code: "clock-backwards" });
    await expect(clock.advance(-1)).rejects.toBeInstanceOf(ConfigError);
    await expect(clock.setTime(0.5)).rejects.toMatchObject({ code: "invalid-time" });
    await expect(clock.setTime(Number.NaN)).rejects.toBeInstanceOf(ConfigError);
    await expect(clock.advance(Number.NaN)).rejects.toBeInstanceOf(ConfigError);
    await clock.setTime(500);
    await clock.advance(500);
    expect(times).toEqual([1000]);
  });

  test("moving the clock inside an output rejects there, and nothing hangs", async () => {
    const clock = new ManualClock();
    const { ssc } = ticking(clock);
    const errors: unknown[] = [];
    ssc.queueStream([[1], [2]]).foreachRDD(async () => {
      await clock.advance(1000).catch((error: unknown) => errors.push(error));
      await new Promise((resolve) => setImmediate(resolve));
      await clock.setTime(9000).catch((error: unknown) => errors.push(error));
    });
    void ssc.start();
    await clock.advance(1000);
    expect(errors).toHaveLength(2);
    for (const error of errors) expect(error).toMatchObject({ name: "ConfigError", code: "clock-in-output" });
    expect(clock.now()).toBe(1000);
  });

  test("one clock drives contexts of different intervals", async () => {
    const clock = new ManualClock();
    const slow = ticking(clock, 1000);
    const fast = ticking(clock, 250);
    void slow.ssc.start();
    void fast.ssc.start();
    await clock.advance(1000);
    expect(slow.times).toEqual([1000]);
    expect(fast.times).toEqual([250, 500, 750, 1000]);
    await fast.ssc.stop();
    await clock.advance(1000);
    expect(slow.times).toEqual([1000, 2000]);
    expect(fast.times).toHaveLength(4);
  });

  test("an advance resolves where an output failed, and where the context was stopped meanwhile", async () => {
    const { ssc, clock } = manualContext();
    const stream = ssc.queueStream([[1], [2]]);
    stream.foreachRDD(() => {
      throw new Error("no");
    });
    void ssc.start();
    await clock.advance(1000);
    const advanced = clock.advance(10_000);
    await ssc.stop();
    await advanced;
    await expect(ssc.awaitTermination()).rejects.toThrow("no");
  });

  test("records whose push resolved before the advance are in that batch", async () => {
    const { ssc, clock } = manualContext({ blockInterval: 10_000 });
    const lines = ssc.pushStream<number>();
    const outputs = collected(lines);
    void ssc.start();
    for (let i = 0; i < 5; i++) {
      await lines.push(i);
      await clock.advance(1000);
    }
    expect(outputs).toEqual([[0], [1], [2], [3], [4]]);
  });
});

test("on the host's clock batch times are strictly increasing multiples of the interval", async () => {
  const ssc = stopLater(new StreamingContext({ batchInterval: 20, master: "local[1]" }));
  const times: number[] = [];
  const startMs = Date.now();
  await new Promise<void>((resolve) => {
    ssc.queueStream<number>([]).foreachRDD((_, time) => {
      times.push(time.milliseconds);
      if (times.length === 5) resolve();
    });
    void ssc.start();
  });
  await ssc.stop();
  expect(times[0]).toBeGreaterThan(startMs - 1);
  for (const [i, time] of times.entries()) {
    expect(time % 20).toBe(0);
    if (i > 0) expect(time - times[i - 1]!).toBe(20);
  }
});
