import { describe, expect, it } from "vitest";
import { TDigest, tDigest } from "../../../src/sketches/t-digest.js";
import { random } from "../../support/property.js";

const AT = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];
const make = (probabilities: readonly number[] = AT, compression = 200) =>
  tDigest("test", probabilities, { compression }).make();

const DISTRIBUTIONS: Record<string, (next: () => number, index: number) => number> = {
  uniform: (next) => next(),
  exponential: (next) => -Math.log(1 - next()),
  "with heavy tails": (next) => (next() < 0.5 ? -1 : 1) * (1 / (next() + 1e-6)) ** 3,
  "with many equal": (next) => Math.floor(next() * 4),
  ascending: (_, index) => index,
  descending: (_, index) => -index,
};

function numbersOf(name: string, count: number): number[] {
  const next = random(11);
  return Array.from({ length: count }, (_, index) => DISTRIBUTIONS[name]!(next, index));
}

/** The rank of each quantile, as a share, is not further off than a centroid is wide. */
function expectInBounds(found: readonly number[], numbers: readonly number[], compression: number): void {
  const sorted = Float64Array.from(numbers).sort();
  for (const [index, q] of AT.entries()) {
    const below = sorted.findIndex((number) => number >= found[index]!);
    const upTo = sorted.findLastIndex((number) => number <= found[index]!) + 1;
    const ranks = [below === -1 ? sorted.length : below, upTo];
    const [low, high] = [Math.min(...ranks), Math.max(...ranks)];
    const rank = q * sorted.length;
    const off = rank < low ? low - rank : rank > high ? rank - high : 0;
    const bound = ((2 * Math.PI * Math.sqrt(q * (1 - q))) / compression) * sorted.length;
    expect(off, `${q}: ${found[index]}`).toBeLessThanOrEqual(bound + 1);
  }
}

describe.each(Object.keys(DISTRIBUTIONS))("quantiles of numbers that are %s", (name) => {
  it.each([50, 200])("with compression %d are off by less than a centroid", (compression) => {
    for (const count of [10, 1000, 30_000]) {
      const numbers = numbersOf(name, count);
      const digest = make(AT, compression);
      for (const number of numbers) digest.add(number);
      expectInBounds(digest.result(), numbers, compression);
      expect(digest.toBytes().length).toBeLessThanOrEqual(32 + 16 * 2 * compression);
    }
  });

  it("of merged parts are too", () => {
    const numbers = numbersOf(name, 30_000);
    const parts = Array.from({ length: 8 }, () => make());
    for (const [index, number] of numbers.entries()) parts[Math.floor(index / 3750)]!.add(number);
    while (parts.length > 1) {
      const [a, b] = parts.splice(0, 2) as [(typeof parts)[0], (typeof parts)[0]];
      a.merge(b.toBytes());
      parts.push(a);
    }
    expectInBounds(parts[0]!.result(), numbers, 200);
  });
});

describe("quantiles", () => {
  it("are the numbers themselves at both ends and where they are few", () => {
    const digest = make([0, 0.5, 1, 0.25]);
    for (const number of [5, 1, 3, -0]) digest.add(number);
    expect(digest.result()).toEqual([0, 3, 5, 1]);
  });

  it("are none of no numbers, and of NaN none", () => {
    const digest = make([0.5]);
    expect(digest.result()).toEqual([]);
    digest.add(Number.NaN);
    expect(digest.result()).toEqual([]);
    digest.add(7);
    expect(digest.result()).toEqual([7]);
  });

  it("bear infinities and the greatest of numbers", () => {
    const digest = make([0, 0.1, 0.5, 0.9, 1]);
    for (let i = 0; i < 3000; i++) {
      for (const number of [Number.MAX_VALUE, -Number.MAX_VALUE, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1])
        digest.add(number);
    }
    const [least, , middle, , greatest] = digest.result();
    expect([least, greatest]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(middle).toBeCloseTo(1);
  });

  it("are of numbers", () => {
    for (const value of ["1", null, 1n])
      expect(() => make().add(value)).toThrow(expect.objectContaining({ code: "not-a-number" }));
  });

  it("take options in their limits only", () => {
    const refused = expect.objectContaining({ code: "invalid-option" });
    for (const probability of [-0.1, 1.1, Number.NaN]) expect(() => make([probability])).toThrow(refused);
    expect(() => make(0.5 as unknown as number[])).toThrow(refused);
    for (const compression of [19, 20.5, 10_001]) expect(() => make([0.5], compression)).toThrow(refused);
  });
});

describe("the bytes", () => {
  it("are the same for the same numbers, and keep all that a digest is", () => {
    const digest = make();
    for (const number of numbersOf("exponential", 5000)) digest.add(number);
    const bytes = digest.toBytes();
    expect(digest.toBytes()).toEqual(bytes);
    const restored = new TDigest(AT, 200);
    restored.merge(bytes);
    expectInBounds(restored.result(), numbersOf("exponential", 5000), 200);
  });

  it("are these", () => {
    const digest = make([0.5], 20);
    for (const number of [3, 1, 2, 2.5]) digest.add(number);
    expect(Buffer.from(digest.toBytes()).toString("hex")).toMatchInlineSnapshot(
      `"6d736b74040114000000000000001040000000000000f03f0000000000000840000000000000f03f000000000000f03f0000000000000040000000000000f03f0000000000000440000000000000f03f0000000000000840000000000000f03f"`,
    );
  });

  it("are refused where they are of another kind or compression, or cut", () => {
    const digest = make();
    digest.add(1);
    const bytes = digest.toBytes();
    for (const wrong of [
      new Uint8Array(0),
      bytes.with(4, 1),
      bytes.with(6, 3),
      bytes.subarray(0, -1),
      bytes.subarray(0, 8),
    ]) {
      expect(() => make().merge(wrong)).toThrow(expect.objectContaining({ code: "invalid-sketch" }));
    }
  });
});
