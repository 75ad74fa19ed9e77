import { describe, expect, test } from "vitest";
import { NUMBER } from "../../../src/block/row-type.js";
import { joining } from "../../../src/operators/cogroup.js";
import { CountOperator, TotalOperator } from "../../../src/operators/count.js";
import { FilterOperator } from "../../../src/operators/filter.js";
import { FlatMapOperator } from "../../../src/operators/flat-map.js";
import { FoldOperator } from "../../../src/operators/fold.js";
import { GlomOperator } from "../../../src/operators/glom.js";
import { KeyByOperator } from "../../../src/operators/key-by.js";
import { MapOperator } from "../../../src/operators/map.js";
import { MapPartitionsOperator } from "../../../src/operators/map-partitions.js";
import { MapValuesOperator } from "../../../src/operators/map-values.js";
import { OwnOperator } from "../../../src/operators/own.js";
import { SampleOperator } from "../../../src/operators/sample.js";
import { keysOperator, valuesOperator } from "../../../src/operators/steps.js";
import { begin, isEnd } from "../../../src/plan/kernel-chain.js";
import type { NarrowOperator, Sink, TaskControl } from "../../../src/plan/operator.js";
import { Origin } from "../../../src/plan/origin.js";
import { WORD_SUMS } from "../../support/kernel-work.js";

const origin = new Origin("op", () => {});

/** Never ends: what stops it is that enough rows were seen. */
function* endless(value: unknown): Generator<unknown> {
  for (;;) yield value;
}

function boom(): never {
  throw new RangeError("boom");
}

interface Case {
  readonly name: string;
  /** A row that the operator takes. */
  readonly row: unknown;
  readonly make: () => NarrowOperator;
  /** Results of no rows, and of `row` twice. */
  readonly none: readonly unknown[];
  readonly two: readonly unknown[];
  /** Makes rows without end of one. */
  readonly makeEndless?: () => NarrowOperator;
  /** With a function of the program's that throws. */
  readonly makeFailing?: () => NarrowOperator;
}

const pair = ["k", 1];
const CASES: readonly Case[] = [
  {
    name: "map",
    row: 1,
    make: () => new MapOperator(origin, (n) => (n as number) + 1),
    none: [],
    two: [2, 2],
    makeFailing: () => new MapOperator(origin, boom),
  },
  {
    name: "filter",
    row: 1,
    make: () => new FilterOperator(origin, (n) => n === 1),
    none: [],
    two: [1, 1],
    makeFailing: () => new FilterOperator(origin, boom),
  },
  {
    name: "flatMap",
    row: 1,
    make: () => new FlatMapOperator(origin, (n) => [n, n]),
    none: [],
    two: [1, 1, 1, 1],
    makeEndless: () => new FlatMapOperator(origin, endless),
    makeFailing: () => new FlatMapOperator(origin, boom),
  },
  {
    name: "flatMap of an iterable",
    row: 1,
    make: () => new FlatMapOperator(origin, (n) => new Set([n, 2])),
    none: [],
    two: [1, 2, 1, 2],
    makeFailing: () =>
      new FlatMapOperator(origin, () => ({
        [Symbol.iterator]: boom,
      })),
  },
  {
    name: "mapPartitions",
    row: 1,
    make: () => new MapPartitionsOperator(origin, boom, (index, rows) => [index, ...rows]),
    none: [3],
    two: [3, 1, 1],
    makeEndless: () => new MapPartitionsOperator(origin, boom, (index) => endless(index)),
    makeFailing: () => new MapPartitionsOperator(origin, boom, boom),
  },
  {
    name: "mapValues",
    row: pair,
    make: () => new MapValuesOperator(origin, (n) => (n as number) + 1, { flat: false }),
    none: [],
    two: [
      ["k", 2],
      ["k", 2],
    ],
    makeFailing: () => new MapValuesOperator(origin, boom, { flat: false }),
  },
  {
    name: "flatMapValues",
    row: pair,
    make: () => new MapValuesOperator(origin, (n) => [n, "x"], { flat: true }),
    none: [],
    two: [pair, ["k", "x"], pair, ["k", "x"]],
    makeEndless: () => new MapValuesOperator(origin, endless, { flat: true }),
    makeFailing: () => new MapValuesOperator(origin, boom, { flat: true }),
  },
  {
    name: "keyBy",
    row: 1,
    make: () => new KeyByOperator(origin, (n) => `${n}`),
    none: [],
    two: [
      ["1", 1],
      ["1", 1],
    ],
    makeFailing: () => new KeyByOperator(origin, boom),
  },
  { name: "glom", row: 1, make: () => new GlomOperator(), none: [[]], two: [[1, 1]] },
  { name: "count", row: 1, make: () => new CountOperator(), none: [0], two: [2] },
  { name: "total", row: 3, make: () => new TotalOperator(), none: [0], two: [6] },
  {
    name: "fold",
    row: 3,
    make: () => new FoldOperator(origin, (a, b) => (a as number) * (b as number)),
    none: [],
    two: [9],
    makeFailing: () => new FoldOperator(origin, boom),
  },
  {
    name: "own",
    row: 1,
    make: () => new OwnOperator("own", (row, push) => push(row)),
    none: [],
    two: [1, 1],
  },
  { name: "keys", row: pair, make: () => keysOperator(origin), none: [], two: ["k", "k"] },
  { name: "values", row: pair, make: () => valuesOperator(origin), none: [], two: [1, 1] },
  {
    name: "join",
    row: ["k", [[1, 2], ["x"]]],
    make: () => joining("join", "inner"),
    none: [],
    two: [1, 2, 1, 2].map((n) => ["k", [n, "x"]]),
  },
  { name: "sample of all", row: 1, make: () => new SampleOperator(false, 1, 7), none: [], two: [1, 1] },
  { name: "sample of none", row: 1, make: () => new SampleOperator(true, 0, 7), none: [], two: [] },
];

/** Takes rows up to a number; counts how often it is ended. */
class Target implements Sink {
  readonly rows: unknown[] = [];
  ended = 0;
  readonly control: TaskControl = { done: false };
  readonly #wanted: number;

  constructor(wanted = Number.POSITIVE_INFINITY) {
    this.#wanted = wanted;
  }

  readonly push = (row: unknown): void => {
    expect(this.ended).toBe(0);
    this.rows.push(row);
    this.control.done = this.rows.length >= this.#wanted;
  };

  readonly end = (): void => {
    this.ended += 1;
  };
}

function run(operator: NarrowOperator, rows: readonly unknown[], target = new Target()): Target {
  const sink = operator.connect(target, target.control, 3);
  // As a task does: the function without its object, and no row after enough were seen.
  const { push } = sink;
  for (const row of rows) if (!target.control.done) push(row);
  sink.end();
  return target;
}

describe.each(CASES)("$name", ({ make, none, two, row, makeEndless, makeFailing }) => {
  test("an empty partition, and one of two rows; the next sink is ended once", () => {
    const operator = make();
    operator.prepare();
    for (const [rows, expected] of [
      [[], none],
      [[row, row], two],
    ] as const) {
      const { rows: results, ended } = run(operator, rows);
      expect(results).toEqual(expected);
      expect(ended).toBe(1);
    }
  });

  test("one task leaves nothing to the next", () => {
    const operator = make();
    const first = run(operator, [row, row]);
    expect(run(operator, [row, row]).rows).toEqual(first.rows);
  });

  test("says where it runs, and why", () => {
    for (const source of ["lines", WORD_SUMS, NUMBER] as const) {
      const operator = make();
      const rows = begin(source);
      const end = operator.endOf?.(rows);
      if (isEnd(end)) expect(end.how).toMatch(/\w/);
      else {
        const added = operator.addTo(rows);
        expect(added.ok ? added.how : added.reason).toMatch(/\w/);
      }
    }
  });

  if (makeEndless)
    test("stops when enough rows were seen", () => {
      const { rows, ended } = run(makeEndless(), [row, row], new Target(5));
      expect(rows).toHaveLength(5);
      expect(ended).toBe(1);
    });

  if (makeFailing)
    test("the error of a function names the operator and keeps what was thrown", () => {
      const failing = () => run(makeFailing(), [row, row]);
      expect(failing).toThrow(/The function given to op threw on .*: boom/);
      expect(failing).toThrow(
        expect.objectContaining({
          code: "function-threw",
          cause: expect.any(RangeError),
          details: expect.objectContaining({ operator: "op" }),
        }),
      );
    });
});

test("iterators that are none, and what ends early closes them", () => {
  const flat = (results: unknown) => run(new FlatMapOperator(origin, () => results as Iterable<unknown>), [1]);
  for (const wrong of [5, null, undefined, {}, () => {}]) {
    expect(() => flat(wrong)).toThrow(expect.objectContaining({ code: "wrong-shape" }));
  }
  for (const wrong of [() => 5, () => ({}), () => ({ next: () => 5 })]) {
    expect(() => flat({ [Symbol.iterator]: wrong })).toThrow(expect.objectContaining({ code: "function-threw" }));
  }
  let closed = 0;
  const generator = function* () {
    try {
      yield* endless(1);
    } finally {
      closed += 1;
    }
  };
  run(new FlatMapOperator(origin, generator), [1], new Target(2));
  expect(closed).toBe(1);
});

test("a sample is the same for the same seed and partition, of about the size asked for, and another elsewhere", () => {
  const rows = Array.from({ length: 10_000 }, (_, i) => i);
  for (const withReplacement of [false, true]) {
    const sample = (seed: number) => run(new SampleOperator(withReplacement, 0.3, seed), rows).rows;
    const first = sample(1);
    expect(sample(1)).toEqual(first);
    expect(sample(2)).not.toEqual(first);
    expect(Math.abs(first.length - 3000)).toBeLessThan(250);
    expect(new Set(first).size === first.length).toBe(!withReplacement);
  }
});
