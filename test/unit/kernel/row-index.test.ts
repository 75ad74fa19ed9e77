import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { encodeCaptured } from "../../../src/block/encode-captured.js";
import { decodeFrame } from "../../../src/block/row-decoder.js";
import {
  BOOLEAN,
  columnKinds,
  JSON_VALUE,
  NUMBER,
  type RowType,
  STRING,
  scalarOf,
} from "../../../src/block/row-type.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { Lookup } from "../../../src/kernel/lookup.js";
import { isBail, type ProgramRun } from "../../../src/kernel/program.js";
import { type ListColumn, RowIndex } from "../../../src/kernel/row-index.js";
import { JsonSlice } from "../../../src/kernel/vector.js";
import { cogroupOperators, type JoinKind, joining } from "../../../src/operators/cogroup.js";
import { groupByKey } from "../../../src/operators/group-by-key.js";
import { Origin } from "../../../src/plan/origin.js";
import { HashPartitioner } from "../../../src/plan/partitioner.js";
import { putFrame } from "../../support/frames.js";
import { SCALARS, type Typed } from "../../support/hostile-rows.js";
import { collectRows } from "../../support/index-programs.js";
import { ARTEFACTS, newKernel, thrownBy } from "../../support/kernel.js";
import { check, random } from "../../support/property.js";
import { differenceOfRows } from "../../support/same-rows.js";
import { differenceOf } from "../../support/same-value.js";

type Pair = readonly [key: unknown, value: unknown];
type Parts = ReadonlyArray<readonly Pair[]>;

const origin = new Origin("join", () => {});
const partitioner = new HashPartitioner(1);
const orUndefined = (type: RowType): RowType =>
  type.kind === "scalar" ? scalarOf(type.tags | (1 << abi.TAG_UNDEFINED)) : type;

/** What the operators of JavaScript make of the rows of map tasks. */
function cogroupedModel(left: Parts, right: Parts): unknown[] {
  const { tags, group } = cogroupOperators(origin, partitioner);
  const merge = group.merge();
  for (const [parts, tag] of [
    [left, tags[0]!],
    [right, tags[1]!],
  ] as const) {
    for (const part of parts) {
      const combine = group.combine();
      const sink = tag.connect(combine, { done: false });
      for (const row of part) sink.push(row);
      for (const row of combine.result()[0]!.rows) merge.push(row);
    }
  }
  return [...merge.result().rows];
}

function joinedModel(left: Parts, right: Parts, kind: JoinKind): unknown[] {
  const rows: unknown[] = [];
  const sink = joining("join", kind).connect({ push: (row) => rows.push(row), end: () => {} }, { done: false });
  for (const row of cogroupedModel(left, right)) sink.push(row);
  return rows;
}

function groupedModel(parts: Parts): unknown[] {
  const group = groupByKey(origin, partitioner);
  const merge = group.merge();
  for (const part of parts) {
    const combine = group.combine();
    for (const row of part) combine.push(row);
    for (const row of combine.result()[0]!.rows) merge.push(row);
  }
  return [...merge.result().rows];
}

interface Side {
  readonly value: RowType;
  readonly parts: Parts;
}

/** Puts both sides into memory and indexes them for the call. */
function withIndex<R>(
  kernel: Kernel,
  key: RowType,
  left: Side,
  right: Side | undefined,
  use: (index: RowIndex) => R,
): R {
  const before = kernel.memory.bytesTaken;
  const keys = columnKinds(key).map((_, i) => i);
  const regions: number[] = [];
  const side = ({ value, parts }: Side) => {
    const frames = parts.map((rows) => putFrame(kernel, { kind: "tuple", items: [key, value] }, rows).ptr);
    regions.push(...frames);
    return { frames, keys };
  };
  let index: RowIndex | undefined;
  try {
    index = new RowIndex(kernel, {
      sides: [side(left), ...(right ? [side(right)] : [])],
      isScalarKey: key.kind === "scalar",
    });
    return use(index);
  } finally {
    index?.free();
    for (const ptr of regions) kernel.memory.free(ptr);
    expect(kernel.memory.bytesTaken).toBe(before);
  }
}

function joined(kernel: Kernel, key: RowType, left: Side, right: Side, kind: JoinKind): unknown[] {
  return withIndex(kernel, key, left, right, (index) => {
    const keys = columnKinds(key).map((_, i) => i);
    const values = (type: RowType) => columnKinds(type).map((_, i) => keys.length + i);
    const list = [
      ...keys.flatMap((component) => [abi.JOIN_KEY, component]),
      ...values(left.value).flatMap((column) => [abi.JOIN_LEFT, column]),
      ...values(right.value).flatMap((column) => [abi.JOIN_RIGHT, column]),
    ];
    const sides: RowType[] = [
      kind === "right" || kind === "full" ? orUndefined(left.value) : left.value,
      kind === "left" || kind === "full" ? orUndefined(right.value) : right.value,
    ];
    const type: RowType = { kind: "tuple", items: [key, { kind: "tuple", items: sides }] };
    const source = [abi.OP_SOURCE, 0, -1, -1, -1, list.length / 2, 0, 0];
    return collectRows(kernel, type, [source], list, (program) => {
      index.join({ left: kind === "left" || kind === "full", right: kind === "right" || kind === "full" });
      program.runJoin(index.ptr);
    });
  });
}

/** Key and lists, as `cogroup` gives them, or `groupByKey` where there is no right side. */
function listed(kernel: Kernel, key: RowType, left: Side, right?: Side): unknown[] {
  return withIndex(kernel, key, left, right, (index) => {
    const keyKinds = columnKinds(key);
    const listOf = (side: 0 | 1, value: RowType): ListColumn[] => {
      const kinds = columnKinds(value);
      const elements = kinds.map((kind, i): ListColumn => ({ of: "element", side, column: keyKinds.length + i, kind }));
      return [{ of: "list", side, elements: kinds.length }, ...elements];
    };
    const columns: ListColumn[] = [
      ...keyKinds.map((kind, component): ListColumn => ({ of: "key", component, kind })),
      ...listOf(0, left.value),
      ...(right ? listOf(1, right.value) : []),
    ];
    const leftList: RowType = { kind: "list", of: left.value };
    const value: RowType = right ? { kind: "tuple", items: [leftList, { kind: "list", of: right.value }] } : leftList;
    const type: RowType = { kind: "tuple", items: [key, value] };
    const frames = index.lists(columns);
    const rows = frames.flatMap(({ ptr, rows }) => [...decodeFrame(type, kernel.memory, ptr, rows)].flat());
    for (const { ptr } of frames) {
      expect(kernel.call("blockVerify", ptr)).toBe(1);
      kernel.memory.free(ptr);
    }
    return rows;
  });
}

const KEYS: readonly Typed[] = [
  ...SCALARS,
  {
    type: { kind: "tuple", items: [STRING, NUMBER] },
    value: fc.tuple(fc.constantFrom("", "a", "\ud800"), fc.constantFrom(0, -0, NaN, 1)),
  },
  {
    type: {
      kind: "record",
      fields: [
        ["b", NUMBER],
        ["a", scalarOf(STRING.tags | 1)],
      ],
    },
    value: fc.record({ b: fc.constantFrom(0, 1, 2), a: fc.constantFrom("x", undefined) }, { noNullPrototype: true }),
  },
];
const VALUES: readonly Typed[] = [
  ...SCALARS,
  {
    type: {
      kind: "record",
      fields: [
        ["x", STRING],
        ["y", NUMBER],
      ],
    },
    value: fc.record({ x: fc.string(), y: fc.double() }, { noNullPrototype: true }),
  },
];

/** Pairs of keys of which many come several times. */
function partsOf(key: Typed, value: Typed): fc.Arbitrary<{ key: RowType; left: Side; right: Side }> {
  return fc
    .array(key.value, { minLength: 1, maxLength: 8 })
    .chain((keys) => {
      const parts = fc.array(fc.array(fc.tuple(fc.constantFrom(...keys), value.value), { maxLength: 12 }), {
        maxLength: 3,
      });
      return fc.tuple(parts, parts);
    })
    .map(([left, right]) => ({
      key: key.type,
      left: { value: value.type, parts: left },
      right: { value: value.type, parts: right },
    }));
}

const cases = fc
  .tuple(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES))
  .chain(([key, value]) => partsOf(key, value));

describe.each(ARTEFACTS)("an index of rows (%s)", (artefact) => {
  const kernel = newKernel(artefact);

  it("joins as the operators of JavaScript do, inner and outer", () => {
    check(
      fc.property(cases, fc.constantFrom<JoinKind>("inner", "left", "right", "full"), ({ key, left, right }, kind) => {
        // A register of a record cannot be undefined as a whole.
        if (kind !== "inner" && left.value.kind !== "scalar") return;
        const model = joinedModel(left.parts, right.parts, kind);
        expect(differenceOf(joined(kernel, key, left, right, kind), model)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it("lists values by key as cogroup and groupByKey do", () => {
    check(
      fc.property(cases, ({ key, left, right }) => {
        const both = listed(kernel, key, left, right);
        expect(differenceOf(both, cogroupedModel(left.parts, right.parts))).toBeUndefined();
        expect(differenceOf(listed(kernel, key, left), groupedModel(left.parts))).toBeUndefined();
      }),
    );
  });

  it("joins a hundred thousand rows, also where one key has many", () => {
    const next = random(5);
    const pick = (count: number, keys: number, of: string): Pair[] =>
      Array.from({ length: count }, (_, i) => [
        `key ${Math.floor(next() ** 2 * keys)}${i % 7 ? "" : " and more than sixteen"}`,
        `${of} ${i}`,
      ]);
    const left: Side = { value: STRING, parts: [pick(60_000, 50_000, "l"), pick(40_000, 50_000, "l")] };
    const right: Side = { value: STRING, parts: [pick(1_000, 50_000, "r"), [], pick(10, 5, "r")] };
    for (const kind of ["inner", "full"] as const) {
      const model = joinedModel(left.parts, right.parts, kind);
      expect(model.length).toBeGreaterThan(1_000);
      expect(differenceOfRows(joined(kernel, STRING, left, right, kind), model)).toBeUndefined();
    }
    expect(
      differenceOfRows(listed(kernel, STRING, left, right), cogroupedModel(left.parts, right.parts)),
    ).toBeUndefined();
  });

  it("leaves keys that are JSON to JavaScript, and nothing in memory", () => {
    const side: Side = { value: NUMBER, parts: [[[new JsonSlice("{}"), 1]]] };
    expect(isBail(thrownBy(() => withIndex(kernel, JSON_VALUE, side, undefined, () => 0)))).toBe(true);
  });

  it("looks up as a Map and a Set do", () => {
    const keyed = fc.constantFrom(...SCALARS).chain(({ type, value }) =>
      fc.record({
        type: fc.constant(type),
        entries: fc.array(fc.tuple(value, fc.string()), { maxLength: 30 }).map((pairs) => new Map(pairs)),
        others: fc.array(value, { maxLength: 30 }),
      }),
    );
    check(
      fc.property(keyed, fc.boolean(), ({ type, entries, others }, isMap) => {
        const before = kernel.memory.bytesTaken;
        const captured = isMap ? entries : new Set(entries.keys());
        const { frame, value } = encodeCaptured(captured, kernel)!;
        expect(value !== undefined).toBe(isMap);
        const lookup = new Lookup(kernel, frame.ptr);
        const keys = [...others, ...entries.keys(), ...others];
        const asked = putFrame(kernel, type, keys);
        const source = [abi.OP_SOURCE, 0, -1, -1, -1, 1, 0, 0];
        const find = [abi.OP_LOOKUP, 1, 0, -1, -1, isMap ? 1 : 0, 4, 0];
        const items = [type, BOOLEAN, ...(isMap ? [orUndefined(STRING)] : [])];
        // Data: the column of the source; the register of the value and its column.
        const run = (program: ProgramRun) => program.runFrame(asked.ptr);
        const found = collectRows(kernel, { kind: "tuple", items }, [source, find], [0, 2, 1], run, [lookup.state(1)]);
        const model = keys.map((key) => [key, entries.has(key), ...(isMap ? [entries.get(key)] : [])]);
        expect(differenceOf(found, model)).toBeUndefined();
        lookup.free();
        kernel.memory.free(asked.ptr);
        expect(kernel.memory.bytesTaken).toBe(before);
      }),
    );
  });

  it("has no look-ups by keys that are told apart by identity, or of values without a type", () => {
    const before = kernel.memory.bytesTaken;
    for (const captured of [
      new Map([[{ a: 1 }, 1]]),
      new Set([["a"]]),
      new Map<unknown, unknown>([["a", new Date(0)]]),
    ]) {
      expect(encodeCaptured(captured, kernel)).toBeUndefined();
    }
    expect(kernel.memory.bytesTaken).toBe(before);
  });
});
