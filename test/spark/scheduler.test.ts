// The cases of Spark's RecurringTimerSuite, JobGeneratorSuite, JobSchedulerSuite, ForEachDStreamSuite and SchedulerSuite.
import { ManualClock, Receiver, StreamingContext } from "millrace";
import { collectBatches, collected } from "millrace/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts, stopLater, until } from "../support/batches.js";

afterEach(async () => {
  vi.useRealTimers();
  await stopContexts();
});

const LOCAL_2 = { master: "local[2]" };

/** A promise and what settles it. */
function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe("ticks", () => {
  test("missed ones are all delivered, with their nominal times", async () => {
    const { ssc, clock } = manualContext({ ...LOCAL_2, batchInterval: 100 });
    const batches = collectBatches(ssc.queueStream([[1], [2], [3], [4]]));
    const times = () => batches.map(({ time }) => time.milliseconds);
    await ssc.start();
    await clock.advance(100);
    expect(times()).toEqual([100]);
    await clock.advance(250);
    expect(times()).toEqual([100, 200, 300]);
    await clock.advance(50);
    expect(times()).toEqual([100, 200, 300, 400]);
    expect(batches.map(({ rows }) => rows)).toEqual([[1], [2], [3], [4]]);
  });

  test("the first is the next multiple of the interval since the epoch", async () => {
    const clock = new ManualClock(12_345);
    const ssc = stopLater(new StreamingContext({ clock, batchInterval: 1000, ...LOCAL_2 }));
    const batches = collectBatches(ssc.queueStream([[1], [2]]));
    await ssc.start();
    await clock.advance(1655);
    expect(batches.map(({ time }) => time.milliseconds)).toEqual([13_000, 14_000]);
  });

  test("Millrace: a graceful stop makes the last batch without waiting for the clock", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const input = ssc.pushStream();
    const batches = collectBatches(input);
    await ssc.start();
    await input.push("a");
    await clock.advance(INTERVAL_MS);
    await input.push("b");
    await ssc.stop({ stopGracefully: true });
    expect(batches.map(({ rows }) => rows)).toEqual([["a"], ["b"]]);
    expect(clock.now()).toBe(INTERVAL_MS);
  });
});

describe("on a clock that runs, here a faked one", () => {
  /** A started context of this clock; `end` stops it. */
  async function running(build: (ssc: StreamingContext) => void) {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: 0 });
    const ssc = stopLater(new StreamingContext({ batchInterval: INTERVAL_MS, master: "local[1]" }));
    const submitted: Array<[timeMs: number, numRecords: number]> = [];
    ssc.addStreamingListener({
      onBatchSubmitted: ({ batchInfo: { batchTime, numRecords } }) =>
        void submitted.push([batchTime.milliseconds, numRecords]),
    });
    build(ssc);
    await ssc.start();
    const end = async () => {
      const stopped = ssc.stop();
      await vi.advanceTimersByTimeAsync(10_000);
      await stopped;
      await ssc.awaitTermination();
    };
    return { submitted, end };
  }

  test("making batches does not wait for the batch that runs", async () => {
    const gate = deferred();
    const rows: number[][] = [];
    const { submitted, end } = await running((ssc) =>
      ssc
        .queueStream([[1], [2], [3], [4], [5]])
        .transform(async (rdd) => {
          const sum = await rdd.reduce((a, b) => a + b);
          return rdd.map((n) => n + sum);
        })
        .foreachRDD(async (rdd) => {
          await gate.promise;
          rows.push(await rdd.collect());
        }),
    );
    await vi.advanceTimersByTimeAsync(5 * INTERVAL_MS);
    expect(submitted.map(([time]) => time)).toEqual([1000, 2000, 3000, 4000, 5000]);
    expect(rows).toEqual([]);
    gate.resolve();
    await until(() => rows.length === 5);
    await end();
    expect(rows).toEqual([[2], [4], [6], [8], [10]]);
  });

  test("ticks that were missed are all delivered, each batch with what it took", async () => {
    const rows: number[][] = [];
    const { submitted, end } = await running((ssc) =>
      ssc.queueStream([[1], [2, 3], [4, 5, 6], []]).foreachRDD(async (rdd) => {
        rows.push(await rdd.collect());
      }),
    );
    vi.setSystemTime(3500);
    await vi.advanceTimersByTimeAsync(1000);
    expect(submitted).toEqual([
      [1000, 1],
      [2000, 2],
      [3000, 3],
      [4000, 0],
    ]);
    await until(() => rows.length === 4);
    await end();
    expect(rows).toEqual([[1], [2, 3], [4, 5, 6], []]);
  });
});

describe("jobs", () => {
  test("one batch after the other, outputs in the order of their definition, each awaited", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const log: string[] = [];
    const input = ssc.queueStream([[1], [2]]);
    for (const name of ["first", "second"]) {
      input.foreachRDD(async (rdd, time) => {
        log.push(`${name} begins at ${time.milliseconds}`);
        await rdd.count();
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`${name} ends at ${time.milliseconds}`);
      });
    }
    await ssc.start();
    await clock.advance(2 * INTERVAL_MS);
    expect(log).toEqual(
      [1000, 2000].flatMap((time) =>
        ["first", "second"].flatMap((name) => [`${name} begins at ${time}`, `${name} ends at ${time}`]),
      ),
    );
  });

  test("a failing output stops neither the other outputs nor later batches", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const input = ssc.queueStream([[1], [2], [3]]);
    input.foreachRDD((_, time) => {
      if (time.milliseconds === 2000) throw new Error("second batch");
    });
    const batches = collected(input);
    await ssc.start();
    await clock.advance(3 * INTERVAL_MS);
    expect(ssc.getState()).toBe("ACTIVE");
    expect(batches).toEqual([[1], [2], [3]]);
    await expect(ssc.awaitTermination()).rejects.toThrow("second batch");
  });

  test("a stream whose making fails at one time goes on at the next", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const batches = collected(
      ssc.queueStream([[1], [2], [3]]).transform((rdd, time) => {
        if (time.milliseconds === 2000) throw new Error("second batch");
        return rdd;
      }),
    );
    await ssc.start();
    await clock.advance(3 * INTERVAL_MS);
    expect(batches).toEqual([[1], [3]]);
    await expect(ssc.awaitTermination()).rejects.toThrow("second batch");
  });

  test("Millrace: onBatchFailure can end the context instead", async () => {
    const { ssc, clock } = manualContext({ ...LOCAL_2, onBatchFailure: "stop" });
    const input = ssc.queueStream([[1], [2], [3]]);
    const times: number[] = [];
    input.foreachRDD((_, time) => {
      times.push(time.milliseconds);
      if (time.milliseconds === 2000) throw new Error("second batch");
    });
    await ssc.start();
    await clock.advance(3 * INTERVAL_MS);
    await expect(ssc.awaitTermination()).rejects.toThrow("second batch");
    expect(ssc.getState()).toBe("STOPPED");
    expect(times).toEqual([1000, 2000]);
  });
});

describe("received data", () => {
  class Pipe extends Receiver<number> {
    onStart(): void {}
    onStop(): void {}
  }

  test("of a batch that takes long stays while later batches are made", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const receiver = new Pipe("MEMORY_ONLY");
    const gate = deferred();
    const batches: number[][] = [];
    let submitted = 0;
    ssc.addStreamingListener({
      onBatchSubmitted: () => {
        submitted++;
      },
    });
    ssc.receiverStream(receiver).foreachRDD(async (rdd, time) => {
      if (time.milliseconds === 3000) await gate.promise;
      batches.push(await rdd.collect());
    });
    await ssc.start();
    const moves: Array<Promise<void>> = [];
    for (let batch = 1; batch <= 10; batch++) {
      await receiver.store(batch);
      if (batch < 3) await clock.advance(INTERVAL_MS);
      else {
        moves.push(clock.advance(INTERVAL_MS));
        if (batch === 3) await until(() => submitted === 3);
      }
    }
    expect(batches).toEqual([[1], [2]]);
    gate.resolve();
    await Promise.all(moves);
    await clock.advance(INTERVAL_MS);
    expect(batches.flat()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test("goes to one batch only, all of it", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const receivers = [new Pipe(), new Pipe()];
    const batches = collectBatches(ssc.union(receivers.map((receiver) => ssc.receiverStream(receiver))));
    await ssc.start();
    for (const n of [1, 2, 3]) for (const receiver of receivers) await receiver.store(n);
    await clock.advance(INTERVAL_MS);
    await receivers[1]!.store(4);
    await clock.advance(2 * INTERVAL_MS);
    expect(batches.map(({ rows }) => rows)).toEqual([[1, 2, 3, 1, 2, 3], [4], []]);
  });
});
