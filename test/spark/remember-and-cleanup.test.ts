// The cases of Spark's BasicOperationsSuite on slices, on what is remembered, and on what is given back.
import { type DStream, MemoryStore, PlanError, Seconds } from "millrace";
import { collected } from "millrace/testing";
import { afterEach, describe, expect, test } from "vitest";
import {
  type ContextOptions,
  INTERVAL_MS,
  type ManualContext,
  manualContext,
  stopContexts,
} from "../support/batches.js";

afterEach(stopContexts);

/** Ten batches of two numbers: 0 and 1, 1 and 2, ... */
const TEN = Array.from({ length: 10 }, (_, index) => [index, index + 1]);
const LOCAL_2 = { master: "local[2]" };

/** A context that has run ten batches through an operation; `prepare` sees it before the start. */
async function ran<T>(
  operation: (numbers: DStream<number>) => DStream<T>,
  options: ContextOptions = {},
  prepare: (context: ManualContext) => void = () => {},
): Promise<{ stream: DStream<T>; batches: T[][] }> {
  const context = manualContext({ ...LOCAL_2, ...options });
  const stream = operation(context.ssc.queueStream([...TEN]));
  const batches = collected(stream);
  prepare(context);
  await context.ssc.start();
  await context.clock.advance(10 * INTERVAL_MS);
  return { stream, batches };
}

describe("slice", () => {
  test("the RDDs of the times from one to another, both included", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const stream = ssc.queueStream([[1], [2], [3], [4]]);
    stream.foreachRDD(() => {});
    ssc.remember(Seconds(10));
    await ssc.start();
    await clock.advance(4 * INTERVAL_MS);
    const rows = async (from: number, to: number) =>
      (await Promise.all((await stream.slice(from, to)).map((rdd) => rdd.collect()))).flat();
    expect(await rows(0, 1000)).toEqual([1]);
    expect(await rows(0, 2000)).toEqual([1, 2]);
    expect(await rows(1000, 2000)).toEqual([1, 2]);
    expect(await rows(2000, 4000)).toEqual([2, 3, 4]);
    expect(await rows(1999, 4999)).toEqual([1, 2, 3, 4]);
  });

  test("before the start is refused", async () => {
    const { ssc } = manualContext(LOCAL_2);
    const stream = ssc.queueStream([[1]]);
    await expect(stream.slice(0, 1000)).rejects.toThrow("has not been initialized");
    await expect(stream.slice(0, 1000)).rejects.toBeInstanceOf(PlanError);
  });
});

describe("what is remembered flows up the graph", () => {
  test("a window asks its parent for its own length more", async () => {
    let mapped!: DStream<[number, number]>;
    let inner!: DStream<[number, number]>;
    const { stream, batches } = await ran(
      (numbers) => {
        mapped = numbers.map((n) => [n % 10, 1]);
        inner = mapped.window(Seconds(2), Seconds(1));
        return inner.window(Seconds(4), Seconds(2));
      },
      {},
      ({ ssc }) => ssc.remember(Seconds(3)),
    );
    expect(batches).toHaveLength(5);
    expect(stream.rememberDuration?.milliseconds).toBe(3000);
    expect(inner.rememberDuration?.milliseconds).toBe(3000 + 4000);
    expect(mapped.rememberDuration?.milliseconds).toBe(3000 + 4000 + 2000);
    // At 10 s: of the outer window 8 and 10 s, of the inner one from 4 s, of the mapped stream from 2 s.
    const times = async (which: DStream<[number, number]>, from: number) => (await which.slice(from, 10_000)).length;
    expect(await times(stream, 8000)).toBe(2);
    expect(await times(inner, 4000)).toBe(7);
    expect(await times(mapped, 2000)).toBe(9);
  });

  test("a stream that nothing asks for more remembers its own slide", async () => {
    const { stream } = await ran((numbers) => numbers.map((n) => n));
    expect(stream.rememberDuration?.milliseconds).toBe(1000);
  });

  test("a stream with checkpoints remembers two intervals of them", async () => {
    const { stream } = await ran(
      (numbers) =>
        numbers
          .map((n) => [n, 1])
          .updateStateByKey((values, state) => values.length + (state ?? 0))
          .checkpoint(Seconds(3)),
      { checkpoint: new MemoryStore() },
    );
    expect(stream.checkpointDuration?.milliseconds).toBe(3000);
    expect(stream.rememberDuration?.milliseconds).toBe(6000);
  });
});

describe("the default interval of checkpoints: the smallest multiple of the slide from 10 s", () => {
  test.each([
    { batchInterval: 1000, expected: 10_000 },
    { batchInterval: 3000, expected: 12_000 },
    { batchInterval: 10_000, expected: 10_000 },
    { batchInterval: 15_000, expected: 15_000 },
  ])("of batches of $batchInterval ms: $expected ms", async ({ batchInterval, expected }) => {
    const { ssc } = manualContext({ batchInterval, checkpoint: new MemoryStore() });
    const pairs = ssc.queueStream<[string, number]>([]);
    const state = pairs.updateStateByKey((values, sum) => values.length + (sum ?? 0));
    const reduced = pairs.reduceByKeyAndWindow(
      (a, b) => a + b,
      (a, b) => a - b,
      batchInterval * 3,
    );
    for (const stream of [state, reduced]) stream.foreachRDD(() => {});
    await ssc.start();
    expect(state.checkpointDuration?.milliseconds).toBe(expected);
    expect(reduced.checkpointDuration?.milliseconds).toBe(expected);
    expect(pairs.checkpointDuration).toBeUndefined();
  });
});

describe("storage levels", () => {
  test("persist without a level keeps bytes in memory, a level is kept as given", () => {
    const { ssc } = manualContext();
    const stream = ssc.queueStream([[1]]);
    expect(stream.storageLevel).toBeUndefined();
    expect(stream.persist()).toBe(stream);
    expect(stream.storageLevel).toBe("MEMORY_ONLY_SER");
    expect(stream.map((n) => n).cache().storageLevel).toBe("MEMORY_ONLY_SER");
    expect(stream.map((n) => n).persist("MEMORY_AND_DISK").storageLevel).toBe("MEMORY_AND_DISK");
  });

  test("a window keeps its parent", () => {
    const { ssc } = manualContext();
    const parent = ssc.queueStream([[1]]).map((n) => n);
    parent.window(2000);
    expect(parent.storageLevel).toBe("MEMORY_ONLY_SER");
  });

  test("a persisted stream is computed once for two outputs", async () => {
    const seen: number[] = [];
    const { batches } = await ran((numbers) => {
      const noted = numbers
        .map((n) => {
          seen.push(n);
          return n;
        })
        .persist();
      collected(noted);
      return noted;
    });
    expect(batches).toEqual(TEN);
    expect(seen).toEqual(TEN.flat());
  });
});

describe("what is forgotten is given back", () => {
  test("an RDD of a batch that is done cannot be read, one that is remembered can", async () => {
    const { ssc, clock } = manualContext(LOCAL_2);
    const input = ssc.pushStream();
    const stream = input.map((line) => `${line}.`).persist();
    const rdds: Array<{ collect(): Promise<string[]> }> = [];
    stream.foreachRDD((rdd) => void rdds.push(rdd));
    ssc.remember(Seconds(2));
    await ssc.start();
    for (const line of ["1", "2", "3", "4", "5", "6"]) {
      await input.push(line);
      await clock.advance(INTERVAL_MS);
    }
    expect(await rdds[5]!.collect()).toEqual(["6."]);
    expect(await rdds[4]!.collect()).toEqual(["5."]);
    await expect(rdds[0]!.collect()).rejects.toBeInstanceOf(PlanError);
  });
});
