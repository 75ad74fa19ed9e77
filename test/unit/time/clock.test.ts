import { describe, expect, it, test } from "vitest";
import { ManualClock, SteadyClock } from "../../../src/time/clock.js";
import { VirtualTime } from "../../support/virtual-time.js";

function steady(startMs = 1_000_000) {
  const time = new VirtualTime(startMs);
  return { time, clock: new SteadyClock(time.clock, () => time.monotonicMs) };
}

describe("SteadyClock", () => {
  it("shows the clock's time, in whole milliseconds", async () => {
    const { time, clock } = steady();
    expect(clock.now()).toBe(1_000_000);
    time.wallMs += 0.7;
    expect(clock.now()).toBe(1_000_000);
    await time.pass(500);
    expect(clock.now()).toBe(1_000_500);
  });

  it.each([1, 1000, 3_600_000, 10 * 365 * 86_400_000])("follows a jump of %i ms forward", (jumpMs) => {
    const { time, clock } = steady();
    clock.now();
    time.jump(jumpMs);
    expect(clock.now()).toBe(1_000_000 + jumpMs);
  });

  it.each([1, 128, 1000])(
    "stands still after a jump of %i ms back, until the clock has come there again",
    async (jumpMs) => {
      const { time, clock } = steady();
      clock.now();
      time.jump(-jumpMs);
      expect(clock.now()).toBe(1_000_000);
      await time.pass(jumpMs - 1);
      expect(clock.now()).toBe(1_000_000);
      await time.pass(1);
      expect(clock.now()).toBe(1_000_000);
      await time.pass(7);
      expect(clock.now()).toBe(1_000_007);
    },
  );

  it.each([7000, 3_600_000, 10 * 365 * 86_400_000])(
    "goes on from where it was after a jump of %i ms back",
    async (jumpMs) => {
      const { time, clock } = steady(10 * 365 * 86_400_000);
      const startMs = clock.now();
      time.jump(-jumpMs);
      for (let seconds = 1; seconds <= 5; seconds++) {
        await time.pass(1000);
        expect(clock.now()).toBe(startMs + seconds * 1000);
      }
      // The clock is right again: no time has been counted twice.
      time.jump(jumpMs);
      expect(clock.now()).toBe(startMs + 5000);
      await time.pass(1000);
      expect(clock.now()).toBe(startMs + 6000);
    },
  );

  it("never goes back, whatever the clock does", async () => {
    const { time, clock } = steady();
    let lastMs = clock.now();
    for (const jumpMs of [5, -3, -900, 2000, -5000, 1, -7, 100_000, -100_000, -1, 0]) {
      time.jump(jumpMs);
      for (const passMs of [0, 3, 400]) {
        await time.pass(passMs);
        const nowMs = clock.now();
        expect(nowMs).toBeGreaterThanOrEqual(lastMs);
        lastMs = nowMs;
      }
    }
  });

  it("goes on from the time of another process, where the clock was set back since", async () => {
    const { time, clock } = steady();
    clock.resumeAt(1_100_000);
    expect(clock.now()).toBe(1_100_000);
    await time.pass(500);
    expect(clock.now()).toBe(1_100_500);
    const { clock: ahead } = steady();
    ahead.resumeAt(5);
    expect(ahead.now()).toBe(1_000_000);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 53)])("refuses a clock that shows %s", (ms) => {
    const clock = new SteadyClock({ now: () => ms }, () => 0);
    expect(() => clock.now()).toThrow(expect.objectContaining({ name: "ConfigError", code: "time-out-of-range" }));
  });
});

describe("ManualClock", () => {
  it("is not moved beyond 2^53 - 1", async () => {
    const clock = new ManualClock(Number.MAX_SAFE_INTEGER - 5);
    await expect(clock.advance(6)).rejects.toMatchObject({ name: "ConfigError", code: "time-out-of-range" });
    expect(clock.now()).toBe(Number.MAX_SAFE_INTEGER - 5);
    await clock.advance(5);
    expect(clock.now()).toBe(Number.MAX_SAFE_INTEGER);
  });
});
