import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeLines } from "../../../src/block/decode.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { SumTable } from "../../../src/kernel/sum-table.js";
import { linesOf } from "../../reference/lines.js";
import { ARTEFACTS, newKernel, put } from "../../support/kernel.js";
import { decodePairs } from "../../support/kernel-work.js";
import { check } from "../../support/property.js";

const encoder = new TextEncoder();

/** A block of the keys, which are all different, each with its place times a tenth. */
function blockOf(kernel: Kernel, keys: readonly string[]) {
  const table = new SumTable(kernel, keys.length);
  keys.forEach((key, i) => {
    const region = put(kernel, `${key}\n`);
    table.updateText(region.ptr, region.bytes, 10, i / 10);
    kernel.memory.free(region.ptr);
  });
  const [block] = table.finish(1);
  table.free();
  return block!;
}

const key = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "é", "水", "🚰", "\0", "\ufeff", "\ufffd"), maxLength: 30 }),
  fc.string({ maxLength: 5 }).map((text) => text.replaceAll(/[\r\n]/g, "")),
);

describe.each(ARTEFACTS)("decodePairs (%s)", (artefact) => {
  const kernel = newKernel(artefact);

  it("gives back what went in, whatever the first piece is", () => {
    check(
      fc.property(
        fc.uniqueArray(key, { maxLength: 40 }),
        fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
        (keys, wanted) => {
          const block = blockOf(kernel, keys);
          const pieces = [...decodePairs(kernel.memory, block.ptr, block.rows, wanted)];
          expect(pieces.flat()).toEqual(keys.map((each, i) => [each, i / 10]));
          if (keys.length > 0) expect(pieces[0]!.length).toBe(Math.min(keys.length, wanted ?? 1024));
          kernel.memory.free(block.ptr);
        },
      ),
    );
  });

  it("gives back blocks at the borders of its pieces, ASCII or not", () => {
    for (const count of [0, 1, 1023, 1024, 1025, 2048, 2500]) {
      const keys = Array.from({ length: count }, (_, i) => (i === 1500 ? "é" : `key ${i}`));
      const block = blockOf(kernel, keys);
      expect([...decodePairs(kernel.memory, block.ptr, block.rows)].flat()).toEqual(
        keys.map((each, i) => [each, i / 10]),
      );
      kernel.memory.free(block.ptr);
    }
  });

  it("reads little of a large block where few rows are wanted", () => {
    const region = put(kernel, Array.from({ length: 100_000 }, (_, i) => `key ${i}\n`).join(""));
    const table = new SumTable(kernel);
    table.updateText(region.ptr, region.bytes, 10, 1);
    const [block] = table.finish(1);
    table.free();
    kernel.memory.free(region.ptr);
    expect(block!.rows).toBe(100_000);
    const { counters } = kernel.memory;
    const before = counters.bytesOut;
    const { value } = decodePairs(kernel.memory, block!.ptr, block!.rows, 11).next();
    expect(value).toEqual(Array.from({ length: 11 }, (_, i) => [`key ${i}`, 1]));
    // The header, 12 offsets, 11 numbers, 11 keys of 5 or 6 bytes.
    expect(counters.bytesOut - before).toBe(64 + 12 * 4 + 11 * 8 + 10 * 5 + 6);
    kernel.memory.free(block!.ptr);
  });
});

describe.each(ARTEFACTS)("decodeLines (%s)", (artefact) => {
  const kernel = newKernel(artefact);
  const linesIn = (content: string) => {
    const region = put(kernel, content);
    const pieces = [...decodeLines(kernel.memory, region.ptr, region.bytes)];
    kernel.memory.free(region.ptr);
    return pieces;
  };

  it("gives back lines", () => {
    check(
      fc.property(fc.array(key, { maxLength: 40 }), (lines) => {
        expect(linesIn(lines.map((line) => `${line}\n`).join("")).flat()).toEqual(lines);
      }),
    );
  });

  it.each([
    ["nothing", 0, 0],
    ["one empty line", 1, 0],
    ["many short lines", 90_000, 9],
    ["lines of just the size of a piece", 3, 256 * 1024 - 1],
    ["lines one byte longer than a piece", 3, 256 * 1024],
    ["lines one byte shorter than a piece", 3, 256 * 1024 - 2],
    ["lines of several pieces", 2, 700_000],
    ["lines that a piece ends in, at a character of three bytes", 5000, 100],
  ])("gives back %s, in order", (_, count, length) => {
    const filler = "水é🚰abc".repeat(Math.ceil(length / 10));
    const lines = Array.from({ length: count }, (_, i) => `${i}${filler}`.slice(0, length));
    const content = lines.map((line) => `${line}\n`).join("");
    const decoded = linesIn(content).flat();
    expect(decoded.length).toBe(lines.length);
    expect(decoded.every((line, i) => line === lines[i])).toBe(true);
    expect(linesOf(encoder.encode(content)).length).toBe(lines.length);
    const ascii = Array.from({ length: count }, (_, i) => String(i).padEnd(length, "x"));
    expect(linesIn(ascii.map((line) => `${line}\n`).join("")).flat()).toEqual(ascii);
  });

  it("reads a piece at a time", () => {
    const region = put(kernel, "0123456789abcde\n".repeat(100_000));
    const { counters } = kernel.memory;
    const before = counters.bytesOut;
    decodeLines(kernel.memory, region.ptr, region.bytes).next();
    expect(counters.bytesOut - before).toBe(256 * 1024);
    kernel.memory.free(region.ptr);
  });
});
