import { describe, expect, test } from "vitest";
import { RateLimiter } from "../../../src/receiver/rate-limiter.js";
import { FakeNetwork } from "../../support/receiving.js";

function limiter(limit: number, { limitMax = limit, isManualClock = false } = {}) {
  const network = new FakeNetwork();
  const clock = { nowMs: 5000, now: () => clock.nowMs };
  const made = new RateLimiter({ limit, limitMax, clock, host: network.host, isManualClock });
  /** Takes as many records one by one as it may. */
  const takeAll = () => {
    let taken = 0;
    while (taken < 100_000 && made.hasPermit()) {
      made.take(1);
      taken += 1;
    }
    return taken;
  };
  return { network, clock, limiter: made, takeAll };
}

describe("on a clock that runs", () => {
  test("permits come with time, parts of them too", () => {
    const { clock, takeAll } = limiter(10);
    expect(takeAll()).toBe(0);
    const taken: number[] = [];
    for (let i = 0; i < 8; i++) {
      clock.nowMs += 125;
      taken.push(takeAll());
    }
    expect(taken.reduce((sum, count) => sum + count)).toBe(10);
    expect(Math.max(...taken)).toBe(2);
  });

  test("what was not used within the last second is there, and no more", () => {
    const { clock, takeAll } = limiter(10);
    clock.nowMs += 60_000;
    expect(takeAll()).toBe(10);
    clock.nowMs += 500;
    expect(takeAll()).toBe(5);
  });

  test("less than one a second is kept until it is one", () => {
    const { clock, takeAll } = limiter(0.1);
    clock.nowMs += 9999;
    expect(takeAll()).toBe(0);
    clock.nowMs += 1;
    expect(takeAll()).toBe(1);
    clock.nowMs += 100_000;
    expect(takeAll()).toBe(1);
  });

  test("a clock that is set back brings nothing and stops nothing", () => {
    const { clock, takeAll } = limiter(10);
    clock.nowMs += 1000;
    expect(takeAll()).toBe(10);
    clock.nowMs -= 1_000_000;
    expect(takeAll()).toBe(0);
    clock.nowMs += 500;
    expect(takeAll()).toBe(5);
  });

  test("more may be taken than there is, and is waited for", () => {
    const { clock, limiter: made, takeAll } = limiter(10);
    clock.nowMs += 100;
    made.take(21);
    clock.nowMs += 2000;
    expect(takeAll()).toBe(0);
    clock.nowMs += 100;
    expect(takeAll()).toBe(1);
  });

  test("who waits is woken when a permit is due; nobody waiting, no timer", async () => {
    const { network, clock, limiter: made } = limiter(4);
    let wakes = 0;
    const forget = made.whenPermitted(() => {
      wakes += 1;
    });
    expect(network.timerCount).toBe(1);
    await network.pass(249);
    expect(wakes).toBe(0);
    clock.nowMs += 250;
    await network.pass(1);
    expect(wakes).toBe(1);
    forget();
    expect(network.timerCount).toBe(0);
  });
});

describe("on a manual clock", () => {
  test("each batch brings the permits of its interval, and takes what is left away", () => {
    const { clock, limiter: made, takeAll } = limiter(10, { isManualClock: true });
    clock.nowMs += 60_000;
    expect(takeAll()).toBe(0);
    made.grant(500);
    expect(takeAll()).toBe(5);
    made.grant(1000);
    made.grant(1000);
    expect(takeAll()).toBe(10);
  });

  test("parts of permits, and debts, are carried over", () => {
    const { limiter: made, takeAll } = limiter(0.1, { isManualClock: true });
    const taken: number[] = [];
    for (let i = 0; i < 30; i++) {
      made.grant(1000);
      taken.push(takeAll());
    }
    expect(taken.flatMap((count, index) => (count > 0 ? [index + 1] : []))).toEqual([10, 20, 30]);
    made.take(1);
    for (let i = 0; i < 19; i++) made.grant(1000);
    expect(takeAll()).toBe(0);
    made.grant(1000);
    expect(takeAll()).toBe(1);
  });

  test("who waits is woken by what is granted", () => {
    const { network, limiter: made } = limiter(1, { isManualClock: true });
    let wakes = 0;
    made.whenPermitted(() => {
      wakes += 1;
    });
    expect(network.timerCount).toBe(0);
    made.grant(1000);
    expect(wakes).toBe(1);
  });
});

describe("a rate that is published", () => {
  test("is never above the maximum, and ignored when it is 0 or less", () => {
    const { limiter: made } = limiter(50, { limitMax: 100 });
    expect(made.limit).toBe(50);
    made.update(70);
    expect(made.limit).toBe(70);
    made.update(1000);
    expect(made.limit).toBe(100);
    for (const rate of [0, -5, Number.NaN]) made.update(rate);
    expect(made.limit).toBe(100);
  });

  test("counts from now on: permits of before stay, as far as the new rate allows", () => {
    const { clock, limiter: made, takeAll } = limiter(100, { limitMax: 100 });
    clock.nowMs += 1000;
    made.update(10);
    expect(takeAll()).toBe(10);
    clock.nowMs += 100;
    expect(takeAll()).toBe(1);
  });

  test("begins where there was no limit", () => {
    const { clock, limiter: made, takeAll } = limiter(Number.POSITIVE_INFINITY);
    expect(takeAll()).toBe(100_000);
    made.update(5);
    expect(takeAll()).toBe(0);
    clock.nowMs += 1000;
    expect(takeAll()).toBe(5);
  });

  test("the first one is never above the maximum", () => {
    expect(limiter(500, { limitMax: 100 }).limiter.limit).toBe(100);
  });
});
