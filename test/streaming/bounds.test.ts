import { ManualClock, Receiver, type SourceError, StreamingContext } from "millrace";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { crc32c } from "../../src/block/crc32c.js";
import { utf8 as bytesOf, collected, manualContext, stopContexts, stopLater } from "../support/batches.js";

beforeEach(() => void vi.spyOn(console, "warn").mockImplementation(() => {}));
afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

/** A queue of a context by its name. */
function queue(ssc: StreamingContext, name: string) {
  return ssc.metrics().queues.find((each) => each.name === name)!;
}

class Storing extends Receiver<string> {
  onStart(): void {}
  onStop(): void {}
}

describe("queues", () => {
  test("all of them are listed, each with a limit of bytes or of number", () => {
    const { ssc } = manualContext();
    ssc.pushStream({ name: "small", capacityBytes: 10 }).print();
    const { queues } = ssc.metrics();
    expect(queues.map(({ name }) => name)).toEqual([
      ...["received", "blocks", "batches", "calls", "openBlocks", "deadLetters", "kernel", "storage", "push small"],
    ]);
    for (const { bytes, bytesMax, count, reached } of queues) {
      expect([bytes, count, reached]).toEqual([0, 0, 0]);
      expect(bytesMax).toBeGreaterThan(0);
    }
  });

  test("what waits shows in them, and is gone when it is processed", async () => {
    const { ssc, clock } = manualContext({ receivedBytesMax: 1000 });
    const receiver = new Storing();
    collected(ssc.receiverStream(receiver));
    await ssc.start();
    for (let i = 0; i < 3; i++) await receiver.storeBlock(["ab", "c"]);
    await receiver.storeBlock([]);
    await receiver.store("d");
    expect(queue(ssc, "received")).toMatchObject({ bytes: 10, bytesMax: 1000, count: 7, countMax: 2 ** 24 });
    expect(queue(ssc, "blocks")).toMatchObject({ bytes: 10, count: 4, countMax: 65_536 });
    await clock.advance(1000);
    expect(queue(ssc, "received")).toMatchObject({ bytes: 0, count: 0 });
    expect(queue(ssc, "blocks")).toMatchObject({ bytes: 0, count: 0 });
  });

  test("blocks without records have a limit too", async () => {
    const { ssc, clock } = manualContext();
    const receiver = new Storing();
    ssc.receiverStream(receiver).foreachRDD(() => {});
    await ssc.start();
    for (let i = 0; i < 65_536; i++) await receiver.storeBlock([]);
    let isStored = false;
    const stored = receiver.storeBlock([]).then(() => {
      isStored = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isStored).toBe(false);
    expect(queue(ssc, "blocks")).toMatchObject({ count: 65_536, reached: 1 });
    await clock.advance(1000);
    await stored;
    expect(queue(ssc, "blocks").count).toBe(1);
  });

  test("calls of store that nobody awaits wait up to a limit; the one too many is refused, and what waits comes in", async () => {
    const clock = new ManualClock();
    const ssc = stopLater(
      new StreamingContext({ master: "local[1]", batchInterval: 1000, clock, receivedBytesMax: 100 }),
    );
    const receiver = new Storing();
    const counts = collected(ssc.receiverStream(receiver).count());
    await ssc.start();
    let stored = 0;
    let refusal: SourceError | undefined;
    while (refusal === undefined) {
      try {
        void receiver.store("a record");
        stored += 1;
      } catch (error) {
        refusal = error as SourceError;
      }
    }
    expect(refusal).toMatchObject({ name: "SourceError", code: "too-many-calls" });
    expect(refusal.message).toContain("Await what store() returns");
    expect(stored).toBe(65_536 + 12);
    expect(queue(ssc, "calls")).toMatchObject({ count: 65_536, countMax: 65_536, bytes: 8 * 65_536, reached: 1 });
    await ssc.stop({ stopGracefully: true });
    const all = counts.reduce((sum, [count]) => sum + count!, 0);
    expect(all).toBe(stored);
    expect(queue(ssc, "calls")).toMatchObject({ count: 0, bytes: 0 });
  });

  test("pushes that nobody awaits: the one too many rejects", async () => {
    const { ssc } = manualContext();
    const records = ssc.pushStream<number>();
    records.print();
    const pushes = Array.from({ length: 65_537 }, () => records.push(1));
    await expect(pushes.at(-1)).rejects.toMatchObject({ code: "too-many-calls" });
    await ssc.start();
    await Promise.all(pushes.slice(0, -1));
    expect(queue(ssc, "received").count).toBe(65_536);
    expect(queue(ssc, "calls")).toMatchObject({ count: 0, reached: 1 });
  });

  test("batches that wait have a limit: ticks wait then, and none is left out", async () => {
    const ssc = stopLater(new StreamingContext({ master: "local[1]", batchInterval: 1 }));
    const times: number[] = [];
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let countMax = 0;
    ssc.queueStream<number>([]).foreachRDD(async (_, time) => {
      await released;
      times.push(time.milliseconds);
      countMax = Math.max(countMax, queue(ssc, "batches").count!);
    });
    await ssc.start();
    await vi.waitFor(() => expect(queue(ssc, "batches").reached).toBeGreaterThan(0), { timeout: 30_000 });
    expect(queue(ssc, "batches")).toMatchObject({ count: 1000, countMax: 1000 });
    release();
    await vi.waitFor(() => expect(times.length).toBeGreaterThan(1500), { timeout: 30_000 });
    expect(times).toEqual(times.map((_, index) => times[0]! + index));
    expect(countMax).toBeLessThanOrEqual(1000);
  });

  test("what found no room in the kernel's memory, and in that of persisted partitions, is counted", async () => {
    const { ssc, clock } = manualContext({ kernelBytesMax: 2 ** 20, storageBytesMax: 100 });
    const lines = ssc.pushStream();
    const rows = ssc.queueStream([["x".repeat(1000)]]).persist("MEMORY_ONLY");
    rows.foreachRDD((rdd) => rdd.count());
    lines
      .flatMap((line) => line.split(" "))
      .countByValue()
      .foreachRDD((rdd) => rdd.count());
    await ssc.start();
    const words = Array.from({ length: 60_000 }, (_, index) => `w${index}`).join(" ");
    await lines.push(words);
    await clock.advance(1000);
    expect(ssc.metrics().batches.failed).toBe(1);
    expect(queue(ssc, "kernel").reached).toBe(1);
    expect(queue(ssc, "kernel").bytes).toBeLessThanOrEqual(2 ** 20);
    expect(queue(ssc, "storage").reached).toBeGreaterThan(0);
    await clock.advance(1000);
    expect(ssc.metrics().batches).toMatchObject({ completed: 2, failed: 1 });
  });
});

describe("deadLetters", () => {
  test("lines that are too long: length, checksum, the first 1 KiB, however they come", async () => {
    const { ssc, clock } = manualContext({ lineBytesMax: 2000 });
    const lines = ssc.pushStream();
    const rows = collected(lines);
    await ssc.start();
    const long = Uint8Array.from({ length: 5000 }, (_, index) => 97 + (index % 26));
    await lines.pushBytes(bytesOf("before\n"));
    for (let at = 0; at < long.length; at += 700) await lines.pushBytes(long.subarray(at, at + 700));
    await clock.advance(1000);
    expect(ssc.deadLetters()).toEqual([]);
    await lines.pushBytes(bytesOf("\r\nafter\n"));
    await clock.advance(1000);
    const [letter] = ssc.deadLetters();
    expect(letter).toEqual({
      ...{ streamId: 0, batchTime: letter!.batchTime, reason: "longer than lineBytesMax, 2000 bytes", bytes: 5000 },
      ...{ crc32c: crc32c(long), sample: long.subarray(0, 1024) },
    });
    expect(letter!.batchTime.milliseconds).toBe(2000);
    expect(rows.flat()).toEqual(["before", "after"]);
  });

  test("lines that are no rows of a schema: the first one of a batch and partition", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const { f64 } = await import("millrace");
    collected(lines.json({ n: f64 }));
    await ssc.start();
    await lines.pushBytes(bytesOf('{"n":1}\nnonsense\n{"n":"x"}\n'));
    await clock.advance(1000);
    expect(ssc.deadLetters()).toMatchObject([{ bytes: 8, crc32c: crc32c(bytesOf("nonsense")) }]);
    expect(queue(ssc, "deadLetters")).toMatchObject({ count: 1, reached: 1 });
  });

  test("have a quota: the oldest go first, and are counted", async () => {
    const { ssc, clock } = manualContext({ lineBytesMax: 1100 });
    const lines = ssc.pushStream();
    lines.foreachRDD(() => {});
    await ssc.start();
    for (let batch = 0; batch < 20; batch++) {
      const text = Array.from({ length: 100 }, (_, index) => `${batch * 100 + index} `.padEnd(1200, "-")).join("\n");
      await lines.pushBytes(bytesOf(`${text}\n`));
      await clock.advance(1000);
    }
    const { bytes, bytesMax, count, countMax, reached } = queue(ssc, "deadLetters");
    expect(bytes).toBeLessThanOrEqual(bytesMax!);
    expect(count).toBeLessThanOrEqual(countMax!);
    expect(count! + reached).toBe(2000);
    const letters = ssc.deadLetters();
    expect(letters).toHaveLength(count!);
    const numbers = letters.map(({ sample }) => Number.parseInt(new TextDecoder().decode(sample), 10));
    expect(numbers).toEqual(Array.from({ length: count! }, (_, index) => 2000 - count! + index));
  });
});
