import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRows, encodeRows } from "../../../../src/block/codec.js";
import { SourceError } from "../../../../src/errors.js";
import { check } from "../../../support/property.js";

const ROWS: readonly unknown[] = [
  ["word", 1],
  { id: 12_345, name: "größe", inner: { x: 1.5, y: -0 }, list: [null, undefined, true] },
  { id: 12_346, name: "x".repeat(40), inner: { x: 2 ** 40, y: Number.NaN }, list: [] },
  new Map<unknown, unknown>([
    ["k", new Set([1n, -(2n ** 80n)])],
    [new Date(1.5e12), new Date(Number.NaN)],
  ]),
  [Float64Array.of(1, 2), Uint8Array.of(1, 2, 3), new DataView(new ArrayBuffer(3)), new ArrayBuffer(2), "\ud800 lone"],
];
const BYTES = encodeRows(ROWS);

/** Whether the bytes are refused as they should be; anything else that is thrown fails the test. */
function isRefused(bytes: Uint8Array): boolean {
  try {
    expect(Array.isArray(decodeRows(bytes))).toBe(true);
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(SourceError);
    expect((error as SourceError).code).toMatch(/^damaged-rows$|^no-float16$/);
    return true;
  }
}

const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

describe("damaged bytes", () => {
  it("cut short anywhere are refused", () => {
    for (let length = 0; length < BYTES.length; length++) expect(isRefused(BYTES.subarray(0, length))).toBe(true);
    expect(isRefused(BYTES)).toBe(false);
  });

  it("with more behind them are refused", () => {
    for (let byte = 0; byte < 256; byte++) expect(isRefused(Uint8Array.of(...BYTES, byte))).toBe(true);
  });

  it("with any one bit flipped are refused or rows", () => {
    let refused = 0;
    for (let bit = 0; bit < BYTES.length * 8; bit++) {
      const bytes = BYTES.slice();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      if (isRefused(bytes)) refused++;
    }
    expect(refused).toBeGreaterThan(BYTES.length);
  });

  it("with several bytes changed, or by chance, are refused or rows", () => {
    const change = fc.tuple(fc.nat({ max: BYTES.length - 1 }), fc.nat({ max: 255 }));
    check(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = BYTES.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        isRefused(bytes);
      }),
      { numRuns: 3000 },
    );
    check(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        isRefused(bytes);
        isRefused(Uint8Array.of(0x98, bytes.length, ...bytes));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ["an empty chunk", ""],
    ["a chunk that is no array", "01"],
    ["a count of rows beyond the end", "9affffffff00"],
    ["text that is not UTF-8", "8161ff"],
    ["text that is not UTF-8, longer", `81781e${"c0".repeat(30)}`],
    ["a surrogate as UTF-8", "8163eda080"],
    ["text that takes more bytes than it needs", "8162c180"],
    ["text that takes more bytes than it needs, three", "8163e09fbf"],
    ["text that ends in the middle of a sequence", "8162e282"],
    ["text with a continuation that is none", "8163e28241"],
    ["text with a continuation alone", "816180"],
    ["text beyond Unicode", "8164f4908080"],
    ["text of unknown length", "817f6161ff"],
    ["an array of unknown length", "819f01ff"],
    ["a number beyond 2^53 - 1", "811b0020000000000000"],
    ["an unknown simple value", "81f8ff"],
    ["a 16-bit float, which is never written", "81f93c00"],
    ["an unknown tag", "81d9d9f700"],
    ["a date of dates", `81${"c1".repeat(100_000)}00`],
    ["a date of text", "81c16161"],
    ["a bigint that is no bytes", "81c201"],
    ["a set of a map", "81d90102a0"],
    ["half an element", "81d845430102 03".replace(" ", "")],
    ["half a unit", "81da6d7200014161"],
    ["a property named by a number", "81a10102"],
    ["a property named by a date", "81a1c10102"],
    ["a property named by a name of names", `81a1${"da6d720001".repeat(50_000)}`],
  ])("are refused: %s", (_, text) => {
    expect(isRefused(fromHex(text))).toBe(true);
  });

  it.each([
    ["arrays", "81"],
    ["arrays of the greatest count", "9affffffff"],
    ["pairs", "82"],
    ["objects", "a16161"],
    ["maps", "d90103a1"],
    ["sets", "d9010281"],
  ])("of %s inside one another without end are refused, in little memory", (_, level) => {
    const bytes = fromHex(`81${level.repeat(200_000)}`);
    expect(isRefused(bytes)).toBe(true);
  });

  it("say where", () => {
    const bytes = fromHex("8201f8");
    expect(() => decodeRows(bytes)).toThrow(
      "Encoded rows must be whole and unchanged, but at byte 3 of 3 there is an unknown simple value; read them from an intact copy.",
    );
  });
});
