import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { columnKinds } from "../../../src/block/row-type.js";
import { FirstSink } from "../../../src/kernel/first-sink.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import type { OrderKey } from "../../../src/kernel/order-key.js";
import { allRows, OrderedRows } from "../../../src/kernel/ordered-rows.js";
import { isBail, ProgramRun } from "../../../src/kernel/program.js";
import { JsonSlice } from "../../../src/kernel/vector.js";
import { putFrame } from "../../support/frames.js";
import { hostileBigint, hostileNumber, hostileText } from "../../support/hostile-rows.js";
import { ARTEFACTS, newKernel } from "../../support/kernel.js";
import { haveOrder, inOrder, takeRows, typeOfColumns } from "../../support/orders.js";
import { check, random } from "../../support/property.js";
import { differenceOfRows } from "../../support/same-rows.js";
import { differenceOf } from "../../support/same-value.js";

type Rows = ReadonlyArray<readonly unknown[]>;

const BAILED = "left to JavaScript";

/** Rows cut into frames at `cuts`, for `use`. */
function withFrames<R>(kernel: Kernel, rows: Rows, cuts: readonly number[], use: (ptrs: number[]) => R): R {
  const type = typeOfColumns(rows, rows[0]!.length);
  const ends = [...cuts.map((cut) => cut % (rows.length + 1)), rows.length].sort((a, b) => a - b);
  const ptrs = ends.map((end, i) => putFrame(kernel, type, rows.slice(ends[i - 1] ?? 0, end)).ptr);
  try {
    return use(ptrs);
  } finally {
    for (const ptr of ptrs) kernel.memory.free(ptr);
  }
}

/** What `run` gives, or that it bails; nothing is left in memory. */
function outcome<R>(kernel: Kernel, run: () => R): R | typeof BAILED {
  const before = kernel.memory.bytesTaken;
  let made: R | typeof BAILED;
  try {
    made = run();
  } catch (error) {
    if (!isBail(error)) throw error;
    made = BAILED;
  }
  expect(kernel.memory.bytesTaken).toBe(before);
  return made;
}

function wholeFrames(kernel: Kernel, ptrs: readonly number[]) {
  return allRows(ptrs.map((ptr) => ({ ptr, rows: kernel.memory.view.getUint32(ptr + abi.BLOCK_ROWS, true) })));
}

function sorted(kernel: Kernel, rows: Rows, keys: readonly OrderKey[], cuts: readonly number[] = []) {
  const type = typeOfColumns(rows, rows[0]!.length);
  return outcome(kernel, () =>
    withFrames(kernel, rows, cuts, (ptrs) => {
      const order = new OrderedRows(kernel, wholeFrames(kernel, ptrs), keys);
      try {
        return takeRows(kernel, type, order.gather(0, rows.length, columnKinds(type)));
      } finally {
        order.free();
      }
    }),
  );
}

function firstOnes(
  kernel: Kernel,
  rows: Rows,
  keys: readonly OrderKey[],
  wanted: number,
  cuts: readonly number[] = [],
) {
  const type = typeOfColumns(rows, rows[0]!.length);
  return outcome(kernel, () =>
    withFrames(kernel, rows, cuts, (ptrs) => {
      const kinds = columnKinds(type);
      const columns = kinds.map((kind, register) => ({ register, kind }));
      const sink = new FirstSink(kernel, { instruction: 1, columns, rowColumns: kinds.length, keys, wanted });
      const source = [abi.OP_SOURCE, 0, -1, -1, -1, kinds.length, 0, 0];
      const program = {
        instructions: Int32Array.from([...source, abi.OP_COLLECT, -1, -1, -1, -1, 0, 0, 0]),
        registers: kinds.length,
        constants: [],
        data: new Uint8Array(Int32Array.from(kinds, (_, i) => i).buffer),
      };
      const run = new ProgramRun(kernel, program, [sink], new Map());
      try {
        for (const ptr of ptrs) run.runFrame(ptr);
        return takeRows(kernel, type, sink.finish());
      } finally {
        run.free();
      }
    }),
  );
}

/** Rows as they come out: JSON parsed. */
function decoded(rows: Rows): unknown[][] {
  return rows.map((row) => row.map((value) => (value instanceof JsonSlice ? JSON.parse(value.text) : value)));
}

/** Texts of which many begin alike. */
const alikeText = fc
  .tuple(fc.constantFrom("", "user-", "0123456789abcdef", "é", "水水水", "x".repeat(700)), hostileText)
  .map(([start, rest]) => start + rest);
const numeric = fc.oneof(hostileNumber, fc.integer({ min: -2, max: 2 }), fc.boolean(), fc.constant(null));
const columnValues: readonly fc.Arbitrary<unknown>[] = [
  hostileNumber,
  fc.integer({ min: 0, max: 3 }),
  numeric,
  fc.oneof(numeric, fc.constant(undefined)),
  hostileText,
  alikeText,
  fc.oneof(alikeText, fc.constantFrom(undefined, Number.NaN)),
  fc.oneof(hostileBigint, fc.constant(0n), fc.constant(undefined)),
  fc.oneof({ weight: 40, arbitrary: alikeText }, { weight: 1, arbitrary: fc.constantFrom(null, 1, 2n) }),
  fc.oneof({ weight: 40, arbitrary: numeric }, { weight: 1, arbitrary: fc.constant(new JsonSlice("[1]")) }),
];

/** Rows in so many runs in the order of the first column. */
function inRuns(rows: ReadonlyArray<[unknown, unknown]>, runs: number): Array<[unknown, unknown]> {
  const size = Math.ceil(rows.length / runs);
  return Array.from({ length: runs }, (_, i) =>
    inOrder(rows.slice(i * size, (i + 1) * size), [{ column: 0, descends: false, by: "value" }]),
  ).flat();
}

const cases = fc
  .tuple(fc.constantFrom(...columnValues), fc.constantFrom(...columnValues))
  // Long enough to come in more runs than are merged, or in few of them where they are in order already.
  .chain(([first, second]) =>
    fc.tuple(fc.array(fc.tuple(first, second), { minLength: 1, maxLength: 250, size: "max" }), fc.nat(3)),
  )
  .map(([rows, runs]) => (runs === 0 ? rows : inRuns(rows, runs)))
  .map((rows) => rows.map(([a, b], i) => [a, b, i]));
const key = (column: number) =>
  fc.record({
    column: fc.constant(column),
    descends: fc.boolean(),
    by: fc.constantFrom<OrderKey["by"]>("value", "value", "value", "less", "difference"),
  });
const orders = fc.oneof(fc.tuple(key(0)), fc.tuple(key(0), key(1)), fc.tuple(key(1), key(0)));
const cuts = fc.array(fc.nat(), { maxLength: 3 });

describe.each(ARTEFACTS)("rows in an order (%s)", (artefact) => {
  const kernel = newKernel(artefact);

  it("are those that JavaScript sorts, equal ones as they came; what has no order is left to it", () => {
    check(
      fc.property(cases, orders, cuts, (rows, keys, at) => {
        const expected = haveOrder(rows, keys) ? decoded(inOrder(rows, keys)) : BAILED;
        expect(differenceOf(sorted(kernel, rows, keys, at), expected)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  it("come first as they do in JavaScript", () => {
    check(
      fc.property(cases, orders, cuts, fc.nat(100), (rows, keys, at, wanted) => {
        const expected = haveOrder(rows, keys) ? decoded(inOrder(rows, keys).slice(0, wanted)) : BAILED;
        expect(differenceOf(firstOnes(kernel, rows, keys, wanted, at), expected)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });
});

describe.each(ARTEFACTS)("very many rows (%s)", (artefact) => {
  const kernel = newKernel(artefact);
  const COUNT = 14_000;
  const texts = (next: () => number) => [
    `a-prefix-that-all-texts-share-${Math.floor(next() * 1000)}`,
    next() < 0.5 ? "😀" : "\uffff",
  ];
  const makers: ReadonlyArray<readonly [string, (next: () => number, i: number) => unknown[]]> = [
    ["at random", (next) => [next() - 0.5, Math.floor(next() * 3)]],
    ["ascending", (_, i) => [i, 0]],
    ["descending", (_, i) => [-i, 0]],
    ["few different ones", (next) => [Math.floor(next() * 3), next()]],
    ["texts", (next) => texts(next)],
    ["texts of one long beginning", (next) => ["x".repeat(900) + next(), 0]],
    ["texts and nothing", (next) => [[undefined, ...texts(next)][Math.floor(next() * 3)], 0]],
  ];

  it.each(makers)("%s", (name, make) => {
    const next = random(17);
    const count = name.includes("long") ? 2000 : COUNT;
    const rows = Array.from({ length: count }, (_, i) => [...make(next, i), i]);
    for (const descends of [false, true]) {
      const one: OrderKey = { column: 0, descends, by: "value" };
      const two: OrderKey = { column: 1, descends: !descends, by: "value" };
      for (const keys of [[one], [one, two]]) {
        const expected = inOrder(rows, keys);
        expect(differenceOfRows(sorted(kernel, rows, keys) as Rows, expected)).toBeUndefined();
        for (const wanted of [100, 4000]) {
          const first = firstOnes(kernel, rows, keys, wanted) as Rows;
          expect(differenceOfRows(first, expected.slice(0, wanted))).toBeUndefined();
        }
      }
    }
  });

  it("of which one behind the first ones cannot be compared", () => {
    const rows = Array.from({ length: COUNT }, (_, i) => [i as unknown]);
    const last = (value: unknown, by: OrderKey["by"]) =>
      firstOnes(kernel, [...rows, [value]], [{ column: 0, descends: false, by }], 3);
    expect(last(Number.NaN, "difference")).toBe(BAILED);
    expect(last(Number.NaN, "less")).toBe(BAILED);
    expect(last("text", "value")).toBe(BAILED);
    expect(last(Number.NaN, "value")).toEqual([[0], [1], [2]]);
    expect(last(undefined, "value")).toEqual([[0], [1], [2]]);
  });
});
