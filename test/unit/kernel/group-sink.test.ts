import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { KeyMap } from "../../../src/block/key.js";
import { columnKinds, NUMBER, type RowType, STRING, scalarOf } from "../../../src/block/row-type.js";
import type { KernelError } from "../../../src/errors.js";
import { isBail, ProgramRun } from "../../../src/kernel/program.js";
import { SumTable } from "../../../src/kernel/sum-table.js";
import { JsonSlice } from "../../../src/kernel/vector.js";
import { encodeWtf8 } from "../../../src/kernel/wtf8.js";
import {
  type Grouping,
  type GroupingRow,
  GroupRun,
  mergeOf,
  modelGroups,
  type ReducingOp,
} from "../../support/groups.js";
import { hostileNumber, hostileText, SCALARS, typed } from "../../support/hostile-rows.js";
import { ARTEFACTS, MIB, newKernel, put, thrownBy } from "../../support/kernel.js";
import { check } from "../../support/property.js";

const ANY = scalarOf(63);
const anyValue = SCALARS[4]!.value;
const partitionCount = fc.integer({ min: 1, max: 5 });

/** Aggregates with values that they take. */
const AGGREGATES: ReadonlyArray<{ op: ReducingOp; type: RowType; isNumber?: boolean; value: fc.Arbitrary<unknown> }> = [
  { op: "count", type: NUMBER, value: fc.constant(undefined) },
  ...(["sum", "min", "max", "bit-and", "bit-or", "bit-xor"] as const).map((op) => ({
    op,
    type: NUMBER,
    value: hostileNumber,
  })),
  ...(["first", "last", "less", "greater", "below", "above", "and", "or"] as const).flatMap((op) => [
    { op, type: NUMBER, isNumber: true, value: hostileNumber },
    { op, type: NUMBER, value: hostileNumber },
    { op, type: STRING, value: hostileText },
  ]),
  ...(["first", "last", "and", "or"] as const).map((op) => ({ op, type: ANY, value: anyValue })),
  { op: "concat", type: STRING, value: hostileText },
];

/** Rows with keys of a type, few enough that many are met again; at times with keys of a type none of which is met again. */
function groupings(
  keyTypes: fc.Arbitrary<{ type: RowType; value: fc.Arbitrary<unknown> } | undefined>,
  choice: typeof AGGREGATES = AGGREGATES,
) {
  return fc.tuple(keyTypes, fc.array(fc.constantFrom(...choice), { maxLength: 4 })).chain(([key, aggregates]) =>
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

  it("is the model where room is lacking at every row that can lack it", () => {
    const start = { slotBits: abi.TABLE_SLOT_BITS_MIN, segmentBytes: 16 };
    check(
      fc.property(groupings(fc.oneof(fc.constantFrom(...SCALARS), typed(2))), ({ grouping, rows }) => {
        const run = new GroupRun(kernel, grouping, abi.OP_GROUP, start);
        run.add(rows);
        expect(run.finish(2)).toEqual(modelGroups(grouping, rows, 2));
        run.free();
      }),
      { numRuns: 200 },
    );
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it("numbers the groups of rows in order of first arrival", () => {
    check(
      fc.property(groupings(fc.oneof(fc.constantFrom(...SCALARS), typed(1))), ({ grouping, rows }) => {
        const keysAlone = { ...grouping, aggregates: [] };
        const start = { slotBits: abi.TABLE_SLOT_BITS_MIN, segmentBytes: 16 };
        const run = new GroupRun(kernel, keysAlone, abi.OP_GROUP_NUMBER, start);
        const numbers = new KeyMap<number>();
        for (let from = 0; from < rows.length; from += 20) {
          const part = rows.slice(from, from + 20).map(([key]): GroupingRow => [key]);
          run.add(part);
          const model = part.map(([key]) => (numbers.entry(key) ?? numbers.add(key, numbers.size)).value);
          expect(run.run.valuesOf(run.freeRegister, part.length)).toEqual(model);
        }
        expect(run.finish(3)).toEqual(modelGroups(keysAlone, rows, 3));
        run.free();
      }),
    );
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it("makes of merged parts what it makes of the whole", () => {
    // Where the order in which values are brought together makes no difference: not so where NaN is compared.
    const mergeable = AGGREGATES.filter(
      ({ op, type }) => op !== "sum" && !(["less", "greater", "below", "above"].includes(op) && type === NUMBER),
    );
    check(
      fc.property(
        groupings(fc.oneof(fc.constantFrom(...SCALARS), typed(2), fc.constant(undefined)), mergeable),
        fc.nat({ max: 60 }),
        ({ grouping, rows }, cut) => {
          const merged = new GroupRun(kernel, mergeOf(grouping));
          for (const part of [rows.slice(0, cut), rows.slice(cut)]) {
            const run = new GroupRun(kernel, grouping);
            run.add(part);
            const [frame] = run.sink.finish(1, columnKinds(run.rowType));
            merged.run.runFrame(frame!.ptr);
            kernel.memory.free(frame!.ptr);
            run.free();
          }
          expect(merged.finish(2)).toEqual(modelGroups(grouping, rows, 2));
          merged.free();
        },
      ),
      { numRuns: 200 },
    );
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it.each([1, 7, 8, 9, 15, 16, 17, 511, 512, 513, 1023, 1024, 1025, 5000])("holds %i keys of each kind", (count) => {
    const grouping: Grouping = {
      keyType: { kind: "tuple", items: [NUMBER, STRING] },
      aggregates: [{ op: "count", type: NUMBER }],
    };
    for (const keyType of [NUMBER, STRING, grouping.keyType]) {
      const keyOf = (i: number) => {
        const number = (i * 7919) % count;
        const text = `${number}${"k".repeat(number % 20)}`;
        return keyType === NUMBER ? number : keyType === STRING ? text : [number % 10, text];
      };
      const rows = Array.from({ length: 2 * count }, (_, i): GroupingRow => [keyOf(i), undefined]);
      const run = new GroupRun(kernel, { ...grouping, keyType }, abi.OP_GROUP, { slotBits: abi.TABLE_SLOT_BITS_MIN });
      run.add(rows);
      expect(run.sink.count).toBe(count);
      expect(run.finish(3)).toEqual(modelGroups({ ...grouping, keyType }, rows, 3));
      run.free();
    }
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it.each<[string, RowType, ReducingOp, GroupingRow[]]>([
    ["an object as a key", ANY, "count", [[new JsonSlice("{}"), undefined]]],
    ["an object in a key", { kind: "tuple", items: [NUMBER, ANY] }, "count", [[[1, new JsonSlice("[]")], undefined]]],
    ["text among numbers", NUMBER, "sum", [[1, "1"]]],
    [
      "text among numbers later",
      NUMBER,
      "max",
      [
        [1, 1],
        [1, "1"],
      ],
    ],
    [
      "a number joined to text",
      NUMBER,
      "concat",
      [
        [1, "1"],
        [1, 1],
      ],
    ],
    [
      "a number compared with text",
      NUMBER,
      "less",
      [
        [1, "1"],
        [1, 1],
      ],
    ],
  ])("leaves %s to JavaScript", (_, keyType, op, rows) => {
    const run = new GroupRun(kernel, { keyType, aggregates: [{ op, type: NUMBER }] });
    expect(isBail(thrownBy(() => run.add(rows)))).toBe(true);
    run.free();
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it("joins surrogate pairs, and text many times without copying it each time", () => {
    const grouping: Grouping = { keyType: NUMBER, aggregates: [{ op: "concat", type: STRING }] };
    const pieces = ["a\ud83d", "\ude00", "\ud83d", "\ud83d", "\ude00\ude00", "", "x".repeat(300), "é\udbff", "\udfff"];
    const rows = Array.from({ length: 3000 }, (_, i): GroupingRow => [i % 2, pieces[i % pieces.length]]);
    const run = new GroupRun(kernel, grouping);
    run.add(rows);
    expect(run.finish(1)).toEqual(modelGroups(grouping, rows, 1));
    // Where pairs came together the bytes are those of the string, not those of its parts.
    const [frame] = run.sink.finish(1, columnKinds(run.rowType));
    const texts = modelGroups(grouping, rows, 1)[0]!.map(([, text]) => encodeWtf8(text as string).length);
    const column = frame!.ptr + abi.BLOCK_HEADER_BYTES + abi.BLOCK_COLUMN_BYTES;
    expect(kernel.memory.view.getUint32(column + 16, true)).toBe(texts.reduce((sum, bytes) => sum + bytes, 0));
    kernel.memory.free(frame!.ptr);
    // Some doublings of what there is in the end, and the segment at hand.
    expect(run.sink.bytes).toBeLessThan(4 * 2 * 150_000 + 1_000_000);
    run.free();
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });
});

describe("memory", () => {
  it("is at most 64 bytes a key for 1,000,000 keys of 12 bytes with a number", () => {
    const kernel = newKernel("unshared");
    const grouping: Grouping = { keyType: STRING, aggregates: [{ op: "sum", type: NUMBER }] };
    const count = 1_000_000;
    const lines = Array.from({ length: count }, (_, i) => `key-${String(i).padStart(8, "0")}`);
    const { ptr, bytes } = put(kernel, `${lines.join("\n")}\n`);
    const before = kernel.memory.bytesTaken;
    const table = new SumTable(kernel);
    table.updateText(ptr, bytes, 10, 1);
    expect(table.count).toBe(count);
    expect(kernel.memory.bytesTaken - before).toBeLessThanOrEqual(64 * count);
    table.free();
    const run = new GroupRun(kernel, grouping);
    const instructions = Int32Array.from([abi.OP_SOURCE, 0, 0, 0, 0, 0, 0, 0, abi.OP_GROUP, -1, -1, -1, -1, 0, 0, 0]);
    const program = new ProgramRun(
      kernel,
      { instructions, registers: 2, constants: [{ register: 1, value: 1 }], data: new Uint8Array(0) },
      [run.sink],
      new Map(),
    );
    program.runLines(ptr, bytes);
    program.runLines(ptr, bytes);
    expect(run.sink.count).toBe(count);
    expect(run.sink.bytes).toBeLessThanOrEqual(64 * count);
    run.free();
  });

  it("that is missing fails the rows with how many keys there are and what they take", () => {
    const kernel = newKernel("unshared", 2 * MIB);
    const { bytesTaken } = kernel.memory;
    const run = new GroupRun(kernel, { keyType: NUMBER, aggregates: [{ op: "sum", type: NUMBER }] });
    const rows = Array.from({ length: 40_000 }, (_, i): GroupingRow => [i, i]);
    const error = thrownBy(() => run.add(rows)) as KernelError;
    expect(error).toMatchObject({ code: "memory-limit", details: { keys: run.sink.count, bytes: run.sink.bytes } });
    expect(run.sink.count).toBeGreaterThan(5000);
    run.free();
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });
});
