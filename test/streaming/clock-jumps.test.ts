import { ManualClock, StreamingContext } from "millrace";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stopContexts, stopLater } from "../support/batches.js";
import { runUnderClock } from "../support/clock-runs.js";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

describe("a context whose clock is set while it runs", () => {
  it.each(Array.from({ length: 8 }, (_, i) => i + 1))(
    "has every record in one batch, at times without a gap: seed %i",
    async (seed) => {
      expect(await runUnderClock(seed)).toBeGreaterThan(0);
    },
  );
});

describe("batch times beyond 2^53 - 1", () => {
  it("are an error of the start", async () => {
    const clock = new ManualClock(Number.MAX_SAFE_INTEGER - 10);
    const ssc = stopLater(new StreamingContext({ batchInterval: 1000, master: "local[1]", clock }));
    ssc.queueStream([[1]]).print();
    await expect(ssc.start()).rejects.toMatchObject({ name: "ConfigError", code: "time-out-of-range" });
    expect(ssc.getState()).toBe("STOPPED");
  });

  it("end a context that comes there, after its last batch", async () => {
    const clock = new ManualClock(Number.MAX_SAFE_INTEGER - 2500);
    const ssc = stopLater(new StreamingContext({ batchInterval: 1000, master: "local[1]", clock }));
    const times: number[] = [];
    ssc.queueStream([[1], [2], [3]]).foreachRDD((_, time) => void times.push(time.milliseconds));
    void ssc.start();
    await clock.setTime(Number.MAX_SAFE_INTEGER);
    expect(times).toHaveLength(2);
    expect(times.every((ms) => ms % 1000 === 0 && Number.isSafeInteger(ms))).toBe(true);
    await ssc.stop({ stopGracefully: true });
    await ssc.awaitTermination();
  });

  it("of a clock that shows no time are an error too", async () => {
    const ssc = stopLater(
      new StreamingContext({ batchInterval: 1000, master: "local[1]", clock: { now: () => Number.NaN } }),
    );
    ssc.queueStream([[1]]).print();
    await expect(ssc.start()).rejects.toMatchObject({ name: "ConfigError", code: "time-out-of-range" });
  });
});
