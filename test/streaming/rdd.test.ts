import { Engine, HashPartitioner, PlanError, type RDD } from "millrace";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manualContext, stopContexts, utf8, wordCount } from "../support/batches.js";
import { threadsOf } from "../support/internals.js";

let engine: Engine;

beforeEach(() => {
  engine = new Engine({ master: "local[1]", defaultParallelism: 3 });
});

afterEach(async () => {
  await engine.stop();
  await stopContexts();
});

const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

async function partitionsOf<T>(rdd: RDD<T>): Promise<T[][]> {
  const partitions: T[][] = [];
  await rdd.foreachPartition((rows, index) => {
    expect(index).toBe(partitions.length);
    partitions.push([...rows]);
  });
  return partitions;
}

describe("parallelize", () => {
  test.each([1, 2, 3, 4, 7, 10, 13])("cuts ten elements into %i partitions by the rule", async (count) => {
    const rdd = engine.parallelize(digits, count);
    expect(rdd.getNumPartitions()).toBe(count);
    const begin = (p: number) => Math.floor((p * digits.length) / count);
    expect(await partitionsOf(rdd)).toEqual(
      Array.from({ length: count }, (_, p) => digits.slice(begin(p), begin(p + 1))),
    );
    expect(await rdd.collect()).toEqual(digits);
    expect(await rdd.count()).toBe(10);
  });

  test("the default, any iterable, nothing", async () => {
    expect(engine.parallelize([]).getNumPartitions()).toBe(3);
    expect(await engine.parallelize(new Set("aba")).collect()).toEqual(["a", "b"]);
    expect(engine.emptyRDD().getNumPartitions()).toBe(0);
  });

  test.each([0, -1, 1.5, Number.NaN, "2"])("refuses %s partitions", (count) => {
    expect(() => engine.parallelize(digits, count as number)).toThrow(/whole number/);
  });

  test("data that changes later is not seen", async () => {
    const data = [1, 2];
    const rdd = engine.parallelize(data);
    data.push(3);
    expect(await rdd.collect()).toEqual([1, 2]);
  });
});

describe("actions", () => {
  test("on an empty RDD", async () => {
    for (const rdd of [
      engine.emptyRDD<number>(),
      engine.parallelize<number>([]),
      engine.parallelize([1]).filter(() => false),
    ]) {
      expect(await rdd.collect()).toEqual([]);
      expect(await rdd.count()).toBe(0);
      expect(await rdd.isEmpty()).toBe(true);
      expect(await rdd.take(5)).toEqual([]);
      await expect(rdd.first()).rejects.toMatchObject({ name: "PlanError", code: "empty" });
    }
  });

  test("take looks at as many partitions and rows as it needs", async () => {
    const seen: number[] = [];
    const rdd = engine.parallelize(digits, 5).map((n) => {
      seen.push(n);
      return n;
    });
    expect(await rdd.take(1)).toEqual([0]);
    expect(seen).toEqual([0]);
    expect(await rdd.take(0)).toEqual([]);
    expect(await rdd.take(3)).toEqual([0, 1, 2]);
    expect(await rdd.take(100)).toEqual(digits);
    expect(await rdd.first()).toBe(0);
    expect(await rdd.isEmpty()).toBe(false);
  });

  test("take does not run a generator, nor what follows it, to its end", async () => {
    let made = 0;
    let mapped = 0;
    let closed = false;
    const endless = engine.parallelize([1], 1).flatMap(function* () {
      try {
        for (;;) yield ++made;
      } finally {
        closed = true;
      }
    });
    expect(await endless.take(3)).toEqual([1, 2, 3]);
    expect(made).toBe(3);
    expect(closed).toBe(true);
    const mappedRows = engine
      .parallelize([digits], 1)
      .flatMap((row) => row.slice())
      .map((n) => {
        mapped += 1;
        return n;
      });
    expect(await mappedRows.take(2)).toEqual([0, 1]);
    expect(mapped).toBe(2);
  });

  test("take of very many rows", async () => {
    const rows = await engine
      .parallelize(
        Array.from({ length: 400_000 }, (_, i) => i),
        2,
      )
      .take(350_000);
    expect(rows).toHaveLength(350_000);
    expect(rows.at(-1)).toBe(349_999);
  });

  test("rows that are arrays stay arrays", async () => {
    const rows = [[1, [2]], [], [[3]]];
    expect(await engine.parallelize(rows).collect()).toEqual(rows);
    expect(await engine.parallelize(rows).take(3)).toEqual(rows);
  });

  test("foreachPartition awaits, in order, also for empty partitions", async () => {
    const log: string[] = [];
    await engine.parallelize([1, 2], 3).foreachPartition(async (rows, index) => {
      log.push(`open ${index}`);
      await new Promise((resolve) => setImmediate(resolve));
      for (const row of rows) log.push(`row ${row}`);
      log.push(`close ${index}`);
    });
    expect(log).toEqual(["open 0", "close 0", "open 1", "row 1", "close 1", "open 2", "row 2", "close 2"]);
    const failing = engine.parallelize([1]).foreachPartition(() => Promise.reject(new Error("down")));
    await expect(failing).rejects.toThrow("down");
  });

  test("an action runs what is below a shuffle once, however many jobs it needs", async () => {
    let calls = 0;
    const rdd = engine
      .parallelize([1, 2, 3, 4])
      .map((n): [number, number] => {
        calls += 1;
        return [n, n];
      })
      .reduceByKey((a, b) => a - b, 8);
    await rdd.foreachPartition(() => {});
    expect(calls).toBe(4);
    expect(await rdd.take(4)).toHaveLength(4);
    expect(calls).toBe(8);
  });

  test("union keeps partitions, needs one engine", async () => {
    const union = engine.parallelize([1, 2], 2).union(engine.parallelize([3], 1));
    expect(await partitionsOf(union)).toEqual([[1], [2], [3]]);
    expect(() => union.union(new Engine({ master: "local[1]" }).parallelize([1]))).toThrow(/one engine/);
  });

  test("actions at once on one lineage with a shuffle", async () => {
    const words = engine.parallelize(["a b", "b c", "c d"], 3).flatMap((line) => line.split(" "));
    for (const one of [1, { value: 1 }.value]) {
      const counts = (
        one === 1 ? words.map((word) => [word, 1]) : words.map((word): [string, number] => [word, one])
      ).reduceByKey((a, b) => a + b, 2);
      const expected = new Map([
        ["a", 1],
        ["b", 2],
        ["c", 2],
        ["d", 1],
      ]);
      const [rows, count, again, first, empty] = await Promise.all([
        counts.collect(),
        counts.count(),
        counts.map((pair) => pair).collect(),
        counts.take(4),
        counts.isEmpty(),
      ]);
      expect(new Map(rows)).toEqual(expected);
      expect(new Map(again)).toEqual(expected);
      expect(new Map(first)).toEqual(expected);
      expect([count, empty]).toEqual([4, false]);
    }
    expect(threadsOf(engine).blocks.size).toBe(0);
  });

  test("actions at once on a batch, in kernel memory", async () => {
    const { ssc, clock } = manualContext({ master: "local[2]", defaultParallelism: 3 });
    const lines = ssc.pushStream();
    const results: unknown[] = [];
    wordCount(lines).foreachRDD(async (rdd) => {
      results.push(
        await Promise.all([rdd.count(), rdd.collect().then((rows) => rows.length), rdd.isEmpty(), rdd.count()]),
      );
    });
    void ssc.start();
    for (let batch = 0; batch < 20; batch++) {
      await lines.pushBytes(utf8("a b\nc d\ne f\n".repeat(30)));
      await clock.advance(1000);
    }
    expect(results).toEqual(Array.from({ length: 20 }, () => [6, 6, false, 6]));
    // The last batch is remembered until the next one is processed.
    await clock.advance(1000);
    expect(threadsOf(ssc.engine).blocks.size).toBe(0);
  });
});

describe("reduceByKey", () => {
  const pairs = digits.map((n): [number, number] => [n % 4, n]);

  test("partitioning by number, HashPartitioner, or the caller's own rule", async () => {
    const rdd = engine.parallelize(pairs);
    const sums = new Map([
      [0, 12],
      [1, 15],
      [2, 8],
      [3, 10],
    ]);
    const add = (a: number, b: number) => a + b;
    expect(rdd.reduceByKey(add).getNumPartitions()).toBe(3);
    for (const partitioning of [undefined, 1, 5, new HashPartitioner(2)]) {
      expect(new Map(await rdd.reduceByKey(add, partitioning).collect())).toEqual(sums);
    }
    const own = { numPartitions: 2, getPartition: (key: unknown) => (key as number) % 2 };
    expect(await partitionsOf(rdd.reduceByKey(add, own))).toEqual([
      [
        [0, 12],
        [2, 8],
      ],
      [
        [1, 15],
        [3, 10],
      ],
    ]);
    const byHash = new HashPartitioner(5);
    const partitions = await partitionsOf(rdd.reduceByKey(add, byHash));
    for (const [index, rows] of partitions.entries())
      for (const [key] of rows) expect(byHash.getPartition(key)).toBe(index);
  });

  test("a partitioner of the caller's own sees strings that the kernel would have counted", async () => {
    const own = { numPartitions: 2, getPartition: (key: unknown) => (key === "b" ? 1 : 0) };
    const counts = engine
      .parallelize(["a b", "c b"])
      .flatMap((line) => line.split(" "))
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b, own);
    expect(await partitionsOf(counts)).toEqual([
      [
        ["a", 1],
        ["c", 1],
      ],
      [["b", 2]],
    ]);
  });

  test.each([2, -1, 0.5, Number.NaN, "0", undefined])("a partition of %s is out of range", async (result) => {
    const own = { numPartitions: 2, getPartition: () => result as number };
    const job = engine
      .parallelize(pairs)
      .reduceByKey((a, b) => a + b, own)
      .collect();
    await expect(job).rejects.toMatchObject({ name: "PlanError", code: "partition-out-of-range" });
  });

  test.each([0, -1, 1.5, "2", null, {}, { getPartition: () => 0 }])("refuses %j as a partitioning", (partitioning) => {
    expect(() => engine.parallelize(pairs).reduceByKey((a, b) => a + b, partitioning as never)).toThrow(/partitions/);
  });

  test.each([1, 3])("keys are compared by value, in %i partitions", async (partitions) => {
    const sets: unknown[][] = [
      [
        [1, [2]],
        [1, [2]],
      ],
      [
        { a: 1, b: { c: 2, d: 3 } },
        { b: { d: 3, c: 2 }, a: 1 },
        { a: 1, b: { c: 2, d: 3 }, e: undefined },
      ],
      [0, -0],
      [Number.NaN, 0 / 0],
      ["1"],
      [1],
      [1n],
      [true],
      ["true"],
      [undefined],
      [null],
      [new Date(5), new Date(5)],
      [new Date(6)],
      [Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
      [Uint16Array.of(513)],
      [[]],
      [{}],
      [""],
      [[undefined]],
      [["1"]],
      [[1]],
      ["\ud800"],
      ["\ufffd"],
    ];
    const rows = sets.flatMap((keys, index) => keys.map((key): [unknown, number[]] => [key, [index]]));
    const grouped = await engine
      .parallelize(rows, 4)
      .reduceByKey((a, b) => [...a, ...b], partitions)
      .collect();
    const found = grouped.map(([, indexes]) => indexes).sort((a, b) => a[0]! - b[0]!);
    expect(found).toEqual(sets.map((keys, index) => keys.map(() => index)));
  });

  test.each([new Map(), new Set(), () => {}, Symbol("s")])("refuses %s as a key", async (key) => {
    const job = engine
      .parallelize([[key, 1]] as Array<[unknown, number]>)
      .reduceByKey((a, b) => a + b)
      .collect();
    await expect(job).rejects.toMatchObject({ name: "PlanError", code: "unsupported-key" });
  });
});

describe("an RDD of a batch that is forgotten", () => {
  test("gives a clear error, also in what was made of it", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const kept: Array<RDD<string>> = [];
    const live: unknown[] = [];
    lines.foreachRDD((rdd) => void kept.push(rdd));
    lines.foreachRDD(async (rdd) => {
      if (kept.length === 3)
        live.push(
          await rdd
            .union(kept[0]!)
            .collect()
            .catch((error: unknown) => error),
        );
    });
    void ssc.start();
    await lines.pushBytes(utf8("a\nb\n"));
    await clock.advance(1000);
    const [rdd] = kept;
    expect(await rdd!.collect()).toEqual(["a", "b"]);
    await clock.advance(1000);
    const message = "The batch of 1000 ms is processed and forgotten";
    const uses: Array<() => Promise<unknown>> = [
      () => rdd!.collect(),
      () => rdd!.count(),
      () => rdd!.first(),
      () => rdd!.isEmpty(),
      () => rdd!.take(1),
      () => rdd!.foreachPartition(() => {}),
      () => rdd!.map((line) => line).collect(),
      () => ssc.engine.parallelize(["x"]).union(rdd!).collect(),
      () =>
        rdd!
          .map((line) => [line, 1])
          .reduceByKey((a, b) => a + b)
          .collect(),
    ];
    for (const use of uses) await expect(use()).rejects.toThrow(message);
    await expect(rdd!.count()).rejects.toBeInstanceOf(PlanError);
    await lines.pushBytes(utf8("c\nd\n"));
    await clock.advance(1000);
    expect(live).toHaveLength(1);
    expect(live[0]).toMatchObject({ code: "batch-forgotten" });
  });
});
