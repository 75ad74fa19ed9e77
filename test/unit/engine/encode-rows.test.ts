import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeLines } from "../../../src/block/decode.js";
import { encodeRows } from "../../../src/engine/encode-rows.js";
import { scanText } from "../../../src/kernel/text.js";
import { ARTEFACTS, MIB, newKernel, thrownBy } from "../../support/kernel.js";
import { check } from "../../support/property.js";

const character = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(..."abc é水🚰\0\ufeff\u2028\ufffd") },
  { weight: 1, arbitrary: fc.constantFrom("\n", "\r", "\ud83d", "\udeb0") },
);

describe.each(ARTEFACTS)("encodeRows (%s)", (artefact) => {
  const kernel = newKernel(artefact);
  const { memory } = kernel;
  const before = memory.bytesTaken;

  it("writes what decodes to the same rows, or nothing where a row can be no line", () => {
    check(
      fc.property(fc.array(fc.string({ unit: character, maxLength: 20 }), { maxLength: 20 }), (rows) => {
        const block = encodeRows(rows, kernel);
        const canBe = rows.every((row) => row.isWellFormed() && !/[\r\n]/.test(row));
        expect(block !== undefined).toBe(canBe);
        if (block) {
          expect([...decodeLines(memory, block.ptr, block.bytes)].flat()).toEqual(rows);
          expect(block.rows).toBe(rows.length);
          const report = scanText(kernel, block.ptr, block.bytes);
          expect(report).toEqual({ rows: rows.length, clean: true, checksum: block.checksum });
          memory.free(block.ptr);
        }
        expect(memory.bytesTaken).toBe(before);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["a number", ["a", 1]],
    ["undefined", [undefined]],
    ["null", ["a", null]],
    ["a hole", Array(1)],
    ["a string object", [Object("a")]],
    ["a line end", ["a\nb"]],
    ["a carriage return", ["a\rb"]],
    ["a lone high surrogate", ["\ud800"]],
    ["a lone low surrogate", ["a\udc00b"]],
  ])("writes nothing where a row is or has %s", (_, rows) => {
    expect(encodeRows(rows, kernel)).toBeUndefined();
    expect(memory.bytesTaken).toBe(before);
  });

  it("does not take for one character what ends one row and begins the next", () => {
    expect(encodeRows(["\ud83d", "\udeb0"], kernel)).toBeUndefined();
  });

  it("counts the bytes that it writes", () => {
    const { bytesIn } = memory.counters;
    const block = encodeRows(["é", ""], kernel)!;
    expect(block.bytes).toBe(4);
    expect(memory.counters.bytesIn - bytesIn).toBe(4);
    memory.free(block.ptr);
  });
});

describe("encodeRows without room", () => {
  it("fails, leaves nothing behind, and can go on", () => {
    const kernel = newKernel("unshared", MIB);
    const before = kernel.memory.bytesTaken;
    expect(thrownBy(() => encodeRows(["a".repeat(MIB)], kernel))).toMatchObject({ code: "memory-limit" });
    expect(kernel.memory.bytesTaken).toBe(before);
    expect(encodeRows(["a"], kernel)).toMatchObject({ rows: 1, bytes: 2 });
  });

  it("for its look at the text leaves nothing behind", () => {
    const kernel = newKernel("unshared", MIB);
    const { memory } = kernel;
    const { bytesTaken } = memory;
    let length = Math.floor(MIB / 3);
    for (;;) {
      const probe = ((size) => {
        try {
          return memory.allocate(size);
        } catch {
          return undefined;
        }
      })(length * 3);
      if (probe !== undefined) {
        memory.free(probe);
        break;
      }
      length--;
    }
    // All there is goes to the text.
    try {
      const block = encodeRows(["a".repeat(length - 1)], kernel);
      if (block) memory.free(block.ptr);
    } catch (error) {
      expect(error).toMatchObject({ code: "memory-limit" });
    }
    expect(memory.bytesTaken).toBe(bytesTaken);
  });
});
