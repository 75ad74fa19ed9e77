import { CountMinSketch, type DStream, Engine, encodeRows, type RDD } from "millrace";
import { runOperation } from "millrace/testing";
import { afterAll, describe, expect, it } from "vitest";

const batch = (begin: number, end: number) => Array.from({ length: end - begin }, (_, i) => begin + i);
const pairs = (begin: number, end: number) =>
  batch(begin, end).map((i): [string, number] => [i % 2 ? "odd" : "even", i]);

const engine = new Engine({ master: "local[1]" });
afterAll(() => engine.stop());

describe("approxDistinct", () => {
  it("gives one number a batch, also for an empty one", async () => {
    const input = [batch(0, 20), [], [1, 1, 2]];
    expect(await runOperation(input, (rows: DStream<number>) => rows.approxDistinct())).toEqual([[20], [0], [2]]);
  });

  it("of a window counts what its batches have together", async () => {
    const input = [batch(0, 10), batch(5, 15), batch(0, 5), [], []];
    const counted = (rows: DStream<number>) => rows.approxDistinctByWindow(2000, 1000, { precision: 12 });
    expect(await runOperation(input, counted)).toEqual([[10], [15], [15], [5], [0]]);
  });

  it("of a long window is that of all its values at once", async () => {
    const input = batch(0, 9).map((i) => batch(i * 700, i * 700 + 1000));
    const windowed = await runOperation(input, (rows: DStream<number>) => rows.approxDistinctByWindow(7000, 1000));
    const plain = await runOperation(input, (rows: DStream<number>) => rows.window(7000, 1000).approxDistinct());
    expect(windowed).toEqual(plain);
  });

  it("by key gives a pair for each", async () => {
    const input = [pairs(0, 20), pairs(10, 14)];
    const byKey = (rows: DStream<[string, number]>) => rows.approxDistinctByKey({ partitioning: 1 });
    expect(await runOperation(input, byKey)).toEqual([
      [
        ["even", 10],
        ["odd", 10],
      ],
      [
        ["even", 2],
        ["odd", 2],
      ],
    ]);
    const byWindow = (rows: DStream<[string, number]>) =>
      rows.approxDistinctByKeyAndWindow(2000, 2000, { partitioning: 1, precision: 10 });
    expect(await runOperation(input, byWindow)).toEqual([
      [
        ["even", 10],
        ["odd", 10],
      ],
    ]);
  });

  it("of an RDD is there by Spark's names too", async () => {
    const rdd = engine.parallelize(batch(0, 1000), 3);
    expect(await rdd.approxDistinct()).toBe(await engine.parallelize(batch(0, 1000), 1).approxDistinct());
    expect(Math.abs((await rdd.countApproxDistinct(0.01)) - 1000)).toBeLessThan(30);
    expect(await engine.emptyRDD<number>().countApproxDistinct()).toBe(0);
    const byKey = engine.parallelize(pairs(0, 40), 3);
    const expected = [
      ["even", 20],
      ["odd", 20],
    ];
    expect((await byKey.approxDistinctByKey().collect()).sort()).toEqual(expected);
    expect((await byKey.countApproxDistinctByKey(0.01, 1).collect()).sort()).toEqual(expected);
  });

  it("refuses what nobody knows, while the graph is built", async () => {
    const rdd = engine.parallelize([1], 1);
    const wrong = { accuracy: 3 } as unknown as { precision: number };
    expect(() => rdd.approxDistinct(wrong)).toThrow(expect.objectContaining({ code: "unknown-option" }));
    expect(() => rdd.approxDistinct({ precision: 30 })).toThrow(expect.objectContaining({ code: "invalid-option" }));
  });

  it("is the kernel's, and says so", async () => {
    let text = "";
    await runOperation([[1]], (rows: DStream<number>) => {
      const counted = rows.approxDistinct();
      text = counted.explain();
      return counted;
    });
    expect(text).toMatch(/\(combine\) kernel +keeps a HyperLogLog\+\+ for each key/);
    expect(text).toMatch(/\(merge\) +kernel/);
  });
});

describe("approxTopK", () => {
  it("gives the most frequent values of a batch, a window, a key", async () => {
    const input = [["a", "b", "a"], [], ["b", "b", "c"]];
    expect(await runOperation(input, (rows: DStream<string>) => rows.approxTopK(1))).toEqual([
      [[["a", 2]]],
      [[]],
      [[["b", 2]]],
    ]);
    const windowed = (rows: DStream<string>) => rows.approxTopKByWindow(2, 3000, 3000, { capacity: 10 });
    expect(await runOperation(input, windowed)).toEqual([
      [
        [
          ["b", 3],
          ["a", 2],
        ],
      ],
    ]);
    const byKey = (rows: DStream<string>) =>
      rows.map((value): [string, string] => ["all", value]).approxTopKByKey(1, { partitioning: 2 });
    expect(await runOperation(input, byKey)).toEqual([[["all", [["a", 2]]]], [], [["all", [["b", 2]]]]]);
    const byKeyAndWindow = (rows: DStream<string>) =>
      rows.map((value): [string, string] => ["all", value]).approxTopKByKeyAndWindow(1, 3000, 3000);
    expect(await runOperation(input, byKeyAndWindow)).toEqual([[["all", [["b", 3]]]]]);
  });

  it("is there for an RDD", async () => {
    const rdd = engine.parallelize(["x", "y", "x"], 2);
    expect(await rdd.approxTopK(1)).toEqual([["x", 2]]);
    expect(
      await rdd
        .keyBy((value) => value)
        .approxTopKByKey(1)
        .collectAsMap(),
    ).toEqual(
      new Map([
        ["x", [["x", 2]]],
        ["y", [["y", 1]]],
      ]),
    );
  });
});

describe("approxQuantile", () => {
  it("gives quantiles of a batch, a window, a key", async () => {
    const input = [batch(0, 5), [], batch(5, 9)];
    const at = [0, 0.5, 1];
    expect(await runOperation(input, (rows: DStream<number>) => rows.approxQuantile(at))).toEqual([
      [[0, 2, 4]],
      [[]],
      [[5, 7, 8]],
    ]);
    const windowed = (rows: DStream<number>) => rows.approxQuantileByWindow(at, 3000, 3000, { compression: 50 });
    expect(await runOperation(input, windowed)).toEqual([[[0, 4, 8]]]);
    const keyed = (rows: DStream<number>) => rows.map((value): [boolean, number] => [value < 3, value]);
    const byKey = (rows: DStream<number>) => keyed(rows).approxQuantileByKey([1], { partitioning: 1 });
    expect((await runOperation(input, byKey))[0]).toEqual([
      [true, [2]],
      [false, [4]],
    ]);
    const byKeyAndWindow = (rows: DStream<number>) =>
      keyed(rows).approxQuantileByKeyAndWindow([1], 3000, 3000, { partitioning: 1 });
    expect(await runOperation(input, byKeyAndWindow)).toEqual([
      [
        [true, [2]],
        [false, [8]],
      ],
    ]);
  });

  it("is there for an RDD, and fails where a row is no number", async () => {
    expect(await engine.parallelize(batch(0, 101), 4).approxQuantile([0.25])).toEqual([25]);
    const byKey = engine.parallelize(pairs(0, 10), 3).approxQuantileByKey([0]);
    expect((await byKey.collect()).sort()).toEqual([
      ["even", [0]],
      ["odd", [1]],
    ]);
    const texts = engine.parallelize(["1"], 1) as unknown as RDD<number>;
    await expect(texts.approxQuantile([0.5])).rejects.toThrow(
      /Quantiles are of numbers, got string.*approxQuantile at/,
    );
  });
});

describe("countMin", () => {
  it("gives a sketch of a batch, a window, a key", async () => {
    const input = [["a", "b", "a"], [], ["b", "b", "c"]];
    const counts = (sketch: CountMinSketch) => ["a", "b", "c"].map((value) => sketch.count(value));
    const plain = (rows: DStream<string>) => rows.countMin().map(counts);
    expect(await runOperation(input, plain)).toEqual([[[2, 1, 0]], [[0, 0, 0]], [[0, 2, 1]]]);
    const windowed = (rows: DStream<string>) => rows.countMinByWindow(3000, 3000, { epsilon: 0.01 }).map(counts);
    expect(await runOperation(input, windowed)).toEqual([[[2, 3, 1]]]);
    const keyed = (rows: DStream<string>) => rows.map((value): [number, string] => [1, value]);
    const byKey = (rows: DStream<string>) => keyed(rows).countMinByKey({ delta: 0.1 }).mapValues(counts);
    expect(await runOperation(input, byKey)).toEqual([[[1, [2, 1, 0]]], [], [[1, [0, 2, 1]]]]);
    const byKeyAndWindow = (rows: DStream<string>) => keyed(rows).countMinByKeyAndWindow(3000, 3000).mapValues(counts);
    expect(await runOperation(input, byKeyAndWindow)).toEqual([[[1, [2, 3, 1]]]]);
  });

  it("is there for an RDD, and goes elsewhere as bytes", async () => {
    const sketch = await engine.parallelize(["x", "y", "x"], 2).countMin();
    const there = CountMinSketch.fromBytes(sketch.toBytes());
    expect([there.count("x"), there.count("y"), there.total]).toEqual([2, 1, 3]);
    const [[key, own]] = (await engine
      .parallelize([["k", 5]] as Array<[string, number]>, 1)
      .countMinByKey()
      .collect()) as [[string, CountMinSketch]];
    expect([key, own.count(5)]).toEqual(["k", 1]);
    expect(() => encodeRows([sketch])).toThrow(expect.objectContaining({ code: "unsupported-value" }));
  });
});

describe("sketches in the kernel", () => {
  const bytesOf = (sketch: CountMinSketch) => Buffer.from(sketch.toBytes()).toString("hex");
  const parsed = (line: string): [string, number] => [line.split(" ")[0]!, Number(line.split(" ")[1])];
  const programs: ReadonlyArray<readonly [string, (rows: DStream<[string, number]>) => DStream<unknown>]> = [
    ["approxDistinct", (rows) => rows.map((row) => row[1]).approxDistinct({ precision: 6 })],
    ["approxDistinctByKey", (rows) => rows.approxDistinctByKey()],
    ["approxDistinctByWindow", (rows) => rows.map((row) => row[0]).approxDistinctByWindow(3000, 1000)],
    ["approxDistinctByKeyAndWindow", (rows) => rows.approxDistinctByKeyAndWindow(2000, 1000)],
    [
      "countMin",
      (rows) =>
        rows
          .map((row) => row[0])
          .countMin({ epsilon: 0.1 })
          .map(bytesOf),
    ],
    ["countMinByKeyAndWindow", (rows) => rows.countMinByKeyAndWindow(3000, 1000, { epsilon: 0.1 }).mapValues(bytesOf)],
    ["approxQuantile", (rows) => rows.map((row) => row[1]).approxQuantile([0, 0.1, 0.5, 1], { compression: 20 })],
    ["approxQuantileByKey", (rows) => rows.approxQuantileByKey([0.25, 0.75], { compression: 20 })],
    ["approxQuantileByKeyAndWindow", (rows) => rows.approxQuantileByKeyAndWindow([0.25, 0.75], 3000, 1000)],
  ];

  it.each(programs)("%s gives what JavaScript gives", async (_, program) => {
    const input = [0, 1, 2, 3].map((i) => pairs(i * 150, i * 150 + 400).map(([key, n]) => `${key} ${n / 3}`));
    const texts: string[] = [];
    const run = (isOpaque: boolean) =>
      runOperation(input, (lines: DStream<string>) => {
        const made = program(
          isOpaque
            ? // Nothing is known of a function from outside.
              lines.map((line): [string, number] => parsed(line))
            : lines.map((line): [string, number] => [line.split(" ")[0]!, Number(line.split(" ")[1])]),
        );
        texts.push(made.explain());
        return made;
      });
    const kernel = await run(false);
    const javaScript = await run(true);
    expect(kernel).toEqual(javaScript);
    expect(texts[0]).toMatch(/\(combine\) +kernel/);
    expect(texts[1]).toMatch(/\(combine\) +JavaScript/);
  });
});
