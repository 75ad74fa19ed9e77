import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, encodeKey, isPrimitiveKey, KEY_DEPTH_MAX, KeyMap } from "../../../src/block/key.js";
import { PlanError } from "../../../src/errors.js";

/** Reads a canonical string back. That this can be done shows that no two different keys share one. */
function decodeKey(text: string): unknown {
  let at = 0;
  const until = (end: string) => {
    const from = at;
    at = text.indexOf(end, from) + 1;
    return text.slice(from, at - 1);
  };
  const value = (): unknown => {
    const tag = text[at++];
    if (tag === "u") return undefined;
    if (tag === "z") return null;
    if (tag === "t" || tag === "f") return tag === "t";
    if (tag === "n") return Number(until(";"));
    if (tag === "i") return BigInt(until(";"));
    if (tag === "d") return new Date(Number(until(";")));
    if (tag === "s") {
      const length = Number(until(":"));
      at += length;
      return text.slice(at - length, at);
    }
    if (tag === "b") {
      expect(until(":")).toBe("Uint8Array");
      const length = Number(until(":"));
      at += 2 * length;
      return Uint8Array.from(text.slice(at - 2 * length, at).match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));
    }
    const values: unknown[] = [];
    const end = tag === "[" ? "]" : "}";
    while (text[at] !== end) values.push(value());
    at++;
    if (tag === "[") return values;
    const pairs = values.flatMap((name, index) => (index % 2 ? [] : [[name, values[index + 1]] as const]));
    return Object.fromEntries(pairs as Array<[string, unknown]>);
  };
  const result = value();
  expect(at).toBe(text.length);
  return result;
}

/** What a key comes to: -0 is 0, properties that are undefined are absent; dates in a form that Node compares by time. */
function normal(key: unknown): unknown {
  if (typeof key === "number") return key + 0;
  if (Array.isArray(key)) return Array.from(key, normal);
  if (typeof key !== "object" || key === null || bytesOf(key)) return key;
  if (key instanceof Date) return new Map([["date", key.getTime()]]);
  return Object.fromEntries(
    Object.entries(key)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, normal(value)]),
  );
}

const leaf = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string(),
  fc.constantFrom("\ud800", "\udc00", "a\udfff", "1", "n1;", "", "__proto__"),
  fc.double(),
  fc.integer({ min: -3, max: 3 }),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined, -0, Number.NaN),
  fc.date(),
  fc.uint8Array({ maxLength: 5 }),
);
const { key: anyKey } = fc.letrec((tie) => ({
  key: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("key"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom("__proto__", "constructor")), tie("key"), {
      maxKeys: 4,
    }),
  ),
}));

function failure(key: unknown): PlanError {
  try {
    encodeKey(key);
  } catch (error) {
    expect(error).toBeInstanceOf(PlanError);
    return error as PlanError;
  }
  throw new Error("expected a PlanError");
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 ? { a: value } : [value];
  return value;
}

describe("encodeKey", () => {
  it("can be read back, so it is injective", () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const read = decodeKey(encodeKey(key));
        expect(isDeepStrictEqual(normal(read), normal(key))).toBe(true);
        expect(encodeKey(read)).toBe(encodeKey(key));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["the order of properties", { a: 1, b: [2] }, { b: [2], a: 1 }],
    ["a property that is undefined", { a: 1, b: undefined }, { a: 1 }],
    ["-0 and 0", [-0], [0]],
    ["NaN", [Number.NaN], [0 / 0]],
    ["holes", Object.assign(new Array(3), { 0: 1, 2: 2 }), [1, undefined, 2]],
    ["dates", new Date(5), new Date(5)],
    ["invalid dates", new Date(Number.NaN), new Date("x")],
    ["a view at an offset", new Uint8Array([1, 2]), new Uint8Array([0, 1, 2]).subarray(1)],
    ["a Node Buffer", Buffer.from([1, 2]), new Uint8Array([1, 2])],
    ["no prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ["instances of a class", new (class Point { x = 1; })(), { x: 1 }], // biome-ignore format: one line a case
    ["empty objects", {}, Object.create(null)],
  ])("is the same whatever: %s", (_what, a, b) => {
    expect(encodeKey(a)).toBe(encodeKey(b));
  });

  it("differs for all of these", () => {
    const buffer = new Uint8Array([1, 2, 3, 4]).buffer;
    const keys = [
      "1", 1, 1n, true, "true", null, undefined, "null", "", [], {}, [[]], [{}], [null], [undefined], ["1"], [1], [1n],
      ["1", "2"], ["1,2"], [["1"], "2"], ["1", ["2"]], { a: 1 }, { a: "1" }, { a: null }, { b: 1 }, { a: { b: 1 } },
      { a: 1, b: 1 }, ["a", 1], [["a", 1]], { 0: 1 }, "[n1;]", ["[n1;]"], new Date(1), new Date(2), new Date(Number.NaN),
      "\ud800", "\ud801", "\udc00", "\ufffd", "\ud83d\ude00", ["\ud83d", "\ude00"],
      buffer, new Uint8Array(buffer), new Int8Array(buffer), new Uint16Array(buffer), new DataView(buffer),
      new Uint8ClampedArray(buffer), new Uint8Array(0), new Float64Array([0]), new Float64Array([-0]), new SharedArrayBuffer(4),
      JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":2}'), { constructor: 1 },
    ]; // biome-ignore format: a table
    expect(new Set(keys.map(encodeKey)).size).toBe(keys.length);
  });

  it("has exactly this form, which checkpoints and partitions rely on", () => {
    const key = { b: [1.5, -0, 10n, "né", null, undefined, true], a: new Date(7), "": new Uint8Array([1, 255]) };
    expect(encodeKey(key)).toBe("{s0:bUint8Array:2:01ffs1:ad7;s1:b[n1.5;n0;i10;s2:nézut]}");
  });

  it.each([
    ["a Map", { a: [1, new Map()] }, 'key["a"][1] is an object of class Map'],
    ["a Set", new Set([1]), "key is an object of class Set"],
    ["a function", [() => 1], "key[0] is a function"],
    ["a symbol", Symbol("s"), "key is a symbol"],
    ["an Error", [new Error("x")], "class Error"],
    ["a RegExp", [/a/], "class RegExp"],
    ["a URL", new URL("http://a/"), "class URL"],
    ["a boxed number", Object(1), "class Number"],
    ["no class at all", Object.create(Object.create(Object.create(null))), "class undefined"],
  ])("refuses %s", (_what, key, text) => {
    const error = failure(key);
    expect(error.code).toBe("unsupported-key");
    expect(error.message).toContain(`but ${text.startsWith("key") ? text : "key"}`);
    expect(error.message).toContain(text);
    expect(error.message).toContain("; use what identifies the row");
  });

  it("refuses cyclic keys, saying where they begin again", () => {
    const key: Record<string, unknown> = { a: [0, {}] };
    (key.a as unknown[])[1] = { up: key.a };
    expect(failure(key).message).toContain('key["a"][1]["up"] is a value that contains itself');
    expect(failure(key).details.path).toEqual(["a", 1, "up"]);
    const self: unknown[] = [];
    self.push(self);
    expect(failure(self).message).toContain("key[0] is a value that contains itself");
    const shared = { a: 1 };
    expect(encodeKey([shared, shared])).toBe(encodeKey([{ a: 1 }, { a: 1 }]));
  });

  it("goes to the depth allowed and not beyond", () => {
    expect(decodeKey(encodeKey(nested(KEY_DEPTH_MAX)))).toEqual(nested(KEY_DEPTH_MAX));
    expect(failure(nested(KEY_DEPTH_MAX + 1)).message).toContain("deeper than 64 levels");
    expect(failure(nested(100_000)).code).toBe("unsupported-key");
  });
});

describe("isPrimitiveKey", () => {
  it("tells what a Map tells apart by value", () => {
    expect(["", 1, 1n, true, null, undefined, Number.NaN].every(isPrimitiveKey)).toBe(true);
    expect([{}, [], new Date(), () => 1, Symbol("s"), Object(1)].some(isPrimitiveKey)).toBe(false);
  });
});

describe("KeyMap", () => {
  it("keeps first arrivals in order, whatever kind of key", () => {
    const map = new KeyMap<number>();
    const keys = [
      "a",
      [1],
      1,
      { x: 1, y: 2 },
      "1",
      [1],
      null,
      undefined,
      { y: 2, x: 1 },
      1n,
      "a",
      new Date(1),
      new Date(1),
    ];
    for (const key of keys) {
      const entry = map.entry(key);
      if (entry) entry.value++;
      else map.add(key, 1);
    }
    expect(map.entries).toEqual([
      { key: "a", value: 2 },
      { key: [1], value: 2 },
      { key: 1, value: 1 },
      { key: { x: 1, y: 2 }, value: 2 },
      { key: "1", value: 1 },
      { key: null, value: 1 },
      { key: undefined, value: 1 },
      { key: 1n, value: 1 },
      { key: new Date(1), value: 2 },
    ]);
    expect(map.entries[1]!.key).toBe(keys[1]);
    expect([...map]).toEqual(map.entries);
    expect(map.size).toBe(9);
  });

  it("gets, sets and has", () => {
    const map = new KeyMap<string | undefined>();
    expect(map.set([1], "one").set([1], "uno").set("gone", undefined).set("__proto__", "p")).toBe(map);
    expect([map.get([1]), map.get("gone"), map.get("other"), map.get("__proto__")]).toEqual([
      "uno",
      undefined,
      undefined,
      "p",
    ]);
    expect([map.has([1]), map.has("gone"), map.has("other"), map.has("constructor")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(map.entries.map((entry) => entry.key)).toEqual([[1], "gone", "__proto__"]);
  });

  it("takes -0 as 0 and NaN as NaN", () => {
    const map = new KeyMap<number>()
      .set(-0, 1)
      .set(0, 2)
      .set(Number.NaN, 3)
      .set(Number.NaN, 4)
      .set([-0], 5)
      .set([0], 6);
    expect(map.entries.map((entry) => entry.value)).toEqual([2, 4, 6]);
    expect(Object.is(map.entries[0]!.key, 0)).toBe(true);
  });

  it("stays as it was where a key is refused", () => {
    const map = new KeyMap<number>();
    expect(() => map.add(new Map(), 1)).toThrow(PlanError);
    expect(() => map.entry(Symbol("s"))).toThrow(PlanError);
    expect([map.size, map.entries.length]).toEqual([0, 0]);
  });

  it("groups as a map over canonical strings does", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyKey, fc.constantFrom<unknown>(0, -0, "0", [0], [-0], null))), (keys) => {
        const map = new KeyMap<number>();
        const model = new Map<string, number>();
        for (const key of keys) {
          map.set(key, (map.get(key) ?? 0) + 1);
          model.set(encodeKey(key), (model.get(encodeKey(key)) ?? 0) + 1);
        }
        expect(map.entries.map(({ key, value }) => [encodeKey(key), value])).toEqual([...model]);
      }),
    );
  });
});
