import { type DStream, f64, PlanError, utf8 } from "millrace";
import {
  avg,
  bitOr,
  coalesce,
  col,
  concat,
  count,
  every,
  extend,
  field,
  first,
  greatest,
  join,
  last,
  least,
  lit,
  max,
  min,
  parseJson,
  record,
  row,
  some,
  sum,
  tokenize,
  tuple,
  when,
} from "millrace/kernel";
import { collected } from "millrace/testing";
import { afterEach, describe, expect, expectTypeOf, it } from "vitest";
import { utf8 as bytesOf, INTERVAL_MS, manualContext, runBatches, stopContexts } from "../support/batches.js";

afterEach(stopContexts);

const SCHEMA = { user: utf8, price: f64, count: f64, geo: { lat: f64 } };
interface Event {
  user: string;
  price: number;
  count: number;
  geo: { lat: number };
}
const EVENTS: Event[] = [
  { user: "Ann", price: 12.5, count: 3, geo: { lat: 1 } },
  { user: " bo😀", price: -0, count: 7, geo: { lat: -2.5 } },
  { user: "", price: 1e300, count: 0, geo: { lat: 0 } },
  { user: "Ann", price: -3.75, count: 2 ** 31, geo: { lat: 9 } },
  { user: "x,y", price: 0.1, count: -1.5, geo: { lat: 4 } },
];

/** The rows of a stream of these events as JSON lines, and what it explains. */
async function ofEvents<U>(
  operation: (events: DStream<Event>) => DStream<U>,
  lines: readonly unknown[] = EVENTS,
): Promise<{ rows: U[]; explained: string }> {
  const { ssc, clock } = manualContext();
  const input = ssc.pushStream();
  const stream = operation(input.json(SCHEMA));
  const outputs = collected(stream);
  await ssc.start();
  const text = lines.map((line) => `${JSON.stringify(line)}\n`.replace('"price":0,', '"price":-0,')).join("");
  await input.pushBytes(bytesOf(text));
  await clock.advance(INTERVAL_MS);
  return { rows: outputs.flat(), explained: stream.explain() };
}

const price = col("price");
const user = col("user");
type Case = readonly [name: string, form: (event: Event) => unknown, model: (event: Event) => unknown];
const CASES: readonly Case[] = [
  ["arithmetic", price.add(1).sub(col("count")).mul(2).div(3).mod(7), (e) => (((e.price + 1 - e.count) * 2) / 3) % 7],
  ["signs", price.neg().abs(), (e) => Math.abs(-e.price)],
  ["-0", price.neg(), (e) => -e.price],
  [
    "rounding",
    tuple(price.floor(), price.ceil(), price.round(), price.trunc(), price.sign()),
    (e) => [Math.floor(e.price), Math.ceil(e.price), Math.round(e.price), Math.trunc(e.price), Math.sign(e.price)],
  ],
  ["roots", col("count").sqrt(), (e) => Math.sqrt(e.count)],
  ["bits", col("count").bitAnd(6).bitOr(1).bitXor(price).bitNot(), (e) => ~(((e.count & 6) | 1) ^ e.price)],
  [
    "shifts",
    tuple(col("count").shiftLeft(2), price.shiftRight(1), price.shiftRightUnsigned(1)),
    (e) => [e.count << 2, e.price >> 1, e.price >>> 1],
  ],
  [
    "comparisons",
    tuple(price.lt(1), price.le(col("count")), price.gt(-1), price.ge(0), user.eq("Ann"), user.ne("")),
    (e) => [e.price < 1, e.price <= e.count, e.price > -1, e.price >= 0, e.user === "Ann", e.user !== ""],
  ],
  ["between", price.between(-1, 20), (e) => e.price >= -1 && e.price <= 20],
  ["isIn", user.isIn(["Ann", "x,y"]), (e) => ["Ann", "x,y"].includes(e.user)],
  ["lookUp", user.lookUp(new Map([["Ann", 1]])).orElse(-1), (e) => (e.user === "Ann" ? 1 : -1)],
  [
    "logic",
    price.gt(0).and(user.ne("Ann")).or(price.lt(-1)).not(),
    (e) => !((e.price > 0 && e.user !== "Ann") || e.price < -1),
  ],
  [
    "text",
    concat(user.lower(), "|", user.upper(), "|", user.trim(), "|", price),
    (e) => `${e.user.toLowerCase()}|${e.user.toUpperCase()}|${e.user.trim()}|${e.price}`,
  ],
  [
    "parts of text",
    tuple(user.slice(1, 3), user.slice(-2), user.charAt(0), user.len(), user.indexOf("n")),
    (e) => [e.user.slice(1, 3), e.user.slice(-2), e.user.charAt(0), e.user.length, e.user.indexOf("n")],
  ],
  [
    "tests of text",
    tuple(user.startsWith("A"), user.endsWith("y"), user.contains(",")),
    (e) => [e.user.startsWith("A"), e.user.endsWith("y"), e.user.includes(",")],
  ],
  [
    "made text",
    tuple(user.padStart(5, "-"), user.padEnd(4), user.replace("n", "m"), user.replaceAll("n", "m")),
    (e) => [e.user.padStart(5, "-"), e.user.padEnd(4), e.user.replace("n", "m"), e.user.replaceAll("n", "m")],
  ],
  ["conversions", tuple(price.text(), user.number()), (e) => [String(e.price), Number(e.user)]],
  [
    "choices",
    when(price.gt(10), "high").when(price.gt(0), "low").otherwise("none"),
    (e) => (e.price > 10 ? "high" : e.price > 0 ? "low" : "none"),
  ],
  [
    "extremes",
    tuple(least(price, col("count"), 1), greatest(price, 2)),
    (e) => [Math.min(e.price, e.count, 1), Math.max(e.price, 2)],
  ],
  ["nested fields", col("geo", "lat").mul(2), (e) => e.geo.lat * 2],
  ["records", record({ user, twice: price.mul(2), one: 1 }), (e) => ({ user: e.user, twice: e.price * 2, one: 1 })],
  [
    "missing values",
    tuple(coalesce(user, "?"), price.isMissing(), price.isPresent(), lit(null)),
    (e) => [e.user ?? "?", false, true, null],
  ],
];

describe("forms", () => {
  it.each(CASES)("compute %s in the kernel, and when called, as JavaScript does", async (_, form, model) => {
    const { rows, explained } = await ofEvents((events) => events.map(form as (event: Event) => string));
    expect(explained).toMatch(/ {2}map +kernel/);
    expect(rows).toEqual(EVENTS.map(model));
    expect(EVENTS.map((event) => form(event))).toEqual(EVENTS.map(model));
  });

  it("filter, expand and make keys", async () => {
    const { rows } = await ofEvents((events) =>
      events.filter(user.ne("")).keyBy(user).mapValues(col("count").mul(2)).reduceByKey(sum()),
    );
    expect(rows).toEqual([
      ["Ann", 6 + 2 ** 32],
      [" bo😀", 14],
      ["x,y", -3],
    ]);
    const words = await runBatches([["a b a", "c"]], (lines: DStream<string>) =>
      lines.flatMap(tokenize(" ")).map(tuple(row(), 1)).reduceByKey(sum()),
    );
    expect(words).toEqual([
      [
        ["a", 2],
        ["b", 1],
        ["c", 1],
      ],
    ]);
  });

  it("select columns, by name and computed, and extend rows", async () => {
    const named = await ofEvents((events) => events.select("user", "count"));
    expect(named.rows).toEqual(EVENTS.map((event) => ({ user: event.user, count: event.count })));
    const computed = await ofEvents((events) => events.select({ who: user, cents: price.mul(100) }));
    expect(computed.rows).toEqual(EVENTS.map((event) => ({ who: event.user, cents: event.price * 100 })));
    const rows = await runBatches([[{ a: 1, b: "x" }]], (stream: DStream<{ a: number; b: string }>) =>
      stream.map(extend({ a: col("a").add(1), c: true })),
    );
    expect(rows).toEqual([[{ a: 2, b: "x", c: true }]]);
  });

  it("read JSON of lines", async () => {
    const rows = await runBatches([['{"a":1}', '{"a":{"b":"x"}}']], (lines: DStream<string>) =>
      lines.map(parseJson(row())).map(field(row(), "a")),
    );
    expect(rows).toEqual([[1, { b: "x" }]]);
  });

  it("are the same value wherever they stand: a part used twice is computed for both", async () => {
    const parsed = parseJson(row());
    const form = when(row().startsWith("{"), field(parsed, "a")).otherwise(field(parsed, "length"));
    const rows = await runBatches([['{"a":1}', "[1,2,3]"]], (lines: DStream<string>) => lines.map(form));
    expect(rows).toEqual([[1, 3]]);
  });
});

describe("aggregations", () => {
  const LINES = [
    { user: "a", price: 2, count: 1, geo: {} },
    { user: "b", price: null, count: 2, geo: {} },
    { user: "a", count: 5, geo: {} },
    { user: "a", price: 4, count: 6, geo: {} },
  ];

  it("of groups leave out what is missing", async () => {
    const { rows, explained } = await ofEvents(
      (events) =>
        events.groupBy("user").agg({
          n: count(),
          prices: count(price),
          total: sum(price),
          mean: avg(price),
          low: min(price),
          high: max(price),
          early: first(col("count")),
          late: last(col("count")),
          all: every(col("count").lt(6)),
          any: some(col("count").gt(5)),
          bits: bitOr(col("count")),
          texts: join(col("count")),
        }),
      LINES,
    );
    expect(rows).toEqual([
      {
        user: "a",
        n: 3,
        prices: 2,
        total: 6,
        mean: 3,
        low: 2,
        high: 4,
        early: 1,
        late: 6,
        all: false,
        any: true,
        bits: 7,
        texts: "156",
      },
      {
        user: "b",
        n: 1,
        prices: 0,
        total: 0,
        mean: undefined,
        low: undefined,
        high: undefined,
        early: 2,
        late: 2,
        all: true,
        any: false,
        bits: 2,
        texts: "2",
      },
    ]);
    expect(explained).not.toMatch(/combine\) +JavaScript|merge\) +JavaScript/);
  });

  it("go by several keys, computed ones too", async () => {
    const { rows } = await ofEvents((events) =>
      events.groupBy({ user, isDear: price.gt(1) }).agg({ n: count(), late: last(col("count")) }),
    );
    expect(rows).toEqual([
      { user: "Ann", isDear: true, n: 1, late: 3 },
      { user: " bo😀", isDear: false, n: 1, late: 7 },
      { user: "", isDear: true, n: 1, late: 0 },
      { user: "Ann", isDear: false, n: 1, late: 2 ** 31 },
      { user: "x,y", isDear: false, n: 1, late: -1.5 },
    ]);
  });

  it("go over windows, one batch at a time", async () => {
    const rows = await runBatches(
      [[{ k: "a", v: 1 }], [{ k: "a", v: 3 }], [{ k: "b", v: 5 }]],
      (stream: DStream<{ k: string; v: number }>) =>
        stream.groupBy("k").agg({ mean: avg(col("v")) }, { windowDuration: 2 * INTERVAL_MS }),
    );
    expect(rows).toEqual([
      [{ k: "a", mean: 1 }],
      [{ k: "a", mean: 2 }],
      [
        { k: "a", mean: 3 },
        { k: "b", mean: 5 },
      ],
    ]);
  });

  it("are reducers where a value is what two become, and aggregate values otherwise", async () => {
    const pairs: Array<[string, number]> = [
      ["a", 1],
      ["b", 2],
      ["a", 5],
    ];
    const reduce = <V>(by: (stream: DStream<[string, number]>) => DStream<V>) => runBatches([pairs], by);
    expect(await reduce((stream) => stream.reduceByKey(max()))).toEqual([
      [
        ["a", 5],
        ["b", 2],
      ],
    ]);
    expect(await reduce((stream) => stream.reduceByKey(avg()))).toEqual([
      [
        ["a", 3],
        ["b", 2],
      ],
    ]);
    expect(await reduce((stream) => stream.reduceByKey(count()))).toEqual([
      [
        ["a", 2],
        ["b", 1],
      ],
    ]);
    expect(await reduce((stream) => stream.reduceByKey(first()))).toEqual([
      [
        ["a", 1],
        ["b", 2],
      ],
    ]);
    const total = (stream: DStream<[string, number]>): DStream<number> => {
      const values = stream.map(col(1));
      return values.reduce(sum());
    };
    expect(await reduce(total)).toEqual([[8]]);
    expect(await reduce((stream) => stream.reduceByKeyAndWindow(sum(), INTERVAL_MS))).toEqual([
      [
        ["a", 6],
        ["b", 2],
      ],
    ]);
  });
});

describe("wrong forms", () => {
  const refused = (body: () => unknown): PlanError => {
    try {
      body();
    } catch (error) {
      expect(error).toBeInstanceOf(PlanError);
      return error as PlanError;
    }
    throw new Error("nothing was thrown");
  };

  it("are refused when the graph is built, with the form, what stopped it, and a way out", () => {
    const { ssc } = manualContext();
    const events = ssc.pushStream().json(SCHEMA);
    const opaque = events.map((event) => ({ ...event, at: Date.now() }));
    const behind = refused(() => opaque.filter(price.gt(10)));
    expect(behind.code).toBe("form-refused");
    expect(behind.message).toContain("(row.price > 10)");
    expect(behind.message).toContain("Date.now");
    const lines = ssc.socketTextStream("localhost", 9);
    const wrong = refused(() => lines.flatMap(row().len() as never));
    expect(wrong.details).toMatchObject({ operator: "flatMap", form: "row.length" });
  });

  it("leave the graph as it was", async () => {
    const { ssc, clock } = manualContext();
    const input = ssc.pushStream();
    const events = input.json(SCHEMA);
    const outputs = collected(events.map(user));
    const opaque = events.map((event) => ({ ...event, at: Date.now() }));
    refused(() => opaque.filter(price.gt(10)));
    await ssc.start();
    await input.push('{"user":"a"}');
    await clock.advance(INTERVAL_MS);
    expect(outputs).toEqual([["a"]]);
  });

  it("are refused by what they are made of", () => {
    expect(refused(() => col("toString")).code).toBe("invalid-column");
    expect(refused(() => col(-1)).code).toBe("invalid-column");
    expect(refused(() => price.gt(((a: number) => a) as never)).code).toBe("not-a-form");
    expect(refused(() => row().split("")).code).toBe("invalid-form");
    let deep = price.add(1);
    expect(
      refused(() => {
        for (let i = 0; i < 20; i++) deep = deep.add(deep);
      }).code,
    ).toBe("form-too-large");
    const { ssc } = manualContext();
    const events = ssc.pushStream().json(SCHEMA);
    expect(refused(() => events.groupBy("user").agg({ user: count() })).code).toBe("invalid-group");
    expect(refused(() => events.groupBy("user").agg({ n: price as never })).code).toBe("invalid-form");
  });

  it("do not compile", () => {
    const { ssc } = manualContext();
    const events = ssc.pushStream().json(SCHEMA);
    // @ts-expect-error: there is no such column
    const unknown = () => events.filter(col("prize").gt(1));
    // @ts-expect-error: a text cannot be multiplied
    const text = () => events.map(user.mul(2));
    // @ts-expect-error: what is summed up are numbers
    const summed = () => events.groupBy("user").agg({ n: sum(user.mul(1)) });
    // @ts-expect-error: grouped by a column that is not there
    const grouped = () => events.groupBy("prize");
    expect([unknown, text, summed, grouped]).toHaveLength(4);
    const lat = events.map(col("geo", "lat"));
    expectTypeOf(lat).toEqualTypeOf<DStream<number>>();
    const pairs = events.map(tuple(user, 1));
    expectTypeOf(pairs).toEqualTypeOf<DStream<[string, number]>>();
    const records = events.map(record({ user, twice: price.mul(2) }));
    expectTypeOf(records).toEqualTypeOf<DStream<{ user: string; twice: number }>>();
    const keyed = events.keyBy(user);
    expectTypeOf(keyed).toEqualTypeOf<DStream<[string, Event]>>();
    expectTypeOf(events.groupBy("user").agg({ n: count(), mean: avg(price) })).toEqualTypeOf<
      DStream<{ user: string; n: number; mean: number | undefined }>
    >();
    expectTypeOf(events.select("user")).toEqualTypeOf<DStream<Pick<Event, "user">>>();
  });
});
