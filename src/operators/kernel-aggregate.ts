import type { Aggregate } from "../lowering/aggregate.js";
import {
  hasList,
  type KernelFold,
  type KernelRows,
  type KernelValue,
  scalarsOf,
  typeOf,
} from "../lowering/compile/kernel-rows.js";
import { needLowering } from "../lowering/door.js";
import { type Expression, type Lowering, type Refusal, refuse } from "../lowering/expression.js";
import type { Aggregated, KernelEnd } from "../plan/operator.js";
import { BYTES, type RowType, type ScalarType, scalarOf } from "../plan/row-type.js";
import { isRefusal, pairOf } from "./kernel-step.js";

/** Functions that combine values, as the kernel does it leaf by leaf, or row by row of a key. */

/** What becomes of the values of a key: what it begins with, and of each of its leaves the aggregate. */
export interface Combination {
  readonly first: KernelValue;
  readonly aggregates: readonly Aggregated[];
  /** Where rows are taken in turn: what the leaves become. */
  readonly folded?: readonly KernelValue[];
}

/** Makes a combination of the values that rows have, by a key; without one of all of them. */
export type Combine = (rows: KernelRows, value: KernelValue, key: KernelValue | undefined) => Combination | Refusal;

/** What a lowered reducer `(a, b) => ...` does with `value`, which may be a combined value too. */
export function reduced(
  rows: KernelRows,
  lowering: Lowering,
  value: KernelValue,
  key: KernelValue | undefined,
): Combination | Refusal {
  return combined(rows, lowering, { first: value, value, key });
}

/** What a lowered function `(combined, value) => combined` does, for keys that begin with `first`: leaf by leaf if it can be taken apart, else row by row. */
export function combined(
  rows: KernelRows,
  lowering: Lowering,
  { first, value, key }: Omit<KernelFold, "expression">,
): Combination | Refusal {
  if (!lowering.ok) return lowering;
  if (hasList(first)) return refuse("the kernel reduces no lists");
  if (scalarsOf(first).some(({ tags }) => tags & BYTES.tags)) return refuse("the kernel reduces no bytes");
  const aggregates = aggregated(rows, lowering.expression, first, value);
  if (!isRefusal(aggregates)) return { first, aggregates };
  const folded = rows.fold({ key, first, value, expression: lowering.expression });
  if ("ok" in folded) return folded;
  const leaves = scalarsOf(first).map(
    (leaf, i): Aggregated => ({ op: "first", first: leaf, value: leaf, type: scalarOf(folded[i]!.tags) }),
  );
  return { first, aggregates: leaves, folded };
}

/** The aggregate of each leaf. */
function aggregated(
  rows: KernelRows,
  expression: Expression,
  first: KernelValue,
  value: KernelValue,
): Aggregated[] | Refusal {
  const aggregates = needLowering().aggregatesOf(expression, typeOf(first));
  if ("ok" in aggregates) return aggregates;
  const leaves = scalarsOf(first);
  const result: Aggregated[] = [];
  for (const [i, aggregate] of aggregates.entries()) {
    const leaf = leaves[i]!;
    // The first parameter stands for the combined value, which is not read.
    const brought = rows.apply(aggregate.value, [first, value]);
    if (isRefusal(brought)) return brought;
    if (brought.kind !== "scalar") return refuse("the kernel reduces values to values of the same shape");
    result.push({ op: aggregate.op, first: leaf, value: brought, type: typeAfter(aggregate, leaf, brought) });
  }
  return result;
}

/** A key may keep what it began with, or have what was brought in. */
function typeAfter({ op, type }: Aggregate, first: ScalarType, value: ScalarType): ScalarType {
  const isEither = op === "first" || op === "last" || op === "and" || op === "or";
  return isEither ? scalarOf(first.tags | value.tags) : type;
}

/** The row type of a combined value. */
export function typeOfCombined({ first, aggregates }: Combination): RowType {
  const types = aggregates.map(({ type }) => type);
  const next = (value: KernelValue): RowType => {
    switch (value.kind) {
      case "tuple":
        return { kind: "tuple", items: value.items.map(next) };
      case "record":
        return { kind: "record", fields: value.fields.map(([name, field]) => [name, next(field)] as const) };
      default:
        return types.shift()!;
    }
  };
  return next(first);
}

/** The end of a task that groups pairs by key. */
export function groupedBy(rows: KernelRows, combine: Combine | undefined, how: string): KernelEnd | Refusal {
  const parts = pairOf(rows.row);
  if (isRefusal(parts)) return parts;
  const [key, value] = parts as readonly [KernelValue, KernelValue];
  if (hasList(key)) return refuse("the kernel has no lists as keys");
  const made = combine?.(rows, value, key) ?? refuse("the kernel has no such combination");
  if ("ok" in made) return made;
  const { aggregates, folded } = made;
  const type: RowType = { kind: "tuple", items: [typeOf(key), typeOfCombined(made)] };
  return { kind: "group", key, aggregates, ...(folded && { folded }), type, how: folded ? `${how}, row by row` : how };
}
