import { beforeAll, describe, expect, it } from "vitest";
import { KernelForms } from "../../../src/engine/kernel-forms.js";
import { capture } from "../../../src/lowering/capture.js";
import { ensureLowering } from "../../../src/lowering/door.js";
import { FilterOperator } from "../../../src/operators/filter.js";
import { FirstRowsOperator } from "../../../src/operators/first-rows.js";
import { FlatMapOperator } from "../../../src/operators/flat-map.js";
import { FoldOperator } from "../../../src/operators/fold.js";
import { KeyByOperator } from "../../../src/operators/key-by.js";
import { MapOperator } from "../../../src/operators/map.js";
import { MapValuesOperator } from "../../../src/operators/map-values.js";
import { givenOrdering, naturalOrdering } from "../../../src/operators/ordering.js";
import { reduceByKey } from "../../../src/operators/reduce-by-key.js";
import { RepartitionOperator } from "../../../src/operators/repartition.js";
import { aggregateByKey } from "../../../src/operators/steps.js";
import type { ChainEnd } from "../../../src/plan/kernel-chain.js";
import type { NarrowOperator, ShuffleOperator } from "../../../src/plan/operator.js";
import { Origin } from "../../../src/plan/origin.js";
import { HashPartitioner } from "../../../src/plan/partitioner.js";

beforeAll(() => ensureLowering());

const NONE: ChainEnd = { kind: "none" };
const here = (name: string) => new Origin(name, () => {});
const steps = (...operators: NarrowOperator[]) => operators.map((operator) => ({ operator, partition: 0 }));
const combine = (operator: ShuffleOperator): ChainEnd => ({ kind: "combine", operator });

/** Operators as a program makes them for each batch. */
const MADE_ANEW: Record<string, () => NarrowOperator> = {
  map: () => new MapOperator(here("map"), (row) => `${row as string}!`),
  filter: () => new FilterOperator(here("filter"), (row) => row !== "a"),
  flatMap: () => new FlatMapOperator(here("flatMap"), (row) => (row as string).split(" ")),
  keyBy: () => new KeyByOperator(here("keyBy"), (row) => (row as string).length),
  reduce: () => new FoldOperator(here("reduce"), (a, b) => ((a as string) < (b as string) ? a : b)),
  top: () => new FirstRowsOperator("top", 3, naturalOrdering(true)),
  takeOrdered: () => {
    const compare = (a: unknown, b: unknown) => (a as string).length - (b as string).length;
    return new FirstRowsOperator("takeOrdered", 3, givenOrdering(here("takeOrdered"), compare, false));
  },
};

describe("the kernel forms of chains", () => {
  it.each(Object.entries(MADE_ANEW))("are found again for functions of the same source: %s", (_, make) => {
    const forms = new KernelForms();
    const end = combine(new RepartitionOperator(2));
    const form = forms.of("lines", steps(make()), end);
    expect(form.chain).toBeDefined();
    expect(forms.of("lines", steps(make()), end)).toBe(form);
    expect(forms.of("lines", steps(make(), make()), end)).not.toBe(form);
  });

  it("are found again for ends of the same functions", () => {
    const forms = new KernelForms();
    const pairs = () => new MapOperator(here("map"), (row) => [row, 1]);
    const sums = () =>
      reduceByKey(here("reduceByKey"), (a, b) => (a as number) + (b as number), new HashPartitioner(2));
    const form = forms.of("lines", steps(pairs()), combine(sums()));
    expect(form.chain).toBeDefined();
    expect(forms.of("lines", steps(pairs()), combine(sums()))).toBe(form);
    const others = reduceByKey(
      here("reduceByKey"),
      (a, b) => Math.max(a as number, b as number),
      new HashPartitioner(2),
    );
    expect(forms.of("lines", steps(pairs()), combine(others))).not.toBe(form);
    const wider = reduceByKey(here("reduceByKey"), (a, b) => (a as number) + (b as number), new HashPartitioner(3));
    expect(forms.of("lines", steps(pairs()), combine(wider))).not.toBe(form);
    const dealt = forms.of("lines", [], combine(new RepartitionOperator(2)));
    expect(forms.of("lines", [], combine(new RepartitionOperator(2)))).toBe(dealt);
    expect(forms.of("lines", [], combine(new RepartitionOperator(3)))).not.toBe(dealt);
  });

  it("are not shared by what a source does not tell apart", () => {
    const forms = new KernelForms();
    const captured = (n: number) =>
      new MapOperator(
        here("map"),
        capture(
          { n },
          ({ n }) =>
            (row: unknown) =>
              (row as string).length * n,
        ) as never,
      );
    const flat = (isFlat: boolean) =>
      new MapValuesOperator(here("mapValues"), (value) => (value as string).split(","), { flat: isFlat });
    const top = (n: number, descends: boolean) => new FirstRowsOperator("top", n, naturalOrdering(descends));
    const pairs = new MapOperator(here("map"), (row) => [1, row]);
    const sums = (zero: number) =>
      aggregateByKey(
        here("sums"),
        zero,
        (a, b) => `${a}${b}`,
        (a, b) => `${a}${b}`,
        new HashPartitioner(1),
      );
    const all: Array<readonly [NarrowOperator[], ChainEnd]> = [
      [[captured(1)], NONE],
      [[captured(2)], NONE],
      [[pairs, flat(true)], NONE],
      [[pairs, flat(false)], NONE],
      [[top(1, true)], NONE],
      [[top(2, true)], NONE],
      [[top(2, false)], NONE],
      [[pairs], combine(sums(0))],
      [[pairs], combine(sums(1))],
    ];
    const made = all.map(([operators, end]) => forms.of("lines", steps(...operators), end));
    expect(new Set(made).size).toBe(all.length);
  });

  it("are forgotten together", () => {
    const forms = new KernelForms();
    const form = forms.of("lines", steps(MADE_ANEW.map!()), NONE);
    forms.forget();
    expect(forms.of("lines", steps(MADE_ANEW.map!()), NONE)).not.toBe(form);
  });
});
