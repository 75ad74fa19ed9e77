import {
  bool,
  dictionary,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  largeUtf8,
  nullType,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  uint8,
  uint16,
  uint32,
  uint64,
  utf8 as utf8Type,
} from "@uwdata/flechette";
import type { RDD, Row } from "millrace";
import { afterEach, describe, expect, it, vi } from "vitest";
import { collected, INTERVAL_MS, manualContext, stopContexts, utf8, wordCount } from "../support/batches.js";
import { threadsOf } from "../support/internals.js";

afterEach(stopContexts);

/** The Arrow stream of rows that are JavaScript values, in so many partitions. */
async function arrowOf(rows: readonly Row[], partitions = 1): Promise<Uint8Array> {
  const { ssc } = manualContext();
  return (ssc.engine.parallelize(rows, partitions) as RDD<Row>).toArrowIPC();
}

function read(bytes: Uint8Array) {
  const table = tableFromIPC(bytes, { useBigInt: true });
  return {
    rows: table.toArray(),
    columns: Object.fromEntries(table.schema.fields.map(({ name, type }) => [name, type.typeId])),
    table,
  };
}

const TYPE = { null: 1, int: 2, float: 3, binary: 4, utf8: 5, bool: 6, timestamp: 10, list: 12, struct: 13 };

describe("toArrowIPC of values", () => {
  it("has records as columns by name", async () => {
    const rows = [
      { name: "ä😀", size: 1.5, ok: true, id: 2n ** 62n },
      { name: "", size: Number.NaN, ok: false, id: -1n },
    ];
    const { columns, rows: got } = read(await arrowOf(rows));
    expect(columns).toEqual({ name: TYPE.utf8, size: TYPE.float, ok: TYPE.bool, id: TYPE.int });
    expect(got).toEqual(rows);
  });

  it("has arrays as _1, _2 and scalars as value", async () => {
    expect(read(await arrowOf([["a", 1] as Row, ["b", 2] as Row])).rows).toEqual([
      { _1: "a", _2: 1 },
      { _1: "b", _2: 2 },
    ]);
    expect(read(await arrowOf(["x", "y"])).rows).toEqual([{ value: "x" }, { value: "y" }]);
  });

  it("has null for null, undefined and fields that are not there", async () => {
    const rows = [{ a: null, b: 1, c: null }, { b: null, a: "x", c: undefined }, { d: true }] as Row[];
    const { rows: got, columns } = read(await arrowOf(rows));
    expect(columns).toEqual({ a: TYPE.utf8, b: TYPE.float, c: TYPE.null, d: TYPE.bool });
    expect(got).toEqual([
      { a: null, b: 1, c: null, d: null },
      { a: "x", b: null, c: null, d: null },
      { a: null, b: null, c: null, d: true },
    ]);
  });

  it("has dates, bytes, lists and structs within rows", async () => {
    const at = new Date("2026-01-02T03:04:05.678Z");
    const rows = [
      { at, bytes: Uint8Array.of(1, 2), list: ["a", null, "bc"], inner: { x: 1, y: { z: "q" } } },
      { at: null, bytes: null, list: [], inner: null },
      { at: new Date(0), bytes: new Uint8Array(0), list: null, inner: { x: null, y: null } },
    ];
    const { table, columns } = read(await arrowOf(rows as unknown as Row[]));
    expect(columns).toEqual({ at: TYPE.timestamp, bytes: TYPE.binary, list: TYPE.list, inner: TYPE.struct });
    const got = tableFromIPC(await arrowOf(rows as unknown as Row[]), { useDate: true }).toArray();
    expect(got).toEqual(rows);
    expect(table.getChild("list").at(1)).toEqual([]);
  });

  it("has arrays of one length and several types as structs", async () => {
    const rows = [
      ["k", ["a", 1]],
      ["l", ["b", 2]],
    ] as unknown as Row[];
    expect(read(await arrowOf(rows)).rows).toEqual([
      { _1: "k", _2: { _1: "a", _2: 1 } },
      { _1: "l", _2: { _1: "b", _2: 2 } },
    ]);
  });

  it("replaces lone surrogates", async () => {
    const rows = ["a\ud800", "\udc00b", "\ud83d\ude00", "\ud7ff\ue000"];
    expect(read(await arrowOf(rows)).rows.map((row) => row.value)).toEqual(rows.map((text) => text.toWellFormed()));
  });

  it("has a batch for each partition with rows, of one schema", async () => {
    const rows = [1, 2, 3, null, 5] as Row[];
    const { table, rows: got } = read(await arrowOf(rows, 7));
    expect(got.map((row) => row.value)).toEqual(rows);
    expect(table.children[0]!.data.length).toBe(5);
  });

  it("is a stream without columns where there are no rows", async () => {
    const { rows, table } = read(await arrowOf([], 3));
    expect(rows).toEqual([]);
    expect(table.schema.fields).toEqual([]);
  });

  it("has 100,000 rows", async () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => ({ i, text: `row ${i}`, even: i % 2 === 0 ? true : null }));
    const { table } = read(await arrowOf(rows as Row[], 3));
    expect(table.numRows).toBe(100_000);
    expect(table.toArray()).toEqual(rows);
  });

  it.each([
    ["numbers and strings", [1, "a"], "value"],
    ["numbers and strings in a field", [{ a: { b: 1 } }, { a: { b: "x" } }], "a.b"],
    ["arrays and objects", [[1], { a: 1 }], ""],
    ["null beside objects", [null, { a: 1 }], ""],
    ["a big bigint", [2n ** 63n], "value"],
    ["a map", [{ m: new Map() }], "m"],
    ["an invalid date", [new Date(Number.NaN)], "value"],
  ])("refuses %s", async (_, rows, column) => {
    await expect(arrowOf(rows as unknown as Row[], 2)).rejects.toMatchObject({
      name: "PlanError",
      code: "not-columnar",
      details: { column },
    });
  });
});

describe("toArrowIPC of blocks in the kernel", () => {
  it("has the counts of words, in several partitions", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const got: Array<{ rows: unknown[]; collected: unknown[] }> = [];
    wordCount(lines, 3).foreachRDD(async (rdd) => {
      got.push({ rows: read(await rdd.toArrowIPC()).rows, collected: await rdd.collect() });
    });
    void ssc.start();
    await lines.pushBytes(utf8("to be or not to be ä😀\n\n😀 to\n"));
    await clock.advance(INTERVAL_MS);
    await clock.advance(INTERVAL_MS);
    expect(got[0]!.rows).toEqual((got[0]!.collected as [string, number][]).map(([_1, _2]) => ({ _1, _2 })));
    expect(got[0]!.rows).toHaveLength(7);
    expect(got[1]!.rows).toEqual([]);
  });

  it("has lines", async () => {
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const got: unknown[][] = [];
    lines.foreachRDD(async (rdd) => {
      got.push(read(await rdd.toArrowIPC()).rows);
    });
    void ssc.start();
    await lines.pushBytes(utf8("a\nä\n\n"));
    await clock.advance(INTERVAL_MS);
    expect(got).toEqual([[{ value: "a" }, { value: "ä" }, { value: "" }]]);
  });
});

describe("pushArrow", () => {
  /** What batches have of Arrow streams that are pushed one after the other, all before the first batch. */
  async function pushed(...streams: readonly Uint8Array[]): Promise<{ rows: unknown[]; partitions: number }> {
    const { ssc, clock } = manualContext({ defaultParallelism: 4 });
    const input = ssc.pushStream<Row>();
    const got: Array<{ rows: unknown[]; partitions: number }> = [];
    input.foreachRDD(async (rdd) => {
      got.push({ rows: await rdd.collect(), partitions: rdd.getNumPartitions() });
    });
    void ssc.start();
    for (const stream of streams) await input.pushArrow(stream);
    await clock.advance(INTERVAL_MS);
    return got[0]!;
  }

  const stream = (columns: Parameters<typeof tableFromArrays>[0], options?: Parameters<typeof tableFromArrays>[1]) =>
    tableToIPC(tableFromArrays(columns, options), { format: "stream" })!;

  it("takes strings, numbers, integers and booleans, and nulls of each", async () => {
    const columns = {
      s: ["", "ä😀", null, "x"],
      t: ["a", "bc", "", "d"],
      f: [1.5, null, -0, 3],
      g: [0.5, 1, 2, 3],
      i: [1, -2, null, 2 ** 31 - 1],
      big: [2n ** 53n - 1n, null, 0n, -5n],
      b: [true, null, false, true],
      c: [true, false, true, false],
      n: [null, null, null, null],
    };
    const types = {
      s: utf8Type(),
      t: largeUtf8(),
      f: float64(),
      g: float32(),
      i: int32(),
      big: int64(),
      b: bool(),
      c: bool(),
      n: nullType(),
    };
    const { rows } = await pushed(stream(columns, { types }));
    const names = Object.keys(columns) as Array<keyof typeof columns>;
    const number = (value: unknown) => (typeof value === "bigint" ? Number(value) : value);
    expect(rows).toEqual(
      [0, 1, 2, 3].map((i) => Object.fromEntries(names.map((name) => [name, number(columns[name][i])]))),
    );
  });

  it.each([int8(), int16(), uint8(), uint16(), uint32(), uint64()])("takes integers of type %#", async (type) => {
    const { rows } = await pushed(stream({ i: [1, 2, 100] }, { types: { i: type } }));
    expect(rows).toEqual([{ i: 1 }, { i: 2 }, { i: 100 }]);
  });

  it("takes strings of a dictionary", async () => {
    const values = ["a", "ä", "a", null, "", "ä"];
    const { rows } = await pushed(stream({ s: values }, { types: { s: dictionary(utf8Type()) } }));
    expect(rows).toEqual(values.map((s) => ({ s })));
  });

  it("takes 100,000 rows, in several partitions, and what toArrowIPC made", async () => {
    const n = Array.from({ length: 100_000 }, (_, i) => i);
    const bytes = stream({ n, s: n.map((i) => `row ${i}`) }, { types: { n: float64(), s: utf8Type() } });
    const { rows, partitions } = await pushed(bytes);
    expect(partitions).toBeGreaterThan(1);
    expect(rows).toEqual(n.map((i) => ({ n: i, s: `row ${i}` })));
    const again = await pushed(await arrowOf(rows as Row[], 2));
    expect(again.rows).toEqual(rows);
  });

  it("takes streams without rows, and several streams in order", async () => {
    const empty = stream({ s: [] }, { types: { s: utf8Type() } });
    const one = stream({ s: ["a"] }, { types: { s: utf8Type() } });
    const two = stream({ other: [1, 2] }, { types: { other: float64() } });
    expect((await pushed(empty)).rows).toEqual([]);
    expect((await pushed(one, empty, two)).rows).toEqual([{ s: "a" }, { other: 1 }, { other: 2 }]);
  });

  it("takes bytes at any address, and copies them", async () => {
    const bytes = stream({ f: [1, 2], s: ["a", "b"] }, { types: { f: float64(), s: utf8Type() } });
    const odd = new Uint8Array(bytes.length + 3).subarray(3);
    odd.set(bytes);
    const { ssc, clock } = manualContext();
    const input = ssc.pushStream<Row>();
    const got: unknown[] = [];
    input.foreachRDD(async (rdd) => got.push(...(await rdd.collect())));
    void ssc.start();
    await input.pushArrow(odd);
    odd.fill(0);
    await clock.advance(INTERVAL_MS);
    expect(got).toEqual([
      { f: 1, s: "a" },
      { f: 2, s: "b" },
    ]);
  });

  it("runs operators on the columns, and gives their memory back", async () => {
    const { ssc, clock } = manualContext();
    const input = ssc.pushStream<{ word: string; n: number }>();
    const sums: unknown[] = [];
    input
      .filter(({ n }) => n > 0)
      .map(({ word, n }): [string, number] => [word, n])
      .reduceByKey((a, b) => a + b)
      .foreachRDD(async (rdd) => sums.push((await rdd.collect()).sort()));
    void ssc.start();
    await input.pushArrow(
      stream({ word: ["a", "b", "a", "c"], n: [1, 2, 3, -1] }, { types: { word: utf8Type(), n: float64() } }),
    );
    await clock.advance(INTERVAL_MS);
    expect(sums).toEqual([
      [
        ["a", 4],
        ["b", 2],
      ],
    ]);
  });

  it.each([
    ["an unsafe integer", stream({ i: [2n ** 60n] }, { types: { i: int64() } }), "arrow-unsafe-integer"],
    ["a list", stream({ l: [[1]] }), "arrow-unsupported"],
    ["no Arrow at all", utf8("hello, this is text"), "arrow-damaged"],
    ["nothing", new Uint8Array(0), "arrow-damaged"],
    [
      "a stream that ends early",
      stream({ s: ["abc", "def"] }, { types: { s: utf8Type() } }).slice(0, -24),
      "arrow-damaged",
    ],
  ])("refuses %s", async (_, bytes, code) => {
    await expect(pushed(bytes)).rejects.toMatchObject({ name: "SourceError", code });
  });

  it("never reads beyond damaged bytes", async () => {
    const { ssc } = manualContext();
    const input = ssc.pushStream<Row>();
    input.foreachRDD(() => {});
    void ssc.start();
    const bytes = stream({ s: ["abc", null, "def"], f: [1, 2, 3] }, { types: { s: utf8Type(), f: float64() } });
    let refused = 0;
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 0xff;
      await input.pushArrow(damaged).catch((error) => {
        expect(error.name, `${error.stack}`).toBe("SourceError");
        refused += 1;
      });
    }
    expect(refused).toBeGreaterThan(100);
  });
});

describe("iterableStream of Arrow", () => {
  const TYPES = { word: utf8Type(), n: float64(), d: dictionary(utf8Type()) };
  const stream = (word: string[], n: Array<number | null>) =>
    tableToIPC(tableFromArrays({ word, n, d: word }, { types: TYPES, maxBatchRows: 2 } as never), {
      format: "stream",
    })!;

  /** All bytes in pieces of a size, each in memory that is used again for the next one. */
  async function* piecesOf(bytes: readonly Uint8Array[], size: number): AsyncGenerator<Uint8Array> {
    const all = Uint8Array.from(bytes.flatMap((each) => [...each]));
    const buffer = new Uint8Array(size);
    for (let at = 0; at < all.length; at += size) {
      const piece = all.subarray(at, at + size);
      buffer.set(piece);
      yield buffer.subarray(0, piece.length);
      buffer.fill(0xaa);
    }
  }

  async function rowsOf(source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>) {
    const { ssc, clock } = manualContext();
    const errors: unknown[] = [];
    ssc.addStreamingListener({ onReceiverError: ({ receiverInfo }) => void errors.push(receiverInfo.lastError) });
    const batches = collected(ssc.iterableStream<Row>(source, { format: "arrow" }));
    void ssc.start();
    await clock.advance(2 * INTERVAL_MS);
    return { rows: batches.flat(), errors };
  }

  const expected = [
    { word: "a", n: 1, d: "a" },
    { word: "ä", n: null, d: "ä" },
    { word: "", n: -0, d: "" },
    { word: "a", n: 4, d: "a" },
    { word: "b", n: 5, d: "b" },
  ];
  const streams = [stream(["a", "ä", "", "a"], [1, null, -0, 4]), stream([], []), stream(["b"], [5])];

  it.each([1, 3, 8, 64, 257, 100_000])("takes streams whose bytes come cut every %i", async (size) => {
    expect(await rowsOf(piecesOf(streams, size))).toEqual({ rows: expected, errors: [] });
  });

  it("takes a ReadableStream, and streams without an end mark", async () => {
    const parts = [streams[0]!.slice(0, -8), streams[2]!];
    expect(await rowsOf(new Response(new Blob(parts as BlobPart[])).body!)).toEqual({ rows: expected, errors: [] });
  });

  it("takes nothing at all", async () => {
    expect(await rowsOf(piecesOf([], 1))).toEqual({ rows: [], errors: [] });
  });

  it("runs one program over batches with and without nulls", async () => {
    const { ssc, clock } = manualContext();
    const source = ssc.iterableStream<{ word: string; n: number | null }>(piecesOf(streams, 50), { format: "arrow" });
    const sums = collected(
      source.map(({ word, n }): [string, number] => [word, n ?? 0.5]).reduceByKey((a, b) => a + b),
    );
    const held: unknown[] = [];
    source.foreachRDD((rdd) => held.push(rdd.getNumPartitions()));
    await ssc.start();
    const runKernel = vi.spyOn(threadsOf(ssc.engine), "runKernel");
    await clock.advance(INTERVAL_MS);
    expect(sums).toEqual([
      [
        ["a", 5],
        ["ä", 0.5],
        ["", -0],
        ["b", 5],
      ],
    ]);
    expect(held).toEqual([1]);
    expect(runKernel).toHaveBeenCalled();
  });

  it.each([
    ["ends early", [streams[0]!, streams[2]!.slice(0, -20)], "arrow-damaged"],
    ["is no Arrow", [streams[0]!, utf8("hello, this is text")], "arrow-damaged"],
    ["is a file", [streams[0]!, tableToIPC(tableFromArrays({ a: [1] }), { format: "file" })!], "arrow-unsupported"],
    ["has lists", [streams[0]!, tableToIPC(tableFromArrays({ a: [[1]] }), { format: "stream" })!], "arrow-unsupported"],
  ])("a stream that %s is an error of the source; what came before stays", async (_, bytes, code) => {
    const { rows, errors } = await rowsOf(piecesOf(bytes, 1000));
    expect(rows.slice(0, 4)).toEqual(expected.slice(0, 4));
    expect(errors).toMatchObject([{ name: "SourceError", code }]);
  });

  it("keeps a damaged stream from announcing more than may be received", async () => {
    const { ssc, clock } = manualContext({ receivedBytesMax: 100_000 });
    const errors: unknown[] = [];
    ssc.addStreamingListener({ onReceiverError: ({ receiverInfo }) => void errors.push(receiverInfo.lastError) });
    const source = async function* () {
      yield Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
      throw new Error("is not asked for more");
    };
    ssc.iterableStream(source(), { format: "arrow" }).foreachRDD(() => {});
    void ssc.start();
    await clock.advance(INTERVAL_MS);
    expect(errors).toMatchObject([{ code: "arrow-damaged" }]);
  });

  it("refuses another format, and what gives no bytes", async () => {
    const { ssc, clock } = manualContext();
    const errors: unknown[] = [];
    ssc.addStreamingListener({ onReceiverError: ({ receiverInfo }) => void errors.push(receiverInfo.lastError) });
    const source = async function* () {
      yield { not: "bytes" };
    };
    expect(() => ssc.iterableStream(source(), { format: "parquet" as "rows" })).toThrow(/"rows" or "arrow"/);
    ssc.iterableStream(source() as never, { format: "arrow" }).foreachRDD(() => {});
    void ssc.start();
    await clock.advance(INTERVAL_MS);
    expect(errors).toMatchObject([{ code: "invalid-bytes" }]);
  });
});
