import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRows, encodeRows } from "../../../../src/block/codec.js";
import { check } from "../../../support/property.js";
import { differenceOf } from "../../../support/same-value.js";

const roundTrip = (rows: readonly unknown[]) => decodeRows(encodeRows(rows));
const hex = (rows: readonly unknown[]) => Buffer.from(encodeRows(rows)).toString("hex");

/** Of the kinds that come back exactly as they were. */
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    false,
    Number.NaN,
    -0,
    0,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    -(2 ** 53),
    2 ** 53 - 1,
  ),
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.array(fc.integer({ min: 0xd700, max: 0xe010 })).map((units) => String.fromCharCode(...units)),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array(),
  fc.uint8ClampedArray(),
  fc.int8Array(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
  fc.uint8Array().map((bytes) => bytes.slice().buffer),
  fc.uint8Array().map((bytes) => new DataView(bytes.slice().buffer)),
);

const name = fc.oneof(
  fc.string(),
  fc.constantFrom("__proto__", "constructor", "hasOwnProperty", "toString", "1", "01", "\ud800", "größe", "length"),
);

function objectOf(entries: ReadonlyArray<readonly [string, unknown]>): object {
  const object = {};
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
  }
  return object;
}

const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("value")),
    fc.tuple(fc.string(), fc.integer()),
    fc.array(fc.tuple(name, tie("value"))).map(objectOf),
    fc.array(fc.tuple(tie("value"), tie("value"))).map((entries) => new Map(entries)),
    fc.array(tie("value")).map((items) => new Set(items)),
  ),
}));

describe("rows", () => {
  it("come back as they were", () => {
    check(
      fc.property(fc.array(anyValue), (rows) => {
        expect(differenceOf(roundTrip(rows), rows)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it("come back as they were when they have the same names", () => {
    const row = fc.record({
      id: leaf,
      inner: fc.record({ id: leaf, x: leaf }),
      list: fc.array(fc.record({ x: leaf, y: leaf })),
    });
    check(
      fc.property(fc.array(fc.oneof(row, fc.record({ id: leaf, other: leaf }))), (rows) => {
        const plain = rows.map((each) => structuredClone(each)); // fast-check's records may lack a prototype
        for (const each of plain) Object.setPrototypeOf(each, Object.prototype);
        expect(differenceOf(roundTrip(plain), plain)).toBeUndefined();
      }),
    );
  });

  it("may be none, or very many", () => {
    expect(roundTrip([])).toEqual([]);
    const rows = Array.from({ length: 100_000 }, (_, index) => [`word${index % 1000}`, index]);
    expect(differenceOf(roundTrip(rows), rows)).toBeUndefined();
  });

  it("share nothing with the bytes they came from", () => {
    const bytes = Buffer.from(encodeRows([Uint8Array.of(1, 2, 3), Uint8Array.of(4).buffer]));
    const [array, buffer] = decodeRows(bytes) as [Uint8Array, ArrayBuffer];
    bytes.fill(0);
    expect([...array, ...new Uint8Array(buffer)]).toEqual([1, 2, 3, 4]);
    expect(array.buffer.byteLength).toBe(3);
  });
});

describe("numbers", () => {
  it.each([
    0,
    -0,
    1,
    -1,
    23,
    24,
    255,
    256,
    65_535,
    65_536,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53 - 1,
    2 ** 53,
    2 ** 60,
    1.5,
    5e-324,
    1.7e308,
  ])("%d and its negative are kept to the bit", (value) => {
    expect(differenceOf(roundTrip([value, -value, -1 - value]), [value, -value, -1 - value])).toBeUndefined();
  });

  it("NaN has one form, whatever its bits", () => {
    const bits = BigUint64Array.of(0x7ff8000000000001n, 0xfff8000000000000n, 0x7ff0000000000001n);
    for (const value of new Float64Array(bits.buffer)) expect(hex([value])).toBe("81fb7ff8000000000000");
  });

  it("bigints are kept whatever their size", () => {
    const values = [0n, 1n, -1n, 255n, 256n, -256n, -257n, 2n ** 64n, -(2n ** 64n), 3n ** 20_000n, -(3n ** 20_001n)];
    expect(differenceOf(roundTrip(values), values)).toBeUndefined();
  });
});

describe("dates", () => {
  it("are kept to the millisecond at the ends of their range and in between", () => {
    const times = [
      0,
      1,
      -1,
      999,
      -999,
      1001,
      8.64e15,
      8.64e15 - 1,
      -8.64e15,
      1 - 8.64e15,
      2 ** 52 - 1,
      2 ** 52 - 999,
      4.4e15 + 333,
      -4.4e15 - 777,
    ];
    const dates = times.map((time) => new Date(time));
    expect(differenceOf(roundTrip(dates), dates)).toBeUndefined();
    check(
      fc.property(fc.array(fc.integer({ min: -8.64e15, max: 8.64e15 })), (random) => {
        const some = random.map((time) => new Date(time));
        expect(differenceOf(roundTrip(some), some)).toBeUndefined();
      }),
    );
  });
});

describe("text", () => {
  it.each([0, 1, 15, 16, 17, 23, 24, 25, 47, 48, 49, 85, 86, 255, 256, 257, 21_845, 21_846, 65_535, 65_536, 70_000])(
    "of %i units, of one to four bytes each, is kept",
    (length) => {
      const texts = ["a", "é", "語", "\ud83d\ude00", "\ud83d"].map((unit) => unit.repeat(length));
      expect(differenceOf(roundTrip(texts), texts)).toBeUndefined();
    },
  );

  it("is kept for every code point, alone and between others", () => {
    const texts: string[] = [];
    for (let point = 0; point <= 0x10ffff; point += point < 0x3000 ? 1 : 61) {
      texts.push(String.fromCodePoint(point), `a${String.fromCodePoint(point)}é`);
    }
    texts.push("\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}");
    expect(differenceOf(roundTrip(texts), texts)).toBeUndefined();
  });

  it("keeps a byte order mark and zeros", () => {
    expect(roundTrip(["\ufeffa", "\0", `${"\ufeff".repeat(30)}`])).toEqual(["\ufeffa", "\0", "\ufeff".repeat(30)]);
  });
});

describe("objects", () => {
  it("keep an own property __proto__, and pollute nothing", () => {
    const evil = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}') as object;
    const [back] = roundTrip([evil]) as [Record<string, unknown>];
    expect(differenceOf(back, evil)).toBeUndefined();
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(back.polluted).toBeUndefined();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("of a class, or without a prototype, come back plain", () => {
    class Point {
      readonly #secret = 1;
      constructor(
        readonly x: number,
        readonly y: number,
      ) {}
      sum(): number {
        return this.x + this.y + this.#secret;
      }
    }
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    expect(differenceOf(roundTrip([new Point(1, 2), bare]), [{ x: 1, y: 2 }, { a: 1 }])).toBeUndefined();
  });

  it("lose what symbols name; holes come back as undefined", () => {
    const holed = [1, 2, 3];
    delete holed[1];
    const rows = [{ a: 1, [Symbol("b")]: 2 }, holed];
    expect(differenceOf(roundTrip(rows), [{ a: 1 }, [1, undefined, 3]])).toBeUndefined();
  });

  it("of other hosts and views come back as their bytes", () => {
    const inner = new Uint16Array(Uint8Array.of(9, 9, 1, 2, 3, 4, 9, 9).buffer, 2, 2);
    const shared = new SharedArrayBuffer(2);
    new Uint8Array(shared).set([5, 6]);
    const rows = [Buffer.from("abc"), inner, new DataView(inner.buffer, 3, 2), shared];
    const expected = [
      Uint8Array.of(97, 98, 99),
      new Uint16Array(Uint8Array.of(1, 2, 3, 4).buffer),
      new DataView(Uint8Array.of(2, 3).buffer),
      Uint8Array.of(5, 6).buffer,
    ];
    expect(differenceOf(roundTrip(rows), expected)).toBeUndefined();
  });

  it("may be empty in every kind, and keep their order", () => {
    const rows = [
      [],
      {},
      new Map(),
      new Set(),
      new Uint8Array(0),
      new ArrayBuffer(0),
      "",
      { b: 1, a: 2 },
      new Map([[{ a: 1 }, [1]]]),
    ];
    expect(differenceOf(roundTrip(rows), rows)).toBeUndefined();
  });
});

describe("the bytes", () => {
  // The first column is from appendix A of RFC 8949, from RFC 8746, or follows from their rules.
  it.each<[string, unknown]>([
    ["00", 0],
    ["17", 23],
    ["1818", 24],
    ["1903e8", 1000],
    ["1a000f4240", 1_000_000],
    ["1b000000e8d4a51000", 1_000_000_000_000],
    ["20", -1],
    ["3903e7", -1000],
    ["fb8000000000000000", -0],
    ["fb3ff199999999999a", 1.1],
    ["c249010000000000000000", 18_446_744_073_709_551_616n],
    ["c349010000000000000000", -18_446_744_073_709_551_617n],
    ["f4", false],
    ["f5", true],
    ["f6", null],
    ["f7", undefined],
    ["c11a514b67b0", new Date(1_363_896_240_000)],
    ["c1fb41d452d9ec200000", new Date(1_363_896_240_500)],
    ["6449455446", "IETF"],
    ["62c3bc", "ü"],
    ["64f0908591", "\ud800\udd51"],
    ["da6d7200014200d8", "\ud800"],
    ["83010203", [1, 2, 3]],
    ["a26161016162820203", { a: 1, b: [2, 3] }],
    ["d9010282f5f4", new Set([true, false])],
    ["d90103a1f601", new Map([[null, 1]])],
    ["420102", Uint8Array.of(1, 2).buffer],
    ["d840420102", Uint8Array.of(1, 2)],
    ["d845420102", Uint16Array.of(0x0201)],
    ["d8564800000000000000c0", Float64Array.of(-2)],
    ["da6d720002420102", new DataView(Uint8Array.of(1, 2).buffer)],
  ])("are %s", (expected, value) => {
    expect(hex([value])).toBe(`81${expected}`);
    expect(differenceOf(decodeRows(Buffer.from(`81${expected}`, "hex")), [value])).toBeUndefined();
  });

  it("are those of the example in docs/formats.md", () => {
    const example = readFileSync("docs/formats.md", "utf8").match(/### Example\n\n.*\n\n((?: {4}.*\n)+)/)![1]!;
    const written = [...example.matchAll(/^ +((?:[0-9a-f]{2} )*[0-9a-f]{2})\b/gm)].map(([, bytes]) =>
      bytes!.replaceAll(" ", ""),
    );
    expect(written.join("")).toBe(hex([["word", 1], { id: 2 }]));
  });
});
