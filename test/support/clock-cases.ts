import { expect } from "vitest";
import { Ticker } from "../../src/batch/ticker.js";
import type { Host } from "../../src/host.js";
import { SteadyClock } from "../../src/time/clock.js";
import { settle, VirtualTime } from "./virtual-time.js";

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;
const START_MS = 1_700_000_000_123;
/** A case makes about so many batches at most. */
const TICKS_MAX = 1500;
/** Ticks between two turns of the host. */
const PORTION_MAX = 100;

const JUMPS_MS = [1, 10, 500, 999, SECOND_MS, 1001, 60_000, HOUR_MS, DAY_MS, YEAR_MS, 10 * YEAR_MS].flatMap((ms) => [
  ms,
  -ms,
]);
const INTERVALS_MS = [10, 100, SECOND_MS, 60_000, HOUR_MS, DAY_MS, 4 * DAY_MS];

/** Where in a batch the clock jumps. */
type Point =
  | "at its tick"
  | "just after its tick"
  | "in the middle"
  | "just before the next tick"
  | "while it is processed"
  | "while others are caught up with";
const POINTS: readonly Point[] = [
  "at its tick",
  "just after its tick",
  "in the middle",
  "just before the next tick",
  "while it is processed",
  "while others are caught up with",
];

/** What follows the jump: nothing, the jump back, another one back, the machine's sleep, timers once a minute, or a clock that stands still for a while. */
type After = "nothing" | "back" | "again" | "sleep" | "minutes" | "frozen";
const AFTERS: readonly After[] = ["nothing", "back", "again", "sleep", "minutes", "frozen"];

export interface ClockCase {
  readonly jumpMs: number;
  readonly intervalMs: number;
  readonly point: Point;
  readonly after: After;
}

/** So many different cases, spread over all jumps, intervals, points and what follows; without a number all that there are. */
export function clockCases(count = Number.POSITIVE_INFINITY): ClockCase[] {
  const all: ClockCase[] = [];
  for (const intervalMs of INTERVALS_MS) {
    for (const jumpMs of JUMPS_MS) {
      if (jumpMs / intervalMs > TICKS_MAX) continue;
      // Long intervals take long to pass, ten seconds at a time: they are there for the long jumps.
      if (intervalMs >= DAY_MS && jumpMs / intervalMs < 300) continue;
      for (const point of POINTS) for (const after of AFTERS) all.push({ jumpMs, intervalMs, point, after });
    }
  }
  if (count >= all.length) return all;
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
}

/** Runs a case; what does not hold names it. */
export async function runClockCase({ jumpMs, intervalMs, point, after }: ClockCase): Promise<void> {
  const where = `a jump of ${jumpMs} ms ${point}, then ${after}, every ${intervalMs} ms`;
  const time = new VirtualTime(START_MS);
  const ticks: number[] = [];
  const errors: unknown[] = [];
  let inPortion = 0;
  let firedAt = 0;
  let portionMax = 0;
  let onTick: () => void = () => {};
  let hold = Promise.resolve();
  time.breathed = () => {
    inPortion = 0;
  };
  const ticker = new Ticker({
    clock: new SteadyClock(time.clock, () => time.monotonicMs),
    host: time.host as Host,
    intervalMs,
    afterMs: Math.floor(START_MS / intervalMs) * intervalMs,
    tick: (timeMs) => {
      ticks.push(timeMs);
      // A timer begins a portion, and so does a turn of the host.
      inPortion = firedAt === time.fired ? inPortion + 1 : 1;
      firedAt = time.fired;
      portionMax = Math.max(portionMax, inPortion);
      onTick();
    },
    failed: (error) => errors.push(error),
    roomToWait: () => undefined,
    hasRoom: () => hold,
    settled: async () => {},
    isWaitingForCaller: () => false,
  });
  const pass = (ms: number) => time.pass(ms);
  const passIntervals = (count: number) => pass(count * intervalMs);
  ticker.begin(Promise.resolve());
  await settle();
  await passIntervals(2);
  const jump = () => time.jump(jumpMs);
  const toTickMs = intervalMs - (time.wallMs % intervalMs);
  switch (point) {
    case "at its tick":
      onTick = () => {
        onTick = () => {};
        jump();
      };
      await pass(toTickMs);
      break;
    case "just after its tick":
      await pass(toTickMs + 1);
      jump();
      break;
    case "in the middle":
      await pass(toTickMs + Math.floor(intervalMs / 2));
      jump();
      break;
    case "just before the next tick":
      await pass(toTickMs - 1);
      jump();
      break;
    case "while it is processed": {
      let release!: () => void;
      hold = new Promise((resolve) => {
        release = resolve;
      });
      await pass(toTickMs);
      jump();
      await pass(intervalMs);
      hold = Promise.resolve();
      release();
      await settle();
      break;
    }
    case "while others are caught up with": {
      time.suspend(250 * intervalMs);
      const before = ticks.length;
      onTick = () => {
        if (ticks.length !== before + 150) return;
        onTick = () => {};
        jump();
      };
      await pass(Math.max(toTickMs, 10_000));
    }
  }
  await passIntervals(1);
  if (after === "back") time.jump(-jumpMs);
  // Not forward: some intervals would be caught up with for minutes.
  else if (after === "again") time.jump(-Math.abs(jumpMs));
  else if (after === "sleep") time.suspend(100 * intervalMs);
  else if (after === "minutes") time.timers = "minutes";
  else if (after === "frozen") {
    time.isFrozen = true;
    await passIntervals(3);
    time.isFrozen = false;
  }
  // A timer that was set before a jump is looked at again within ten seconds; a throttled one within a minute; a clock that is set back a little is waited for.
  await pass(after === "minutes" ? 2 * 60_000 : Math.min(12_000, 20 * intervalMs + 1100));
  time.timers = "prompt";
  await passIntervals(2);
  const before = ticks.length;
  const goesOn = intervalMs >= HOUR_MS ? 2 : 10;
  await passIntervals(goesOn);
  expect(errors, where).toEqual([]);
  const firstMs = (Math.floor(START_MS / intervalMs) + 1) * intervalMs;
  expect(ticks, where).toEqual(ticks.map((_, i) => firstMs + i * intervalMs));
  expect(ticks.length - before, `${where}: it goes on`).toBeGreaterThanOrEqual(goesOn - 1);
  expect(portionMax, where).toBeLessThanOrEqual(PORTION_MAX);
  // All that the clock shows as past has been delivered.
  expect(ticks.at(-1)!, where).toBeGreaterThan(time.wallMs - 2 * intervalMs);
  ticker.stop();
}
