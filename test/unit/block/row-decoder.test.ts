import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFrame } from "../../../src/block/row-decoder.js";
import { BOOLEAN, JSON_FIELD, NUMBER, type RowType, STRING } from "../../../src/block/row-type.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { JsonSlice } from "../../../src/kernel/vector.js";
import { putFrame } from "../../support/frames.js";
import { typed, typedRows } from "../../support/hostile-rows.js";
import { ARTEFACTS, newKernel } from "../../support/kernel.js";
import { check } from "../../support/property.js";
import { differenceOf } from "../../support/same-value.js";

const PAIRS: RowType = { kind: "tuple", items: [STRING, NUMBER] };

function decoded(kernel: Kernel, type: RowType, rows: readonly unknown[], rowsWanted?: number): unknown[] {
  const { ptr } = putFrame(kernel, type, rows);
  const pieces = [...decodeFrame(type, kernel.memory, ptr, rows.length, rowsWanted)];
  kernel.memory.free(ptr);
  if (rows.length > 0) expect(pieces[0]!.length).toBe(Math.min(rows.length, rowsWanted ?? 1024));
  return pieces.flat();
}

describe.each(ARTEFACTS)("decodeFrame (%s)", (artefact) => {
  const kernel = newKernel(artefact);

  it("gives back rows of any type, whatever the first piece is", () => {
    check(
      fc.property(
        typedRows(2),
        fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
        ({ type, rows }, wanted) => {
          const back = decoded(kernel, type, rows, wanted);
          expect(differenceOf(back, rows)).toBeUndefined();
        },
      ),
    );
  });

  it("gives back lists of lists, empty ones too", () => {
    const lists = typed(1).chain(({ type, value }) =>
      fc.record({
        of: fc.constant(type),
        rows: fc.array(fc.tuple(fc.string(), fc.array(fc.array(value, { maxLength: 3 })))),
      }),
    );
    check(
      fc.property(lists, ({ of, rows }) => {
        const type: RowType = { kind: "tuple", items: [STRING, { kind: "list", of: { kind: "list", of } }] };
        expect(differenceOf(decoded(kernel, type, rows), rows)).toBeUndefined();
      }),
    );
  });

  it("gives back frames at the borders of its pieces, ASCII or not", () => {
    for (const count of [0, 1, 1023, 1024, 1025, 2048, 2500]) {
      const rows = Array.from({ length: count }, (_, i) => [i === 1500 ? "é\ud800" : `key ${i}`, i / 10]);
      expect(differenceOf(decoded(kernel, PAIRS, rows), rows)).toBeUndefined();
    }
  });

  it("parses JSON, and keeps texts apart from it", () => {
    const rows = [{ a: [1, { 水: "\ud800" }] }, "{}", [], null, 1, true, undefined, "é"];
    const given = rows.map((row) =>
      typeof row === "object" && row !== null ? new JsonSlice(JSON.stringify(row)) : row,
    );
    expect(differenceOf(decoded(kernel, JSON_FIELD, given), rows)).toBeUndefined();
  });

  it("gives back a hundred thousand records", () => {
    const type: RowType = {
      kind: "record",
      fields: [
        ["id", NUMBER],
        ["name", STRING],
        ["flag", BOOLEAN],
        ["extra", JSON_FIELD],
      ],
    };
    const rows = Array.from({ length: 100_000 }, (_, i) => ({
      id: i / 3,
      name: i % 1000 === 7 ? `é🚰 ${i}` : `name ${i}`,
      flag: i % 3 === 0,
      extra: [undefined, null, `text ${i}`, i, true][i % 5],
    }));
    expect(differenceOf(decoded(kernel, type, rows), rows)).toBeUndefined();
  });

  it("reads little of a large frame where few rows are wanted", () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => [`key ${i}`, 1]);
    const { ptr } = putFrame(kernel, PAIRS, rows);
    const before = kernel.memory.counters.bytesOut;
    expect(decodeFrame(PAIRS, kernel.memory, ptr, rows.length, 11).next().value).toEqual(rows.slice(0, 11));
    // The directory, 12 offsets, 11 numbers, 11 keys of 5 or 6 bytes.
    expect(kernel.memory.counters.bytesOut - before).toBe(64 + 12 * 4 + 11 * 8 + 10 * 5 + 6);
    kernel.memory.free(ptr);
  });
});
