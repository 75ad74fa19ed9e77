import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FrameBlock } from "../../../src/block/block.js";
import { partitionsOfRuns } from "../../../src/engine/order-borders.js";
import { mergedFrames } from "../../../src/engine/run-order.js";
import { compareAscending, compareDescending } from "../../../src/operators/ordering.js";
import { putFrame } from "../../support/frames.js";
import { hostileBigint, hostileNumber, hostileText } from "../../support/hostile-rows.js";
import { newKernel } from "../../support/kernel.js";
import { takeRows, typeOfColumns } from "../../support/orders.js";
import { check } from "../../support/property.js";
import { differenceOf } from "../../support/same-value.js";

const kernel = newKernel();

type Row = [key: unknown, id: number];

/** Partitions as one sort of all rows would be cut. */
function model(rows: readonly Row[], compare: (a: unknown, b: unknown) => number, partitionCount: number): Row[][] {
  const sorted = [...rows].sort((a, b) => compare(a[0], b[0]));
  const partitions: Row[][] = [];
  let begin = 0;
  for (let p = 0; p < partitionCount; p++) {
    let end = Math.max(begin, Math.floor(((p + 1) * sorted.length) / partitionCount));
    while (end > begin && end < sorted.length && compare(sorted[end - 1]![0], sorted[end]![0]) === 0) end += 1;
    partitions.push(sorted.slice(begin, end));
    begin = end;
  }
  return partitions;
}

/** The same of runs: each sorted by itself and cut into frames of a few rows, then partitions merged in the kernel. */
function ofRuns(runs: readonly Row[][], descends: boolean, partitionCount: number): unknown[][] | undefined {
  const compare = descends ? compareDescending : compareAscending;
  const type = typeOfColumns(runs.flat(), 2);
  const frames = runs.map((rows, r) => {
    const sorted = [...rows].sort((a, b) => compare(a[0], b[0]));
    const size = 1 + (r % 4) * 3;
    return Array.from({ length: Math.ceil(sorted.length / size) }, (_, i): FrameBlock => {
      const part = sorted.slice(i * size, (i + 1) * size);
      return { kind: "frame", type, home: 0, rows: part.length, ...putFrame(kernel, type, part) };
    });
  });
  const key = { column: 0, descends, by: "value" } as const;
  try {
    const partitions = partitionsOfRuns(frames, key, partitionCount, () => kernel.memory);
    return partitions?.map((parts) => {
      for (const { frame, begin, end } of parts) expect(begin < end && end <= frame.rows).toBe(true);
      const ptrs = parts.map(({ frame }) => frame.ptr);
      return takeRows(
        kernel,
        type,
        mergedFrames(kernel, { op: "merge-ordered", keys: [key], ranges: parts, type }, ptrs),
      );
    });
  } finally {
    for (const { ptr } of frames.flat()) kernel.memory.free(ptr);
  }
}

const numeric = fc.oneof(hostileNumber, fc.integer({ min: -2, max: 2 }), fc.boolean(), fc.constant(null));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 6, arbitrary: value }, fc.constant(undefined));
const keys = fc.constantFrom<fc.Arbitrary<unknown>>(
  fc.integer({ min: 0, max: 3 }),
  maybe(numeric),
  hostileText,
  maybe(fc.oneof(hostileText, fc.constantFrom("same", "x".repeat(40)))),
  maybe(fc.oneof(hostileBigint, fc.constantFrom(0n, 2n ** 63n - 1n, -(2n ** 63n)))),
);
const runsOf = keys.chain((key) => fc.array(fc.array(key, { maxLength: 30 }), { minLength: 1, maxLength: 6 }));

describe("partitions of runs that are in order", () => {
  it("are those of one sort of all rows", () => {
    check(
      fc.property(runsOf, fc.boolean(), fc.integer({ min: 1, max: 9 }), (given, descends, partitionCount) => {
        let id = 0;
        const runs = given.map((run) => run.map((key): Row => [key, id++]));
        const expected = model(runs.flat(), descends ? compareDescending : compareAscending, partitionCount);
        expect(differenceOf(ofRuns(runs, descends, partitionCount), expected)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it("are JavaScript's where runs have keys of different types", () => {
    const runs = (...tasks: unknown[][]) => tasks.map((task) => task.map((key): Row => [key, 0]));
    expect(ofRuns(runs([1], ["a"]), false, 2)).toBeUndefined();
    expect(ofRuns(runs([1n], [], [true]), true, 2)).toBeUndefined();
    expect(ofRuns(runs([1, Number.NaN], [undefined], [null]), false, 1)).toHaveLength(1);
  });
});
