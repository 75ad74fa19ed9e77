import type { ReceiverInfo, StreamingContext } from "millrace";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { collected, manualContext, stopContexts, utf8, wordCount } from "../support/batches.js";

let warn: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(async () => {
  await stopContexts();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function receiverEvents(ssc: StreamingContext): Array<[string, ReceiverInfo]> {
  const events: Array<[string, ReceiverInfo]> = [];
  ssc.addStreamingListener({
    onReceiverStarted: ({ receiverInfo }) => void events.push(["started", receiverInfo]),
    onReceiverError: ({ receiverInfo }) => void events.push(["error", receiverInfo]),
    onReceiverStopped: ({ receiverInfo }) => void events.push(["stopped", receiverInfo]),
  });
  return events;
}

async function* chunksOf(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield utf8(text);
}

/** A source that gives what it is told to, when it is told to. */
function told<T>() {
  const waiting: Array<{ resolve: (result: IteratorResult<T>) => void; reject: (error: unknown) => void }> = [];
  const calls: string[] = [];
  const source: AsyncIterable<T> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        calls.push("next");
        return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
      },
      return: async () => {
        calls.push("return");
        return { done: true, value: undefined };
      },
    }),
  };
  return {
    source,
    calls,
    give: (value: T) => waiting.shift()!.resolve({ done: false, value }),
    end: () => waiting.shift()!.resolve({ done: true, value: undefined }),
    fail: (error: unknown) => waiting.shift()!.reject(error),
  };
}

describe("textStream", () => {
  test("lines of an async iterable of bytes, cut anywhere; its end ends the last line", async () => {
    const { ssc, clock } = manualContext();
    const events = receiverEvents(ssc);
    const batches = collected(ssc.textStream(chunksOf("one\r", "\ntwo\n\nth", "ree\r\nfour")));
    void ssc.start();
    await clock.advance(1000);
    await clock.advance(1000);
    expect(batches).toEqual([["one", "two", "", "three", "four"], []]);
    expect(events).toEqual([
      ["started", { streamId: 0, name: "Text-0", active: true }],
      ["stopped", { streamId: 0, name: "Text-0", active: false }],
    ]);
  });

  test("a ReadableStream, a fetch body", async () => {
    const { ssc, clock } = manualContext();
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(utf8("a b\nb"));
        controller.enqueue(utf8(" c\n"));
        controller.close();
      },
    });
    const batches = collected(
      wordCount(ssc.union([ssc.textStream(stream), ssc.textStream(new Response("c d").body!)]), 1),
    );
    void ssc.start();
    await clock.advance(1000);
    expect(batches[0]).toEqual([
      ["a", 1],
      ["b", 2],
      ["c", 2],
      ["d", 1],
    ]);
  });

  test("is read from the start of the context on, not before", async () => {
    const { ssc, clock } = manualContext();
    const { source, calls, give } = told<Uint8Array>();
    const batches = collected(ssc.textStream(source));
    expect(calls).toEqual([]);
    await ssc.start();
    await clock.advance(1000);
    give(utf8("x\ny"));
    await clock.advance(1000);
    give(utf8("z\n"));
    await clock.advance(1000);
    expect(batches).toEqual([[], ["x"], ["yz"]]);
  });

  test("is not read while there is no room", async () => {
    const { ssc, clock } = manualContext({ receivedBytesMax: 6 });
    const { source, calls, give } = told<Uint8Array>();
    const batches = collected(ssc.textStream(source));
    await ssc.start();
    give(utf8("12345\n"));
    await clock.advance(0);
    await Promise.resolve();
    expect(calls.length).toBe(1);
    await clock.advance(1000);
    give(utf8("abcde\n"));
    await clock.advance(1000);
    give(utf8("ab\n"));
    await clock.advance(1000);
    expect(batches).toEqual([["12345"], ["abcde"], ["ab"]]);
  });

  test("everything comes, however little may wait", async () => {
    const { ssc, clock } = manualContext({ receivedBytesMax: 1000 });
    const lines = Array.from({ length: 5000 }, (_, n) => `line ${n}`);
    const text = utf8(`${lines.join("\n")}\n`);
    const cut = async function* () {
      for (let at = 0; at < text.length; at += 700) yield text.slice(at, at + 700);
    };
    const batches = collected(ssc.textStream(cut()));
    void ssc.start();
    await clock.advance(100_000);
    expect(batches.flat()).toEqual(lines);
    for (const batch of batches) expect(batch.join("\n").length).toBeLessThan(1800);
  });

  test("an error of the source is reported, ends the stream, and what was read stays, the part of a line too", async () => {
    const { ssc, clock } = manualContext();
    const events = receiverEvents(ssc);
    const error = new Error("cable cut");
    const failing = async function* () {
      yield utf8("whole\npart");
      throw error;
    };
    const batches = collected(ssc.textStream(failing()));
    void ssc.start();
    await clock.advance(2000);
    expect(batches).toEqual([["whole", "part"], []]);
    expect(events.map(([name, { lastError }]) => [name, lastError])).toEqual([
      ["started", undefined],
      ["error", error],
      ["stopped", error],
    ]);
    await ssc.stop();
    await ssc.awaitTermination();
  });

  test("what is no bytes is an error of the source, which is closed", async () => {
    const { ssc, clock } = manualContext();
    const events = receiverEvents(ssc);
    const { source, calls, give } = told<Uint8Array>();
    const batches = collected(ssc.textStream(source));
    await ssc.start();
    give(utf8("a\n"));
    await clock.advance(1000);
    give("text" as never);
    await clock.advance(1000);
    expect(batches).toEqual([["a"], []]);
    expect(events[1]![1].lastError).toMatchObject({ name: "SourceError", code: "invalid-bytes" });
    expect(calls).toEqual(["next", "next", "return"]);
  });

  test("lines over lineBytesMax are set aside", async () => {
    const { ssc, clock } = manualContext({ lineBytesMax: 5 });
    const rejected: unknown[] = [];
    ssc.addStreamingListener({ onRecordsRejected: ({ streamId, count }) => void rejected.push([streamId, count]) });
    const batches = collected(ssc.textStream(chunksOf("12345\n123", "456\nabc\n")));
    void ssc.start();
    await clock.advance(1000);
    expect(batches).toEqual([["12345", "abc"]]);
    expect(rejected).toEqual([[0, 1]]);
  });

  test("a stop cancels a ReadableStream whose read is pending", async () => {
    const { ssc, clock } = manualContext();
    let cancelled = 0;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(utf8("a\nb")),
      cancel: () => {
        cancelled += 1;
      },
    });
    const batches = collected(ssc.textStream(stream));
    await ssc.start();
    await clock.advance(1000);
    await ssc.stop({ stopGracefully: true });
    expect(batches.flat()).toEqual(["a", "b"]);
    expect(cancelled).toBe(1);
  });

  test.each([[undefined], [null], ["text"], [[utf8("a")]], [{}], [utf8("a")]])("refuses %j", (source) => {
    expect(() => manualContext().ssc.textStream(source as never)).toThrow(/ReadableStream or an AsyncIterable/);
  });

  test("refuses a stream that somebody reads", () => {
    const stream = new ReadableStream<Uint8Array>();
    stream.getReader();
    expect(() => manualContext().ssc.textStream(stream)).toThrow(/locked/);
  });
});

describe("iterableStream", () => {
  test("records of any kind; what the source has without timers and I/O is in the next batch", async () => {
    const { ssc, clock } = manualContext();
    const values = [1, "two", null, undefined, { three: [3] }, 4n];
    const all = async function* () {
      for (const value of values) {
        await Promise.resolve();
        yield value;
      }
    };
    const batches = collected(ssc.iterableStream<unknown>(all()));
    void ssc.start();
    await clock.advance(1000);
    await clock.advance(1000);
    expect(batches).toEqual([values, []]);
  });

  test("an endless one: as much as may wait a batch, and the host has its turns", async () => {
    const { ssc, clock } = manualContext({ receivedBytesMax: 64 * 10_000 });
    const endless = async function* () {
      for (let n = 0; ; n++) yield n;
    };
    const batches = collected(ssc.iterableStream(endless()));
    await ssc.start();
    await clock.advance(3000);
    expect(batches.map(({ length }) => length)).toEqual([10_000, 10_000, 10_000]);
    expect(batches.flat()).toEqual(Array.from({ length: 30_000 }, (_, n) => n));
  });

  test("receiverMaxRate holds, and no record is read ahead of it", async () => {
    const { ssc, clock } = manualContext({ receiverMaxRate: 3 });
    let reads = 0;
    const endless = async function* () {
      for (;;) yield reads++;
    };
    const text = async function* () {
      for (let n = 0; n < 5; n++) yield utf8(`${2 * n}\r\n${2 * n + 1}\r\n`);
    };
    const batches = collected(ssc.iterableStream(endless()));
    const lines = collected(ssc.textStream(text()));
    await ssc.start();
    await clock.advance(1000);
    await clock.advance(3000);
    expect(batches).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
      [9, 10, 11],
    ]);
    expect(lines).toEqual([["0", "1", "2"], ["3", "4", "5"], ["6", "7", "8"], ["9"]]);
    expect(reads).toBeLessThanOrEqual(15);
  });

  test("its end stops the receiver; its error is reported and ends it", async () => {
    const { ssc, clock } = manualContext();
    const events = receiverEvents(ssc);
    const error = new Error("no more");
    const [ending, failing, broken] = [
      told<number>(),
      told<number>(),
      {
        [Symbol.asyncIterator]: () => {
          throw error;
        },
      },
    ];
    const batches = collected(
      ssc.union([ending.source, failing.source, broken].map((source) => ssc.iterableStream<number>(source))),
    );
    await ssc.start();
    ending.give(1);
    failing.give(2);
    await clock.advance(1000);
    ending.end();
    failing.fail(error);
    await clock.advance(1000);
    expect(batches).toEqual([[1, 2], []]);
    const of = (id: number) =>
      events
        .filter(([, { streamId }]) => streamId === id)
        .map(([name, { lastError, active }]) => [name, active, lastError]);
    expect(of(0)).toEqual([
      ["started", true, undefined],
      ["stopped", false, undefined],
    ]);
    const failed = [
      ["started", true, undefined],
      ["error", true, error],
      ["stopped", false, error],
    ];
    expect(of(1)).toEqual(failed);
    expect(of(2)).toEqual(failed);
    expect(events[1]![1].name).toBe("Iterable-1");
  });

  test("a stop calls return; a generator runs its finally", async () => {
    const { ssc, clock } = manualContext({ receiverMaxRate: 1 });
    let isClosed = false;
    const generator = async function* () {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        isClosed = true;
      }
    };
    const batches = collected(ssc.iterableStream(generator()));
    await ssc.start();
    await clock.advance(1000);
    await ssc.stop();
    expect(isClosed).toBe(true);
    expect(batches).toEqual([[0]]);
  });

  test("a record that comes while the stop waits for return is taken", async () => {
    const { ssc, clock } = manualContext();
    const calls: string[] = [];
    let give: (result: IteratorResult<number>) => void = () => {};
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise((resolve) => (give = resolve)),
        return: async () => {
          calls.push("return");
          give({ done: false, value: 7 });
          return { done: true, value: undefined };
        },
      }),
    };
    const batches = collected(ssc.iterableStream(source));
    await ssc.start();
    await clock.advance(1000);
    await ssc.stop({ stopGracefully: true });
    expect(calls).toEqual(["return"]);
    expect(batches.flat()).toEqual([7]);
  });

  test("a source that is silent holds up a stop for 100 ms at most, one that does not return for 2 s", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const silent = manualContext();
    collected(
      silent.ssc.iterableStream(
        (async function* () {
          await new Promise(() => {});
          yield 1;
        })(),
      ),
    );
    await silent.ssc.start();
    const silentStop = silent.ssc.stop();
    await vi.advanceTimersByTimeAsync(100);
    await silentStop;
    expect(warn).not.toHaveBeenCalled();

    const stuck = manualContext({ receiverMaxRate: 1 });
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 1 }),
        return: () => new Promise(() => {}),
      }),
    };
    collected(stuck.ssc.iterableStream(source));
    await stuck.ssc.start();
    await stuck.clock.advance(1000);
    let isStopped = false;
    const stop = stuck.ssc.stop().then(() => {
      isStopped = true;
    });
    await vi.advanceTimersByTimeAsync(1999);
    expect(isStopped).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await stop;
    expect(warn).toHaveBeenCalledWith(
      "millrace: The iterator of Iterable-0 has not ended within 2000 ms and is left behind.",
    );
  });

  test.each([[undefined], [null], [[1, 2]], ["text"], [5]])("refuses %j", (source) => {
    expect(() => manualContext().ssc.iterableStream(source as never)).toThrow(/AsyncIterable/);
  });
});
