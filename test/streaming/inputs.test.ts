import { type DStream, HashPartitioner, type RDD, type StreamingContext } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { collected, manualContext, runBatches, stopContexts, utf8, wordCount } from "../support/batches.js";

afterEach(stopContexts);

type Item = Iterable<number> | RDD<number> | null;

/** What each batch time gives, `undefined` where there is no batch. */
async function queued(
  queue: (ssc: StreamingContext) => Item[],
  batchCount: number,
  ...rest: [oneAtATime?: boolean, defaultRDD?: (ssc: StreamingContext) => Item]
): Promise<Array<number[] | undefined>> {
  const { ssc, clock } = manualContext();
  const [oneAtATime, defaultRDD] = rest;
  const stream = ssc.queueStream<number>(queue(ssc), oneAtATime, defaultRDD?.(ssc));
  const batches = new Map<number, number[]>();
  stream.foreachRDD(async (rdd, time) => {
    batches.set(time.milliseconds, await rdd.collect());
  });
  void ssc.start();
  await clock.advance(1000 * batchCount);
  await ssc.stop();
  await ssc.awaitTermination();
  return Array.from({ length: batchCount }, (_, i) => batches.get(1000 * (i + 1)));
}

describe("queueStream", () => {
  test("one item a batch, then empty batches", async () => {
    expect(await queued(() => [[1, 2], [3]], 3)).toEqual([[1, 2], [3], []]);
  });

  test("all items at once", async () => {
    expect(await queued(() => [[1, 2], [3], [4, 5]], 2, false)).toEqual([[1, 2, 3, 4, 5], []]);
  });

  test("any iterable, RDDs too", async () => {
    const items = (ssc: StreamingContext): Item[] => [
      new Set([1, 2]),
      (function* () {
        yield 3;
      })(),
      ssc.engine.parallelize([4, 5], 3),
      ssc.engine.parallelize([6]).map((n) => n * 10),
      ssc.engine.emptyRDD<number>(),
    ];
    expect(await queued(items, 5)).toEqual([[1, 2], [3], [4, 5], [60], []]);
    expect(await queued(items, 1, false)).toEqual([[1, 2, 3, 4, 5, 60]]);
  });

  test("null is no batch; where all are taken, only alone", async () => {
    expect(await queued(() => [[1], null, [2]], 3)).toEqual([[1], undefined, [2]]);
    expect(await queued(() => [null], 2, false)).toEqual([undefined, []]);
    expect(await queued(() => [[1], null, [2]], 1, false)).toEqual([[1, 2]]);
  });

  test("an empty queue gives the default", async () => {
    expect(
      await queued(
        () => [[1]],
        3,
        true,
        () => [7, 8],
      ),
    ).toEqual([[1], [7, 8], [7, 8]]);
    expect(
      await queued(
        () => [[1]],
        3,
        false,
        (ssc) => ssc.engine.parallelize([9]),
      ),
    ).toEqual([[1], [9], [9]]);
    expect(
      await queued(
        () => [[1]],
        3,
        true,
        () => null,
      ),
    ).toEqual([[1], undefined, undefined]);
    expect(
      await queued(
        () => [],
        1,
        true,
        () => [],
      ),
    ).toEqual([[]]);
  });

  test("a default that can be iterated once only is there in every batch", async () => {
    const once = function* () {
      yield 1;
      yield 2;
    };
    expect(
      await queued(
        () => [],
        3,
        true,
        () => once(),
      ),
    ).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  test("later pushes to the array are seen, and items leave it as they are taken", async () => {
    const { ssc, clock } = manualContext();
    const queue: number[][] = [[1]];
    const outputs = collected(ssc.queueStream(queue));
    void ssc.start();
    await clock.advance(1000);
    expect(queue).toEqual([]);
    queue.push([2], [3]);
    await clock.advance(1000);
    expect(queue).toEqual([[3]]);
    await clock.advance(2000);
    expect(queue).toEqual([]);
    expect(outputs).toEqual([[1], [2], [3], []]);
  });

  test("items leave the array also where the batch is not read", async () => {
    const { ssc, clock } = manualContext();
    const queue = [[1], [2]];
    ssc.queueStream(queue).foreachRDD(() => {});
    void ssc.start();
    await clock.advance(2000);
    expect(queue).toEqual([]);
  });

  test.each([5, {}, undefined, "abc", true])("a wrong item, %j, is an error of its batch alone", async (item) => {
    const { ssc, clock } = manualContext();
    const outputs = collected(ssc.queueStream([item as never, [1]]));
    void ssc.start();
    await clock.advance(2000);
    expect(outputs).toEqual([[1]]);
    await expect(ssc.awaitTermination()).rejects.toMatchObject({ name: "PlanError", code: "invalid-batch" });
  });

  test("a wrong queue is refused at once", () => {
    const { ssc } = manualContext();
    expect(() => ssc.queueStream("abc" as never)).toThrow(/array/);
    expect(() => ssc.queueStream([], true, 5 as never)).toThrow(/iterable/);
  });

  test("an array is cut as parallelize does", async () => {
    const { ssc, clock } = manualContext({ defaultParallelism: 3 });
    const partitions: number[][] = [];
    ssc
      .queueStream([[1, 2, 3, 4, 5, 6, 7]])
      .foreachRDD((rdd) => rdd.foreachPartition((rows) => partitions.push([...rows])));
    void ssc.start();
    await clock.advance(1000);
    expect(partitions).toEqual([
      [1, 2],
      [3, 4],
      [5, 6, 7],
    ]);
  });

  test("a queued RDD of a batch that is forgotten is an error, not memory of somebody else", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const queue: Array<RDD<string>> = [];
    const batches: Array<RDD<string>> = [];
    lines.foreachRDD((rdd) => {
      batches.push(rdd);
      if (batches.length === 3) queue.push(batches[0]!);
    });
    const outputs = collected(ssc.queueStream(queue, true, null));
    void ssc.start();
    await lines.pushBytes(utf8("secret one\nsecret two\n"));
    await clock.advance(1000);
    await lines.pushBytes(utf8("other text\nof others\n"));
    await clock.advance(3000);
    expect(outputs).toEqual([]);
    await expect(ssc.awaitTermination()).rejects.toMatchObject({ code: "batch-forgotten" });
  });
});

describe("union", () => {
  test("this stream first, then the other; partitions of both", async () => {
    const [rows] = await runBatches([[3, 4]], (stream, ssc) => ssc.queueStream([[1, 2]]).union(stream));
    expect(rows).toEqual([1, 2, 3, 4]);
  });

  test("of many, of one, with itself", async () => {
    const union = (make: (a: DStream<number>, b: DStream<number>, ssc: StreamingContext) => DStream<number>) =>
      runBatches([[1], [2]], (a, ssc) => make(a, ssc.queueStream([[10], [20]]), ssc));
    expect(await union((a, b, ssc) => ssc.union([b, a, b]))).toEqual([
      [10, 1, 10],
      [20, 2, 20],
    ]);
    expect(await union((a, _b, ssc) => ssc.union([a]))).toEqual([[1], [2]]);
    expect(await union((a) => a.union(a).union(a))).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ]);
  });

  test("of kernel text and JavaScript values, counted and reduced", async () => {
    const { ssc, clock } = manualContext({ defaultParallelism: 2 });
    const lines = ssc.pushStream();
    const plain = ssc.queueStream([["c d", "a\u2028"]]);
    const outputs = collected(wordCount(lines.union(plain), 1));
    const counts = collected(lines.union(plain).count());
    const upper = collected(lines.map((line) => line.toUpperCase()).union(plain));
    void ssc.start();
    await lines.pushBytes(utf8("a b\nc\n"));
    await clock.advance(1000);
    expect(outputs).toEqual([
      [
        ["a", 1],
        ["b", 1],
        ["c", 2],
        ["d", 1],
        ["a\u2028", 1],
      ],
    ]);
    expect(counts).toEqual([[4]]);
    expect(upper).toEqual([["A B", "C", "c d", "a\u2028"]]);
  });

  test("a reduced stream and one that is not", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const ones = lines.flatMap((line) => line.split(" ")).map((word) => [word, 1]);
    const outputs = collected(
      wordCount(lines)
        .union(ones)
        .reduceByKey((a, b) => a + b),
    );
    void ssc.start();
    await lines.pushBytes(utf8("a b a\n"));
    await clock.advance(1000);
    expect(outputs).toEqual([
      [
        ["a", 4],
        ["b", 2],
      ],
    ]);
  });

  test("a parent without a batch", async () => {
    const { ssc, clock } = manualContext();
    const outputs = collected(ssc.queueStream<number>([[1], null, [3]]).union(ssc.queueStream([[10], [20], [30]])));
    void ssc.start();
    await clock.advance(3000);
    expect(outputs).toEqual([
      [1, 10],
      [3, 30],
    ]);
    await expect(ssc.awaitTermination()).rejects.toThrow(
      "Could not generate RDD from a parent for unifying at time 2000 ms",
    );
  });

  test("of no streams, of other contexts", () => {
    const { ssc } = manualContext();
    const other = manualContext().ssc;
    expect(() => ssc.union([])).toThrow(/at least one/);
    expect(() => ssc.queueStream([[1]]).union(other.queueStream([[1]]))).toThrow(/one context/);
    expect(() => ssc.union([other.queueStream([[1]])])).toThrow(/one context/);
  });
});

describe("map, flatMap, filter, count, reduceByKey as batch tables", () => {
  test("lambdas get one argument", async () => {
    expect(await runBatches([["10", "10", "10"]], (stream) => stream.map(Number.parseInt))).toEqual([[10, 10, 10]]);
    const counts: number[] = [];
    const counting = (...args: unknown[]) => {
      counts.push(args.length);
      return [true];
    };
    await runBatches([["a"]], (stream) => stream.map(counting).filter(counting).flatMap(counting));
    expect(counts).toEqual([1, 1, 1]);
  });

  test("flatMap takes any iterable: strings, sets, generators, nothing", async () => {
    const of = (n: number): Iterable<string | number> =>
      n === 0
        ? "ab"
        : n === 1
          ? new Set([1])
          : n === 2
            ? (function* () {
                yield "g";
                yield "h";
              })()
            : [];
    expect(await runBatches([[0, 1, 2, 3]], (stream) => stream.flatMap(of))).toEqual([["a", "b", 1, "g", "h"]]);
  });

  test("filter takes any truthy result", async () => {
    const values = [0, 1, "", "a", null, undefined, [], {}, Number.NaN, 0n, 1n];
    const [rows] = await runBatches([values], (stream) => stream.filter((value) => value));
    expect(rows).toEqual(values.filter(Boolean));
    // A promise is truthy whatever it resolves with, which nobody means.
    const refused = runBatches([[1, 2]], (stream) => stream.filter(() => Promise.resolve(false)));
    await expect(refused).rejects.toMatchObject({ name: "PlanError", code: "wrong-shape" });
  });

  test.each([1, 2, 4])(
    "count is one row a batch, 0 for an empty one, with %i partitions",
    async (defaultParallelism) => {
      expect(await runBatches([[1, 2, 3], [], [1]], (stream) => stream.count(), { defaultParallelism })).toEqual([
        [3],
        [0],
        [1],
      ]);
      expect(await runBatches([[1, 2], []], (stream) => stream.count().count(), { defaultParallelism })).toEqual([
        [1],
        [1],
      ]);
      const filtered = await runBatches([[1, 2, 3]], (stream) => stream.filter((n) => n > 1).count(), {
        defaultParallelism,
      });
      expect(filtered).toEqual([[2]]);
    },
  );

  test("count of no batch is no batch", async () => {
    expect(await runBatches([null, [1]], (stream: DStream<number>) => stream.count())).toEqual([[1]]);
  });

  test("reduceByKey needs no commutativity: values merge in the order of records, then partitions", async () => {
    const pairs = ["a", "b", "c", "d", "e", "f"].map((text, i): [string, string] => [`k${i % 2}`, text]);
    for (const defaultParallelism of [1, 2, 3, 6]) {
      const [rows] = await runBatches([pairs], (stream) => stream.reduceByKey((a, b) => `${a}${b}`, 1), {
        defaultParallelism,
      });
      expect(rows).toEqual([
        ["k0", "ace"],
        ["k1", "bdf"],
      ]);
    }
  });

  test("a single value of a key never meets the reducer", async () => {
    const [rows] = await runBatches([[["a", 1]] as Array<[string, number]>], (stream) =>
      stream.reduceByKey(() => {
        throw new Error("never");
      }),
    );
    expect(rows).toEqual([["a", 1]]);
  });

  test("two outputs of one stream see the same batch", async () => {
    const { ssc, clock } = manualContext({ defaultParallelism: 2 });
    const lines = ssc.pushStream();
    const counts = wordCount(lines, new HashPartitioner(2).numPartitions);
    const [first, second] = [collected(counts), collected(counts.map(([word]) => word))];
    void ssc.start();
    await lines.push("a b", "b c");
    await clock.advance(1000);
    expect(second[0]).toEqual(first[0]!.map(([word]) => word));
    expect(new Map(first[0])).toEqual(
      new Map([
        ["a", 1],
        ["b", 2],
        ["c", 1],
      ]),
    );
  });
});

describe("push", () => {
  test("mixed push and pushBytes keep their order", async () => {
    const { ssc, clock } = manualContext({ defaultParallelism: 2 });
    const lines = ssc.pushStream<string | number>();
    const outputs = collected(lines);
    void ssc.start();
    void lines.push("a");
    void lines.pushBytes(utf8("b\nc\n"));
    void lines.push("d", 5, "e\nf");
    await lines.pushBytes(utf8("g\n"));
    await clock.advance(1000);
    expect(outputs).toEqual([["a", "b", "c", "d", 5, "e\nf", "g"]]);
  });

  test("an unfinished line waits for the next call, or for close()", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const outputs = collected(lines);
    void ssc.start();
    await lines.pushBytes(utf8("a\nb"));
    await clock.advance(1000);
    await lines.pushBytes(utf8("c"));
    await clock.advance(1000);
    await lines.pushBytes(utf8("d\r"));
    await clock.advance(1000);
    await lines.pushBytes(utf8("\ne"));
    lines.close();
    await clock.advance(2000);
    expect(outputs).toEqual([["a"], [], ["bcd"], ["e"], []]);
    await expect(lines.push("f")).rejects.toMatchObject({ name: "SourceError", code: "stopped" });
    await expect(lines.pushBytes(utf8("f"))).rejects.toMatchObject({ code: "stopped" });
    lines.close();
  });

  test("pushes before start, which the caller may await", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const outputs = collected(lines);
    await lines.push("a");
    await lines.pushBytes(utf8("b\n"));
    void ssc.start();
    await clock.advance(1000);
    expect(outputs).toEqual([["a", "b"]]);
  });

  test("bytes are copied: the caller may use them again", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const outputs = collected(lines);
    void ssc.start();
    const bytes = utf8("abc\n");
    await lines.pushBytes(bytes);
    bytes.fill(33);
    await clock.advance(1000);
    expect(outputs).toEqual([["abc"]]);
  });

  test("what is no Uint8Array is refused; nothing at all is fine", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const outputs = collected(lines);
    void ssc.start();
    await expect(lines.pushBytes("abc" as never)).rejects.toMatchObject({ code: "invalid-bytes" });
    await lines.push();
    await lines.pushBytes(new Uint8Array(0));
    await clock.advance(1000);
    expect(outputs).toEqual([[]]);
  });

  test("on a manual clock a full stream rejects; one portion larger than all is taken where nothing waits", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream({ capacityBytes: 10 });
    const outputs = collected(lines);
    void ssc.start();
    await lines.push("0123456789abcdef");
    await expect(lines.push("x")).rejects.toMatchObject({
      name: "SourceError",
      code: "full",
      details: { bytesHeld: 16, bytes: 1, bytesMax: 10 },
    });
    await expect(lines.pushBytes(utf8("x\n"))).rejects.toMatchObject({ code: "full" });
    await clock.advance(1000);
    await lines.push("01234", "56789");
    await expect(lines.push("x")).rejects.toMatchObject({ code: "full" });
    await clock.advance(1000);
    await lines.pushBytes(utf8("01234567\n"));
    await lines.push("x");
    await clock.advance(1000);
    expect(outputs).toEqual([["0123456789abcdef"], ["01234", "56789"], ["01234567", "x"]]);
  });

  test("receivedBytesMax holds for all streams together", async () => {
    const { ssc, clock } = manualContext({ receivedBytesMax: 10 });
    const [a, b] = [ssc.pushStream(), ssc.pushStream()];
    const outputs = collected(a.union(b));
    void ssc.start();
    await a.push("0123456");
    await expect(b.push("0123")).rejects.toMatchObject({ code: "full" });
    await b.push("012");
    await clock.advance(1000);
    await b.push("0123456789");
    await clock.advance(1000);
    expect(outputs).toEqual([["0123456", "012"], ["0123456789"]]);
  });

  test("records are values of any kind", async () => {
    const { ssc, clock } = manualContext({ defaultParallelism: 2 });
    const stream = ssc.pushStream<unknown>();
    const outputs = collected(stream);
    void ssc.start();
    const values = [
      1,
      null,
      undefined,
      { a: [1] },
      new Date(5),
      new Map([[1, 2]]),
      5n,
      -0,
      Number.NaN,
      Uint8Array.of(1),
    ];
    await stream.push(...values);
    await clock.advance(1000);
    expect(outputs).toEqual([values]);
  });
});
