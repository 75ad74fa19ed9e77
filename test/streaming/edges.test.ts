import { capture, HashPartitioner, ManualClock, Minutes, StreamingContext } from "millrace";
import { afterEach, describe, expect, it, vi } from "vitest";
import { collected, manualContext, stopContexts } from "../support/batches.js";
import { threadsOf } from "../support/internals.js";

const encoder = new TextEncoder();

afterEach(async () => {
  vi.restoreAllMocks();
  await stopContexts();
});

describe("actions that an output does not await", () => {
  it.each(["local[1]", "local[2]"])("end before their batch is forgotten, %s", async (master) => {
    const { ssc, clock } = manualContext({ master });
    const lines = ssc.pushStream();
    const results: Array<Promise<Array<[string, number]>>> = [];
    const words = lines.flatMap((line) => line.split(" ")).map((word) => [word, 1]);
    words.reduceByKey((a, b) => a + b).foreachRDD((rdd) => void results.push(rdd.collect()));
    await ssc.start();
    for (let batch = 0; batch < 3; batch++) {
      const text = Array.from({ length: 20_000 }, (_, i) => `b${batch}w${i}`).join(" ");
      await lines.pushBytes(encoder.encode(`${text}\n`));
      await clock.advance(1000);
    }
    for (const [batch, result] of results.entries()) {
      const rows = await result;
      expect(rows.length).toBe(20_000);
      expect(rows.every(([word, count]) => word.startsWith(`b${batch}w`) && count === 1)).toBe(true);
    }
    // The last batch is remembered until the next one is processed.
    await clock.advance(1000);
    expect(threadsOf(ssc.engine).blocks.size).toBe(0);
  });
});

describe("an input that feeds no output", () => {
  it("takes no room from the others", async () => {
    const { ssc, clock } = manualContext({ receivedBytesMax: 100 });
    const unused = ssc.pushStream();
    const used = ssc.pushStream();
    const rows = collected(used);
    await ssc.start();
    for (let i = 0; i < 5; i++) {
      await unused.push("x".repeat(90));
      await clock.advance(1000);
      await used.push(`row ${i}`);
      await clock.advance(1000);
    }
    expect(rows.flat()).toEqual(["row 0", "row 1", "row 2", "row 3", "row 4"]);
  });

  it("that is full says whose limit it is", async () => {
    const { ssc } = manualContext({ receivedBytesMax: 100 });
    const unused = ssc.pushStream();
    const used = ssc.pushStream();
    collected(used);
    await ssc.start();
    await unused.push("x".repeat(90));
    await expect(used.push("y".repeat(20))).rejects.toThrow("90 bytes wait to be processed");
  });
});

describe("a subclass of HashPartitioner", () => {
  it("divides as it says, for lambdas that are lowered and for others", async () => {
    class OneKeyApart extends HashPartitioner {
      override getPartition(key: unknown): number {
        return key === "a" ? 1 : 0;
      }
    }
    const one = 1;
    const { ssc, clock } = manualContext();
    const words = ssc.queueStream([["a", "b", "a", "c"]]);
    const partitions: unknown[] = [];
    for (const pairs of [words.map((word) => [word, 1]), words.map((word) => [word, one])]) {
      pairs
        .reduceByKey((a, b) => a + b, new OneKeyApart(2))
        .foreachRDD(async (rdd) => {
          await rdd.foreachPartition((rows) => void partitions.push([...rows]));
        });
    }
    await ssc.start();
    await clock.advance(1000);
    expect(partitions.slice(0, 2)).toEqual([
      [
        ["b", 1],
        ["c", 1],
      ],
      [["a", 2]],
    ]);
    expect(partitions.slice(2)).toEqual(partitions.slice(0, 2));
  });
});

describe("what cannot be turned into a string", () => {
  it("fails its batch and harms no other", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { ssc, clock } = manualContext();
    let batches = 0;
    ssc.queueStream([["x"], ["y"]]).foreachRDD(() => {
      batches += 1;
      if (batches === 1) throw Object.create(null);
    });
    await ssc.start();
    await clock.advance(2000);
    await ssc.stop();
    expect(batches).toBe(2);
    expect(warn.mock.calls.flat()).toEqual([expect.stringContaining("something that cannot be shown")]);
    await expect(ssc.awaitTermination()).rejects.toBeDefined();
  });
});

describe("a listener whose method is async", () => {
  it("may reject: that is said and harms nothing", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { ssc, clock } = manualContext();
    ssc.addStreamingListener({
      onBatchCompleted: (async () => {
        throw new Error("no dashboard");
      }) as () => void,
    });
    const rows = collected(ssc.queueStream([["x"]]));
    await ssc.start();
    await clock.advance(1000);
    expect(rows).toEqual([["x"]]);
    expect(warn.mock.calls.flat()).toEqual([expect.stringContaining("no dashboard")]);
  });
});

describe("a time-out of more than 24 days", () => {
  it("does not end at once", async () => {
    vi.useFakeTimers();
    try {
      const { ssc } = manualContext();
      let outcome: boolean | undefined;
      void ssc.awaitTerminationOrTimeout(Minutes(60 * 24 * 60)).then((ended) => {
        outcome = ended;
      });
      await vi.advanceTimersByTimeAsync(1000 * 60 * 60 * 24 * 59);
      expect(outcome).toBeUndefined();
      await vi.advanceTimersByTimeAsync(1000 * 60 * 60 * 24 * 2);
      expect(outcome).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("explain()", () => {
  it("before the start changes nothing: captured values are copied at the start", async () => {
    const clock = new ManualClock();
    const ssc = new StreamingContext({ master: "local[1]", batchInterval: 1000, clock });
    const values = { separator: " " };
    const words = ssc.queueStream([["a;b c"]]).flatMap(
      capture(
        values,
        ({ separator }) =>
          (line: string) =>
            line.split(separator),
      ),
    );
    const rows = collected(words);
    expect(words.explain()).toContain("flatMap");
    values.separator = ";";
    await ssc.start();
    values.separator = "b";
    await clock.advance(1000);
    await ssc.stop();
    expect(rows).toEqual([["a", "b c"]]);
  });

  it("says on what a stage of rows depends", () => {
    const ssc = new StreamingContext({ batchInterval: 1000, clock: new ManualClock() });
    const pairs = ssc.queueStream([["a b"]]).map((word) => [word, 1]);
    expect(pairs.reduceByKey((a, b) => a + b).explain()).toContain("[kernel, where rows are bytes or of one type]");
  });
});

describe("an output's mark", () => {
  it("ends with the output: what it began moves the clock and waits for a stop", async () => {
    const { ssc, clock } = manualContext();
    let resolve!: () => void;
    const after = new Promise<void>((done) => {
      resolve = done;
    });
    let later: Promise<void> | undefined;
    ssc.queueStream([["x"]]).foreachRDD(() => {
      later ??= after.then(() => clock.advance(1000));
    });
    await ssc.start();
    await clock.advance(1000);
    resolve();
    await later;
    expect(clock.now()).toBe(2000);
  });
});

describe("a line that is set aside", () => {
  it("after a lone carriage return leaves the empty line behind it", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { ssc, clock } = manualContext({ lineBytesMax: 4 });
    const lines = ssc.pushStream();
    const rows = collected(lines);
    await ssc.start();
    await lines.pushBytes(encoder.encode("ok\rTOOLONG\n\nnext\n"));
    await clock.advance(1000);
    expect(rows).toEqual([["ok", "", "next"]]);
  });
});
