import { type KernelRows, typeOf } from "../lowering/compile/kernel-rows.js";
import { type Refusal, refuse } from "../lowering/expression.js";
import { joinedType, listedType } from "./joined-type.js";
import { endOf, isEnd } from "./kernel-chain.js";
import type { KernelEnd } from "./operator.js";
import { eitherType, type RowType } from "./row-type.js";
import type { OperatorForm } from "./stream-operator.js";

export type ShuffleForm = Extract<OperatorForm, { kind: "shuffle" }>;

/** What a join, or lists by key, are made of in the kernel, or why not; undefined of other shuffles. */
export function typeTogether(
  { operator, join }: ShuffleForm,
  branches: ReadonlyArray<{ readonly rows: KernelRows; readonly side: number }>,
): { type: RowType } | Refusal | undefined {
  const dealt = join?.dealt ?? operator.dealt;
  if (dealt === undefined) return undefined;
  const types: RowType[] = [];
  for (const { rows, side } of branches) {
    const end = endOf(rows, { kind: "combine", operator: dealt });
    if (!isEnd(end)) return end ?? refuse("the kernel has no such operator");
    // All rows of a shuffle without sides are of one.
    const index = join ? side : 0;
    const type = typeOf(rows.row);
    const either = types[index] ? eitherType(types[index], type) : type;
    if (either === undefined) return refuse("the rows of a side are of several types");
    types[index] = either;
  }
  for (let side = 0; side < (join?.sides ?? 1); side++) {
    if (types[side] === undefined) return refuse("a side has no rows");
  }
  return join?.joining ? joinedType(join, types[0]!, types[1]!) : listedType(types);
}

/** The type of the rows that map tasks make. */
export function typeMade(end: KernelEnd | undefined, rows: KernelRows | undefined): RowType | undefined {
  if (end?.kind === "group") return end.type;
  return end && rows && typeOf(rows.row);
}
