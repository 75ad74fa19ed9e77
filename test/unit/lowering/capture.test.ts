import { beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import { SharedValue } from "../../../src/lowering/broadcast.js";
import { capture, sealCapture } from "../../../src/lowering/capture.js";
import { VALUE_DEPTH_MAX } from "../../../src/lowering/copy-value.js";
import { lower } from "../../../src/lowering/lower.js";
import { ensureParser } from "../../../src/lowering/parser.js";
import type { Lambda } from "../../../src/lowering/row.js";

beforeAll(ensureParser);

function failure(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error as ConfigError;
  }
  throw new Error("expected a ConfigError");
}

function nested(depth: number): object {
  let value: object = {};
  for (let i = 0; i < depth; i++) value = { value };
  return value;
}

describe("capture", () => {
  it("hands the values to the factory", () => {
    const stop = new Set(["the"]);
    const keep = capture(
      { stop },
      ({ stop }) =>
        (word: string) =>
          !stop.has(word),
    );
    expect(["the", "sea"].map((word) => keep(word))).toEqual([false, true]);
  });

  it("hands a broadcast over as it is, wherever it lies", () => {
    const words = new SharedValue(new Set(["the"]));
    const seen = capture({ words, more: [words] }, ({ words, more }) => (_: string) => [words, more[0]])("sea");
    expect(seen[0]).toBe(words);
    expect(seen[1]).toBe(words);
  });

  it("keeps pairs pairs", () => {
    const pair = capture({ one: 1 }, ({ one }) => (word: string) => [word, one]);
    expectTypeOf(pair("a")).toEqualTypeOf<[string, number]>();
    expect(pair("a")).toEqual(["a", 1]);
  });

  it("copies when it is sealed and does not see later changes", () => {
    const values = { list: [1], map: new Map([["a", { n: 1 }]]), set: new Set([1]) };
    let made = 0;
    const read = capture(values, (copy) => {
      made += 1;
      return () => [copy.list.length, copy.map.get("a")?.n, copy.set.size];
    });
    values.list.push(2);
    expect(made).toBe(0);
    const sealed = sealCapture(read);
    values.list.push(3);
    values.map.get("a")!.n = 9;
    values.set.add(5);
    expect([read(), sealed?.fn(), read()]).toEqual([
      [2, 1, 1],
      [2, 1, 1],
      [2, 1, 1],
    ]);
    expect([made, sealCapture(read)]).toEqual([1, sealed]);
  });

  it("is sealed by a call", () => {
    const values = { n: 1 };
    const read = capture(
      values,
      ({ n }) =>
        () =>
          n,
    );
    values.n = 2;
    expect(read()).toBe(2);
    values.n = 3;
    expect([read(), sealCapture(read)?.fn()]).toEqual([2, 2]);
  });

  it("says nothing about other functions", () => {
    expect(sealCapture(() => 1)).toBeUndefined();
  });

  it("copies every allowed value", () => {
    const shared = { x: 1 };
    const cyclic: Record<string, unknown> = { shared, again: shared };
    cyclic.self = cyclic;
    const bare = Object.assign(Object.create(null) as Record<string, unknown>, { a: 1 });
    const list: number[] = [1];
    list[2] = 3;
    const values = { text: "a", number: -0, big: 1n, yes: true, nil: null, none: undefined, list, cyclic, bare };
    const sealed = sealCapture(capture(values, (all) => () => all));
    const copy = sealed?.values as typeof values;
    expect(copy).toStrictEqual(values);
    expect(1 in copy.list).toBe(false);
    expect(copy.cyclic.self).toBe(copy.cyclic);
    expect(copy.cyclic.again).toBe(copy.cyclic.shared);
    expect(copy.cyclic.shared).not.toBe(shared);
    const text = '{ "__proto__": { "polluted": 1 } }';
    const parsed = sealCapture(capture(JSON.parse(text) as object, (all) => () => all))?.values;
    expect([Object.keys(parsed ?? {}), (parsed as { polluted?: number }).polluted]).toEqual([["__proto__"], undefined]);
  });

  class Point {}
  const REFUSED: [name: string, values: object, path: string, got: string][] = [
    ["a function", { f: Math.max }, "f", "the function max"],
    ["a symbol", { s: Symbol("s") }, "s", "a symbol"],
    ["a symbol key", { o: { [Symbol("s")]: 1 } }, "o", "an object with a symbol for a key"],
    ["a class instance", { p: new Point() }, "p", "a Point"],
    ["a date", { a: [{ d: new Date(0) }] }, "a.0.d", "a Date"],
    ["a regular expression", { r: / / }, "r", "a RegExp"],
    ["an error", { e: new Error("x") }, "e", "an Error"],
    ["a value in a Map", { m: new Map([["k", new Point()]]) }, "m.k", "a Point"],
    ["a key of a Map", { m: new Map([[new Point(), 1]]) }, "m.(a key)", "a Point"],
    ["an element of a Set", { s: new Set([new Point()]) }, "s.(an element)", "a Point"],
    ["a subclass of Map", { m: new (class Index extends Map {})() }, "m", "an Index"],
    ["an instance as the values", new Point(), "", "a Point"],
  ];

  it.each(REFUSED)("refuses %s at once", (_name, values, path, got) => {
    const error = failure(() => capture(values, () => () => 1));
    expect(error.code).toBe("capture-value");
    expect(error.details).toEqual({ path, got });
    expect(error.message).toContain(`got ${got}: hand in plain data`);
    expect(error.message).toContain(path === "" ? "the values" : `"${path}"`);
  });

  it("refuses values that became wrong before they were copied", () => {
    const values: { item: unknown } = { item: 1 };
    const read = capture(
      values,
      ({ item }) =>
        () =>
          item as number,
    );
    values.item = () => 1;
    expect(failure(() => sealCapture(read)).code).toBe("capture-value");
  });

  it("limits nesting, and wants an object", () => {
    expect(() => capture(nested(VALUE_DEPTH_MAX), () => () => 1)).not.toThrow();
    expect(failure(() => capture(nested(VALUE_DEPTH_MAX + 1), () => () => 1)).message).toContain("nested deeper than");
    for (const values of [null, 1, "a", undefined]) {
      expect(failure(() => capture(values as unknown as object, () => () => 1)).code).toBe("capture-value");
    }
  });

  it("refuses factories that are or make no function", () => {
    expect(failure(() => capture({}, 1 as never)).code).toBe("capture-factory");
    const none = capture({}, (() => null) as never) as Lambda;
    expect(failure(() => sealCapture(none))).toMatchObject({
      code: "capture-factory",
      details: { got: "it returned null" },
    });
    const cause = new Error("no");
    const throwing = capture({}, () => {
      throw cause;
    }) as Lambda;
    expect(failure(() => lower(throwing))).toMatchObject({ code: "capture-factory", cause });
  });
});
