import { type KernelRows, typeOf } from "../lowering/compile/kernel-rows.js";
import { type Refusal, refuse } from "../lowering/expression.js";
import { endOf, isEnd } from "./kernel-chain.js";
import { type RowType, sameType } from "./row-type.js";
import type { UpdateForm } from "./stream-operator.js";

/** What the rows of a state are that the kernel updates by the rows of some branches, or why it does not. */
export function stateOf(update: UpdateForm, branches: readonly KernelRows[]): RowType | Refusal {
  const [first, ...others] = branches.map(({ row }) => typeOf(row));
  for (const rows of branches) {
    const end = endOf(rows, { kind: "combine", operator: update.deal });
    if (!isEnd(end)) return end ?? refuse("the kernel has no such operator");
  }
  if (first === undefined) return refuse("there are no records");
  return others.every((type) => sameType(type, first))
    ? update.typeFor(first)
    : refuse("the records are of several types");
}
