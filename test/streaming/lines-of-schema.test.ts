import fc from "fast-check";
import { bool, type DStream, f64, i64, list, PlanError, type ReadDStream, type Reject, utf8 } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { utf8 as bytes, manualContext, stopContexts } from "../support/batches.js";
import { CsvLines } from "../support/csv-lines.js";
import { thrownBy } from "../support/kernel.js";
import { holds, random } from "../support/property.js";

afterEach(stopContexts);

const SCHEMA = { id: utf8, at: i64, price: f64, ok: bool, tags: list(utf8), geo: { lat: f64, lon: f64 } };

/** The rows and the rejects of lines, in the kernel and as JavaScript, which must be the same. */
async function read(lines: readonly string[], open: (lines: DStream<string>) => ReadDStream<unknown>) {
  const results = [];
  for (const lowering of [true, false]) {
    const { ssc, clock } = manualContext({ lowering });
    const stream = ssc.pushStream<string>();
    const rows: unknown[] = [];
    const rejects: Reject[] = [];
    const told: unknown[] = [];
    ssc.addStreamingListener({
      onRecordsRejected: ({ streamId, count, reason, sample }) =>
        void told.push({ streamId, count, reason, sample: new TextDecoder().decode(sample) }),
    });
    const parsed = open(stream);
    parsed.foreachRDD(async (rdd) => void rows.push(...(await rdd.collect())));
    parsed.rejects.foreachRDD(async (rdd) => void rejects.push(...(await rdd.collect())));
    void ssc.start();
    await stream.pushBytes(bytes(lines.map((line) => `${line}\n`).join("")));
    await clock.advance(1000);
    await clock.advance(1000);
    results.push({ rows, rejects, told });
  }
  expect(results[0]).toEqual(results[1]);
  return results[0]!;
}

describe("json", () => {
  test("rows have the declared fields in their order, whatever the line has", async () => {
    const { rows, rejects } = await read(
      [
        '{"id":"a","at":1,"price":1.5,"ok":true,"tags":["x","y"],"geo":{"lat":1,"lon":-2.5}}',
        ' { "geo" : {"lon":1e2, "other": [1]} , "id":"b\\u00e9\\ud83d\\ude00", "id":"c", "more": {"id": 1}, "tags":[], "price":null}\t',
        "{}",
      ],
      (lines) => lines.json(SCHEMA),
    );
    expect(rows).toStrictEqual([
      { id: "a", at: 1, price: 1.5, ok: true, tags: ["x", "y"], geo: { lat: 1, lon: -2.5 } },
      { id: "c", at: undefined, price: null, ok: undefined, tags: [], geo: { lat: undefined, lon: 100 } },
      { id: undefined, at: undefined, price: undefined, ok: undefined, tags: undefined, geo: undefined },
    ]);
    expect(rejects).toEqual([]);
  });

  test("what is no row goes to rejects with its reason, and is counted once", async () => {
    const { rows, rejects, told } = await read(
      [
        '{"id":"a"',
        '{"id":1}',
        '{"at":1.5}',
        '{"at":9007199254740993}',
        "[1]",
        '{"tags":["a",1]}',
        '{"geo":{"lat":"x"}}',
        '{"id":"ok"}',
      ],
      (lines) => lines.json(SCHEMA),
    );
    expect(rows).toHaveLength(1);
    expect(rejects).toEqual([
      { line: '{"id":"a"', reason: "not JSON", position: 9 },
      { line: '{"id":1}', reason: "id: utf8 expected, got number", position: undefined },
      { line: '{"at":1.5}', reason: "at: i64 expected, got 1.5", position: undefined },
      {
        line: '{"at":9007199254740993}',
        reason: "at: i64 expected, got 9007199254740992, beyond 2^53 - 1 (declare i64.big)",
        position: undefined,
      },
      { line: "[1]", reason: "an object expected, got an array", position: 0 },
      { line: '{"tags":["a",1]}', reason: "tags[1]: utf8 expected, got number", position: undefined },
      { line: '{"geo":{"lat":"x"}}', reason: "geo.lat: f64 expected, got string", position: undefined },
    ]);
    expect(told).toEqual([{ streamId: 0, count: 7, reason: "not JSON", sample: '{"id":"a"' }]);
  });

  test("integers of 64 bits are exact", async () => {
    const { rows, rejects } = await read(
      [
        '{"n":9223372036854775807}',
        '{"n":-9223372036854775808}',
        '{"n":9223372036854775808}',
        '{"n":10e2}',
        '{"n":0.5}',
      ],
      (lines) => lines.json({ n: i64.big }),
    );
    expect(rows).toEqual([{ n: 9223372036854775807n }, { n: -9223372036854775808n }, { n: 1000n }]);
    expect(rejects).toHaveLength(2);
  });

  test.each([
    ["no object", 1],
    ["no field", {}],
    ["a name that objects inherit", { constructor: utf8 }],
    ["another type", { a: { type: "i32" } }],
    ["a list of nothing", { a: { type: "list" } }],
  ])("a schema with %s is refused", (_what, schema) => {
    const { ssc } = manualContext();
    const error = thrownBy(() => ssc.pushStream<string>().json(schema as never));
    expect(error).toBeInstanceOf(PlanError);
    expect((error as PlanError).code).toBe("invalid-schema");
  });
});

describe("csv", () => {
  test("cells are the columns of the schema, quoted or not", async () => {
    const { rows, rejects } = await read(
      [
        "id,n,x,ok",
        "a,1,1.5,true",
        '"b,""c""",-2,1e3,false',
        "d,,,",
        '"",1,.5,true',
        "a,1,2",
        'a"b,1,2,true',
        "a,x,2,true",
        '"a"b,1,2,true',
        '"a',
      ],
      (lines) => lines.csv({ id: utf8, n: i64, x: f64, ok: bool }, { header: true }),
    );
    expect(rows).toEqual([
      { id: "a", n: 1, x: 1.5, ok: true },
      { id: 'b,"c"', n: -2, x: 1000, ok: false },
      { id: "d", n: undefined, x: undefined, ok: undefined },
      { id: "", n: 1, x: 0.5, ok: true },
      { id: 'a"b', n: 1, x: 2, ok: true },
    ]);
    expect(rejects.map(({ reason, position }) => [reason, position])).toEqual([
      ["4 cells expected, got 3", undefined],
      ['n: i64 expected, got "x"', 2],
      ["a quote that does not end its cell", 3],
      ["a quote that does not end its cell", 0],
    ]);
  });

  test("lines of all sorts are the same rows, rejects and counts in the kernel and in JavaScript", async () => {
    await holds(
      fc.integer(),
      async (seed) => {
        const texts = new CsvLines(random(seed));
        const schema = texts.schema();
        const options = texts.options();
        const lines = Array.from({ length: 30 }, () => texts.line(schema, options));
        await read(lines, (stream) => stream.csv(schema as never, options));
      },
      20,
    );
  });

  test("other delimiters, and no quotes", async () => {
    const { rows } = await read(['"a;1'], (lines) => lines.csv({ id: utf8, n: i64 }, { delimiter: ";", quote: "" }));
    expect(rows).toEqual([{ id: '"a', n: 1 }]);
  });

  test.each([[{ delimiter: "" }], [{ delimiter: "é" }], [{ quote: "," }], [{ header: 1 }]])(
    "options %j are refused",
    (options) => {
      const { ssc } = manualContext();
      const error = thrownBy(() => ssc.pushStream<string>().csv({ a: utf8 }, options as never));
      expect((error as PlanError).code).toBe("invalid-csv-options");
    },
  );

  test("nested fields are refused", () => {
    const { ssc } = manualContext();
    expect((thrownBy(() => ssc.pushStream<string>().csv({ a: list(utf8) })) as PlanError).code).toBe("invalid-schema");
  });
});
