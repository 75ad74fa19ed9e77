import { Receiver, StreamingContext } from "millrace";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { collected, manualContext, stopContexts } from "../support/batches.js";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

/** A message broker: hands out messages, and hands them out again to the next reader until they are acknowledged. */
class Broker {
  readonly #unacknowledged = new Map<number, string>();

  constructor(messages: readonly string[]) {
    for (const [offset, message] of messages.entries()) this.#unacknowledged.set(offset, message);
  }

  get left(): number {
    return this.#unacknowledged.size;
  }

  /** The messages from the oldest that is not acknowledged on. */
  *read(): Generator<[offset: number, message: string]> {
    yield* [...this.#unacknowledged];
  }

  acknowledge(offset: number): void {
    this.#unacknowledged.delete(offset);
  }
}

/** Stores blocks of two messages and acknowledges them when they are stored. */
class ReliableReceiver extends Receiver<string> {
  readonly #broker: Broker;
  readonly #failAfter: () => number;

  constructor(broker: Broker, failAfter: () => number) {
    super("MEMORY_AND_DISK");
    this.#broker = broker;
    this.#failAfter = failAfter;
  }

  onStart(): void {
    void this.#receive(this.#failAfter());
  }

  onStop(): void {}

  async #receive(failAfter: number): Promise<void> {
    let block: Array<[number, string]> = [];
    let read = 0;
    for (const message of this.#broker.read()) {
      if (read === failAfter) return this.restart("the connection broke", new Error("broken"), 100);
      read += 1;
      block.push(message);
      if (block.length < 2) continue;
      if (this.isStopped()) return;
      await this.storeBlock(block.map(([, text]) => text));
      for (const [offset] of block) this.#broker.acknowledge(offset);
      block = [];
    }
  }
}

/** Acknowledges messages when it reads them, and stores them in pairs. */
class UnreliableReceiver extends Receiver<string> {
  readonly #broker: Broker;
  readonly #failAfter: () => number;

  constructor(broker: Broker, failAfter: () => number) {
    super();
    this.#broker = broker;
    this.#failAfter = failAfter;
  }

  onStart(): void {
    const failAfter = this.#failAfter();
    let open: string[] = [];
    let read = 0;
    for (const [offset, message] of this.#broker.read()) {
      if (read === failAfter) {
        this.restart("the connection broke", new Error("broken"), 100);
        return;
      }
      read += 1;
      this.#broker.acknowledge(offset);
      open.push(message);
      if (open.length < 2) continue;
      for (const text of open) void this.store(text);
      open = [];
    }
  }

  onStop(): void {}
}

const MESSAGES = Array.from({ length: 20 }, (_, n) => `message ${n}`);

/** What arrives of the messages when the connection breaks after 3, 1, 5, ... messages. */
async function received(make: (broker: Broker, failAfter: () => number) => Receiver<string>): Promise<string[]> {
  const breaks = [3, 1, 5, 2, 7];
  const broker = new Broker(MESSAGES);
  const { ssc, clock } = manualContext();
  const batches = collected(ssc.receiverStream(make(broker, () => breaks.shift() ?? Number.POSITIVE_INFINITY)));
  void ssc.start();
  for (let i = 0; i < 12; i++) await clock.advance(500);
  await ssc.stop({ stopGracefully: true });
  expect(broker.left).toBe(0);
  return batches.flat();
}

describe("Receiver Reliability", () => {
  test("a reliable receiver acknowledges what is stored, and loses nothing when its connection breaks", async () => {
    expect(await received((broker, failAfter) => new ReliableReceiver(broker, failAfter))).toEqual(MESSAGES);
  });

  test("an unreliable one loses what it had in its hands", async () => {
    const rows = await received((broker, failAfter) => new UnreliableReceiver(broker, failAfter));
    const lost = MESSAGES.filter((message) => !rows.includes(message));
    expect(lost).toEqual(["message 2", "message 3", "message 8", "message 17"]);
    expect(rows).toEqual(MESSAGES.filter((message) => !lost.includes(message)));
  });

  test("what is acknowledged is in a batch also where the context stops in between: gracefully", async () => {
    const broker = new Broker(MESSAGES);
    const { ssc } = manualContext({ receivedBytesMax: 60 });
    const batches = collected(ssc.receiverStream(new ReliableReceiver(broker, () => Number.POSITIVE_INFINITY)));
    await ssc.start();
    await ssc.stop({ stopGracefully: true });
    const rows = batches.flat();
    expect(rows.length).toBeGreaterThan(0);
    expect(rows).toEqual(MESSAGES.slice(0, rows.length));
    // What was not stored was not acknowledged, and is there for the next program.
    expect(rows.length + broker.left).toBe(MESSAGES.length);
    const next = manualContext();
    const rest = collected(next.ssc.receiverStream(new ReliableReceiver(broker, () => Number.POSITIVE_INFINITY)));
    void next.ssc.start();
    await next.clock.advance(1000);
    expect([...rows, ...rest.flat()]).toEqual(MESSAGES);
  });
});

describe("Deploying, Other Considerations: rates", () => {
  class Endless extends Receiver<number> {
    async onStart(): Promise<void> {
      for (let n = 0; !this.isStopped(); n++) await this.store(n);
    }

    onStop(): void {}
  }

  afterEach(() => {
    vi.useRealTimers();
  });

  /** Records of each batch, of a program that takes 2 ms for each record. */
  async function recordsOf(
    options: Partial<ConstructorParameters<typeof StreamingContext>[0]>,
    seconds: number,
  ): Promise<number[]> {
    vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: 1_000_000 });
    const ssc = new StreamingContext({ master: "local[1]", batchInterval: 1000, ...options });
    const counts: number[] = [];
    ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void counts.push(batchInfo.numRecords) });
    ssc.receiverStream(new Endless()).foreachRDD(async (rdd) => {
      const count = await rdd.count();
      await new Promise((resolve) => setTimeout(resolve, 2 * count));
    });
    await ssc.start();
    for (let tenth = 0; tenth < 10 * seconds; tenth++) {
      await vi.advanceTimersByTimeAsync(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const stopped = ssc.stop();
    await vi.advanceTimersByTimeAsync(5000);
    await stopped;
    await ssc.awaitTermination();
    return counts;
  }

  test("receiverMaxRate is honoured on a clock that runs", async () => {
    const counts = await recordsOf({ receiverMaxRate: 200 }, 6);
    expect(counts.length).toBeGreaterThanOrEqual(4);
    for (const count of counts.slice(1)) expect(count).toBeLessThanOrEqual(202);
    expect(Math.max(...counts)).toBeGreaterThan(190);
  });

  test("back-pressure brings receivers down to what the program can process", async () => {
    // 2 ms a record are 500 records a second; 800 a second are too many.
    const counts = await recordsOf({ receiverMaxRate: 800, backpressure: { minRate: 10 } }, 40);
    expect(Math.max(...counts)).toBeGreaterThan(700);
    const settled = counts.slice(-5);
    for (const count of settled) {
      expect(count).toBeGreaterThan(300);
      expect(count).toBeLessThan(520);
    }
  });

  test("initialRate holds until the first estimate", async () => {
    const counts = await recordsOf({ receiverMaxRate: 800, backpressure: { initialRate: 50, minRate: 10 } }, 4);
    expect(counts[0]).toBeLessThanOrEqual(51);
    expect(counts[1]).toBeLessThanOrEqual(51);
  });
});
