import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { murmur3, partitionHash, STRING_SEED } from "../../../src/block/partition-hash.js";
import { SumTable } from "../../../src/kernel/sum-table.js";
import { ARTEFACTS, newKernel, put } from "../../support/kernel.js";
import { check } from "../../support/property.js";

describe.each(ARTEFACTS)("crc32c (%s)", (artefact) => {
  const kernel = newKernel(artefact);
  const crc = (bytes: string | Uint8Array, from = 0) => {
    const region = put(kernel, bytes);
    // The export returns 32 bits: not through call(), to which a high bit is a status.
    const value = rawCrc(region.ptr, region.bytes, from);
    kernel.memory.free(region.ptr);
    return value;
  };
  const rawCrc = (ptr: number, bytes: number, from: number) => {
    try {
      return kernel.call("crc32c", from, ptr, bytes, kernel.crcTablePtr) >>> 0;
    } catch (error) {
      return (error as { details: { status: number } }).details.status >>> 0;
    }
  };

  it("has the values of RFC 3720", () => {
    expect(crc(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).toBe(0x113fdb5c);
    expect(crc("123456789")).toBe(0xe3069283);
    expect(crc("")).toBe(0);
  });

  it("of parts, one after the other, is that of the whole", () => {
    check(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: 100 }), (bytes, at) => {
        const cut = Math.min(at, bytes.length);
        expect(crc(bytes.subarray(cut), crc(bytes.subarray(0, cut)))).toBe(crc(bytes));
      }),
    );
  });
});

describe("a sealed block", () => {
  it("is told from one with any single bit flipped", () => {
    const kernel = newKernel();
    const table = new SumTable(kernel);
    const text = put(kernel, "a bb a\na key of more than sixteen bytes\n");
    table.updateText(text.ptr, text.bytes, 0x20, 0.1);
    const [block] = table.finish(1);
    const verify = () => kernel.call("blockVerify", block!.ptr, kernel.crcTablePtr);
    expect(verify()).toBe(1);
    const missed: number[] = [];
    for (let bit = 0; bit < block!.bytes * 8; bit++) {
      const at = block!.ptr + (bit >> 3);
      const { view } = kernel.memory;
      view.setUint8(at, view.getUint8(at) ^ (1 << (bit & 7)));
      let isMissed: boolean;
      try {
        isMissed = verify() === 1;
      } catch {
        isMissed = false; // A magic number, a version or a size that cannot be.
      }
      if (isMissed) missed.push(bit);
      view.setUint8(at, view.getUint8(at) ^ (1 << (bit & 7)));
    }
    expect(missed).toEqual([]);
    expect(verify()).toBe(1);
  });

  it("is refused where none starts", () => {
    const kernel = newKernel();
    const ptr = kernel.memory.allocate(64);
    kernel.memory.region(ptr, 64).fill(0);
    for (const name of ["blockSeal", "blockVerify"] as const) {
      expect(() => kernel.call(name, ptr, kernel.crcTablePtr)).toThrow(
        expect.objectContaining({ code: "bad-header", details: { function: name, status: abi.BAD_HEADER } }),
      );
    }
  });
});

describe.each(ARTEFACTS)("murmur3 (%s)", (artefact) => {
  const kernel = newKernel(artefact);
  const hash = (bytes: string | Uint8Array, seed: number) => {
    const region = put(kernel, bytes);
    try {
      return kernel.call("murmur3", region.ptr, region.bytes, seed) >>> 0;
    } catch (error) {
      return (error as { details: { status: number } }).details.status >>> 0;
    } finally {
      kernel.memory.free(region.ptr);
    }
  };

  it("is that of the JavaScript side, for any bytes and seed", () => {
    check(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer(), (bytes, seed) => {
        expect(hash(bytes, seed)).toBe(murmur3(bytes, bytes.length, seed));
      }),
    );
  });

  it("has the published values of keys that are strings", () => {
    const golden = JSON.parse(readFileSync("test/golden/partition-hash.json", "utf8")) as {
      keys: ReadonlyArray<{ kind: string; value?: unknown; hash: number }>;
    };
    const strings = golden.keys.filter(({ kind }) => kind === "string");
    expect(strings.length).toBeGreaterThan(5);
    for (const { value, hash: expected } of strings) {
      expect(hash(value as string, STRING_SEED)).toBe(expected);
      expect(partitionHash(value)).toBe(expected);
    }
  });
});
