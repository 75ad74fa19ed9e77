// The cases of Spark's ReceiverSuite, BlockGeneratorSuite, ReceiverInputDStreamSuite and of graceful stops in StreamingContextSuite.
import { Engine, Receiver, type ReceiverInfo, SourceError } from "millrace";
import { collected } from "millrace/testing";
import { afterEach, describe, expect, test } from "vitest";
import { INTERVAL_MS, type ManualContext, manualContext, stopContexts, until } from "../support/batches.js";

afterEach(stopContexts);

const LOCAL_2 = { master: "local[2]" };
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Notes what is done to it; a test stores through it. */
class Noting extends Receiver<number> {
  readonly calls: string[] = [];
  readonly whenStopped: boolean[] = [];

  onStart(): void {
    this.calls.push("start");
  }

  onStop(): void {
    this.calls.push("stop");
    this.whenStopped.push(this.isStopped());
  }
}

/** Stores numbers from 0 until it is stopped. */
class Counting extends Receiver<number> {
  stored = 0;
  #loop: Promise<void> = Promise.resolve();

  onStart(): void {
    this.#loop = this.#run();
  }

  async onStop(): Promise<void> {
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.isStopped()) {
      await this.store(this.stored++);
      await turn();
    }
  }
}

/** Makes batches until something is so, whichever clock it waits for. */
async function advanceUntil({ clock }: ManualContext, condition: () => boolean): Promise<void> {
  while (!condition()) {
    await clock.advance(INTERVAL_MS);
    await turn();
  }
}

describe("life cycle", () => {
  test("started with the context, stopped with it", async () => {
    const { ssc } = manualContext(LOCAL_2);
    const receiver = new Noting("MEMORY_ONLY");
    collected(ssc.receiverStream(receiver));
    expect(receiver.isStarted()).toBe(false);
    await ssc.start();
    await until(() => receiver.calls.length > 0);
    expect(receiver.calls).toEqual(["start"]);
    expect([receiver.isStarted(), receiver.isStopped(), receiver.streamId]).toEqual([true, false, 0]);
    await ssc.stop();
    expect(receiver.calls).toEqual(["start", "stop"]);
    expect(receiver.whenStopped).toEqual([true]);
    expect([receiver.isStarted(), receiver.isStopped()]).toEqual([false, true]);
  });

  test("restart stops, and starts again after the delay", async () => {
    const context = manualContext(LOCAL_2);
    const receiver = new Noting();
    const batches = collected(context.ssc.receiverStream(receiver));
    await context.ssc.start();
    await receiver.store(1);
    receiver.restart("again", undefined, 100);
    await until(() => receiver.calls.includes("stop"));
    await advanceUntil(context, () => receiver.calls.length === 3);
    expect(receiver.calls).toEqual(["start", "stop", "start"]);
    expect([receiver.isStarted(), receiver.isStopped()]).toEqual([true, false]);
    await receiver.store(2);
    await context.clock.advance(INTERVAL_MS);
    expect(batches.flat()).toEqual([1, 2]);
  });

  test("stop of a receiver ends it alone", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const [one, other] = [new Noting(), new Noting()];
    const batches = collected(ssc.union([ssc.receiverStream(one), ssc.receiverStream(other)]));
    await ssc.start();
    await one.store(1);
    one.stop("test");
    await until(() => one.calls.includes("stop"));
    expect([one.isStopped(), other.isStopped()]).toEqual([true, false]);
    await other.store(2);
    await clock.advance(INTERVAL_MS);
    expect(batches).toEqual([[1, 2]]);
    expect(ssc.getState()).toBe("ACTIVE");
  });

  test("an error that is reported reaches listeners, and receiving goes on", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const receiver = new Noting();
    const infos: ReceiverInfo[] = [];
    ssc.addStreamingListener({ onReceiverError: ({ receiverInfo }) => void infos.push(receiverInfo) });
    const batches = collected(ssc.receiverStream(receiver));
    await ssc.start();
    const error = new Error("cause");
    receiver.reportError("message", error);
    await receiver.store(1);
    await clock.advance(INTERVAL_MS);
    expect(infos).toHaveLength(1);
    expect(infos[0]).toMatchObject({ streamId: 0, active: true, lastErrorMessage: expect.stringContaining("message") });
    expect(infos[0]!.lastError).toBe(error);
    expect(batches).toEqual([[1]]);
  });
});

describe("storing", () => {
  test("single records, and blocks of them, in the order in which they were stored", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const receiver = new Noting();
    const stream = ssc.receiverStream(receiver);
    const batches = collected(stream);
    await ssc.start();
    await receiver.store(1);
    await receiver.store(2);
    await receiver.storeBlock([3, 4, 5]);
    await receiver.storeBlock(new Set([6]));
    await receiver.storeBlock(
      (function* () {
        yield 7;
        yield 8;
      })(),
      { offset: 8 },
    );
    await clock.advance(INTERVAL_MS);
    expect(batches).toHaveLength(1);
    expect([...batches[0]!].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("no data is an empty batch", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const counts = collected(ssc.receiverStream(new Noting()).count());
    await ssc.start();
    await clock.advance(2 * INTERVAL_MS);
    expect(counts).toEqual([[0], [0]]);
  });

  test("a graceful stop processes all that was stored", async () => {
    const { ssc } = manualContext(LOCAL_2);
    const receiver = new Noting();
    const batches = collected(ssc.receiverStream(receiver));
    await ssc.start();
    const data = Array.from({ length: 1000 }, (_, index) => index + 1);
    for (const n of data) await receiver.store(n);
    await ssc.stop({ stopGracefully: true });
    expect(batches.flat()).toEqual(data);
  });

  test("a receiver that was stopped takes nothing more", async () => {
    const { ssc } = manualContext(LOCAL_2);
    const receiver = new Noting();
    collected(ssc.receiverStream(receiver));
    await ssc.start();
    await ssc.stop();
    const stored = async () => {
      await receiver.store(1);
    };
    for (const attempt of [stored(), receiver.storeBlock([1])]) {
      await expect(attempt).rejects.toBeInstanceOf(SourceError);
      await expect(attempt).rejects.toMatchObject({ code: "stopped" });
    }
  });
});

describe("a graceful stop", () => {
  test("of four contexts on one engine, one after the other: as many processed as stored", async () => {
    const engine = new Engine(LOCAL_2);
    for (let round = 0; round < 4; round++) {
      const context = manualContext({ engine, batchInterval: 100 });
      const receiver = new Counting("MEMORY_ONLY");
      let processed = 0;
      context.ssc
        .receiverStream(receiver)
        .count()
        .foreachRDD(async (rdd) => {
          processed += await rdd.first();
        });
      await context.ssc.start();
      await advanceUntil(context, () => processed > 0);
      await context.ssc.stop({ stopGracefully: true });
      expect(processed).toBe(receiver.stored);
    }
    expect(await engine.parallelize([1]).collect()).toEqual([1]);
    await engine.stop();
  });

  test("at once after the start", async () => {
    const { ssc } = manualContext(LOCAL_2);
    const receiver = new Counting();
    ssc.receiverStream(receiver).foreachRDD(() => {});
    void ssc.start();
    await ssc.stop({ stopGracefully: true });
    expect(ssc.getState()).toBe("STOPPED");
    await ssc.awaitTermination();
  });

  test("waits for a receiver that still stores while it stops", async () => {
    class Slow extends Receiver<number> {
      #done: Promise<void> = Promise.resolve();

      onStart(): void {
        this.#done = this.#run();
      }

      async onStop(): Promise<void> {
        await this.#done;
      }

      async #run(): Promise<void> {
        for (let n = 1; n <= 15; n++) {
          for (let wait = 0; wait < 5; wait++) await turn();
          await this.store(n);
        }
      }
    }
    const context = manualContext({ ...LOCAL_2, gracefulStopTimeout: 20_000_000 });
    const batches = collected(context.ssc.receiverStream(new Slow()));
    await context.ssc.start();
    await advanceUntil(context, () => batches.flat().length > 2);
    await context.ssc.stop({ stopGracefully: true });
    expect(batches.flat()).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
  });
});
