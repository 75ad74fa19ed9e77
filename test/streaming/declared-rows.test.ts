import { int64, tableFromArrays, tableToIPC, utf8 as utf8Type } from "@uwdata/flechette";
import fc from "fast-check";
import { bool, type DStream, f64, i64, list, type PushInput, type RowSchema, utf8 } from "millrace";
import { col, sum } from "millrace/kernel";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { utf8 as bytes, collected, INTERVAL_MS, manualContext, stopContexts } from "../support/batches.js";
import { threadsOf } from "../support/internals.js";
import { thrownBy } from "../support/kernel.js";
import { holds } from "../support/property.js";

afterEach(stopContexts);

const SCHEMA = { user: utf8, at: i64, id: i64.big, price: f64, ok: bool, geo: { lat: f64, place: { name: utf8 } } };

/** The rows of two batches of a program over rows of a schema, in the kernel and as JavaScript, and what it says of itself. */
async function bothWays(
  schema: RowSchema,
  batches: ReadonlyArray<readonly unknown[]>,
  program: (rows: DStream<never>) => DStream<unknown> = (rows) => rows,
) {
  const results: unknown[][] = [];
  let explained = "";
  let runs = 0;
  for (const lowering of [true, false]) {
    const { ssc, clock } = manualContext({ lowering });
    const input = ssc.pushStream({ schema }) as unknown as DStream<never> & PushInput<unknown>;
    const made = program(input);
    if (lowering) explained = made.explain();
    const rows = collected(made);
    await ssc.start();
    const runKernel = vi.spyOn(threadsOf(ssc.engine), "runKernel");
    for (const batch of batches) {
      for (let i = 0; i < batch.length; i += 3) await input.push(...batch.slice(i, i + 3));
      await clock.advance(INTERVAL_MS);
    }
    if (lowering) runs = runKernel.mock.calls.length;
    await ssc.stop({ stopEngine: false });
    expect(threadsOf(ssc.engine).blocks.size).toBe(0);
    results.push(rows);
  }
  expect(results[0]).toStrictEqual(results[1]);
  return { rows: results[0]!, explained, runs };
}

const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "\ud800", "ä😀", "\0", "a\nb"));
const missing = <T>(of: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: of }, fc.constantFrom(undefined, null));
const number = fc.oneof(fc.double(), fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 2 ** 53 + 2));
const whole = fc.maxSafeInteger();
const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(fields, { noNullPrototype: true });
const row = record({
  user: missing(text),
  at: missing(whole),
  id: missing(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  price: missing(number),
  ok: missing(fc.boolean()),
  geo: missing(record({ lat: missing(number), place: missing(record({ name: missing(text) })) })),
});

describe("rows of a declared schema", () => {
  test("come back as they were pushed", async () => {
    await holds(
      fc.array(fc.array(row, { maxLength: 20 }), { minLength: 1, maxLength: 3 }),
      async (batches) => {
        const { rows } = await bothWays(SCHEMA, batches);
        expect(rows).toStrictEqual(batches);
      },
      30,
    );
  });

  test("have what the schema names, in its order, and nothing else", async () => {
    class Event {
      price = 1.5;
      user = "a";
      get at() {
        return -0;
      }
      more = [1];
    }
    const { rows } = await bothWays({ user: utf8, at: i64, price: f64, gone: bool }, [[new Event(), { at: 3 }]]);
    expect(rows).toStrictEqual([
      [
        { user: "a", at: 0, price: 1.5, gone: undefined },
        { user: undefined, at: 3, price: undefined, gone: undefined },
      ],
    ]);
    expect(Object.keys(rows[0]![0 as never])).toEqual(["user", "at", "price", "gone"]);
  });

  test("are arrays, or values", async () => {
    const pairs = [
      ["a", 1],
      ["b", null],
      ["a", 2.5],
    ];
    expect((await bothWays([utf8, f64], [pairs])).rows).toStrictEqual([pairs]);
    const numbers = [1, undefined, Number.NaN, -0];
    expect((await bothWays(f64, [numbers, []])).rows).toStrictEqual([numbers, []]);
    expect((await bothWays(utf8, [["a\nb", "\ud800"]])).rows).toStrictEqual([["a\nb", "\ud800"]]);
  });

  test("stay values where they have lists", async () => {
    const rows = [
      { tags: ["a", "b"], n: 1 },
      { tags: [], n: undefined },
      { tags: null, n: 2 },
    ];
    const { rows: got, explained } = await bothWays({ tags: list(utf8), n: f64 }, [rows]);
    expect(got).toStrictEqual([rows]);
    expect(explained).toContain("those with lists stay JavaScript values");
  });

  test("run in the kernel, nested objects too", async () => {
    const batch = Array.from({ length: 2000 }, (_, i) => ({
      user: `u${i % 7}`,
      price: i % 11 === 0 ? null : i / 4,
      geo: i % 5 === 0 ? undefined : { lat: i },
    }));
    const { explained, runs } = await bothWays({ user: utf8, price: f64, geo: { lat: f64 } }, [batch, batch], (rows) =>
      (rows as unknown as DStream<{ user: string; price: number | null; geo?: { lat: number } }>)
        .filter(({ price }) => price !== 3)
        .map(({ user, price, geo }): [string, number] => [user, (price ?? 0) + (geo?.lat ?? 0.5)])
        .reduceByKey((a, b) => a + b),
    );
    expect(explained).not.toContain("JavaScript");
    expect(runs).toBeGreaterThan(0);
  });

  test("take explicit forms, which know their types", async () => {
    const { ssc, clock } = manualContext();
    const input = ssc.pushStream({ schema: { user: utf8, price: f64 } });
    const sums = collected(
      input
        .filter(col("price").gt(1))
        .groupBy("user")
        .agg({ total: sum(col("price")) }),
    );
    expectTypeOf(input.push).parameters.toEqualTypeOf<Array<{ user: string; price: number }>>();
    void ssc.start();
    await input.push(
      { user: "a", price: 1 },
      { user: "a", price: 2 },
      { user: "b", price: 3 },
      { user: "a", price: 5 },
    );
    await clock.advance(INTERVAL_MS);
    expect(sums).toEqual([
      [
        { user: "a", total: 7 },
        { user: "b", total: 3 },
      ],
    ]);
    const pairs = manualContext().ssc.pushStream({ schema: [utf8, list(f64)] });
    expectTypeOf(pairs.push).parameters.toEqualTypeOf<Array<[string, number[]]>>();
  });

  test("are cut into partitions, however many come at once", async () => {
    const { ssc, clock } = manualContext({ defaultParallelism: 3 });
    const input = ssc.pushStream({ schema: f64 });
    const got: unknown[] = [];
    input.foreachRDD(async (rdd) => got.push(rdd.getNumPartitions(), await rdd.reduce((a, b) => a + b)));
    void ssc.start();
    for (const from of [0, 40_000, 80_000]) await input.push(...Array.from({ length: 40_000 }, (_, i) => from + i));
    await clock.advance(INTERVAL_MS);
    expect(got).toEqual([3, (120_000 * 119_999) / 2]);
  });
});

describe("a row that is none of the schema", () => {
  test.each<[string, RowSchema, unknown, string]>([
    ["another type", SCHEMA, { user: 1 }, "utf8 expected at user, got number 1"],
    ["no integer", SCHEMA, { at: 1.5 }, "i64 expected at at, got number 1.5"],
    ["an unsafe integer", SCHEMA, { at: 2 ** 53 }, "i64 expected at at"],
    ["a bigint of more than 64 bits", SCHEMA, { id: 2n ** 63n }, "i64.big expected at id"],
    ["a text in a nested object", SCHEMA, { geo: { lat: "x" } }, "f64 expected at geo.lat, got string x"],
    ["an array for an object", SCHEMA, { geo: [] }, "an object expected at geo, got an array []"],
    ["no object", SCHEMA, "line", "an object expected, got string line"],
    ["no row", SCHEMA, undefined, "an object expected, got undefined"],
    ["an item of another type", [utf8, f64], ["a", "b"], "f64 expected at [1], got string b"],
    ["an array of another length", [utf8, f64], ["a"], "an array of 2 expected"],
    ["another element", { tags: list(utf8) }, { tags: ["a", 1] }, "utf8 expected at tags[1], got number 1"],
    ["another value", f64, "1", "f64 expected, got string 1"],
  ])("%s: an error says where, and nothing of the call is taken", async (_, schema, wrong, message) => {
    const { ssc, clock } = manualContext();
    const input = ssc.pushStream({ schema, name: "events" }) as unknown as DStream<unknown> & PushInput<unknown>;
    const rows = collected(input);
    const right = Array.isArray(schema) ? ["a", 1] : schema === f64 ? 1 : {};
    void ssc.start();
    await input.push(right);
    await expect(input.push(right, right, wrong)).rejects.toMatchObject({
      name: "SourceError",
      code: "invalid-row",
      details: { index: 2 },
      message: expect.stringContaining(message),
    });
    await input.push(right);
    await clock.advance(INTERVAL_MS);
    expect(rows[0]).toHaveLength(2);
  });

  test("bytes are no rows", async () => {
    const { ssc } = manualContext();
    const input = ssc.pushStream({ schema: SCHEMA });
    input.foreachRDD(() => {});
    await expect(input.pushBytes(bytes("a\n"))).rejects.toMatchObject({ name: "SourceError", code: "not-text" });
  });

  test.each([[{}], [[]], [{ a: "utf8" }], [1], [[{ type: "i32" }]], [{ type: "list" }]])(
    "the schema %j is refused",
    (schema) => {
      const { ssc } = manualContext();
      expect(thrownBy(() => ssc.pushStream({ schema: schema as never }))).toMatchObject({ code: "invalid-schema" });
    },
  );
});

describe("pushArrow of a declared schema", () => {
  const batch = (columns: Parameters<typeof tableFromArrays>[0], types: object) =>
    tableToIPC(tableFromArrays(columns, { types } as never), { format: "stream" })!;

  test("takes the columns that it names, in its order", async () => {
    const { ssc, clock } = manualContext();
    const input = ssc.pushStream({ schema: { n: i64, user: utf8, id: i64.big } });
    const rows = collected(input.filter(({ n }) => n > 0));
    void ssc.start();
    await input.push({ n: 1, user: "a", id: 5n });
    const columns = { user: ["b", null], more: [1, 2], n: [2n, 3n], id: [2n ** 60n, null] };
    await input.pushArrow(batch(columns, { user: utf8Type(), n: int64(), id: int64() }));
    await clock.advance(INTERVAL_MS);
    expect(rows).toStrictEqual([
      [
        { n: 1, user: "a", id: 5n },
        { n: 2, user: "b", id: 2n ** 60n },
        { n: 3, user: null, id: null },
      ],
    ]);
  });

  test.each<[string, RowSchema, string]>([
    ["a column that is not there", { user: utf8, gone: f64 }, "column gone is not there"],
    ["a column of another type", { user: f64 }, "column user is declared as f64, and Arrow's is of type utf8"],
    ["floats where integers are declared", { x: i64 }, "column x is declared as i64"],
    ["rows that are arrays", [utf8, f64], "a schema of records is wanted"],
  ])("refuses %s", async (_, schema, message) => {
    const { ssc } = manualContext();
    const input = ssc.pushStream({ schema });
    input.foreachRDD(() => {});
    await expect(input.pushArrow(batch({ user: ["a"], x: [1.5] }, { user: utf8Type() }))).rejects.toMatchObject({
      code: "arrow-other-schema",
      message: expect.stringContaining(message),
    });
  });
});
