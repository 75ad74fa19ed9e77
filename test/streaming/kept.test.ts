import { type DStream, Engine, Seconds, StateSpec } from "millrace";
import { afterEach, describe, expect, test, vi } from "vitest";
import { collected, manualContext, runBatches, stopContexts, utf8, wordCount } from "../support/batches.js";
import { threadsOf } from "../support/internals.js";

afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
});

const add = (a: number, b: number) => a + b;
const subtract = (a: number, b: number) => a - b;

describe("windows of what is made only once", () => {
  test.each([1, 2, 3])("an inverse window, every %i s", async (slide) => {
    const outputs = await runBatches([[1], [2], [3], [4], [5], [6]], (s) =>
      s
        .map((n): [string, number] => ["k", n])
        .reduceByKeyAndWindow(add, subtract, Seconds(2), Seconds(1))
        .window(Seconds(3), Seconds(slide)),
    );
    const sums = [1, 3, 5, 7, 9, 11];
    const expected = sums.flatMap((_, i) => ((i + 1) % slide === 0 ? [sums.slice(Math.max(0, i - 2), i + 1)] : []));
    expect(outputs).toEqual(expected.map((window) => window.map((sum) => ["k", sum])));
  });

  test.each([1, 2])("a state that keeps its pairs for later windows, every %i s", async (slide) => {
    const outputs = await runBatches([[1], [2], [3], [4]], (s) =>
      s
        .map((n): [string, number] => ["k", n])
        .updateStateByKey<string, number>((values, state = 0) => values.reduce(add, state))
        .mapValues((sum) => sum)
        .window(Seconds(2), Seconds(slide)),
    );
    const all = [[1], [1, 3], [3, 6], [6, 10]].map((window) => window.map((sum) => ["k", sum]));
    expect(outputs).toEqual(all.filter((_, i) => (i + 1) % slide === 0));
  });

  test("a persisted state for which there is no room is still there for every output", async () => {
    const { ssc, clock } = manualContext({ storageBytesMax: 1 });
    const sums = ssc
      .queueStream([[1], [2], [3]])
      .map((n): [string, number] => ["k", n])
      .updateStateByKey<string, number>((values, state = 0) => values.reduce(add, state))
      .persist("MEMORY_ONLY");
    const outputs = [collected(sums), collected(sums.window(Seconds(2)))];
    void ssc.start();
    await clock.advance(3000);
    await ssc.stop();
    await ssc.awaitTermination();
    expect(outputs[0]).toEqual([[["k", 1]], [["k", 3]], [["k", 6]]]);
    expect(outputs[1]).toEqual([
      [["k", 1]],
      [
        ["k", 1],
        ["k", 3],
      ],
      [
        ["k", 3],
        ["k", 6],
      ],
    ]);
  });
});

describe("blocks in kernel memory", () => {
  test("persisted lines that a window looks back at outlive the batch that received them", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream().persist();
    const outputs = collected(lines.window(Seconds(3)));
    void ssc.start();
    for (const word of ["alpha", "beta", "gamma", "delta"]) {
      await lines.pushBytes(utf8(`${word}\n`));
      await clock.advance(1000);
    }
    await ssc.stop();
    await ssc.awaitTermination();
    expect(outputs.at(-1)).toEqual(["beta", "gamma", "delta"]);
  });

  test("a window that is read after its batch keeps the text of older ones from being given back meanwhile", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const windowed = lines.window(Seconds(3));
    windowed.count().foreachRDD((rdd) => rdd.collect());
    void ssc.start();
    for (const word of ["alpha", "beta", "gamma"]) {
      await lines.pushBytes(utf8(`${word}\n`));
      await clock.advance(1000);
    }
    const [rdd] = await windowed.slice(3000, 3000);
    const slow = rdd!.foreachPartition(async (_rows, partition) => {
      if (partition > 0) return;
      // The batches that follow forget the ones that are being read.
      await clock.advance(5000);
    });
    const reading = rdd!.collect();
    await slow;
    expect(await reading).toEqual(["alpha", "beta", "gamma"]);
    await clock.advance(5000);
    expect(threadsOf(ssc.engine).blocks.size).toBe(0);
  });
});

describe("received text", () => {
  const TEXT_BYTES = 200_000;

  /** Bytes of kernel memory in use after each of some batches, which receive a long text each. */
  async function bytesHeld(
    batches: number,
    operation: (lines: DStream<string>) => DStream<unknown>,
  ): Promise<number[]> {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    operation(lines).foreachRDD((rdd) => rdd.count());
    void ssc.start();
    const text = utf8("word ".repeat(TEXT_BYTES / 5 - 1).concat("end.\n"));
    const held: number[] = [];
    for (let i = 0; i < batches; i++) {
      await lines.pushBytes(text);
      await clock.advance(1000);
      held.push(threadsOf(ssc.engine).kernel.memory.bytesTaken);
    }
    await ssc.awaitTerminationOrTimeout(0);
    return held;
  }

  test("is given back after its batch where windows look back at what was reduced from it", async () => {
    const held = await bytesHeld(40, (lines) => wordCount(lines).window(Seconds(30)));
    expect(Math.max(...held)).toBeLessThan(3 * TEXT_BYTES);
  });

  test("is given back once a window that slides by several batches has reduced them", async () => {
    const held = await bytesHeld(40, (lines) =>
      lines
        .flatMap((line) => line.split(" "))
        .map((word): [string, number] => [word, 1])
        .reduceByKeyAndWindow((a, b) => a + b, Seconds(30), Seconds(5)),
    );
    expect(Math.max(...held)).toBeLessThan(8 * TEXT_BYTES);
    expect(Math.min(...held.slice(10))).toBeLessThan(3 * TEXT_BYTES);
  });

  test("stays as long as a window has its lines", async () => {
    const held = await bytesHeld(20, (lines) => lines.window(Seconds(10)));
    expect(held.at(-1)).toBeGreaterThan(10 * TEXT_BYTES - 1);
    expect(held.at(-1)).toBeLessThan(13 * TEXT_BYTES);
  });
});

describe("unpersist", () => {
  test("in an output does not take from windows what they look back at", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const counts = wordCount(lines);
    const rdds: Array<{ unpersist(): unknown }> = [];
    counts.foreachRDD(async (rdd) => {
      await rdd.collect();
      rdds.push(rdd);
      for (const seen of rdds) seen.unpersist();
    });
    const outputs = collected(counts.window(Seconds(3)).reduceByKey(add));
    void ssc.start();
    for (let i = 0; i < 5; i++) {
      await lines.pushBytes(utf8("a b a\n"));
      await clock.advance(1000);
    }
    await ssc.stop();
    await ssc.awaitTermination();
    expect(outputs.at(-1)).toEqual([
      ["a", 6],
      ["b", 3],
    ]);
  });

  test("while a job reads what was kept", async () => {
    const engine = new Engine({ master: "local[1]" });
    const rdd = engine
      .parallelize([1, 2, 3, 4], 4)
      .map((n) => n * 2)
      .persist();
    const first = rdd.collect();
    const second = rdd.map((n) => n + 1).collect();
    for (let i = 0; i < 5; i++) {
      await Promise.resolve();
      rdd.unpersist();
      rdd.persist();
    }
    expect(await first).toEqual([2, 4, 6, 8]);
    expect(await second).toEqual([3, 5, 7, 9]);
    await engine.stop();
  });
});

describe("slice", () => {
  test("of all times there are, of infinite ones and of none", async () => {
    const { ssc, clock } = manualContext();
    const numbers = ssc.queueStream([[1], [2], [3]]);
    numbers.foreachRDD(() => {});
    ssc.remember(Seconds(10));
    void ssc.start();
    await clock.advance(3000);
    const all = await numbers.slice(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    expect(await Promise.all(all.map((rdd) => rdd.collect()))).toEqual([[1], [2], [3]]);
    expect(await numbers.slice(3000, 1000)).toEqual([]);
    await expect(numbers.slice(Number.NaN, 1)).rejects.toMatchObject({ name: "PlanError", code: "invalid-time" });
  });

  test("of times to come takes nothing from the batches that will have them", async () => {
    const { ssc, clock } = manualContext();
    const doubled = ssc.queueStream([[1], [2], [3]]).map((n) => n * 2);
    const sums = doubled
      .map((n): [string, number] => ["k", n])
      .updateStateByKey<string, number>((v, s = 0) => v.reduce(add, s));
    const outputs = [collected(doubled), collected(sums)];
    void ssc.start();
    await clock.advance(1000);
    expect(await doubled.slice(1000, 5000)).toHaveLength(1);
    expect(await sums.slice(1000, 5000)).toHaveLength(1);
    await clock.advance(2000);
    await ssc.stop();
    await ssc.awaitTermination();
    expect(outputs).toEqual([
      [[2], [4], [6]],
      [[["k", 2]], [["k", 6]], [["k", 12]]],
    ]);
  });
});

describe("a batch that fails", () => {
  test("leaves the initial state to the next one", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { ssc, clock } = manualContext();
    const pairs = ssc.queueStream([[-1], [2], [3]]).map((n): [string, number] => ["new", n]);
    const failing = (n: number) => {
      if (n < 0) throw new Error("no");
      return n;
    };
    const initial: Array<[string, number]> = [["old", 10]];
    const each = collected(
      pairs.updateStateByKey<string, number>((values, state = 0) => values.map(failing).reduce(add, state), {
        initial,
      }),
    );
    const mapped = pairs.mapWithState(
      StateSpec.function((key: string, value: number | undefined, state: import("millrace").State<number>) => {
        state.update(failing(value!) + (state.getOption() ?? 0));
        return key;
      }).initialState(initial),
    );
    const snapshots = collected(mapped.stateSnapshots());
    void ssc.start();
    await clock.advance(3000);
    await ssc.stop();
    await expect(ssc.awaitTermination()).rejects.toMatchObject({ code: "function-threw" });
    const expected = [
      [
        ["old", 10],
        ["new", 2],
      ],
      [
        ["old", 10],
        ["new", 5],
      ],
    ];
    expect(each).toEqual(expected);
    expect(snapshots).toEqual(expected);
  });

  test("whose jobs cannot be made still gives its data to state", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { ssc, clock } = manualContext();
    const pairs = ssc.queueStream([[1], [2], [4], [8]]).map((n): [string, number] => ["k", n]);
    pairs
      .transform((rdd, time) => {
        if (time.milliseconds === 2000 || time.milliseconds === 3000) throw new Error("no jobs");
        return rdd;
      })
      .foreachRDD(() => {});
    const state = collected(pairs.updateStateByKey<string, number>((values, s = 0) => values.reduce(add, s)));
    const inverse = collected(pairs.reduceByKeyAndWindow(add, subtract, Seconds(2)));
    void ssc.start();
    await clock.advance(6000);
    await ssc.stop();
    await expect(ssc.awaitTermination()).rejects.toThrow("no jobs");
    expect(state.map(([pair]) => pair![1])).toEqual([1, 15, 15, 15]);
    expect(inverse.map(([pair]) => pair![1])).toEqual([1, 12, 8, 0]);
  });

  test("is no batch for the windows after it: it is told once", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { ssc, clock } = manualContext();
    const calls: number[] = [];
    const some = ssc.queueStream([[1], [2], [4], [8], [16], [32]]).transform((rdd, { milliseconds }) => {
      calls.push(milliseconds);
      if (milliseconds === 2000 || milliseconds === 3000) throw new Error("no transform");
      return rdd;
    });
    const pairs = some.map((n): [string, number] => ["k", n]);
    const windows = collected(some.window(Seconds(3)));
    const tree = collected(pairs.reduceByKeyAndWindow(add, Seconds(3)));
    const inverse = collected(pairs.reduceByKeyAndWindow(add, subtract, Seconds(3)));
    void ssc.start();
    await clock.advance(8000);
    await ssc.stop();
    await expect(ssc.awaitTermination()).rejects.toThrow("no transform");
    expect(calls).toEqual([1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000]);
    expect(windows).toEqual([[1], [8], [8, 16], [8, 16, 32], [16, 32], [32]]);
    const sums = [1, 8, 24, 56, 48, 32];
    expect(tree.map(([pair]) => pair![1])).toEqual(sums);
    expect(inverse.map(([pair]) => pair![1])).toEqual(sums);
  });

  test("counts no update of an accumulator in its state", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { ssc, clock } = manualContext();
    const calls = ssc.engine.accumulator(0);
    const pairs = ssc
      .queueStream([
        ["a", "b", "fail"],
        ["a", "b"],
      ])
      .map((word): [string, number] => [word, 1]);
    const check = (key: string) => {
      calls.add(1);
      if (key === "fail") throw new Error("no");
    };
    pairs
      .updateStateByKey<string, number>(
        (values, _state, key) => {
          check(key);
          return values.length;
        },
        { partitioning: 1 },
      )
      .foreachRDD((rdd) => rdd.count());
    pairs
      .mapWithState(StateSpec.function((key: string) => check(key)).numPartitions(1))
      .foreachRDD((rdd) => rdd.count());
    void ssc.start();
    await clock.advance(2000);
    await expect(ssc.awaitTermination()).rejects.toMatchObject({ code: "function-threw" });
    expect(calls.value).toBe(4);
  });
});
