import type { Expression, Refusal } from "../expression.js";
import { Refused } from "../refused.js";
import { type KernelFold, type KernelValue, scalarsOf } from "./kernel-rows.js";
import type { Scalar, Scalars } from "./scalars.js";

type Apply = (expression: Expression, args: readonly KernelValue[]) => KernelValue | Refusal;

/**
 * A fold by key (assembly/ops/fold.ts): what the leaves of a key's value become for a row, from what they are. They have the tags that they begin
 * with and those that the expression gives them, which may be more for leaves that have more: they are found by trying until there are no others.
 */
export function foldRows(scalars: Scalars, apply: Apply, { key, first, value, expression }: KernelFold): Scalar[] {
  const { graph } = scalars;
  const firsts = scalarsOf(first);
  const keys = key ? scalarsOf(key) : [];
  const states = firsts.map(() => graph.newValue());
  graph.bar({ kind: "fold", reads: [...keys, ...firsts].map(({ register }) => register), states });
  let leaves: Scalar[] = firsts.map(({ tags }, i) => ({ kind: "scalar", tags, register: states[i]! }));
  const next = (): Scalar[] => {
    const made = apply(expression, [withLeaves(first, [...leaves]), value]);
    if ("ok" in made) throw new Refused(made.reason, made.token);
    if (!isAlike(first, made)) throw new Refused("gives a value of another shape than it was given");
    return scalarsOf(made);
  };
  for (;;) {
    let made: readonly Scalar[] = [];
    scalars.mayThrow(() => {
      made = next();
    });
    const known = leaves;
    if (made.every(({ tags }, i) => (tags & ~known[i]!.tags) === 0)) break;
    leaves = known.map((leaf, i) => ({ ...leaf, tags: leaf.tags | made[i]!.tags }));
  }
  // What they may be from the first row on, whichever it is that they are.
  return next().map((made, i) => ({ ...made, tags: leaves[i]!.tags }));
}

/** A value of the same shape with other leaves, which are taken from the list. */
function withLeaves(value: KernelValue, leaves: Scalar[]): KernelValue {
  switch (value.kind) {
    case "scalar":
      return leaves.shift()!;
    case "tuple":
      return { kind: "tuple", items: value.items.map((item) => withLeaves(item, leaves)) };
    case "record":
      return {
        kind: "record",
        fields: value.fields.map(([name, field]) => [name, withLeaves(field, leaves)] as const),
      };
    case "list":
      throw new Refused("folds lists");
  }
}

function isAlike(a: KernelValue, b: KernelValue): boolean {
  if (a.kind === "tuple" && b.kind === "tuple") {
    return a.items.length === b.items.length && a.items.every((item, i) => isAlike(item, b.items[i]!));
  }
  if (a.kind === "record" && b.kind === "record") {
    return (
      a.fields.length === b.fields.length &&
      a.fields.every(([name, field], i) => name === b.fields[i]![0] && isAlike(field, b.fields[i]![1]))
    );
  }
  return a.kind === "scalar" && b.kind === "scalar";
}
