import type { Aggregate } from "../lowering/aggregate.js";
import { hasList, type KernelRows, type KernelValue, scalarsOf, typeOf } from "../lowering/compile/kernel-rows.js";
import { needLowering } from "../lowering/door.js";
import { type Lowering, type Refusal, refuse } from "../lowering/expression.js";
import type { Aggregated, KernelEnd } from "../plan/operator.js";
import { type RowType, type ScalarType, scalarOf } from "../plan/row-type.js";
import { isRefusal, pairOf } from "./kernel-step.js";

/** Functions that combine values, as the kernel does it leaf by leaf. */

/** What becomes of the values of a key: what it begins with, and of each of its leaves the aggregate. */
export interface Combination {
  readonly first: KernelValue;
  readonly aggregates: readonly Aggregated[];
}

/** What a lowered reducer `(a, b) => ...` does with `value`, which may be a combined value too. */
export function reduced(rows: KernelRows, lowering: Lowering, value: KernelValue): Combination | Refusal {
  return combined(rows, lowering, value, value);
}

/** What a lowered function `(combined, value) => combined` does, for keys that begin with `first`. */
export function combined(
  rows: KernelRows,
  lowering: Lowering,
  first: KernelValue,
  value: KernelValue,
): Combination | Refusal {
  if (!lowering.ok) return lowering;
  const aggregates = needLowering().aggregatesOf(lowering.expression, typeOf(first));
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
  return { first, aggregates: result };
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
export function groupedBy(
  rows: KernelRows,
  combine: ((rows: KernelRows, value: KernelValue) => Combination | Refusal) | undefined,
  how: string,
): KernelEnd | Refusal {
  const parts = pairOf(rows.row);
  if (isRefusal(parts)) return parts;
  const [key, value] = parts as readonly [KernelValue, KernelValue];
  const made = combine?.(rows, value) ?? refuse("the kernel has no such combination");
  if ("ok" in made) return made;
  if (hasList(key)) return refuse("the kernel has no lists as keys");
  const type: RowType = { kind: "tuple", items: [typeOf(key), typeOfCombined(made)] };
  return { kind: "group", key, aggregates: made.aggregates, type, how };
}
