import { PlanError } from "../errors.js";
import type { KernelRows } from "../lowering/compile/kernel-rows.js";
import { type Expression, type RecordField, refuse } from "../lowering/expression.js";
import { type Dataset, narrowed, shuffled, united } from "../plan/dataset.js";
import type { Added } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import type { Partitioner } from "../plan/partitioner.js";
import type { Step } from "../plan/stream-operator.js";
import { cogroupOperators } from "./cogroup.js";
import { CombineByKeyOperator } from "./combine-by-key.js";
import { CountOperator, TotalOperator } from "./count.js";
import { FoldOperator } from "./fold.js";
import { combined, reduced } from "./kernel-aggregate.js";
import { applied, isRefusal, mapTo, pairOf } from "./kernel-step.js";
import { asPair, sample, UserFunction } from "./lambda.js";
import { MapOperator } from "./map.js";
import { OwnOperator } from "./own.js";
import { type Reducer, reduceByKey } from "./reduce-by-key.js";

/** Values of a key on both sides. */
type BothSides = readonly [left: unknown[], right: unknown[]];

/** Operations that streams and RDDs share and that are made of several operators. */

export function narrow(operator: Extract<Step, { kind: "narrow" }>["operator"]): Step {
  return { kind: "narrow", operator };
}

export function shuffle(operator: Extract<Step, { kind: "shuffle" }>["operator"]): Step {
  return { kind: "shuffle", operator };
}

const ONE: Step = { kind: "coalesce", count: 1 };

/** One row: how many rows there are. */
export function countSteps(): Step[] {
  return [narrow(new CountOperator()), ONE, narrow(new TotalOperator())];
}

/** At most one row: all rows reduced, each partition first, then across partitions in their order. */
export function reduceSteps(origin: Origin, fn: Reducer): Step[] {
  const fold = narrow(new FoldOperator(origin, fn));
  return [fold, ONE, fold];
}

/** Each value with the number of times that it is there, in order of first arrival. */
export function countByValueSteps(origin: Origin, partitioner: Partitioner): Step[] {
  return [
    narrow(new MapOperator(origin, (value) => [value, 1])),
    shuffle(reduceByKey(origin, ((a: number, b: number) => a + b) as Reducer, partitioner)),
  ];
}

/** Each value once, in order of first arrival. */
export function distinctSteps(origin: Origin, partitioner: Partitioner): Step[] {
  return [...countByValueSteps(origin, partitioner), narrow(keysOperator(origin))];
}

function partOfPair(rows: KernelRows, index: 0 | 1): Added {
  const parts = pairOf(rows.row);
  return mapTo(rows, isRefusal(parts) ? parts : parts[index], "a column of the pairs");
}

export function keysOperator(origin: Origin): OwnOperator {
  return new OwnOperator(
    origin.name,
    (row, push) => push(asPair(origin, row)[0]),
    (rows) => partOfPair(rows, 0),
  );
}

export function valuesOperator(origin: Origin): OwnOperator {
  return new OwnOperator(
    origin.name,
    (row, push) => push(asPair(origin, row)[1]),
    (rows) => partOfPair(rows, 1),
  );
}

/** Rows of the left that are, or are not, on the right too. */
export function setOperation(
  origin: Origin,
  left: Dataset,
  right: Dataset,
  partitioner: Partitioner,
  each: (sides: BothSides, row: unknown, push: (row: unknown) => void) => void,
): Dataset {
  const { group } = cogroupOperators(origin, partitioner);
  const tag = (side: 0 | 1) => new OwnOperator(origin.name, (row, push) => push([row, [side, row]]));
  const grouped = shuffled(united([narrowed(left, tag(0)), narrowed(right, tag(1))]), group);
  const pick = new OwnOperator(origin.name, (pair, push) => {
    const [row, both] = pair as [unknown, BothSides];
    each(both, row, push);
  });
  return narrowed(grouped, pick);
}

export interface CombineFunctions {
  readonly create: (value: unknown) => unknown;
  readonly mergeValue: (combined: unknown, value: unknown) => unknown;
  readonly mergeCombiners: (a: unknown, b: unknown) => unknown;
}

/** A combination by key of the program's own functions. */
export function combineByKey(
  origin: Origin,
  functions: CombineFunctions,
  partitioner: Partitioner,
  mapSideCombine: boolean,
): CombineByKeyOperator {
  const create = new UserFunction(origin, functions.create);
  const mergeValue = new UserFunction(origin, functions.mergeValue);
  const mergeCombined = new UserFunction(origin, functions.mergeCombiners);
  return new CombineByKeyOperator({
    origin,
    partitioner,
    mapSideCombine,
    functions: [create, mergeValue, mergeCombined],
    isIdentified: true,
    agrees: (value) => {
      if (!create.agrees(value)) return false;
      const first = resultOf(() => create.call(value));
      return mergeValue.agrees(first, value) && mergeCombined.agrees(first, first);
    },
    aggregates: (rows, value, key) => {
      const first = applied(rows, create.lowering, [value]);
      return isRefusal(first) ? first : combined(rows, mergeValue.lowering, { first, value, key });
    },
    merges: (rows, value, key) => reduced(rows, mergeCombined.lowering, value, key),
    aggregator: () => ({ create: create.call, mergeValue: mergeValue.call, mergeCombined: mergeCombined.call }),
  });
}

/** A combination by key that starts from a value of its own for each key. */
export function aggregateByKey(
  origin: Origin,
  zero: unknown,
  seq: (combined: unknown, value: unknown) => unknown,
  comb: (a: unknown, b: unknown) => unknown,
  partitioner: Partitioner,
): CombineByKeyOperator {
  const copy = copierOf(origin, zero);
  const add = new UserFunction(origin, seq);
  const merge = new UserFunction(origin, comb);
  return new CombineByKeyOperator({
    origin,
    partitioner,
    functions: [add, merge],
    agrees: (value) => {
      if (!add.agrees(copy(), value)) return false;
      const first = resultOf(() => add.call(copy(), value));
      return merge.agrees(first, first);
    },
    aggregates: (rows, value, key) => {
      const start = literalOf(copy());
      const { lowering } = add;
      if (start === undefined || !lowering.ok)
        return lowering.ok ? refuse("the zero value is no plain data") : lowering;
      const zeroValue = rows.apply(start, []);
      if (isRefusal(zeroValue)) return zeroValue;
      const first = rows.apply(lowering.expression, [zeroValue, value]);
      return isRefusal(first) ? first : combined(rows, lowering, { first, value, key });
    },
    merges: (rows, value, key) => reduced(rows, merge.lowering, value, key),
    aggregator: () => {
      const mergeValue = add.call;
      return { create: (value) => mergeValue(copy(), value), mergeValue, mergeCombined: merge.call };
    },
  });
}

/** What a function gives, undefined where it throws: that it throws is found out where it runs. */
function resultOf(body: () => unknown): unknown {
  try {
    return body();
  } catch {
    return undefined;
  }
}

/** Plain data as an expression. */
function literalOf(value: unknown): Expression | undefined {
  if (Array.isArray(value)) {
    const items = value.map(literalOf);
    return items.some((item) => item === undefined) ? undefined : { kind: "tuple", items: items as Expression[] };
  }
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "undefined":
      return { kind: "literal", value };
    case "object": {
      if (value === null) return { kind: "literal", value };
      const fields = Object.entries(value).map(
        ([name, field]) => ({ kind: "entry", name, value: literalOf(field) }) as const,
      );
      const isPlain = Object.getPrototypeOf(value) === Object.prototype && fields.every((field) => field.value);
      return isPlain ? { kind: "record", fields: fields as RecordField[] } : undefined;
    }
    default:
      return undefined;
  }
}

/** Makes copies of a value that functions may change. **Errors:** `PlanError` "invalid-zero". */
export function copierOf(origin: Origin, zero: unknown): () => unknown {
  if (typeof zero !== "object" || zero === null) return () => zero;
  let kept: unknown;
  try {
    kept = structuredClone(zero);
  } catch (cause) {
    throw new PlanError(
      `The zero value of ${origin.name} must be data that can be copied, for each key and partition anew, got ${sample(zero)}.`,
      { code: "invalid-zero", details: { operator: origin.name, got: zero }, cause },
    );
  }
  return () => structuredClone(kept);
}
