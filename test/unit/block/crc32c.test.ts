import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c } from "../../../src/block/crc32c.js";
import { check } from "../../support/property.js";

const ascii = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** The definition, bit by bit. */
function slowly(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

describe("crc32c", () => {
  // The check value of the catalogue of CRCs, and the examples of RFC 3720, appendix B.4.
  it.each([
    ["123456789", ascii("123456789"), 0xe3069283],
    ["nothing", new Uint8Array(0), 0],
    ["32 zeros", new Uint8Array(32), 0x8a9136aa],
    ["32 bytes of ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ["32 rising bytes", Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    ["32 falling bytes", Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
  ])("of %s is the published value", (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it("is that of the definition for every length and place", () => {
    check(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: 9 }), (bytes, skip) => {
        const part = bytes.subarray(skip);
        expect(crc32c(part)).toBe(slowly(part));
      }),
    );
  });

  it("of parts in turn is that of the whole", () => {
    check(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ maxLength: 60 }), (a, b) => {
        expect(crc32c(b, crc32c(a))).toBe(crc32c(Uint8Array.of(...a, ...b)));
      }),
    );
  });
});
