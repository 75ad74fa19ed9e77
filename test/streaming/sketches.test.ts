import { type DStream, Engine } from "millrace";
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

  it("is JavaScript, and says why", async () => {
    let text = "";
    await runOperation([[1]], (rows: DStream<number>) => {
      const counted = rows.approxDistinct();
      text = counted.explain();
      return counted;
    });
    expect(text).toContain("HyperLogLog++");
  });
});
