import { type Refusal, refuse } from "../lowering/expression.js";
import type { JoinForm } from "./operator.js";
import { BYTES, type RowType, type ScalarType, scalarOf, UNDEFINED } from "./row-type.js";

/** Rows of a join in the kernel, and the types of the sides that they are made of. */
export interface JoinedType {
  readonly type: RowType;
  /** Columns of the value of each side; the key is one column before them. */
  readonly values: readonly [left: RowType, right: RowType];
}

/**
 * The rows of a join whose sides have rows of these types; or why the kernel does not make them. A key is a scalar there, and so is a value that an outer
 * join may have to do without.
 */
export function joinedType(form: JoinForm, left: RowType, right: RowType): JoinedType | Refusal {
  const [a, b] = [pairType(left), pairType(right)];
  if (a === undefined || b === undefined)
    return refuse("the kernel joins pairs whose keys are scalars and whose values have columns");
  const lefts = form.keepsRight ? orUndefined(a.value) : a.value;
  const rights = form.keepsLeft ? orUndefined(b.value) : b.value;
  if (lefts === undefined || rights === undefined) {
    return refuse("in the kernel an outer join has scalars where there may be nothing");
  }
  const key = scalarOf(a.key.tags | b.key.tags);
  return {
    type: { kind: "tuple", items: [key, { kind: "tuple", items: [lefts, rights] }] },
    values: [a.value, b.value],
  };
}

/** The rows of a shuffle whose values become lists by key, for one side or two; or why the kernel does not make them. */
export function listedType(sides: readonly RowType[]): { readonly type: RowType; readonly key: ScalarType } | Refusal {
  const pairs = sides.map(pairType);
  const lists: RowType[] = [];
  let tags = 0;
  for (const pair of pairs) {
    if (pair === undefined)
      return refuse("the kernel lists pairs whose keys are scalars and whose values have columns");
    tags |= pair.key.tags;
    lists.push({ kind: "list", of: pair.value });
  }
  const value: RowType = lists.length === 1 ? lists[0]! : { kind: "tuple", items: lists };
  const key = scalarOf(tags);
  return { type: { kind: "tuple", items: [key, value] }, key };
}

function pairType(type: RowType): { readonly key: ScalarType; readonly value: RowType } | undefined {
  if (type.kind !== "tuple" || type.items.length !== 2) return undefined;
  const [key, value] = type.items;
  return key!.kind === "scalar" && !hasOtherColumns(value!) ? { key: key!, value: value! } : undefined;
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
    case "list":
      return true;
  }
}

function orUndefined(type: RowType): ScalarType | undefined {
  return type.kind === "scalar" ? scalarOf(type.tags | UNDEFINED.tags) : undefined;
}
