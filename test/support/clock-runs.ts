import { Engine, StreamingContext } from "millrace";
import { expect } from "vitest";
import { withHost } from "./internals.js";
import { random } from "./property.js";
import { settle, VirtualTime } from "./virtual-time.js";

const INTERVAL_MS = 1000;
const STEPS = 30;
const JUMPS_MS = [1, 10, 300, 999, 1000, 1001, 2500, 60_000, 3_600_000];

/** Waits until a context has nothing to do but wait for the time. */
function processed(ssc: StreamingContext, submitted: () => number): () => Promise<void> {
  return async () => {
    do await settle();
    while (ssc.metrics().batches.completed < submitted());
  };
}

/**
 * A whole context on a host whose clock is set, stopped and slept over at random, while records are pushed: each record is in one batch, in order, batch times are
 * on the grid without a gap, and state has counted all. Returns the number of its batches.
 */
export async function runUnderClock(seed: number): Promise<number> {
  const next = random(seed);
  const upTo = (count: number) => Math.floor(next() * count);
  const time = new VirtualTime(1_700_000_000_000 + upTo(10_000));
  const engine = new Engine({ master: "local[1]" });
  withHost(engine, time.host);
  const ssc = new StreamingContext({ engine, clock: time.clock, batchInterval: INTERVAL_MS });
  const log: string[] = [];
  const times: number[] = [];
  const rows: number[] = [];
  let submitted = 0;
  let total = 0;
  const numbers = ssc.pushStream<number>();
  numbers.foreachRDD(async (rdd, { milliseconds }) => {
    times.push(milliseconds);
    rows.push(...(await rdd.collect()));
  });
  numbers
    .map((value): [string, number] => ["all", value])
    .updateStateByKey((values, sum: number | undefined) => values.reduce((a, b) => a + b, sum ?? 0))
    .foreachRDD(async (rdd) => {
      const [pair] = await rdd.collect();
      total = pair?.[1] ?? 0;
    });
  ssc.addStreamingListener({ onBatchSubmitted: () => void submitted++ });
  try {
    await ssc.start();
    time.settled = processed(ssc, () => submitted);
    let pushed = 0;
    for (let step = 0; step < STEPS; step++) {
      const count = upTo(4);
      for (let i = 0; i < count; i++) await numbers.push(pushed++);
      const jumpMs = JUMPS_MS[upTo(JUMPS_MS.length)]!;
      const event = upTo(8);
      if (event === 0) time.jump(jumpMs / 10);
      else if (event === 1) time.jump(-jumpMs);
      else if (event === 2) time.suspend(jumpMs / 10);
      else if (event === 3) time.timers = time.timers === "prompt" ? "minutes" : "prompt";
      else if (event === 4) time.isFrozen = !time.isFrozen;
      const passMs = upTo(2 * INTERVAL_MS);
      log.push(`${count} pushed, event ${event} of ${jumpMs} ms, ${passMs} ms pass`);
      await time.pass(passMs);
    }
    time.timers = "prompt";
    time.isFrozen = false;
    const before = times.length;
    await time.pass(75_000);
    const where = `seed ${seed}:\n${log.join("\n")}`;
    expect(times.length - before, `${where}: it goes on`).toBeGreaterThanOrEqual(5);
    expect(times, where).toEqual(times.map((_, i) => times[0]! + i * INTERVAL_MS));
    expect(rows, where).toEqual(Array.from({ length: pushed }, (_, i) => i));
    expect(total, where).toBe((pushed * (pushed - 1)) / 2);
    return times.length;
  } finally {
    await ssc.stop({ stopEngine: true });
  }
}
