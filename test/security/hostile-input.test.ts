import { bool, decodeRows, encodeRows, f64, type Row, utf8 as text } from "millrace";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { utf8 as bytesOf, collected, manualContext, stopContexts } from "../support/batches.js";

const KEYS = ["__proto__", "constructor", "prototype", "toString", "then", "hasOwnProperty", "valueOf"];

/** An object with these keys as its own. */
function own(entries: ReadonlyArray<readonly [string, unknown]>): Record<string, unknown> {
  const object = {};
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return object;
}

/** What every object inherits. */
function inherited(): unknown {
  return [Object.prototype, Array.prototype, Function.prototype, Map.prototype].map((prototype) =>
    Reflect.ownKeys(prototype).map((key) => [key, Object.getOwnPropertyDescriptor(prototype, key)]),
  );
}

/** The own fields of a record. */
function entriesOf(row: unknown): Array<[string, unknown]> {
  const object = row as object;
  return Object.getOwnPropertyNames(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key)!.value]);
}

let before: unknown;
beforeEach(() => {
  before = inherited();
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(async () => {
  await stopContexts();
  vi.restoreAllMocks();
  expect(inherited()).toEqual(before);
});

describe.each([true, false])("hostile names (lowering: %s)", (lowering) => {
  test("as fields of rows, deep too: they are data", async () => {
    const { ssc, clock } = manualContext({ lowering });
    const record = own(KEYS.map((key) => [key, own(KEYS.map((inner) => [inner, 1]))]));
    const rows = ssc.pushStream<Row>();
    const all = collected(rows);
    const grouped = collected(rows.map((row) => [1, row] as [number, Row]).groupByKey());
    await ssc.start();
    await rows.push(record as Row, record as Row);
    await clock.advance(1000);
    for (const row of [...all[0]!, ...grouped[0]![0]![1], ...decodeRows(encodeRows([record]))]) {
      expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
      expect(entriesOf(row).map(([key]) => key)).toEqual(KEYS);
      for (const [, inner] of entriesOf(row)) expect(entriesOf(inner)).toEqual(KEYS.map((key) => [key, 1]));
    }
  });

  test("as keys of groups and of state", async () => {
    const { ssc, clock } = manualContext({ lowering });
    const lines = ssc.pushStream();
    const pairs = lines.map((line) => [line, 1] as [string, number]);
    const counts = collected(pairs.reduceByKey((a, b) => a + b));
    const states = collected(
      pairs.updateStateByKey((values: number[], state: number | undefined) => (state ?? 0) + values.length),
    );
    await ssc.start();
    for (let batch = 1; batch <= 3; batch++) {
      await lines.push(...KEYS, ...KEYS);
      await clock.advance(1000);
      expect(new Map(counts.at(-1))).toEqual(new Map(KEYS.map((key) => [key, 2])));
      expect(new Map(states.at(-1))).toEqual(new Map(KEYS.map((key) => [key, 2 * batch])));
    }
  });

  test("as names in JSON; a schema has only names that objects do not inherit", async () => {
    const { ssc, clock } = manualContext({ lowering });
    const lines = ssc.pushStream();
    for (const key of KEYS.filter((name) => name in {})) {
      for (const read of [() => lines.json(own([[key, f64]]) as never), () => lines.csv(own([[key, f64]]) as never)]) {
        expect(read).toThrow(/a name that objects do not inherit/);
      }
    }
    const parsed = collected(lines.map((line) => JSON.parse(line) as Row));
    const declared = collected(lines.json({ prototype: f64, then: f64, missing: bool }));
    await ssc.start();
    const line = `{${KEYS.map((key, i) => `${JSON.stringify(key)}:${i}`).join()}}`;
    await lines.push(line, "{}");
    await clock.advance(1000);
    expect(entriesOf(parsed[0]![0])).toEqual(KEYS.map((key, i) => [key, i]));
    expect(declared[0]).toEqual([{ prototype: 2, then: 4 }, {}]);
  });

  test("as headers and cells of CSV", async () => {
    const { ssc, clock } = manualContext({ lowering });
    const lines = ssc.pushStream();
    const rows = collected(lines.csv({ then: text, prototype: text }, { header: true }));
    await ssc.start();
    await lines.push("then,prototype", ...KEYS.map((key) => `${key},${key}`));
    await clock.advance(1000);
    expect(rows[0]).toEqual(KEYS.map((key) => ({ then: key, prototype: key })));
  });

  test("JSON that is 100,000 deep is a row, or set aside; the lines beside it are rows", async () => {
    const { ssc, clock } = manualContext({ lowering });
    const lines = ssc.pushStream();
    const rows = collected(lines.json({ a: f64 }));
    await ssc.start();
    const [open, close] = ["[".repeat(100_000), "]".repeat(100_000)];
    const objects = '{"b":'.repeat(100_000);
    await lines.pushBytes(
      bytesOf(
        `{"a":1}\n{"b":${open}${close},"a":2}\n${open}\n${objects}1${"}".repeat(100_000)}\n${objects}\n{"a":3}\n`,
      ),
    );
    await clock.advance(1000);
    const values = (rows[0] as ReadonlyArray<{ a: unknown }>).map(({ a }) => a);
    expect([values[0], values.at(-1)]).toEqual([1, 3]);
    expect(ssc.metrics().batches.failed).toBe(0);
  });
});
