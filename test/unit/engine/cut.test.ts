import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InputBlock, TextBlock } from "../../../src/block/block.js";
import { NUMBER } from "../../../src/block/row-type.js";
import { cutInputs, cutRows, sliceOf } from "../../../src/engine/cut.js";
import { newKernel, put } from "../../support/kernel.js";
import { check } from "../../support/property.js";

const kernel = newKernel();
const memoryOf = () => kernel.memory;

function textBlock(content: string): TextBlock {
  const { ptr, bytes } = put(kernel, content);
  return { kind: "text", home: 0, ptr, bytes, rows: content.split("\n").length - 1, checksum: 0 };
}

/** Each row of an input; pairs count as one, as they are never cut. */
function rowsOf(input: InputBlock): unknown[] {
  if (input.kind === "rows") return [...input.rows];
  if (input.kind === "frame") return [input];
  const text = kernel.memory.decode(input.block.ptr + input.offset, input.bytes);
  expect(text.endsWith("\n")).toBe(true);
  return text.split("\n").slice(0, -1);
}

const lines = fc.array(fc.string({ unit: fc.constantFrom("a", "é"), maxLength: 30 }), { minLength: 1, maxLength: 20 });
const textInput = lines.map((all): InputBlock => sliceOf(textBlock(all.map((line) => `${line}\n`).join(""))));
const rowsInput = fc
  .array(fc.integer(), { minLength: 1, maxLength: 20 })
  .map((rows): InputBlock => ({ kind: "rows", rows }));
const pairsInput = fc
  .record({ bytes: fc.integer({ min: 192, max: 2000 }), rows: fc.nat({ max: 9 }) })
  .map((sizes): InputBlock => ({ kind: "frame", type: NUMBER, home: 0, ptr: 0, ...sizes }));
const parts = fc.integer({ min: 1, max: 12 });

describe("cutInputs", () => {
  it("keeps all rows in their order, whole, in at most so many partitions", () => {
    check(
      fc.property(fc.array(fc.oneof(textInput, rowsInput, pairsInput), { maxLength: 8 }), parts, (inputs, count) => {
        const partitions = cutInputs(inputs, count, memoryOf);
        expect(partitions.flat().flatMap(rowsOf)).toEqual(inputs.flatMap(rowsOf));
        expect(partitions.length).toBeLessThanOrEqual(count);
        for (const partition of partitions) expect(partition.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  it("cuts text where the line ends that reaches each share", () => {
    check(
      fc.property(fc.array(textInput, { minLength: 1, maxLength: 5 }), parts, (inputs, count) => {
        const lineBytes = (input: InputBlock) =>
          rowsOf(input).map((line) => new TextEncoder().encode(`${line as string}\n`).length);
        const total = inputs.flatMap(lineBytes).reduce((sum, bytes) => sum + bytes, 0);
        let end = 0;
        cutInputs(inputs, count, memoryOf).forEach((partition, index, all) => {
          const sizes = partition.flatMap(lineBytes);
          end += sizes.reduce((sum, bytes) => sum + bytes, 0);
          const share = (total * (index + 1)) / count;
          if (index < all.length - 1) expect(end).toBeGreaterThanOrEqual(share);
          // Without its last line it has not reached its share, unless that line is all that it has.
          if (sizes.length > 1) expect(end - sizes.at(-1)!).toBeLessThan(share);
        });
        expect(end).toBe(total);
      }),
      { numRuns: 300 },
    );
  });

  it("cuts rows into equal shares", () => {
    const rows = Array.from({ length: 100 }, (_, i) => i);
    const partitions = cutInputs([{ kind: "rows", rows }], 4, memoryOf);
    expect(partitions.map((partition) => partition.flatMap(rowsOf).length)).toEqual([25, 25, 25, 25]);
  });

  it("gives few lines to few partitions", () => {
    const [input] = [sliceOf(textBlock("a\nb\n"))];
    expect(cutInputs([input], 8, memoryOf).map((partition) => partition.flatMap(rowsOf))).toEqual([["a"], ["b"]]);
    expect(cutInputs([], 8, memoryOf)).toEqual([]);
  });

  it("cuts slices too, by their own borders", () => {
    const block = textBlock("skipped\na\nbb\nccc\ndddd\nskipped\n");
    const slice: InputBlock = { kind: "slice", block, offset: 8, bytes: 14 };
    expect(cutInputs([slice], 2, memoryOf).map((partition) => partition.flatMap(rowsOf))).toEqual([
      ["a", "bb", "ccc"],
      ["dddd"],
    ]);
  });
});

describe("cutRows", () => {
  it("gives partition p of P the rows from floor(p n / P) to floor((p + 1) n / P)", () => {
    check(
      fc.property(fc.array(fc.integer(), { maxLength: 50 }), parts, (rows, count) => {
        const cut = cutRows(rows, count);
        expect(cut.length).toBe(count);
        expect(cut.flat()).toEqual(rows);
        cut.forEach((part, p) => {
          expect(part.length).toBe(Math.floor(((p + 1) * rows.length) / count) - Math.floor((p * rows.length) / count));
        });
      }),
    );
  });
});
