import { type Refusal, refuse } from "../lowering/expression.js";
import type { JoinForm } from "./operator.js";
import { BYTES, eitherType, leavesOf, type RowType, type ScalarType, scalarOf, UNDEFINED } from "./row-type.js";

/** Rows of a join in the kernel, and the types of what they are made of. */
export interface JoinedType {
  readonly type: RowType;
  /** Of the keys of both sides. */
  readonly key: RowType;
  /** Of the value of each side, whose columns follow those of the key. */
  readonly values: readonly [left: RowType, right: RowType];
}

/**
 * The rows of a join whose sides have rows of these types; or why the kernel does not make them. A value that an outer join may have to do without is a
 * scalar there.
 */
export function joinedType(form: JoinForm, left: RowType, right: RowType): JoinedType | Refusal {
  const [a, b] = [pairType(left), pairType(right)];
  if (a === undefined || b === undefined) return refuse("the kernel joins pairs whose keys and values have columns");
  const lefts = form.keepsRight ? orUndefined(a.value) : a.value;
  const rights = form.keepsLeft ? orUndefined(b.value) : b.value;
  if (lefts === undefined || rights === undefined) {
    return refuse("in the kernel an outer join has scalars where there may be nothing");
  }
  const key = eitherType(a.key, b.key);
  if (key === undefined) return MANY_SHAPES;
  return {
    type: { kind: "tuple", items: [key, { kind: "tuple", items: [lefts, rights] }] },
    key,
    values: [a.value, b.value],
  };
}

/** The rows of a shuffle whose values become lists by key, for one side or two; or why the kernel does not make them. */
export function listedType(sides: readonly RowType[]): { readonly type: RowType; readonly key: RowType } | Refusal {
  const lists: RowType[] = [];
  let key: RowType | undefined;
  for (const side of sides) {
    const pair = pairType(side);
    if (pair === undefined) return refuse("the kernel lists pairs whose keys and values have columns");
    key = key ? eitherType(key, pair.key) : pair.key;
    if (key === undefined) return MANY_SHAPES;
    lists.push({ kind: "list", of: pair.value });
  }
  const value: RowType = lists.length === 1 ? lists[0]! : { kind: "tuple", items: lists };
  return { type: { kind: "tuple", items: [key!, value] }, key: key! };
}

const MANY_SHAPES = refuse("the keys of the sides are of several shapes");

function pairType(type: RowType): { readonly key: RowType; readonly value: RowType } | undefined {
  if (type.kind !== "tuple" || type.items.length !== 2) return undefined;
  const [key, value] = type.items as [RowType, RowType];
  return hasOtherColumns(key) || hasOtherColumns(value) || leavesOf(key).length === 0 ? undefined : { key, value };
}

/** Whether there are lists or bytes in rows of a type: the kernel neither joins nor lists those. */
function hasOtherColumns(type: RowType): boolean {
  switch (type.kind) {
    case "scalar":
      return (type.tags & BYTES.tags) !== 0;
    case "tuple":
      return type.items.some(hasOtherColumns);
    case "record":
      return type.fields.some(([, field]) => hasOtherColumns(field));
    case "optional":
      return hasOtherColumns(type.of);
    case "list":
      return true;
  }
}

function orUndefined(type: RowType): ScalarType | undefined {
  return type.kind === "scalar" ? scalarOf(type.tags | UNDEFINED.tags) : undefined;
}
