import type { KernelRows, KernelValue } from "../lowering/compile/kernel-rows.js";
import { type Lowering, type Refusal, refuse } from "../lowering/expression.js";
import type { Added, KernelEnd } from "../plan/operator.js";

/** Steps that operators have in common in kernel programs. */

/** Makes each row what `make` says. */
export function mapTo(rows: KernelRows, row: KernelValue | Refusal, how: string): Added {
  if (isRefusal(row)) return row;
  rows.setRow(row);
  return { ok: true, how, pays: "of-text" };
}

/** The result of a lowered function for each row. */
export function applied(
  rows: KernelRows,
  lowering: Lowering,
  args: readonly KernelValue[] = [rows.row],
): KernelValue | Refusal {
  return lowering.ok ? rows.apply(lowering.expression, args) : lowering;
}

/** Key and value of rows that are pairs. */
export function pairOf(row: KernelValue): readonly [key: KernelValue, value: KernelValue] | Refusal {
  if (row.kind !== "tuple" || row.items.length !== 2) return refuse("the rows are not pairs");
  return [row.items[0]!, row.items[1]!];
}

export function pair(key: KernelValue, value: KernelValue): KernelValue {
  return { kind: "tuple", items: [key, value] };
}

export function isRefusal(value: KernelValue | KernelEnd | readonly unknown[] | Refusal | undefined): value is Refusal {
  return value !== undefined && "ok" in value && value.ok === false;
}
