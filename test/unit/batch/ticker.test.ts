import { describe, expect, it, test } from "vitest";
import { Ticker } from "../../../src/batch/ticker.js";
import type { Host } from "../../../src/host.js";
import { SteadyClock } from "../../../src/time/clock.js";
import { clockCases, runClockCase } from "../../support/clock-cases.js";
import { settle, VirtualTime } from "../../support/virtual-time.js";

interface Ticking {
  readonly time: VirtualTime;
  readonly ticker: Ticker;
  readonly ticks: number[];
  readonly errors: unknown[];
  /** What ticks wait for, where it is held. */
  hold: Promise<void>;
}

async function ticking(intervalMs: number, startMs: number): Promise<Ticking> {
  const time = new VirtualTime(startMs);
  const ticking: Ticking = {
    time,
    ticks: [],
    errors: [],
    hold: Promise.resolve(),
    ticker: new Ticker({
      clock: new SteadyClock(time.clock, () => time.monotonicMs),
      host: time.host as Host,
      intervalMs,
      afterMs: Math.floor(startMs / intervalMs) * intervalMs,
      tick: (timeMs) => ticking.ticks.push(timeMs),
      failed: (error) => ticking.errors.push(error),
      roomToWait: () => undefined,
      hasRoom: () => ticking.hold,
      settled: async () => {},
      isWaitingForCaller: () => false,
    }),
  };
  ticking.ticker.begin(Promise.resolve());
  await settle();
  return ticking;
}

describe("a ticker on the host's clock", () => {
  it("ticks at multiples of the interval, strictly after the start", async () => {
    const { time, ticks } = await ticking(1000, 5000);
    await time.pass(3500);
    expect(ticks).toEqual([6000, 7000, 8000]);
  });

  it("delivers what a long sleep of the machine has missed, in portions, and all of it", async () => {
    const { time, ticks } = await ticking(1000, 0);
    await time.pass(2500);
    const portions: number[] = [];
    time.breathed = () => portions.push(ticks.length);
    time.suspend(8 * 3_600_000);
    await time.pass(10_000);
    expect(ticks).toEqual(Array.from({ length: 28_812 }, (_, i) => (i + 1) * 1000));
    expect(portions.length).toBeGreaterThan(280);
    expect(Math.max(...portions.map((count, i) => count - (portions[i - 1] ?? 2)))).toBeLessThanOrEqual(100);
  });

  it("delivers no next portion before the batches of the last one are processed", async () => {
    const ticker = await ticking(1000, 0);
    const { time, ticks } = ticker;
    let release!: () => void;
    ticker.hold = new Promise((resolve) => {
      release = resolve;
    });
    time.suspend(3_600_000);
    await time.pass(20_000);
    expect(ticks).toHaveLength(100);
    ticker.hold = Promise.resolve();
    release();
    await time.pass(1000);
    expect(ticks).toHaveLength(3621);
  });

  it("keeps up where timers fire once a minute", async () => {
    const { time, ticks } = await ticking(100, 0);
    time.timers = "minutes";
    await time.pass(10 * 60_000);
    expect(ticks).toEqual(Array.from({ length: 6000 }, (_, i) => (i + 1) * 100));
    expect(time.fired).toBeLessThanOrEqual(10);
  });

  it("neither ticks nor spins while the clock stands still, and catches up afterwards", async () => {
    const { time, ticks } = await ticking(1000, 999);
    time.isFrozen = true;
    const before = time.fired;
    await time.pass(3_600_000);
    expect(ticks).toEqual([]);
    expect(time.fired - before).toBeLessThan(400);
    time.isFrozen = false;
    time.jump(3_600_000);
    await time.pass(10_000);
    expect(ticks).toEqual(Array.from({ length: 3610 }, (_, i) => (i + 1) * 1000));
  });

  it("stops in the middle of what it catches up with", async () => {
    const { time, ticks, ticker } = await ticking(1000, 0);
    time.breathed = () => ticker.stop();
    time.suspend(3_600_000);
    await time.pass(20_000);
    expect(ticks).toHaveLength(100);
  });

  test.each([
    ["begin", Number.MAX_SAFE_INTEGER, 0],
    ["tick", Number.MAX_SAFE_INTEGER - 5000, 10_000],
  ] as const)(
    "ends with an error where the next time would be beyond 2^53 - 1: at its %s",
    async (when, startMs, passMs) => {
      const begin = ticking(1000, startMs);
      const error = { name: "ConfigError", code: "time-out-of-range" };
      if (when === "begin") {
        await expect(begin).rejects.toMatchObject(error);
        return;
      }
      const { time, ticks, errors } = await begin;
      // The clock itself cannot show such a time, so it is held just before.
      await time.pass(4900);
      time.isFrozen = true;
      await time.pass(passMs);
      expect(ticks.every((timeMs) => Number.isSafeInteger(timeMs))).toBe(true);
      time.isFrozen = false;
      time.wallMs = 2 ** 53;
      await time.pass(20_000);
      expect(errors).toEqual([expect.objectContaining(error)]);
    },
  );
});

describe("batch times whatever the clock does", () => {
  it("500 directed cases: strictly increasing, none twice, none left out, in portions, and going on", async () => {
    const cases = clockCases(500);
    expect(cases).toHaveLength(500);
    for (const each of cases) await runClockCase(each);
  });
});
