import { capture, type DStream, type Row } from "millrace";
import { afterEach, describe, expect, test } from "vitest";
import { manualContext, runChunks, stopContexts, utf8 } from "../support/batches.js";

afterEach(stopContexts);

const prices = new Map([
  ["tea", 2.5],
  ["milk", 0],
  ["", -1],
  ["crème", Number.NaN],
  ["🙂", 7],
]);
const places = new Map([
  ["tea", { aisle: "A", shelf: 3 }],
  ["milk", { aisle: "B", shelf: 1 }],
]);
const notes = new Map<string, string | number | boolean | null | undefined>([
  ["tea", "green"],
  ["milk", 3],
  ["bread", null],
  ["salt", undefined],
  ["🙂", true],
]);
const numbers = new Map<number, string>([
  [0, "zero"],
  [Number.NaN, "no number"],
  [1.5, "one and a half"],
  [2 ** 53, "large"],
]);
const rare = new Set(["salt", "🙂", ""]);

const shapes: ReadonlyArray<readonly [name: string, operation: (lines: DStream<string>) => DStream<Row>]> = [
  [
    "has of a map",
    (lines) =>
      lines.filter(
        capture(
          { prices },
          ({ prices }) =>
            (l: string) =>
              prices.has(l),
        ),
      ),
  ],
  [
    "has of a set",
    (lines) =>
      lines.filter(
        capture(
          { rare },
          ({ rare }) =>
            (l: string) =>
              !rare.has(l),
        ),
      ),
  ],
  [
    "get, and what stands for nothing",
    (lines) =>
      lines.map(
        capture(
          { prices },
          ({ prices }) =>
            (l: string) =>
              [l, prices.get(l) ?? 100] as [string, number],
        ),
      ),
  ],
  [
    "get, undefined where there is nothing",
    (lines) =>
      lines.map(
        capture(
          { prices },
          ({ prices }) =>
            (l: string) =>
              [l, prices.get(l)] as [string, number],
        ),
      ),
  ],
  [
    "values of several kinds",
    (lines) =>
      lines.map(
        capture(
          { notes },
          ({ notes }) =>
            (l: string) =>
              [notes.get(l), notes.has(l)] as Row,
        ),
      ),
  ],
  [
    "records",
    (lines) =>
      lines.map(
        capture(
          { places },
          ({ places }) =>
            (l: string) =>
              [l, places.get(l)?.aisle, places.get(l)?.shelf] as Row,
        ),
      ),
  ],
  [
    "numbers as keys",
    (lines) =>
      lines.map(
        capture(
          { numbers },
          ({ numbers }) =>
            (l: string) =>
              [numbers.get(Number(l)), numbers.has(-Number(l))] as Row,
        ),
      ),
  ],
  [
    "an empty map",
    (lines) =>
      lines.map(
        capture(
          { none: new Map<string, number>() },
          ({ none }) =>
            (l: string) =>
              none.get(l) ?? l,
        ),
      ),
  ],
  [
    "two maps and a set, then a sum by key",
    (lines) =>
      lines
        .filter(
          capture(
            { rare },
            ({ rare }) =>
              (l: string) =>
                !rare.has(l),
          ),
        )
        .map(
          capture({ prices, places }, ({ prices, places }) => (l: string): [string, number] => [
            places.get(l)?.aisle ?? "?",
            prices.get(l) ?? 0,
          ]),
        )
        .reduceByKey((a, b) => a + b),
  ],
];

const texts = [
  "tea\nmilk\n\nbread\nsalt\ncrème\n🙂\ntea\nTea\n",
  "0\n-0\nx\n1.5\n9007199254740992\n9007199254740993\ntea",
];

describe.each(shapes)("look-ups in captured maps and sets: %s", (_name, operation) => {
  // Dealt out as columns: so all of it ends in the kernel.
  const dealt = (lines: DStream<string>) => operation(lines).repartition(2);

  test("run in the kernel", () => {
    const { ssc } = manualContext();
    expect(dealt(ssc.pushStream()).explain()).not.toContain("JavaScript");
  });

  test.each(["local[1]", "local[3]"])("give what JavaScript gives, on %s", async (master) => {
    const batches = texts.map((text) => [utf8(text)]);
    const results = await runChunks(batches, dealt, { master, lowering: true });
    expect(results).toEqual(await runChunks(batches, dealt, { master, lowering: false }));
    expect(results.flat().length).toBeGreaterThan(0);
  });
});

describe("look-ups in captured maps", () => {
  test("see the map as it was when the stream started", async () => {
    const map = new Map([["a", 1]]);
    const { ssc, clock } = manualContext();
    const lines = ssc.pushStream();
    const found: unknown[] = [];
    lines
      .map(
        capture(
          { map },
          ({ map }) =>
            (l: string) =>
              map.get(l) ?? 0,
        ),
      )
      .reduce((a, b) => a + b)
      .foreachRDD(async (rdd) => {
        found.push(...(await rdd.collect()));
      });
    void ssc.start();
    map.set("b", 10);
    await lines.pushBytes(utf8("a\nb\na\n"));
    await clock.advance(1000);
    await lines.pushBytes(utf8("b\na\n"));
    await clock.advance(1000);
    expect(found).toEqual([2, 1]);
  });
});
