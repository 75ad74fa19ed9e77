import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { isBail } from "../../../src/kernel/program.js";
import { JsonSlice, type VectorValue } from "../../../src/kernel/vector.js";
import { countMin } from "../../../src/sketches/count-min.js";
import { hyperLogLog } from "../../../src/sketches/hyper-log-log.js";
import type { SketchKind } from "../../../src/sketches/sketch.js";
import { tDigest } from "../../../src/sketches/t-digest.js";
import { hostileNumber, SCALARS } from "../../support/hostile-rows.js";
import { ARTEFACTS, newKernel, thrownBy } from "../../support/kernel.js";
import { check } from "../../support/property.js";
import { kernelSealed, modelSealed, type SketchRow, SketchRun } from "../../support/sketch-groups.js";

const anyValue = SCALARS[4]!.value as fc.Arbitrary<VectorValue>;
const number = hostileNumber as fc.Arbitrary<VectorValue>;

/** Kinds with values that they take, and a value for each number. */
const KINDS: ReadonlyArray<
  readonly [name: string, kind: SketchKind<unknown>, value: fc.Arbitrary<VectorValue>, at: (i: number) => VectorValue]
> = [
  ...[4, 5, 9, 14, 18].map(
    (precision) =>
      [`HyperLogLog of ${precision} bits`, hyperLogLog("test", precision), anyValue, (i: number) => `v${i}`] as const,
  ),
  ["count-min", countMin("test", { epsilon: 0.1, delta: 0.2 }), anyValue, (i) => `v${i}`],
  ["count-min of a row", countMin("test", { epsilon: 0.01, delta: 0.9 }), anyValue, (i) => i],
  ["t-digest of 20", tDigest("test", [0.5], { compression: 20 }), number, (i) => (i % 100) * (i % 7) - i / 9],
  ["t-digest of 200", tDigest("test", [0.5]), number, (i) => 1e6 / (i + 1)],
];

/** Rows of a few keys, cut into parts. */
function partsOf(value: fc.Arbitrary<VectorValue>): fc.Arbitrary<SketchRow[][]> {
  const key = fc.constantFrom<VectorValue>("a", "b", 7, null, "a key of more than sixteen bytes");
  return fc.array(fc.array(fc.tuple(key, value), { maxLength: 30 }), { minLength: 1, maxLength: 4 });
}

/** Many rows, of which some differ: sketches grow through all of their forms. */
function manyRows(count: number, differing: number, at: (i: number) => VectorValue): SketchRow[] {
  return Array.from({ length: count }, (_, i) => [i % 3 ? "k" : (i >> 6) % 7, at((i * 7919) % differing)]);
}

describe.each(ARTEFACTS)("sketches in the kernel (%s)", (artefact) => {
  const kernel = newKernel(artefact);
  const { bytesTaken } = kernel.memory;

  describe.each(KINDS)("%s", (_, kind, value, at) => {
    it("are those of JavaScript, byte for byte, whatever the values are, whole and merged", () => {
      check(
        fc.property(partsOf(value), (parts) => {
          expect(kernelSealed(kernel, kind, parts)).toEqual(modelSealed(kind, parts));
        }),
        { numRuns: 60 },
      );
      expect(kernel.memory.bytesTaken).toBe(bytesTaken);
    });

    it("are the same where room is lacking at every row that can lack it", () => {
      const start = { slotBits: abi.TABLE_SLOT_BITS_MIN, segmentBytes: 16 };
      check(
        fc.property(partsOf(value), (parts) => {
          expect(kernelSealed(kernel, kind, parts, start)).toEqual(modelSealed(kind, parts));
        }),
        { numRuns: 30 },
      );
      expect(kernel.memory.bytesTaken).toBe(bytesTaken);
    });

    it.each([
      [1, 1],
      [900, 40],
      [3000, 3000],
      [30_000, 9000],
    ])("are the same of %d rows, %d values", (rows, values) => {
      const whole = manyRows(rows, values, at);
      expect(kernelSealed(kernel, kind, [whole])).toEqual(modelSealed(kind, [whole]));
      const parts = [whole.slice(0, rows >> 1), [], whole.slice(rows >> 1), whole.slice(0, 50)];
      expect(kernelSealed(kernel, kind, parts)).toEqual(modelSealed(kind, parts));
      expect(kernel.memory.bytesTaken).toBe(bytesTaken);
    });
  });

  it("take little for each of many keys that have few values", () => {
    const keys = 20_000;
    const rows = Array.from({ length: 3 * keys }, (_, i): SketchRow => [i % keys, i]);
    for (const [kind, bytesMax] of [
      [hyperLogLog("test", 14), 160],
      [tDigest("test", [0.5]), 220],
    ] as const) {
      const run = new SketchRun(kernel, kind, "sketch").add(rows);
      expect(run.sink.bytes / keys).toBeLessThan(bytesMax);
      run.run.free();
    }
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it("leave to JavaScript what is no number, no value without parts, or no sketch of their kind", () => {
    const digest = tDigest("test", [0.5]);
    const distinct = hyperLogLog("test", 9);
    const frame = new SketchRun(kernel, distinct, "sketch").add([["k", 1]]).frame();
    const refused: Array<() => void> = [
      () => kernelSealed(kernel, digest, [[["k", "1"]]]),
      () => kernelSealed(kernel, distinct, [[["k", new JsonSlice("[1]")]]]),
      ...[digest, hyperLogLog("test", 10), countMin("test")].map((kind) => () => {
        const merging = new SketchRun(kernel, kind, "sketch-merge");
        merging.run.runFrame(frame.ptr);
      }),
    ];
    for (const run of refused) expect(isBail(thrownBy(run))).toBe(true);
  });
});
