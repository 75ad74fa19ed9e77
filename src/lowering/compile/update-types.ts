import { leavesOf, NUMBER, type RowType, type ScalarType, scalarOf, UNDEFINED } from "../../block/row-type.js";
import { Refused } from "../refused.js";
import type { KernelValue } from "./kernel-rows.js";

/** Types of the states of `updateStateByKey` and of the cells that they lie in. */

type Scalar = Extract<KernelValue, { kind: "scalar" }>;

/** What stands in a cell for a value that is not there: cells of numbers alone are half as wide. */
export function placeholder({ tags }: ScalarType): 0 | undefined {
  return tags === NUMBER.tags ? 0 : undefined;
}

export function placeholderType({ tags }: ScalarType): ScalarType {
  return scalarOf(tags === NUMBER.tags ? tags : tags | UNDEFINED.tags);
}

export function mayBeUndefined(type: RowType): boolean {
  return type.kind === "scalar" && (type.tags & UNDEFINED.tags) !== 0;
}

/** The type of values that are of one type or of another one of the same shape. */
export function mergedType(a: RowType, b: RowType): RowType {
  const leaves = [leavesOf(a), leavesOf(b)] as const;
  const types = leaves[0].map(({ tags }, i) => scalarOf(tags | (leaves[1][i]?.tags ?? 0)));
  if (!sameShape(a, b)) throw new Refused("the state is of another shape than before");
  return withLeaves(a, types);
}

function sameShape(a: RowType, b: RowType): boolean {
  if (a.kind === "tuple" && b.kind === "tuple") {
    return a.items.length === b.items.length && a.items.every((item, i) => sameShape(item, b.items[i]!));
  }
  if (a.kind === "record" && b.kind === "record") {
    const [these, those] = [a.fields, b.fields];
    return (
      these.length === those.length &&
      these.every(([name, field], i) => name === those[i]![0] && sameShape(field, those[i]![1]))
    );
  }
  return a.kind === "scalar" && b.kind === "scalar";
}

/** The type with other leaves. */
export function withLeaves(type: RowType, leaves: readonly ScalarType[]): RowType {
  let next = 0;
  const of = (part: RowType): RowType => {
    if (part.kind === "tuple") return { kind: "tuple", items: part.items.map(of) };
    if (part.kind === "record") {
      return { kind: "record", fields: part.fields.map(([name, field]) => [name, of(field)] as const) };
    }
    return leaves[next++]!;
  };
  return of(type);
}

/** A value of a type, whose leaves have the tags that the type says. */
export function shaped(type: RowType, next: () => Scalar): KernelValue {
  switch (type.kind) {
    case "scalar":
      return { ...next(), tags: type.tags };
    case "tuple":
      return { kind: "tuple", items: type.items.map((item) => shaped(item, next)) };
    case "record":
      return { kind: "record", fields: type.fields.map(([name, field]) => [name, shaped(field, next)] as const) };
    case "optional":
    case "list":
      throw new Error("A list is not laid out in columns.");
  }
}
