import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { JSON_FIELD, NUMBER, type RowType, STRING } from "../../../src/block/row-type.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { putFrame } from "../../support/frames.js";
import { SCALARS } from "../../support/hostile-rows.js";
import { collectRows } from "../../support/index-programs.js";
import { ARTEFACTS, newKernel } from "../../support/kernel.js";
import { check } from "../../support/property.js";
import { differenceOf } from "../../support/same-value.js";

const NONE = -1;
/** Key and list, from the first two columns: they stay where no row that is made lies. */
const [KEY, LIST] = [8, 9];
const SOURCE = [abi.OP_SOURCE, KEY, NONE, NONE, NONE, 2, 0, 0];
const COLUMNS = [0, 1];

/** Runs a program over rows of a key and a list, which lie in one frame. */
function run(
  kernel: Kernel,
  of: RowType,
  rows: readonly unknown[],
  type: RowType,
  instructions: readonly (readonly number[])[],
  data: readonly number[],
): unknown[] {
  const { ptr } = putFrame(kernel, { kind: "tuple", items: [NUMBER, { kind: "list", of }] }, rows);
  try {
    return collectRows(kernel, type, instructions, data, (program) => program.runFrame(ptr));
  } finally {
    kernel.memory.free(ptr);
  }
}

/** The elements of list columns: a piece of a vector, of several vectors, and nothing. */
const lengths = fc.array(fc.oneof(fc.nat(4), fc.constantFrom(0, 1023, 1024, 1025, 2100)), { maxLength: 12 });

describe.each(ARTEFACTS)("lists in columns (%s)", (artefact) => {
  const kernel = newKernel(artefact);

  it("have lengths and sums, from left to right", () => {
    const numbers = fc.array(fc.array(fc.oneof(fc.double(), fc.constantFrom(-0, NaN, Infinity, 5e-324, 2 ** 53 + 2))));
    check(
      fc.property(numbers, fc.double(), (lists, initial) => {
        const rows = lists.map((list) => [initial, list]);
        const length = [abi.OP_LIST_LENGTH, 0, LIST, NONE, NONE, 0, 0, 0];
        const sum = [abi.OP_LIST_SUM, 1, LIST, KEY, NONE, 2, 0, 0];
        const type: RowType = { kind: "tuple", items: [NUMBER, NUMBER] };
        const made = run(kernel, NUMBER, rows, type, [SOURCE, length, sum], COLUMNS);
        const model = lists.map((list) => [list.length, list.reduce((a, b) => a + b, initial)]);
        expect(differenceOf(made, model)).toBeUndefined();
      }),
    );
  });

  it("are expanded to elements of any type, with what is carried along", () => {
    const typed = fc
      .constantFrom(...SCALARS, { type: JSON_FIELD, value: fc.constantFrom(undefined, null, 1, "a", true) })
      .chain(({ type, value }) =>
        fc.record({ type: fc.constant(type), values: fc.array(value, { minLength: 1, maxLength: 9 }), lengths }),
      );
    check(
      fc.property(typed, ({ type, values, lengths: counts }) => {
        let next = 0;
        const element = () => [values[next++ % values.length], `text ${next % 7}`];
        const rows = counts.map((count, i) => [i, Array.from({ length: count }, element)]);
        const expand = [abi.OP_EXPAND, NONE, LIST, NONE, NONE, 1, 4 * COLUMNS.length, abi.EXPAND_LISTS];
        const list: RowType = { kind: "tuple", items: [type, STRING] };
        const flat: RowType = { kind: "tuple", items: [NUMBER, type, STRING] };
        // The key is carried to the first register, the elements go to those behind it.
        const data = [...COLUMNS, KEY, 0, 2, 1, 2, 2, 3];
        const made = run(kernel, list, rows, flat, [SOURCE, expand], data);
        const model = rows.flatMap(([i, list]) => (list as unknown[][]).map(([a, b]) => [i, a, b]));
        expect(differenceOf(made, model)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });
});
