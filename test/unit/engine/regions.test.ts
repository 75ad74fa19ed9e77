import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TextBlock } from "../../../src/block/block.js";
import { sliceOf } from "../../../src/engine/cut.js";
import { overText } from "../../../src/engine/regions.js";
import type { TaskPort } from "../../../src/engine/task.js";
import { newKernel, put } from "../../support/kernel.js";
import { check, random } from "../../support/property.js";

const encoder = new TextEncoder();
const PORTION_BYTES = 256 * 1024;

describe("text that a task reads", () => {
  const kernels = [newKernel("shared"), newKernel("shared")];
  const portOf = (thread: number): TaskPort => ({
    thread,
    kernel: kernels[thread]!,
    memoryOf: (other) => kernels[other]!.memory,
  });

  /** Some lines, a few of them longer than a portion. */
  const textOf = (seed: number): Uint8Array => {
    const next = random(seed);
    const longest = [80, 3000, PORTION_BYTES, 3 * PORTION_BYTES];
    const line = () => "x".repeat(next() * longest[Math.floor(next() ** 4 * longest.length)]!);
    return encoder.encode(Array.from({ length: 150 }, () => `${line()}\n`).join(""));
  };

  it("is read where it lies by its own thread, and by another one as whole lines of which few are in its memory at a time", () => {
    check(
      fc.property(fc.integer(), (seed) => {
        const text = textOf(seed);
        const block: TextBlock = { kind: "text", home: 0, ...put(kernels[0]!, text), rows: 150, checksum: 0 };
        const read = (thread: number) => {
          const { memory } = kernels[thread]!;
          const before = memory.bytesTaken;
          const portions: Uint8Array[] = [];
          let bytesMost = 0;
          overText(sliceOf(block), portOf(thread), (ptr, bytes) => {
            portions.push(memory.copyOut(ptr, bytes));
            bytesMost = Math.max(bytesMost, memory.bytesTaken - before);
          });
          expect(memory.bytesTaken).toBe(before);
          return { portions, bytesMost };
        };
        expect(read(0).portions.map((portion) => Buffer.from(text).equals(portion))).toEqual([true]);
        const { portions, bytesMost } = read(1);
        expect(Buffer.concat(portions).equals(text)).toBe(true);
        for (const portion of portions) expect(portion.at(-1)).toBe(10);
        const longest = Math.max(
          ...portions.map((portion) => (portion.indexOf(10) === portion.length - 1 ? portion.length : 0)),
        );
        expect(bytesMost).toBeLessThan(Math.max(longest, PORTION_BYTES) + 1024);
        kernels[0]!.memory.free(block.ptr);
      }),
      { numRuns: 8 },
    );
  });
});
