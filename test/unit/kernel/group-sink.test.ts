import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NUMBER, type RowType, STRING, scalarOf } from "../../../src/block/row-type.js";
import type { GroupOp } from "../../../src/kernel/group-spec.js";
import { type Grouping, type GroupingRow, GroupRun, modelGroups } from "../../support/groups.js";
import { hostileNumber, hostileText, SCALARS, typed } from "../../support/hostile-rows.js";
import { ARTEFACTS, newKernel } from "../../support/kernel.js";
import { check } from "../../support/property.js";

const ANY = scalarOf(63);
const anyValue = SCALARS[4]!.value;
const partitionCount = fc.integer({ min: 1, max: 5 });

/** Aggregates with values that they take. */
const AGGREGATES: ReadonlyArray<{ op: GroupOp; type: RowType; isNumber?: boolean; value: fc.Arbitrary<unknown> }> = [
  { op: "count", type: NUMBER, value: fc.constant(undefined) },
  ...(["sum", "min", "max", "bit-and", "bit-or", "bit-xor"] as const).map((op) => ({
    op,
    type: NUMBER,
    value: hostileNumber,
  })),
  ...(["first", "last", "less", "greater", "and", "or"] as const).flatMap((op) => [
    { op, type: NUMBER, isNumber: true, value: hostileNumber },
    { op, type: NUMBER, value: hostileNumber },
    { op, type: STRING, value: hostileText },
  ]),
  ...(["first", "last", "and", "or"] as const).map((op) => ({ op, type: ANY, value: anyValue })),
  { op: "concat", type: STRING, value: hostileText },
];

/** Rows with keys of a type, few enough that many are met again; at times with keys of a type none of which is met again. */
function groupings(keyTypes: fc.Arbitrary<{ type: RowType; value: fc.Arbitrary<unknown> } | undefined>) {
  return fc.tuple(keyTypes, fc.array(fc.constantFrom(...AGGREGATES), { maxLength: 4 })).chain(([key, aggregates]) =>
    fc.array(key?.value ?? fc.constant(0), { minLength: 1, maxLength: 8 }).chain((keys) =>
      fc.record({
        grouping: fc.constant<Grouping>({ keyType: key?.type, aggregates }),
        rows: fc.array(
          fc.tuple(
            fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...keys) }, key?.value ?? fc.constant(0)),
            ...aggregates.map(({ value }) => value),
          ) as fc.Arbitrary<GroupingRow>,
          { maxLength: 60 },
        ),
      }),
    ),
  );
}

describe.each(ARTEFACTS)("GroupSink (%s)", (artefact) => {
  const kernel = newKernel(artefact);
  const { bytesTaken } = kernel.memory;

  it.each([
    ["keys of one value", fc.constantFrom(...SCALARS)],
    ["keys of several values", typed(2).filter(({ type }) => type.kind !== "scalar")],
    ["no key", fc.constant(undefined)],
  ] as const)("is the model with %s: rows, their order, partitions", (_, keys) => {
    check(
      fc.property(
        groupings(keys),
        partitionCount,
        fc.integer({ min: 1, max: 60 }),
        ({ grouping, rows }, partitions, piece) => {
          const run = new GroupRun(kernel, grouping);
          run.add(rows, piece);
          const made = run.finish(partitions);
          expect(made).toEqual(modelGroups(grouping, rows, partitions));
          run.free();
        },
      ),
      { numRuns: 250 },
    );
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });
});
