import { ManualClock, Receiver, type ReceiverInfo, type StreamingContext, type StreamingListener } from "millrace";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { collected, manualContext, stopContexts, until } from "../support/batches.js";

let warn: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(async () => {
  await stopContexts();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A receiver that does what it is told from outside, and remembers its calls. */
class Told<T> extends Receiver<T> {
  readonly calls: string[] = [];
  readonly #start: (receiver: Told<T>) => void | Promise<void>;
  readonly #stop: (receiver: Told<T>) => void | Promise<void>;

  constructor(
    start: (receiver: Told<T>) => void | Promise<void> = () => {},
    stop: () => void | Promise<void> = () => {},
  ) {
    super();
    this.#start = start;
    this.#stop = stop;
  }

  onStart(): void | Promise<void> {
    this.calls.push("start");
    return this.#start(this);
  }

  onStop(): void | Promise<void> {
    this.calls.push("stop");
    return this.#stop(this);
  }
}

/** Names and receivers of the events that listeners hear. */
function receiverEvents(ssc: StreamingContext): Array<[string, ReceiverInfo]> {
  const events: Array<[string, ReceiverInfo]> = [];
  const listen =
    (name: string) =>
    ({ receiverInfo }: { receiverInfo: ReceiverInfo }) =>
      void events.push([name, receiverInfo]);
  const listener: StreamingListener = {
    onReceiverStarted: listen("started"),
    onReceiverError: listen("error"),
    onReceiverStopped: listen("stopped"),
  };
  ssc.addStreamingListener(listener);
  return events;
}

/** The rows of each partition of each batch. */
function partitionsOf<T>(ssc: StreamingContext, receiver: Receiver<T>): T[][][] {
  const batches: T[][][] = [];
  ssc.receiverStream(receiver).foreachRDD(async (rdd) => {
    const partitions: T[][] = [];
    await rdd.foreachPartition((rows) => void partitions.push([...rows]));
    batches.push(partitions);
  });
  return batches;
}

describe("Custom Sources: a receiver stores", () => {
  test("single records: those whose store() had returned are in the next batch, whatever the block interval", async () => {
    const { ssc, clock } = manualContext({ blockInterval: 60_000 });
    const receiver = new Told<string>();
    const batches = collected(ssc.receiverStream(receiver));
    await ssc.start();
    expect(receiver.store("a")).toBeUndefined();
    receiver.store("b");
    await clock.advance(1000);
    receiver.store("c");
    await clock.advance(1000);
    await clock.advance(1000);
    expect(batches).toEqual([["a", "b"], ["c"], []]);
  });

  test("blocks, of any iterable, of encoded rows, in the order of the calls among single records", async () => {
    const { encodeRows } = await import("millrace");
    const { ssc, clock } = manualContext();
    const receiver = new Told<unknown>();
    const batches = partitionsOf(ssc, receiver);
    await ssc.start();
    receiver.store("single");
    await receiver.storeBlock(["x", "y"]);
    await receiver.storeBlock(new Set([1, 2]));
    await receiver.storeBlock(encodeRows([{ n: 1 }, null]), { offset: 7 });
    await receiver.storeBlock([]);
    receiver.store("later");
    receiver.store("and");
    await clock.advance(1000);
    expect(batches).toEqual([[["single"], ["x", "y"], [1, 2], [{ n: 1 }, null], [], ["later", "and"]]]);
  });

  test("what is said of blocks is in the batch's information", async () => {
    const { ssc, clock } = manualContext();
    const receiver = new Told<number>();
    collected(ssc.receiverStream(receiver));
    const infos: unknown[] = [];
    ssc.addStreamingListener({
      onBatchSubmitted: ({ batchInfo }) =>
        void infos.push([batchInfo.numRecords, batchInfo.streamIdToInputInfo.get(0)]),
    });
    await ssc.start();
    await receiver.storeBlock([1, 2], { offset: 7 });
    await receiver.storeBlock([3]);
    await clock.advance(2000);
    expect(infos).toEqual([
      [3, { numRecords: 3, metadata: { bytes: 192, blocks: [{ offset: 7 }] } }],
      [0, { numRecords: 0, metadata: { bytes: 0 } }],
    ]);
  });

  test("before the context starts, too", async () => {
    const { ssc, clock } = manualContext();
    const receiver = new Told<number>();
    const batches = collected(ssc.receiverStream(receiver));
    await receiver.store(1);
    await receiver.storeBlock([2, 3]);
    void ssc.start();
    await clock.advance(1000);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  test("a damaged block, and what is no block: rejected, the first one reported, and the next is fine", async () => {
    const { ssc, clock } = manualContext();
    const events = receiverEvents(ssc);
    const receiver = new Told<number>();
    const batches = collected(ssc.receiverStream(receiver));
    await ssc.start();
    await expect(receiver.storeBlock(Uint8Array.of(0xff, 1, 2))).rejects.toMatchObject({ name: "SourceError" });
    for (const wrong of [5, "abc", null, undefined, {}]) {
      await expect(receiver.storeBlock(wrong as never)).rejects.toMatchObject({ code: "invalid-block" });
    }
    const failing = (function* () {
      yield 1;
      throw new Error("in the middle");
    })();
    await expect(receiver.storeBlock(failing)).rejects.toThrow("in the middle");
    await receiver.storeBlock([4]);
    await clock.advance(1000);
    expect(batches).toEqual([[4]]);
    expect(events.map(([name]) => name)).toEqual(["started", "error"]);
    expect(events[1]![1].lastErrorMessage).toContain("damaged");
  });
});

describe("Input DStreams and Receivers: blocks and partitions", () => {
  test("a block an interval, a partition a block, none for an empty interval", async () => {
    const { ssc, clock } = manualContext({ blockInterval: 200 });
    const receiver = new Told<number>();
    const batches = partitionsOf(ssc, receiver);
    await ssc.start();
    for (let interval = 0; interval < 5; interval++) {
      if (interval !== 2) {
        receiver.store(interval);
        receiver.store(interval + 0.5);
      }
      await clock.advance(200);
    }
    await clock.advance(1000);
    expect(batches).toEqual([
      [
        [0, 0.5],
        [1, 1.5],
        [3, 3.5],
        [4, 4.5],
      ],
      [],
    ]);
  });

  test("several receivers receive side by side, one an input, in one union", async () => {
    const { ssc, clock } = manualContext();
    const receivers = [1, 2, 3].map((id) => new Told<number>((receiver) => receiver.store(id)));
    const batches = collected(ssc.union(receivers.map((receiver) => ssc.receiverStream(receiver))));
    expect(receivers.map(({ streamId }) => streamId)).toEqual([0, 1, 2]);
    void ssc.start();
    await clock.advance(1000);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  test("a receiver that feeds no output holds up no other", async () => {
    const { ssc, clock } = manualContext({ receivedBytesMax: 200 });
    const unused = new Told<number>(async (receiver) => {
      for (let n = 0; !receiver.isStopped(); n++) await receiver.store(n);
    });
    ssc.receiverStream(unused);
    const used = new Told<number>();
    const batches = collected(ssc.receiverStream(used));
    await ssc.start();
    const stored = used.store(1);
    await clock.advance(1000);
    await stored;
    await clock.advance(1000);
    expect(batches.flat()).toEqual([1]);
  });

  test("a loop that does nothing but store leaves the host its turns", async () => {
    const { ssc, clock } = manualContext({ receivedBytesMax: 64 * 50_000 });
    const receiver = new Told<number>(async (self) => {
      for (let n = 0; !self.isStopped(); n++) await self.store(n);
    });
    const batches = collected(ssc.receiverStream(receiver));
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await ssc.start();
    await clock.advance(2000);
    clearInterval(timer);
    expect(batches.map(({ length }) => length)).toEqual([50_000, 50_000]);
    expect(batches.flat()).toEqual(Array.from({ length: 100_000 }, (_, n) => n));
    expect(turns).toBeGreaterThan(0);
  });
});

describe("Custom Sources: the life of a receiver", () => {
  test("isStarted, isStopped and streamId", async () => {
    const { ssc, clock } = manualContext();
    const receiver = new Told<number>();
    const states = () => [receiver.streamId, receiver.isStarted(), receiver.isStopped()];
    expect(states()).toEqual([-1, false, false]);
    expect(() => receiver.store(1)).toThrow(/receiverStream\(\)/);
    ssc.queueStream([]);
    ssc.receiverStream(receiver).foreachRDD(() => {});
    expect(states()).toEqual([1, false, false]);
    await ssc.start();
    expect(states()).toEqual([1, true, false]);
    await clock.advance(1000);
    await ssc.stop();
    expect(states()).toEqual([1, false, true]);
    expect(receiver.calls).toEqual(["start", "stop"]);
  });

  test("what is stored while onStop() is pending is taken; afterwards store throws and storeBlock rejects", async () => {
    const { ssc } = manualContext();
    let end = () => {};
    const receiver = new Told<number>(
      () => {},
      () => new Promise((resolve) => (end = resolve)),
    );
    const batches = collected(ssc.receiverStream(receiver));
    await ssc.start();
    receiver.store(1);
    const stopped = ssc.stop({ stopGracefully: true });
    await until(() => receiver.calls.length === 2);
    expect(receiver.isStopped()).toBe(true);
    receiver.store(2);
    await receiver.storeBlock([3]);
    end();
    await stopped;
    expect(batches).toEqual([[1, 2, 3]]);
    expect(() => receiver.store(4)).toThrow(expect.objectContaining({ name: "SourceError", code: "stopped" }));
    await expect(receiver.storeBlock([5])).rejects.toMatchObject({ name: "SourceError", code: "stopped" });
  });

  test("reportError tells listeners, and receiving goes on", async () => {
    const { ssc, clock } = manualContext();
    const events = receiverEvents(ssc);
    const receiver = new Told<number>();
    const batches = collected(ssc.receiverStream(receiver));
    await ssc.start();
    await clock.advance(500);
    const error = new Error("cause");
    receiver.reportError("something is odd", error);
    receiver.store(1);
    await clock.advance(500);
    expect(batches).toEqual([[1]]);
    expect(events).toEqual([
      ["started", { streamId: 0, name: "Told-0", active: true }],
      [
        "error",
        {
          streamId: 0,
          name: "Told-0",
          active: true,
          lastErrorMessage: "something is odd",
          lastError: error,
          lastErrorTime: 500,
        },
      ],
    ]);
    expect(warn).toHaveBeenCalledWith("millrace: something is odd");
  });

  test("restart: onStop, the delay, onStart; returns at once, and others meanwhile change nothing", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { ssc, clock } = manualContext();
    const events = receiverEvents(ssc);
    const receiver = new Told<string>((self) => void self.store(`start ${self.calls.length}`));
    const batches = collected(ssc.receiverStream(receiver));
    await ssc.start();
    const error = new Error("line cut");
    receiver.restart("lost the source", error);
    receiver.restart("again");
    expect(receiver.calls).toEqual(["start"]);
    expect([receiver.isStarted(), receiver.isStopped()]).toEqual([false, true]);
    await clock.advance(1000);
    expect(receiver.calls).toEqual(["start", "stop"]);
    expect(() => receiver.store("gap")).toThrow(expect.objectContaining({ code: "stopped" }));
    receiver.restart("and again");
    await clock.advance(999);
    expect(receiver.calls).toEqual(["start", "stop"]);
    await clock.advance(1);
    expect(receiver.calls).toEqual(["start", "stop", "start"]);
    expect(receiver.isStarted()).toBe(true);
    expect(batches).toEqual([["start 1"], ["start 3"]]);
    expect(events.map(([name, { active, lastErrorMessage }]) => [name, active, lastErrorMessage])).toEqual([
      ["started", true, undefined],
      ["error", true, "lost the source"],
      ["stopped", false, "lost the source"],
      ["started", true, "lost the source"],
    ]);
    expect(events[1]![1].lastError).toBe(error);
  });

  test("restart after a delay of its own, of the host's time where the clock stands still", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { ssc } = manualContext();
    const receiver = new Told<string>();
    collected(ssc.receiverStream(receiver));
    await ssc.start();
    receiver.restart("again", undefined, 50);
    await vi.advanceTimersByTimeAsync(49);
    expect(receiver.calls).toEqual(["start", "stop"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(receiver.calls).toEqual(["start", "stop", "start"]);
    expect(() => receiver.restart("wrong", undefined, -1)).toThrow(/delay of a restart/);
  });

  test("restart from inside onStart, over and over: one start a delay, none after the context's stop", async () => {
    const { ssc, clock } = manualContext();
    const receiver = new Told<number>((self) => self.restart("no luck", undefined, 100));
    collected(ssc.receiverStream(receiver));
    await ssc.start();
    await clock.advance(1000);
    for (let i = 0; i < 3; i++) await clock.advance(100);
    const starts = receiver.calls.filter((call) => call === "start").length;
    expect(starts).toBe(5);
    await ssc.stop();
    await clock.advance(1000);
    expect(receiver.calls.filter((call) => call === "start").length).toBe(starts);
    expect(receiver.calls.at(-1)).toBe("stop");
  });

  test("stop ends the receiver for good, the stream goes on with empty batches", async () => {
    const { ssc, clock } = manualContext();
    const events = receiverEvents(ssc);
    const receiver = new Told<number>();
    const batches = collected(ssc.receiverStream(receiver));
    await ssc.start();
    receiver.store(1);
    receiver.stop("nothing more to read");
    receiver.stop("twice");
    await clock.advance(5000);
    receiver.restart("too late");
    await clock.advance(5000);
    expect(receiver.calls).toEqual(["start", "stop"]);
    expect(batches.flat()).toEqual([1]);
    expect(batches.length).toBe(10);
    await ssc.stop();
    await ssc.awaitTermination();
    expect(events.map(([name, { lastErrorMessage }]) => [name, lastErrorMessage])).toEqual([
      ["started", undefined],
      ["stopped", "nothing more to read"],
    ]);
  });

  test("stop with an error reports it", async () => {
    const { ssc, clock } = manualContext();
    const events = receiverEvents(ssc);
    const receiver = new Told<number>();
    collected(ssc.receiverStream(receiver));
    await ssc.start();
    const error = new Error("the end");
    receiver.stop("broken", error);
    await clock.advance(1000);
    expect(events.map(([name, { lastError }]) => [name, lastError])).toEqual([
      ["started", undefined],
      ["error", error],
      ["stopped", error],
    ]);
  });

  test("what is no receiver, or has a stream, is refused", async () => {
    const { ssc } = manualContext();
    const receiver = new Told<number>();
    ssc.receiverStream(receiver);
    expect(() => ssc.receiverStream(receiver)).toThrow(/one stream/);
    expect(() => ssc.receiverStream({ onStart() {}, onStop() {} } as never)).toThrow(/needs a Receiver/);
    expect(() => ssc.receiverStream(undefined as never)).toThrow(/needs a Receiver/);
  });
});

describe("A bad receiver harms nobody else", () => {
  /** A context with a bad receiver and a good one. */
  function withGood(bad: Receiver<number>) {
    const { ssc, clock } = manualContext();
    const events = receiverEvents(ssc);
    const badBatches = collected(ssc.receiverStream(bad));
    const good = new Told<number>();
    const batches = collected(ssc.receiverStream(good));
    return { ssc, clock, events, good, batches, badBatches };
  }

  test.each([
    [
      "throws",
      () => {
        throw new Error("no way");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no way"))],
  ])("onStart that %s is reported and tried again after 2 s", async (_, start) => {
    let tries = 0;
    const bad = new Told<number>((self) => {
      tries += 1;
      if (tries === 1) return start();
      self.store(tries);
    });
    const { ssc, clock, events, good, batches, badBatches } = withGood(bad);
    await ssc.start();
    good.store(1);
    await clock.advance(1000);
    expect(batches).toEqual([[1]]);
    const [, failure] = events.filter(([, { streamId }]) => streamId === 0);
    expect(failure).toEqual([
      "error",
      expect.objectContaining({ lastErrorMessage: expect.stringContaining("Error starting Told-0") }),
    ]);
    expect(bad.calls).toEqual(["start", "stop"]);
    await clock.advance(1000);
    expect(bad.calls).toEqual(["start", "stop", "start"]);
    expect(badBatches.flat()).toEqual([2]);
    await ssc.stop();
    await ssc.awaitTermination();
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("cannot close");
      },
    ],
    ["rejects", () => Promise.reject(new Error("cannot close"))],
  ])("onStop that %s is reported, and the stop goes on", async (_, stop) => {
    const { ssc, events, good, batches } = withGood(new Told<number>(() => {}, stop));
    await ssc.start();
    good.store(1);
    await ssc.stop({ stopGracefully: true });
    await ssc.awaitTermination();
    expect(batches).toEqual([[1]]);
    const namesOf = (id: number) => events.filter(([, { streamId }]) => streamId === id).map(([name]) => name);
    expect(namesOf(0)).toEqual(["started", "error", "stopped"]);
    expect(namesOf(1)).toEqual(["started", "stopped"]);
  });

  test("onStop that hangs is left behind after 2 s, and what it stores later is refused", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const bad = new Told<number>(
      () => {},
      () => new Promise(() => {}),
    );
    const { ssc, good, batches } = withGood(bad);
    await ssc.start();
    good.store(1);
    let isStopped = false;
    const stopped = ssc.stop({ stopGracefully: true }).then(() => {
      isStopped = true;
    });
    await vi.advanceTimersByTimeAsync(1999);
    expect(isStopped).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await stopped;
    expect(batches).toEqual([[1]]);
    expect(warn).toHaveBeenCalledWith("millrace: onStop() of Told-0 has not ended within 2000 ms and is left behind.");
    expect(() => bad.store(2)).toThrow(/no more records/);
  });

  test("onStart that never settles is one that runs", async () => {
    const bad = new Told<number>((self) => {
      self.store(7);
      return new Promise(() => {});
    });
    const { ssc, clock, good, batches, badBatches } = withGood(bad);
    void ssc.start();
    await clock.advance(1000);
    good.store(1);
    await clock.advance(1000);
    expect(badBatches.flat()).toEqual([7]);
    expect(batches.flat()).toEqual([1]);
    await ssc.stop();
  });
});

describe("Rates of receivers", () => {
  const endless = () =>
    new Told<number>(async (receiver) => {
      for (let n = 0; !receiver.isStopped(); n++) await receiver.store(n);
    });

  test.each([
    [100, [100, 100, 100]],
    [2.5, [2, 3, 2]],
    [0.5, [0, 1, 0]],
  ])("receiverMaxRate %d: so many records a second on a manual clock, in order", async (receiverMaxRate, lengths) => {
    const { ssc, clock } = manualContext({ receiverMaxRate });
    const batches = collected(ssc.receiverStream(endless()));
    await ssc.start();
    await clock.advance(1000);
    await clock.advance(2000);
    expect(batches.map(({ length }) => length)).toEqual(lengths);
    expect(batches.flat()).toEqual(batches.flat().map((_, n) => n));
  });

  test("holds for each receiver by itself; blocks stored whole and pushes are not limited", async () => {
    const { ssc, clock } = manualContext({ receiverMaxRate: 3 });
    const [a, b, blocks] = [endless(), endless(), new Told<number>((self) => self.storeBlock([1, 2, 3, 4, 5]))];
    const counts = [a, b, blocks].map((receiver) => collected(ssc.receiverStream(receiver)));
    const pushed = ssc.pushStream<number>();
    counts.push(collected(pushed));
    await ssc.start();
    await pushed.push(1, 2, 3, 4);
    await clock.advance(1000);
    expect(counts.map(([batch]) => batch!.length)).toEqual([3, 3, 5, 4]);
  });

  test.each([0, -1, Number.POSITIVE_INFINITY])("%d is no limit", async (receiverMaxRate) => {
    const { ssc, clock } = manualContext({ receiverMaxRate });
    const receiver = new Told<number>();
    const batches = collected(ssc.receiverStream(receiver));
    await ssc.start();
    for (let n = 0; n < 1000; n++) expect(receiver.store(n)).toBeUndefined();
    await clock.advance(1000);
    expect(batches[0]!.length).toBe(1000);
  });

  test("a store that waits for the rate is taken when a stop begins, and none after it", async () => {
    const { ssc } = manualContext({ receiverMaxRate: 1 });
    const receiver = new Told<string>();
    const batches = collected(ssc.receiverStream(receiver));
    await ssc.start();
    expect(receiver.store("a")).toBeUndefined();
    const waiting = ["b", "c"].map((record) => receiver.store(record));
    expect(waiting.every((promise) => promise instanceof Promise)).toBe(true);
    await ssc.stop({ stopGracefully: true });
    await Promise.all(waiting);
    expect(batches.flat()).toEqual(["a", "b", "c"]);
  });

  test("wrong options are refused", () => {
    const { ssc } = manualContext();
    expect(ssc.batchInterval.milliseconds).toBe(1000);
    for (const receiverMaxRate of [Number.NaN, "5"]) {
      expect(() => manualContext({ receiverMaxRate: receiverMaxRate as never })).toThrow(
        /receiverMaxRate must be a number/,
      );
    }
    for (const backpressure of [1, "on", null]) {
      expect(() => manualContext({ backpressure: backpressure as never })).toThrow(/backpressure must be/);
    }
    const bad = [
      { initialRate: 0 },
      { minRate: 0 },
      { minRate: -1 },
      { proportional: -1 },
      { integral: Number.NaN },
      { derivative: -0.1 },
    ];
    for (const backpressure of bad) {
      expect(() => manualContext({ backpressure })).toThrow(expect.objectContaining({ name: "ConfigError" }));
    }
  });
});

describe("Back-pressure by bytes", () => {
  test("store waits while receivedBytesMax is held, in order, and goes on when a batch is processed", async () => {
    const { ssc, clock } = manualContext({ receivedBytesMax: 3 * 64 });
    const receiver = new Told<number>();
    const batches = collected(ssc.receiverStream(receiver));
    await ssc.start();
    const stores = [1, 2, 3, 4, 5, 6, 7].map((n) => receiver.store(n));
    expect(stores.map((stored) => stored instanceof Promise)).toEqual([false, false, false, true, true, true, true]);
    const block = receiver.storeBlock([8, 9]);
    await clock.advance(1000);
    await stores[3];
    await clock.advance(1000);
    await clock.advance(1000);
    await clock.advance(1000);
    await block;
    expect(batches).toEqual([[1, 2, 3], [4, 5, 6], [7, 8, 9], []]);
  });

  test("inside an output nobody waits for the output itself", async () => {
    const { ssc, clock } = manualContext({ receivedBytesMax: 64 });
    const receiver = new Told<number>();
    const errors: unknown[] = [];
    ssc.receiverStream(receiver).foreachRDD(async () => {
      await Promise.resolve(receiver.store(1)).catch((error: unknown) => errors.push(error));
      await receiver.storeBlock([1]).catch((error: unknown) => errors.push(error));
    });
    await ssc.start();
    receiver.store(0);
    await clock.advance(1000);
    expect(errors).toMatchObject([
      { name: "SourceError", code: "full" },
      { name: "SourceError", code: "full" },
    ]);
  });

  test("on a clock that runs, too", async () => {
    const { StreamingContext } = await import("millrace");
    const ssc = new StreamingContext({
      master: "local[1]",
      batchInterval: 20,
      receivedBytesMax: 640,
      blockInterval: 5,
    });
    const receiver = new Told<number>(async (self) => {
      for (let n = 0; n < 100; n++) await self.store(n);
      self.stop("done");
    });
    const batches = collected(ssc.receiverStream(receiver));
    await ssc.start();
    await until(() => receiver.isStopped());
    await ssc.stop({ stopGracefully: true });
    expect(batches.flat()).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(10);
  });
});

test("a manual clock that starts within an interval gives the first batch its share of the rate", async () => {
  const { StreamingContext } = await import("millrace");
  const clock = new ManualClock(700);
  const ssc = new StreamingContext({ master: "local[1]", batchInterval: 1000, clock, receiverMaxRate: 10 });
  const receiver = new Told<number>(async (self) => {
    for (let n = 0; !self.isStopped(); n++) await self.store(n);
  });
  const batches = collected(ssc.receiverStream(receiver));
  await ssc.start();
  await clock.advance(300);
  await clock.advance(1000);
  await ssc.stop();
  expect(batches.map(({ length }) => length)).toEqual([3, 10]);
});

describe("storage levels", () => {
  test("of receivers: the level of received data in Spark by default, any other by name, nothing else", () => {
    class Silent extends Receiver<number> {
      onStart(): void {}
      onStop(): void {}
    }
    expect(new Silent().storageLevel).toBe("MEMORY_AND_DISK_SER_2");
    expect(new Silent("MEMORY_ONLY").storageLevel).toBe("MEMORY_ONLY");
    expect(() => new Silent("OFF_HEAP" as never)).toThrow(/storageLevel of a receiver must be one of MEMORY_ONLY/);
  });

  test("of sockets: checked", () => {
    const { ssc } = manualContext();
    ssc.socketTextStream("localhost", 9, "MEMORY_ONLY_SER");
    expect(() => ssc.socketTextStream("localhost", 9, "NONE" as never)).toThrow(/storageLevel of socketTextStream/);
    expect(() => ssc.socketStream("localhost", 9, async function* () {}, 5 as never)).toThrow(
      /storageLevel of socketStream/,
    );
    expect(() => ssc.rawSocketStream("localhost", 9, "" as never)).toThrow(/storageLevel of rawSocketStream/);
    expect(() => ssc.socketStream("localhost", 9, "converter" as never)).toThrow(/needs a converter/);
    expect(() => ssc.rawSocketStream("localhost", 70_000)).toThrow(/port from 1 to 65535/);
  });
});
