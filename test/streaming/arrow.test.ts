import { tableFromIPC } from "@uwdata/flechette";
import type { RDD, Row } from "millrace";
import { afterEach, describe, expect, it } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts, utf8, wordCount } from "../support/batches.js";

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
