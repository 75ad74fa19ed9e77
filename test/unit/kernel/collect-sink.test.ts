import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { partitionOf } from "../../../src/block/partition-hash.js";
import { decodeFrame } from "../../../src/block/row-decoder.js";
import { BOOLEAN, columnKinds, JSON_FIELD, NUMBER, type RowType, STRING } from "../../../src/block/row-type.js";
import { CollectSink, type Partitioning } from "../../../src/kernel/collect-sink.js";
import type { KeyShape } from "../../../src/kernel/group-spec.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { powersOfFivePtr } from "../../../src/kernel/powers-of-five.js";
import { isBail, ProgramRun } from "../../../src/kernel/program.js";
import { JsonSlice } from "../../../src/kernel/vector.js";
import { putFrame } from "../../support/frames.js";
import { SCALARS, typedRows } from "../../support/hostile-rows.js";
import { ARTEFACTS, newKernel, thrownBy } from "../../support/kernel.js";
import { check, random } from "../../support/property.js";
import { differenceOfRows } from "../../support/same-rows.js";
import { differenceOf } from "../../support/same-value.js";

/** Runs rows, as frames of these parts, into a sink; returns what it collected in each partition, and its frames' bytes. */
function collected(
  kernel: Kernel,
  type: RowType,
  parts: readonly (readonly unknown[])[],
  partitioning: Partitioning,
  kinds = columnKinds(type),
): { rows: unknown[][]; frames: number[][] } {
  const before = kernel.memory.bytesTaken;
  const count = kinds.length;
  const source = [abi.OP_SOURCE, 0, -1, -1, -1, count, 0, 0];
  const data = new Uint8Array(Int32Array.from({ length: count }, (_, i) => i).buffer);
  const columns = kinds.map((kind, register) => ({ register, kind }));
  const sink = new CollectSink(kernel, { instruction: 1, columns, partitioning });
  const instructions = Int32Array.from([...source, abi.OP_COLLECT, -1, -1, -1, -1, 0, 0, 0]);
  const run = new ProgramRun(kernel, { instructions, registers: count, constants: [], data }, [sink], new Map());
  try {
    for (const part of parts) {
      const { ptr } = putFrame(kernel, type, part);
      try {
        run.runFrame(ptr);
      } finally {
        kernel.memory.free(ptr);
      }
    }
    const frames = sink.finish();
    const rows = frames.map((each) =>
      each.flatMap(({ ptr, rows }) => [...decodeFrame(type, kernel.memory, ptr, rows)].flat()),
    );
    for (const { ptr, bytes } of frames.flat()) {
      expect(kernel.call("blockVerify", ptr)).toBe(1);
      expect(kernel.memory.view.getUint32(ptr + abi.BLOCK_BYTES, true)).toBe(bytes);
      kernel.memory.free(ptr);
    }
    return { rows, frames: frames.map((each) => each.map(({ bytes }) => bytes)) };
  } finally {
    run.free();
    expect(kernel.memory.bytesTaken).toBe(before);
  }
}

function divided(rows: readonly unknown[], partitions: number, idOf: (row: unknown, index: number) => number) {
  const parts: unknown[][] = Array.from({ length: partitions }, () => []);
  rows.forEach((row, i) => {
    parts[idOf(row, i)]!.push(row);
  });
  return parts;
}

describe.each(ARTEFACTS)("the collect sink (%s)", (artefact) => {
  const kernel = newKernel(artefact);

  it("keeps rows of any type, in order", () => {
    check(
      fc.property(typedRows(2, 60), fc.nat(60), ({ type, rows }, cut) => {
        const parts = [rows.slice(0, cut), rows.slice(cut)];
        const { rows: back } = collected(kernel, type, parts, { by: "one" });
        expect(differenceOf(back, [rows])).toBeUndefined();
      }),
    );
  });

  it("divides by the hash of a key of any kind", () => {
    const keyed = fc
      .constantFrom(...SCALARS)
      .chain(({ type, value }) => fc.record({ type: fc.constant(type), keys: fc.array(value, { maxLength: 60 }) }));
    check(
      fc.property(keyed, fc.integer({ min: 1, max: 300 }), ({ type, keys }, partitions) => {
        const pairs: RowType = { kind: "tuple", items: [NUMBER, type] };
        const rows = keys.map((key, i) => [i, key]);
        const partitioning = { by: "hash", partitions, register: 1 } as const;
        const model = divided(rows, partitions, (row) => partitionOf((row as unknown[])[1], partitions));
        expect(differenceOf(collected(kernel, pairs, [rows], partitioning).rows, model)).toBeUndefined();
      }),
    );
  });

  it("divides by the canonical strings of composite keys", () => {
    powersOfFivePtr(kernel);
    const part = fc.constantFrom(...SCALARS);
    const keyed = fc.tuple(part, part, part).chain(([a, b, c]) =>
      fc.record({
        // Names whose order is another one than that of the fields; a property that is undefined does not count.
        key: fc.constant({
          kind: "tuple",
          items: [
            a.type,
            {
              kind: "record",
              fields: [
                ["z\u00e9", b.type],
                ["\ud83d", c.type],
                ["10", { kind: "tuple", items: [a.type] }],
              ],
            },
          ],
        } as const),
        rows: fc.array(
          fc
            .tuple(a.value, b.value, c.value, a.value)
            .map(([first, z, d, last]) => [first, { "z\u00e9": z, "\ud83d": d, "10": [last] }]),
          { maxLength: 40 },
        ),
      }),
    );
    check(
      fc.property(keyed, fc.integer({ min: 1, max: 20 }), ({ key, rows: keys }, partitions) => {
        const type: RowType = { kind: "tuple", items: [NUMBER, key] };
        const rows = keys.map((each, i) => [i, each]);
        const model = divided(rows, partitions, (row) => partitionOf((row as unknown[])[1], partitions));
        const partitioning: Partitioning = {
          by: "canonical",
          partitions,
          key: key as KeyShape,
          registers: [1, 2, 3, 4],
        };
        const { rows: back } = collected(kernel, type, [rows.slice(0, 9), rows.slice(9)], partitioning);
        expect(differenceOf(back, model)).toBeUndefined();
      }),
    );
  });

  it("divides by composite keys of a megabyte", () => {
    powersOfFivePtr(kernel);
    const key: KeyShape & RowType = { kind: "tuple", items: [STRING, NUMBER] };
    const rows = Array.from({ length: 20 }, (_, i) => [["\u00e9\ud83d\ude42".repeat(i * 9000), i / 3]]);
    const partitioning = { by: "canonical", partitions: 7, key, registers: [0, 1] } as const;
    const { rows: back } = collected(kernel, { kind: "tuple", items: [key] }, [rows], partitioning);
    expect(
      differenceOfRows(
        back,
        divided(rows, 7, (row) => partitionOf((row as unknown[])[0], 7)),
      ),
    ).toBeUndefined();
  });

  it("deals rows out one by one, over vectors and frames", () => {
    const rows = Array.from({ length: 5000 }, (_, i) => i);
    for (const [partitions, first] of [
      [1, 5],
      [3, 2],
      [7, 9],
      [1000, 999],
    ] as const) {
      const model = divided(rows, partitions, (_, i) => (first + i) % partitions);
      const parts = [rows.slice(0, 1500), [], rows.slice(1500)];
      expect(collected(kernel, NUMBER, parts, { by: "deal", partitions, first }).rows).toEqual(model);
    }
  });

  it("keeps a hundred thousand rows in few frames that grow, by any number of partitions", () => {
    const next = random(11);
    const type: RowType = { kind: "tuple", items: [STRING, NUMBER, JSON_FIELD, BOOLEAN, STRING] };
    const rows = Array.from({ length: 100_000 }, (_, i) => [
      `key ${Math.floor(next() * 5000)}`,
      next(),
      [undefined, null, "text".repeat(Math.floor(next() * 20)), i, true][i % 5],
      next() < 0.5,
      i < 50_000 ? "" : "é".repeat(Math.floor(next() ** 8 * 500)),
    ]);
    for (const partitions of [1, 200]) {
      const model = divided(rows, partitions, (row) => partitionOf((row as unknown[])[0], partitions));
      const { rows: back, frames } = collected(kernel, type, [rows], { by: "hash", partitions, register: 0 });
      expect(differenceOfRows(back, model)).toBeUndefined();
      const bytes = frames.flat().reduce((sum, each) => sum + each, 0);
      expect(frames.flat().length).toBeLessThan(partitions * 9 + bytes / 500_000);
    }
  });

  it("finds room for rows of any size", () => {
    const rows = [
      "",
      "x".repeat(3_000_000),
      "",
      "a",
      "y".repeat(10_000),
      ...Array.from({ length: 3000 }, () => "z".repeat(3000)),
    ];
    expect(collected(kernel, STRING, [rows], { by: "one" }).rows).toEqual([rows]);
    expect(collected(kernel, STRING, [rows], { by: "deal", partitions: 2, first: 0 }).rows).toEqual(
      divided(rows, 2, (_, i) => i % 2),
    );
  });

  it("gives the same bytes whatever frames it was read from", () => {
    const rows = Array.from({ length: 3000 }, (_, i) => [`key ${i % 17}`, i]);
    const type: RowType = { kind: "tuple", items: [STRING, NUMBER] };
    const one = collected(kernel, type, [rows], { by: "hash", partitions: 3, register: 0 });
    const two = collected(kernel, type, [rows.slice(0, 1024), rows.slice(1024)], {
      by: "hash",
      partitions: 3,
      register: 0,
    });
    expect(two).toEqual(one);
  });

  it("leaves to JavaScript what is not of a column's kind, and keys that are JSON", () => {
    const wrong = () => collected(kernel, JSON_FIELD, [["text", 1]], { by: "one" }, [abi.COLUMN_UTF8]);
    expect(isBail(thrownBy(wrong))).toBe(true);
    const json = () =>
      collected(kernel, JSON_FIELD, [[new JsonSlice("{}")]], { by: "hash", partitions: 2, register: 0 });
    expect(isBail(thrownBy(json))).toBe(true);
    const key = { kind: "tuple", items: [JSON_FIELD] } as const;
    const partitioning = { by: "canonical", partitions: 2, key, registers: [0] } as const;
    expect(isBail(thrownBy(() => collected(kernel, key, [[[new JsonSlice("{}")]]], partitioning)))).toBe(true);
  });
});
