import { tableFromIPC } from "@uwdata/flechette";
import { type DStream, f64, i64, type RowOf, utf8 } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { utf8 as bytes, manualContext, stopContexts } from "../support/batches.js";
import { threadsOf } from "../support/internals.js";
import { random } from "../support/property.js";

afterEach(stopContexts);

const SCHEMA = { user: utf8, at: i64, geo: { lat: f64, lon: f64, place: { name: utf8 } }, other: { n: f64 } };
type Event = RowOf<typeof SCHEMA>;

/** Lines whose objects are missing, null, empty, there twice, or there. */
function linesOf(seed: number, count: number): string {
  const next = random(seed);
  const draw = <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)]!;
  const number = () => draw(["0", "-0", "1.5", "null", "9007199254740991", "1e-7"]);
  const text = () => draw(['"a"', '"ä😀"', '""', "null"]);
  const place = () => draw(["", ',"place":null', ',"place":{}', `,"place":{"name":${text()}}`]);
  const geo = () =>
    draw([
      "",
      ',"geo":null',
      ',"geo":{}',
      `,"geo":{"lat":${number()}${place()}}`,
      `,"geo":{"lon":${number()},"lat":${number()}${place()}}`,
      ',"geo":{"lat":1,"lon":2,"place":{"name":"x"}},"geo":{"lon":3}',
    ]);
  const other = () => draw(["", ',"other":null', `,"other":{"n":${number()}}`]);
  return Array.from(
    { length: count },
    () => `{"user":"u${Math.floor(next() * 5)}","at":${Math.floor(next() * 100)}${geo()}${other()}}\n`,
  ).join("");
}

type Program = (events: DStream<Event>, others: DStream<Event>) => DStream<unknown>;

/** The rows of two batches of a program, in the kernel and as JavaScript, and what it says of itself. */
async function bothWays(program: Program, options: { master?: string } = {}) {
  const results: unknown[][] = [];
  let explained = "";
  for (const lowering of [true, false]) {
    const { ssc, clock } = manualContext({ lowering, ...options });
    const [lines, others] = [ssc.pushStream(), ssc.pushStream()];
    const made = program(lines.json(SCHEMA), others.json(SCHEMA));
    if (lowering) explained = made.explain();
    const rows: unknown[] = [];
    made.foreachRDD(async (rdd) => void rows.push(await rdd.glom().collect()));
    void ssc.start();
    for (const seed of [1, 2]) {
      await lines.pushBytes(bytes(linesOf(seed, 3000)));
      await others.pushBytes(bytes(linesOf(seed + 2, 20)));
      await clock.advance(1000);
    }
    await ssc.stop({ stopEngine: false });
    expect(threadsOf(ssc.engine).blocks.size).toBe(0);
    results.push(rows);
  }
  expect(results[0]!.flat(2).length).toBeGreaterThan(0);
  expect(results[0]).toStrictEqual(results[1]);
  return { explained, rows: results[0]! };
}

const PROGRAMS: ReadonlyArray<readonly [string, Program]> = [
  ["rows as they are", (events) => events.filter((event) => event.at > 20)],
  ["an object of them", (events) => events.map((event) => event.geo)],
  ["an object inside an object", (events) => events.map((event) => event.geo?.place)],
  ["objects side by side", (events) => events.map(({ user, geo, other }) => ({ user, pair: [other, geo], geo }))],
  ["rows with more fields", (events) => events.map((event) => ({ ...event, late: event.at > 50 }))],
  [
    "an object or undefined",
    (events) => events.map(({ user, at, geo }) => [user, at > 50 ? { at, lat: geo?.lat } : undefined]),
  ],
  ["an object, or one in its place", (events) => events.map(({ geo }) => geo ?? { lat: 0, lon: 0, place: null })],
  ["rows dealt out in turn", (events) => events.filter(({ at }) => at < 90).repartition(3)],
  ["rows by key", (events) => events.map((event) => [event.user, event] as [string, Event]).groupByKey()],
  [
    "rows joined",
    (events, others) =>
      events
        .map((event) => [event.user, event.geo] as [string, Event["geo"]])
        .join(others.map((event) => [event.user, event] as [string, Event])),
  ],
  [
    "fields of objects behind a join",
    (events, others) =>
      events
        .map((event) => [event.user, event.geo] as [string, Event["geo"]])
        .join(others.map((event) => [event.user, event.other] as [string, Event["other"]]))
        .map(([user, [geo, other]]): [string, number] => [user, (geo?.lat ?? 1) + (other?.n ?? 2)])
        .reduceByKey((a, b) => a + b),
  ],
  [
    "one of two objects",
    (events) => events.map(({ at, geo, other }) => (at % 2 === 0 ? { geo, other } : { geo: undefined, other: null })),
  ],
];

describe("objects that may be missing", () => {
  test.each(PROGRAMS)("%s run in the kernel as in JavaScript", async (_, program) => {
    const { explained } = await bothWays(program);
    expect(explained).not.toMatch(/^ {2}(?!threads).*JavaScript/m);
  });

  test("are the same on several threads", async () => {
    await bothWays((events) => events.filter(({ at }) => at < 90).repartition(3), { master: "local[2]" });
  });

  test("are windows of rows, the first rows of an order, and rows in order", async () => {
    const { rows } = await bothWays((events) =>
      events
        .filter(({ geo }) => geo !== undefined)
        .window(2000)
        .transform((rdd) => rdd.sortBy(({ at }) => at, false, 2)),
    );
    expect(rows).toHaveLength(2);
  });

  test("are structs in Arrow, with nulls", async () => {
    const tables: unknown[] = [];
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const events = lines.json(SCHEMA).filter(({ at }) => at > 20);
    const rows: unknown[] = [];
    events.foreachRDD(async (rdd) => {
      const table = tableFromIPC(await rdd.toArrowIPC());
      tables.push(...table.toArray());
      rows.push(...(await rdd.collect()));
    });
    void ssc.start();
    await lines.pushBytes(bytes(linesOf(7, 2000)));
    await clock.advance(1000);
    expect(tables).toEqual(rows.map(withNulls));
  });
});

/** A row with null for what is undefined. */
function withNulls(event: unknown): unknown {
  const { user, at, geo, other } = event as Event;
  const place = geo?.place ? { name: geo.place.name ?? null } : null;
  return {
    user,
    at,
    geo: geo ? { lat: geo.lat ?? null, lon: geo.lon ?? null, place } : null,
    other: other ? { n: other.n ?? null } : null,
  };
}
