// The cases of Spark's RateLimiterSuite, RateControllerSuite and of rates in ReceiverSuite and ReceiverTrackerSuite.
import { Receiver, StreamingContext } from "millrace";
import { collected } from "millrace/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type ContextOptions, INTERVAL_MS, manualContext, stopContexts, stopLater } from "../support/batches.js";

afterEach(async () => {
  vi.useRealTimers();
  await stopContexts();
});

const LOCAL_2 = { master: "local[2]" };

/** Stores numbers from 0 as fast as it may. */
class Eager extends Receiver<number> {
  stored = 0;

  onStart(): void {
    void this.#run();
  }

  onStop(): void {}

  async #run(): Promise<void> {
    while (!this.isStopped()) {
      await this.store(this.stored);
      this.stored++;
    }
  }
}

/** Rows of each of three batches of an eager receiver. */
async function counts(options: ContextOptions): Promise<number[]> {
  const { ssc, clock } = manualContext({ ...LOCAL_2, ...options });
  const batches = collected(ssc.receiverStream(new Eager()).count());
  await ssc.start();
  for (let batch = 0; batch < 3; batch++) await clock.advance(INTERVAL_MS);
  return batches.flat();
}

describe("the limit of a receiver, in records of each batch of a second", () => {
  test.each<[string, ContextOptions, number]>([
    ["receiverMaxRate", { receiverMaxRate: 100 }, 100],
    ["the initial rate where there is no other limit", { backpressure: { initialRate: 105 } }, 105],
    ["an initial rate below the limit", { receiverMaxRate: 110, backpressure: { initialRate: 105 } }, 105],
    ["the limit, not an initial rate above it", { receiverMaxRate: 100, backpressure: { initialRate: 105 } }, 100],
  ])("%s", async (_, options, limit) => {
    expect(await counts(options)).toEqual([limit, limit, limit]);
  });

  test("each receiver has its own", async () => {
    const { ssc, clock } = manualContext({ ...LOCAL_2, receiverMaxRate: 50 });
    const batches = collected(ssc.union([new Eager(), new Eager()].map((one) => ssc.receiverStream(one))).count());
    await ssc.start();
    await clock.advance(INTERVAL_MS);
    expect(batches).toEqual([[100]]);
  });

  test("limits records, not the order or what they are", async () => {
    const { ssc, clock } = manualContext({ ...LOCAL_2, receiverMaxRate: 1001 });
    const batches = collected(ssc.receiverStream(new Eager()));
    await ssc.start();
    await clock.advance(INTERVAL_MS);
    await clock.advance(INTERVAL_MS);
    expect(batches.map((rows) => rows.length)).toEqual([1001, 1001]);
    expect(batches.flat()).toEqual(Array.from({ length: 2002 }, (_, index) => index));
  });
});

describe("back-pressure, in the time of a faked host", () => {
  /** Rows of each batch made within some seconds, where processing one takes `processingMs`. */
  async function countsIn(seconds: number, processingMs: number, options: ContextOptions): Promise<number[]> {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: 0 });
    const ssc = stopLater(new StreamingContext({ batchInterval: INTERVAL_MS, master: "local[1]", ...options }));
    const made: number[] = [];
    ssc.addStreamingListener({ onBatchSubmitted: ({ batchInfo }) => void made.push(batchInfo.numRecords) });
    ssc
      .receiverStream(new Eager())
      .foreachRDD(() => new Promise<void>((resolve) => void setTimeout(resolve, processingMs)));
    await ssc.start();
    await vi.advanceTimersByTimeAsync(seconds * 1000);
    const stopped = ssc.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    await stopped;
    return made;
  }

  test("batches that take longer than their interval make the receiver slower, down to the lowest rate", async () => {
    const options = { backpressure: { initialRate: 400, minRate: 20, integral: 0 } };
    const made = await countsIn(250, 2000, options);
    expect(made[0]).toBeGreaterThan(300);
    expect(Math.abs(made.at(-1)! - 20)).toBeLessThanOrEqual(1);
  });

  test("batches that are done quickly make it faster, up to the limit", async () => {
    const options = { receiverMaxRate: 1000, backpressure: { initialRate: 100, integral: 0 } };
    const made = await countsIn(10, 100, options);
    expect(made[0]).toBeLessThanOrEqual(200);
    expect(made.at(-1)).toBeGreaterThan(900);
    expect(made.at(-1)).toBeLessThanOrEqual(1001);
  });

  test("without it the rate stays", async () => {
    const made = await countsIn(10, 2000, { receiverMaxRate: 100 });
    expect(made.at(-1)).toBeGreaterThanOrEqual(99);
  });
});
