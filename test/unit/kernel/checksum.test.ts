import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { murmur3, partitionHash, STRING_SEED } from "../../../src/block/partition-hash.js";
import { SumTable } from "../../../src/kernel/sum-table.js";
import { ARTEFACTS, newKernel, put } from "../../support/kernel.js";
import { check } from "../../support/property.js";

describe("a sealed block", () => {
  it("is told from one with any single bit flipped", () => {
    const kernel = newKernel();
    const table = new SumTable(kernel);
    const text = put(kernel, "a bb a\na key of more than sixteen bytes\n");
    table.updateText(text.ptr, text.bytes, 0x20, 0.1);
    const [block] = table.finish(1);
    const verify = () => kernel.call("blockVerify", block!.ptr);
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

  it("is told from one whose bytes changed places", () => {
    const kernel = newKernel();
    const table = new SumTable(kernel);
    const text = put(kernel, `${Array.from({ length: 500 }, (_, i) => `word${i}`).join(" ")}\n`);
    table.updateText(text.ptr, text.bytes, 0x20, 1);
    const [block] = table.finish(1);
    const region = kernel.memory.region(block!.ptr, block!.bytes);
    const intact = region.slice();
    check(
      fc.property(fc.nat({ max: block!.bytes / 16 - 1 }), fc.nat({ max: block!.bytes / 16 - 1 }), (a, b) => {
        const [first, second] = [intact.subarray(16 * a, 16 * a + 16), intact.subarray(16 * b, 16 * b + 16)];
        fc.pre(a > 3 && b > 3 && first.join() !== second.join());
        region.set(second, 16 * a);
        region.set(first, 16 * b);
        expect(kernel.call("blockVerify", block!.ptr)).toBe(0);
        region.set(intact);
        expect(kernel.call("blockVerify", block!.ptr)).toBe(1);
      }),
    );
  });

  it("is refused where none starts", () => {
    const kernel = newKernel();
    const ptr = kernel.memory.allocate(64);
    kernel.memory.region(ptr, 64).fill(0);
    for (const name of ["blockSeal", "blockVerify"] as const) {
      expect(() => kernel.call(name, ptr)).toThrow(
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
