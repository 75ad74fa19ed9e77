import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeKey } from "../../../src/block/key.js";
import {
  murmur3,
  NUMBER_SEED,
  OTHER_SEED,
  partitionHash,
  partitionOf,
  STRING_SEED,
} from "../../../src/block/partition-hash.js";
import { PlanError } from "../../../src/errors.js";

const utf8 = new TextEncoder();
const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

interface Golden {
  readonly keys: ReadonlyArray<{ kind: keyof typeof KINDS; value?: unknown; canonical?: string; hash: number }>;
}

/** How a kind of key in test/golden/partition-hash.json is made from its JSON. */
const KINDS = {
  string: (value: unknown) => value,
  "utf-16": (units: unknown) => String.fromCharCode(...(units as number[])),
  number: Number,
  bigint: (digits: unknown) => BigInt(digits as string),
  boolean: (value: unknown) => value,
  null: () => null,
  undefined: () => undefined,
  date: (ms: unknown) => new Date(ms === null ? Number.NaN : (ms as number)),
  Uint8Array: (values: unknown) => Uint8Array.from(values as number[]),
  ArrayBuffer: (values: unknown) => Uint8Array.from(values as number[]).buffer,
  Float64Array: (values: unknown) => Float64Array.from(values as number[]),
  json: (value: unknown) => value,
};

describe("murmur3", () => {
  // Public vectors of MurmurHash3_x86_32.
  it.each([
    ["", 0, 0],
    ["", 1, 0x514e28b7],
    ["", 0xffffffff, 0x81f16f39],
    ["\0\0\0\0", 0, 0x2362f9de],
    ["\0\0\0", 0, 0x85f0b427],
    ["\0\0", 0, 0x30f4c306],
    ["\0", 0, 0x514e28b7],
    ["\xff\xff\xff\xff", 0, 0x76293b50],
    ["!Ce\x87", 0, 0xf55b516b],
    ["!Ce\x87", 0x5082edee, 0x2362f9de],
    ["!Ce", 0, 0x7e4a8634],
    ["!C", 0, 0xa0f7b07a],
    ["!", 0, 0x72661cf4],
    ["aaaa", 0x9747b28c, 0x5a97808a],
    ["aaa", 0x9747b28c, 0x283e0130],
    ["aa", 0x9747b28c, 0x5d211726],
    ["a", 0x9747b28c, 0x7fa09ea6],
    ["abcd", 0x9747b28c, 0xf0478627],
    ["abc", 0x9747b28c, 0xc84a62dd],
    ["ab", 0x9747b28c, 0x74875592],
    ["Hello, world!", 0x9747b28c, 0x24884cba],
    ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
    ["a".repeat(256), 0x9747b28c, 0x37405bdc],
  ])("of %j with seed %i", (text, seed, hash) => {
    const bytes = latin1(text);
    expect(murmur3(bytes, bytes.length, seed)).toBe(hash);
  });

  it("reads no further than the length given", () => {
    for (let length = 0; length <= 9; length++) {
      const bytes = Uint8Array.from({ length: 12 }, (_, index) => (index < length ? index + 200 : 0xaa));
      expect(murmur3(bytes, length, 7)).toBe(murmur3(bytes.slice(0, length), length, 7));
    }
  });
});

describe("partitionHash", () => {
  const file = new URL("../../golden/partition-hash.json", import.meta.url);
  const golden = JSON.parse(readFileSync(file, "utf8")) as Golden;
  it.each(golden.keys)("is as published for $kind $value", ({ kind, value, canonical, hash }) => {
    const key = KINDS[kind](value);
    expect(partitionHash(key)).toBe(hash);
    if (canonical !== undefined) expect(encodeKey(key)).toBe(canonical);
  });

  it("takes strings as UTF-8, also where the scratch buffer grows or is too small", () => {
    const lengths = [0, 1, 341, 342, 1024, 5000, 349_525, 349_526, 400_000];
    for (const length of lengths) {
      for (const unit of ["a", "é", "€", "\u{1f600}"]) {
        const text = unit.repeat(length / unit.length);
        const bytes = utf8.encode(text);
        expect(partitionHash(text)).toBe(murmur3(bytes, bytes.length, STRING_SEED));
      }
    }
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const bytes = utf8.encode(text);
        expect(partitionHash(text)).toBe(murmur3(bytes, bytes.length, STRING_SEED));
      }),
    );
  });

  it("takes a lone surrogate as three bytes", () => {
    const bytes = latin1("a\xed\xa0\x80\xed\xb0\x80"); // U+D800, U+DC00 were they apart
    expect(partitionHash("a\ud800")).toBe(murmur3(bytes, 4, STRING_SEED));
    expect(partitionHash("\udc00")).toBe(murmur3(bytes.subarray(4), 3, STRING_SEED));
    expect(partitionHash("\ud800\ud800\udc00")).toBe(murmur3(latin1("\xed\xa0\x80\xf0\x90\x80\x80"), 7, STRING_SEED));
    expect(partitionHash("\ud800")).not.toBe(partitionHash("\ufffd"));
  });

  it("takes numbers as canonical doubles", () => {
    const one = Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf0, 0x3f);
    expect(partitionHash(1)).toBe(murmur3(one, 8, NUMBER_SEED));
    expect(partitionHash(-0)).toBe(murmur3(new Uint8Array(8), 8, NUMBER_SEED));
    const nan = Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf8, 0x7f);
    const otherNan = new Float64Array(new Uint32Array([5, 0xfff80000]).buffer)[0];
    expect(partitionHash(Number.NaN)).toBe(murmur3(nan, 8, NUMBER_SEED));
    expect(partitionHash(otherNan)).toBe(murmur3(nan, 8, NUMBER_SEED));
  });

  it("takes any other key by its canonical string", () => {
    expect(partitionHash({ b: 1, a: "é" })).toBe(partitionHash({ a: "é", b: 1 }));
    const text = utf8.encode("{s1:as1:és1:bn1;}");
    expect(partitionHash({ b: 1, a: "é" })).toBe(murmur3(text, text.length, OTHER_SEED));
    expect(partitionHash(true)).toBe(murmur3(latin1("t"), 1, OTHER_SEED));
    expect(() => partitionHash(new Map())).toThrow(PlanError);
  });

  it("spreads keys evenly", () => {
    const [count, parts] = [100_000, 7];
    for (const key of [(i: number) => `key-${i}`, (i: number) => i, (i: number) => [i, "x"]]) {
      const sizes = new Array<number>(parts).fill(0);
      for (let i = 0; i < count; i++) sizes[partitionOf(key(i), parts)]!++;
      for (const size of sizes) expect(Math.abs(size - count / parts)).toBeLessThan(1000); // nine standard deviations
    }
  });
});
