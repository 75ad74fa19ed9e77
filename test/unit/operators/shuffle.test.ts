import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RowsBlock } from "../../../src/block/block.js";
import { PlanError } from "../../../src/errors.js";
import { cogroupOperators } from "../../../src/operators/cogroup.js";
import { groupByKey } from "../../../src/operators/group-by-key.js";
import { PartitionByOperator } from "../../../src/operators/partition-by.js";
import { reduceByKey } from "../../../src/operators/reduce-by-key.js";
import { RepartitionOperator } from "../../../src/operators/repartition.js";
import { aggregateByKey, combineByKey, countByValueSteps, distinctSteps } from "../../../src/operators/steps.js";
import type { NarrowOperator, ShuffleOperator } from "../../../src/plan/operator.js";
import { Origin } from "../../../src/plan/origin.js";
import { HashPartitioner, type Partitioner } from "../../../src/plan/partitioner.js";
import type { Step } from "../../../src/plan/stream-operator.js";
import { check } from "../../support/property.js";

type Pair = readonly [key: unknown, value: number];
type Fold = (combined: unknown, value: unknown) => unknown;

const origin = originOf();
const text = { create: (n: unknown) => `${n}`, mergeValue: (c: unknown, n: unknown) => `${c},${n}` };
const texts = { ...text, mergeCombiners: (a: unknown, b: unknown) => `${a};${b}` };

interface Case {
  readonly name: string;
  readonly make: (partitioner: Partitioner) => ShuffleOperator;
  /** Of a row of the test, the row that the operator takes. */
  readonly row?: (pair: Pair) => unknown;
  /** What one map task makes of the values of a key, and what a reducer makes of what map tasks made. */
  readonly combined: (values: number[]) => unknown;
  readonly merged: (combined: unknown[]) => unknown;
  readonly isCombined?: boolean;
}

const flat = (lists: unknown[]) => (lists as unknown[][]).flat();
const sum = (values: unknown[]) => (values as number[]).reduce((a, b) => a + b);
const odd = (n: number) => Math.abs(n % 2);

/** Operators that combine by key. */
const BY_KEY: readonly Case[] = [
  {
    name: "reduceByKey",
    make: (p) => reduceByKey(origin, (a, b) => `(${a} ${b})`, p),
    combined: (values) => (values as unknown[]).reduce((a, b) => `(${a} ${b})`),
    merged: (parts) => parts.reduce((a, b) => `(${a} ${b})`),
  },
  { name: "groupByKey", make: (p) => groupByKey(origin, p), combined: (values) => values, merged: flat },
  {
    name: "combineByKey",
    make: (p) => combineByKey(origin, texts, p, true),
    combined: (values) => values.join(","),
    merged: (parts) => parts.join(";"),
  },
  {
    name: "combineByKey without combining before",
    make: (p) => combineByKey(origin, texts, p, false),
    combined: (values) => values,
    merged: (parts) => flat(parts).join(","),
    isCombined: false,
  },
  {
    name: "aggregateByKey",
    make: (p) => aggregateByKey(origin, { all: [] }, push, both, p),
    combined: (values) => ({ all: values }),
    merged: (parts) => ({ all: flat((parts as Lists[]).map(({ all }) => all)) }),
  },
  {
    name: "cogroup",
    make: (p) => cogroupOperators(origin, p).group,
    row: ([key, value]) => [key, [odd(value), value]],
    combined: (values) => [values.filter((n) => odd(n) === 0), values.filter((n) => odd(n) === 1)],
    merged: (parts) => [0, 1].map((side) => flat((parts as unknown[][]).map((sides) => sides[side]))),
  },
  {
    name: "countByValue",
    make: (p) => shuffleOf(countByValueSteps(origin, p)),
    row: ([key]) => through(narrowOf(countByValueSteps(origin, new HashPartitioner(1))), [key])[0],
    combined: (values) => values.length,
    merged: sum,
  },
];

interface Lists {
  readonly all: unknown[];
}

/** An origin with a site: as of a method that the program calls. */
function originOf(): Origin {
  return new Origin("op", originOf);
}

/** Changes what it is given: each key of a task has a zero value of its own. */
function push(lists: unknown, value: unknown): unknown {
  (lists as Lists).all.push(value);
  return lists;
}

function both(lists: unknown, more: unknown): Lists {
  return { all: [...(lists as Lists).all, ...(more as Lists).all] };
}

const NOT_BY_KEY: readonly Omit<Case, "combined" | "merged">[] = [
  { name: "partitionBy", make: (p) => new PartitionByOperator(origin, p) },
  { name: "repartition", make: (p) => new RepartitionOperator(p.numPartitions) },
];

function shuffleOf(steps: readonly Step[]): ShuffleOperator {
  return steps.flatMap((step) => (step.kind === "shuffle" ? [step.operator] : []))[0]!;
}

function narrowOf(steps: readonly Step[]): NarrowOperator {
  return steps.flatMap((step) => (step.kind === "narrow" ? [step.operator] : []))[0]!;
}

function through(operator: NarrowOperator, rows: readonly unknown[]): unknown[] {
  const made: unknown[] = [];
  const sink = operator.connect({ push: (row) => made.push(row), end: () => {} }, { done: false }, 0);
  rows.forEach(sink.push);
  sink.end();
  return made;
}

/** What map tasks make: for each of them a block for each reducer. */
function combineAll(operator: ShuffleOperator, parts: readonly (readonly unknown[])[]): RowsBlock[][] {
  return parts.map((rows, partition) => {
    const task = operator.combine(partition);
    rows.forEach(task.push);
    task.end();
    return task.result();
  });
}

function mergeAll(operator: ShuffleOperator, blocks: readonly (readonly RowsBlock[])[]): unknown[][] {
  return Array.from({ length: operator.partitioner.numPartitions }, (_, reducer) => {
    const task = operator.merge();
    for (const parts of blocks) parts[reducer]!.rows.forEach(task.push);
    task.end();
    return [...task.result().rows];
  });
}

/** Keys in order of first arrival, with their rows. */
function grouped<V>(pairs: ReadonlyArray<readonly [unknown, V]>): Map<string, { key: unknown; values: V[] }> {
  const groups = new Map<string, { key: unknown; values: V[] }>();
  for (const [key, value] of pairs) {
    const name = JSON.stringify(key);
    if (!groups.has(name)) groups.set(name, { key, values: [] });
    groups.get(name)!.values.push(value);
  }
  return groups;
}

/** What the operator must make of pairs in `parts`: slow and plain. */
function model(of: Case, partitioner: Partitioner, parts: readonly (readonly Pair[])[]): unknown[][] {
  const results: unknown[][] = Array.from({ length: partitioner.numPartitions }, () => []);
  const combined = parts.flatMap((pairs) =>
    [...grouped(pairs).values()].map(({ key, values }) => [key, of.combined(values)] as const),
  );
  for (const { key, values } of grouped(combined).values()) {
    results[partitioner.getPartition(key)]!.push([key, of.merged(values)]);
  }
  return results;
}

const keys = fc.constantFrom<unknown>("a", "b", "", 1, -1, null, true, [1, "x"], { a: 1 });
const pairsOf = fc.array(fc.tuple(keys, fc.integer({ min: -9, max: 9 })), { maxLength: 12 });
const partsOf = fc.array(pairsOf, { maxLength: 5 });
const partitioners = fc.oneof(
  fc.integer({ min: 1, max: 5 }).map((n): Partitioner => new HashPartitioner(n)),
  fc.constant<Partitioner>({ numPartitions: 3, getPartition: (key) => (typeof key === "string" ? 2 : 1) }),
);

describe.each(BY_KEY)("$name", (of) => {
  const { make, row = (pair: Pair): unknown => pair, isCombined = true } = of;
  const rowsOf = (parts: readonly (readonly Pair[])[]) => parts.map((pairs) => pairs.map(row));

  test("is what a plain model makes of it, whatever the parts", () => {
    check(
      fc.property(partsOf, partitioners, (parts, partitioner) => {
        const operator = make(partitioner);
        const made = mergeAll(operator, combineAll(operator, rowsOf(parts)));
        expect(made).toEqual(model(of, partitioner, parts));
      }),
    );
  });

  test("says whether one map task makes a result", () => {
    const operator = make(new HashPartitioner(2));
    expect(operator.isCombined).toBe(isCombined);
    check(
      fc.property(pairsOf, (pairs) => {
        const blocks = combineAll(operator, rowsOf([pairs]));
        const rows = blocks[0]!.map((block) => block.rows);
        if (isCombined) expect(rows).toEqual(mergeAll(operator, blocks));
        else expect(rows.flat()).toHaveLength(pairs.length);
      }),
    );
  });

  test("merges the same parts as often as it is asked to, and leaves them as they are", () => {
    check(
      fc.property(partsOf, (parts) => {
        const operator = make(new HashPartitioner(2));
        const blocks = combineAll(operator, rowsOf(parts));
        const before = structuredClone(blocks);
        const first = structuredClone(mergeAll(operator, blocks));
        expect(blocks).toEqual(before);
        expect(mergeAll(operator, blocks)).toEqual(first);
      }),
    );
  });
});

test.each(NOT_BY_KEY)("$name keeps every row, in order within its partition, of any parts", ({ make }) => {
  check(
    fc.property(partsOf, partitioners, (parts, partitioner) => {
      const operator = make(partitioner);
      const blocks = combineAll(operator, parts);
      const expected: unknown[][] = Array.from({ length: partitioner.numPartitions }, () => []);
      const isByKey = operator instanceof PartitionByOperator;
      parts.forEach((pairs, p) => {
        pairs.forEach((pair, i) => {
          expected[isByKey ? partitioner.getPartition(pair[0]) : (p + i) % partitioner.numPartitions]!.push(pair);
        });
      });
      expect(mergeAll(operator, blocks)).toEqual(expected);
      expect(mergeAll(operator, blocks)).toEqual(expected);
      expect(operator.isCombined).toBe(true);
    }),
  );
});

test("distinct is the keys of what counts values", () => {
  const steps = distinctSteps(origin, new HashPartitioner(1));
  const operator = shuffleOf(steps);
  const parts = [["b", [1], "a"], [], [[1], "c", "b"]].map((rows) => through(narrowOf(steps), rows));
  const [counted] = mergeAll(operator, combineAll(operator, parts));
  const last = steps.at(-1) as Extract<Step, { kind: "narrow" }>;
  expect(through(last.operator, counted!)).toEqual(["b", [1], "a", "c"]);
});

test("copies the zero value for each key and partition", () => {
  const zero: Lists = { all: [] };
  const operator = aggregateByKey(origin, zero, push as Fold, both, new HashPartitioner(1));
  zero.all.push("later");
  const blocks = combineAll(operator, [[["a", 1]], [["a", 2]]]);
  expect(mergeAll(operator, blocks)).toEqual([[["a", { all: [1, 2] }]]]);
});

function failure(run: () => unknown): PlanError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(PlanError);
    return error as PlanError;
  }
  throw new Error("expected a PlanError");
}

describe.each([...BY_KEY, NOT_BY_KEY[0]!])("$name, wrongly used", ({ make, row = (pair: Pair): unknown => pair }) => {
  const at = `(op at ${origin.site})`;
  const partitions = (getPartition: (key: unknown) => number) => ({ numPartitions: 2, getPartition });

  test.each([2, -1, 0.5, Number.NaN, "0", undefined])("a partitioner that returns %s", (got) => {
    const operator = make(partitions(() => got as number));
    const error = failure(() => combineAll(operator, [[row(["k", 1])]]));
    expect(error.code).toBe("partition-out-of-range");
    expect(error.message).toBe(`A partitioner of op must return a whole number from 0 to 1, it returned ${got}. ${at}`);
  });

  test("a partitioner that throws", () => {
    const cause = new RangeError("boom");
    const operator = make(
      partitions(() => {
        throw cause;
      }),
    );
    const error = failure(() => combineAll(operator, [[row(["k", 1])]]));
    expect(error).toMatchObject({ code: "function-threw", cause });
    expect(error.message).toBe(`The partitioner of op threw: RangeError: boom ${at}`);
  });

  test.each([["ab"], [["k"]], [["k", 1, 2]], [7], [null], [undefined]])("a row %j that is no pair", (wrong) => {
    const error = failure(() => combineAll(make(new HashPartitioner(2)), [[wrong]]));
    expect(error.code).toBe("not-a-pair");
    expect(error.message).toContain("op needs rows that are pairs [key, value], it got ");
    expect(error.message).toContain(`map to pairs first. ${at}`);
  });
});
