import fc from "fast-check";
import type { DStream, RDD, Row } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { INTERVAL_MS, manualContext, stopContexts, utf8 } from "../support/batches.js";
import { holds } from "../support/property.js";
import { differenceOf } from "../support/same-value.js";

afterEach(stopContexts);

type Event = [key: string, n: number];
type Program = (left: DStream<Event>, right: DStream<Event>) => DStream<Row>;

/** Keys and values as lines of JSON have them: numbers of every kind, texts, null, and fields that are missing. */
const read = (lines: DStream<string>) =>
  lines.map((line): { k: string; n: number } => JSON.parse(line)).map(({ k, n }) => [k, n] as Event);
const numbers = (lines: DStream<Event>) => lines.map(([k, n]) => [k, Number(n)] as Event);

const lists: ReadonlyArray<readonly [name: string, program: Program]> = [
  ["groupByKey", (left) => left.groupByKey(3)],
  ["groupByKey of records", (left) => left.map(([k, n]) => [k, { n, k }] as [string, Row]).groupByKey(2)],
  ["lengths", (left) => left.groupByKey(2).mapValues((values) => values.length)],
  [
    "sums",
    (left) =>
      numbers(left)
        .groupByKey(2)
        .map(([k, ns]) => [k, ns.reduce((a, b) => a + b, 0), ns.length]),
  ],
  [
    "sums without a first value",
    (left) =>
      numbers(left)
        .groupByKey(2)
        .mapValues((ns) => ns.reduce((a, b) => a + b)),
  ],
  [
    "other folds",
    (left) =>
      numbers(left)
        .groupByKey(2)
        .mapValues((ns) => ns.reduce((a, b) => Math.max(a, b))),
  ],
  ["elements", (left) => left.groupByKey(2).flatMapValues((values) => values)],
  [
    "elements, mapped and filtered",
    (left) =>
      left
        .groupByKey(2)
        .flatMap(([k, ns]) => ns.map((n) => [k, n] as Event))
        .filter(([, n]) => n !== null),
  ],
  [
    "elements, reduced by key again",
    (left) =>
      numbers(left)
        .groupByKey(2)
        .flatMapValues((ns) => ns.map((n) => n * 2))
        .reduceByKey((a, b) => a + b, 3),
  ],
  ["keys with several values", (left) => left.groupByKey(2).filter(([, values]) => values.length > 1)],
  ["cogroup", (left, right) => left.cogroup(right, 3)],
  ["cogroup of cogroup", (left, right) => left.cogroup(right, 2).cogroup(right, 2)],
  ["groupWith", (left, right) => left.groupWith(right)],
  [
    "groupWith of three others",
    (left, right) =>
      left.groupWith(
        right.filter(([k]) => k !== "b"),
        left.map(([k, n]) => [k, { n, k }] as [string, Row]),
        right.union(left),
      ),
  ],
  [
    "groupWith by two values",
    (left, right) => {
      const both = (each: DStream<Event>) => each.map(([k, n]) => [[k, n === 1], n] as [[string, boolean], number]);
      return both(left).groupWith(
        both(right),
        both(right).filter(([[, one]]) => one),
      );
    },
  ],
  [
    "groupWith of RDDs",
    (left, right) =>
      left.transformWith(right, (a, b) =>
        a.groupWith(
          b,
          b.map(([k]) => [k, k]),
        ),
      ),
  ],
  [
    "lengths of three sides",
    (left, right) => left.groupWith(right, right).mapValues(([a, b, c]) => a.length + b.length - c.length),
  ],
  ["lengths of sides", (left, right) => left.cogroup(right, 2).mapValues(([a, b]) => a.length - b.length)],
  ["groupByKey of closures' rows", (left) => left.map(opaque).groupByKey(2)],
  ["join", (left, right) => left.join(right, 3)],
  ["leftOuterJoin", (left, right) => left.leftOuterJoin(right, 2)],
  ["rightOuterJoin", (left, right) => left.rightOuterJoin(right, 3)],
  ["fullOuterJoin", (left, right) => left.fullOuterJoin(right, 2)],
  [
    "join by two values",
    (left, right) => {
      const both = (each: DStream<Event>) => each.map(([k, n]) => [[k, n], n] as [Event, number]);
      return both(left).join(both(right), 2);
    },
  ],
];

const suffix = "x";
const opaque = ([k, n]: Event): Event => [k + suffix.slice(1), n];

/** What a program makes of batches of lines for two streams. */
async function results(
  program: Program,
  batches: ReadonlyArray<readonly [string, string]>,
  options: { master: string; lowering: boolean },
) {
  const { ssc, clock } = manualContext(options);
  const [left, right] = [ssc.pushStream(), ssc.pushStream()];
  const made: unknown[][] = [];
  program(read(left), read(right)).foreachRDD(async (rdd: RDD<Row>) => {
    made.push(await rdd.collect());
  });
  await ssc.start();
  for (const [a, b] of batches) {
    await left.pushBytes(utf8(a));
    await right.pushBytes(utf8(b));
    await clock.advance(INTERVAL_MS);
  }
  await ssc.stop({ stopEngine: true });
  return made;
}

const key = fc.constantFrom("a", "b", "", "a longer key of twenty", "🙂", "\ud800", "\u0000", 0, -0, 1, null, true);
const number = fc.constantFrom(0, -0, 1, 0.1, 1e308, 5e-324, 2 ** 53 + 2, -1.5, "text", "", null, "\ud83d", false);
const event = fc.oneof(
  { weight: 9, arbitrary: fc.record({ k: key, n: number }, { noNullPrototype: true }) },
  { weight: 1, arbitrary: fc.record({ k: key }, { noNullPrototype: true }) },
);
/** Objects as values now and then. */
const line = fc.oneof(
  { weight: 30, arbitrary: event },
  { weight: 1, arbitrary: fc.constant({ k: "a", n: { o: [1, "x"] } }) },
);
const lines = fc.array(line, { maxLength: 40 }).map((rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
const batches = fc.array(fc.tuple(lines, lines), { minLength: 1, maxLength: 2 });

describe.each(lists)("%s", (_name, program) => {
  test("gives what JavaScript gives for any batches", async () => {
    await holds(
      batches,
      async (given) => {
        const [kernel, model] = [
          await results(program, given, { master: "local[1]", lowering: true }),
          await results(program, given, { master: "local[1]", lowering: false }),
        ];
        expect(differenceOf(kernel, model)).toBeUndefined();
      },
      6,
    );
  });

  test("gives the same on three threads", async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `{"k":"key ${i % 700}","n":${(i * 7) % 90}}\n`);
    const given = [[rows.join(""), rows.slice(1500, 1900).reverse().join("")]] as const;
    const model = await results(program, given, { master: "local[3]", lowering: false });
    expect(differenceOf(await results(program, given, { master: "local[3]", lowering: true }), model)).toBeUndefined();
    expect(model[0]!.length).toBeGreaterThan(100);
  });
});

describe("explain", () => {
  test.each([
    "groupByKey",
    "lengths",
    "sums",
    "elements",
    "elements, reduced by key again",
    "cogroup",
    "groupWith of three others",
  ])("%s runs in the kernel", (name) => {
    const { ssc } = manualContext();
    const program = lists.find(([each]) => each === name)![1];
    const text = program(read(ssc.pushStream()), read(ssc.pushStream())).count().explain();
    // The counts of partitions are added up by the host.
    expect(text.split("\n").filter((line) => /^ .*JavaScript/.test(line))).toEqual([
      expect.stringMatching(/^ {2}total/),
    ]);
  });

  test("says which folds of lists are left to JavaScript", () => {
    const { ssc } = manualContext();
    const program = lists.find(([each]) => each === "other folds")![1];
    expect(program(read(ssc.pushStream()), read(ssc.pushStream())).count().explain()).toMatch(
      /mapValues +JavaScript +reduces a list of any length to what is no sum of numbers/,
    );
  });
});
