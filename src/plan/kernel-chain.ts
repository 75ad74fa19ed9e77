import { hasColumns, hasJson, type KernelRows, type KernelValue } from "../lowering/compile/kernel-rows.js";
import { lowering } from "../lowering/door.js";
import { type Expression, type Refusal, refuse } from "../lowering/expression.js";
import type { Added, KernelEnd, NarrowOperator, OrderOperator, ShuffleOperator } from "./operator.js";
import type { RowType } from "./row-type.js";

/** What rows are before the first operator: lines of text, or columns of a type. */
export type KernelSource = "lines" | RowType;

/** What comes after the operators of a chain: a map side, a reducer, an order, or nothing, when the rows themselves are wanted. */
export type ChainEnd =
  | { readonly kind: "combine"; readonly operator: ShuffleOperator }
  | { readonly kind: "merge"; readonly operator: ShuffleOperator }
  | { readonly kind: "order"; readonly operator: OrderOperator }
  | { readonly kind: "none" };

/** How far operators in a row can run in the kernel. */
export interface KernelChain {
  readonly rows: KernelRows;
  /** Operators that could be added; one that makes one row of a partition is the last of them. */
  readonly prefix: number;
  /** What the rows come to in the kernel, where it can do all up to there. */
  readonly end: KernelEnd | undefined;
  /** How many operators the kernel had better do where their rows become JavaScript values. */
  readonly paysUntil: number;
}

/** Begins a program for rows of a source. Where what compiles it is not loaded, nothing that reads a row can be added. */
export function begin(source: KernelSource): KernelRows {
  return lowering()?.beginRows(source === "lines" ? "lines" : { frame: source }) ?? new UnknownRows();
}

/** Stands for rows of which nothing can be said yet: `explain()` before the start, on hosts that load modules no other way. */
class UnknownRows implements KernelRows {
  row: KernelValue = { kind: "scalar", tags: 0, register: 0 };
  setRow(row: KernelValue): void {
    this.row = row;
  }
  readonly apply = notLoaded;
  readonly filter = notLoaded;
  readonly expand = notLoaded;
  readonly sample = notLoaded;
  readonly fold = notLoaded;
  readonly find = notLoaded;
  readonly read = notLoaded;
  readonly rejectsOf = notLoaded;
  readonly inTurns = notLoaded;
  build(): never {
    throw new Error("What compiles programs for the kernel is not loaded.");
  }
}

function notLoaded(): Refusal {
  return refuse("the parser is not loaded");
}

/** Adds operators as far as the kernel can do them, then what ends them. */
export function kernelChain(
  source: KernelSource,
  operators: readonly NarrowOperator[],
  chainEnd: ChainEnd,
): KernelChain {
  const rows = begin(source);
  const payment = new Payment(source);
  for (const [index, operator] of operators.entries()) {
    const end = operator.endOf?.(rows);
    if (isEnd(end)) return { rows, prefix: index + 1, end, paysUntil: index + 1 };
    const added = operator.addTo(rows);
    if (!added.ok) return { rows, prefix: index, end: undefined, paysUntil: payment.before(operator, rows) };
    payment.add(added, rows);
  }
  const end = endOf(rows, chainEnd);
  return { rows, prefix: operators.length, end: isEnd(end) ? end : undefined, paysUntil: payment.until };
}

/**
 * Leaves of the rows only the fields that the JavaScript function behind them reads: the others need not be made. Returns false, and the rows as they are,
 * where that is not known or gains nothing.
 */
export function narrow(rows: KernelRows, next: NarrowOperator | undefined): boolean {
  const names = next?.fieldsRead;
  if (names === undefined || rows.row.kind === "tuple" || rows.row.kind === "list") return false;
  const row: Expression = { kind: "parameter", index: 0 };
  const fields = names.map((name) => ({ kind: "entry", name, value: { kind: "field", of: row, name } }) as const);
  const narrowed = rows.apply({ kind: "record", fields }, [rows.row]);
  if ("ok" in narrowed || !hasColumns(narrowed)) return false;
  rows.setRow(narrowed);
  return true;
}

/** What the operator at the end of a chain makes of its rows in the kernel, or why it cannot. */
export function endOf(rows: KernelRows, chainEnd: ChainEnd): KernelEnd | Refusal | undefined {
  if (chainEnd.kind === "none") return undefined;
  return chainEnd.kind === "merge" ? chainEnd.operator.mergeEndOf(rows) : chainEnd.operator.endOf(rows);
}

export function isEnd(end: KernelEnd | Refusal | undefined): end is KernelEnd {
  return end !== undefined && "kind" in end;
}

/**
 * How many operators are better run in the kernel although a JavaScript function takes their rows: where fewer rows leave than came, or where a few
 * columns are decoded instead of whole lines.
 */
export class Payment {
  readonly #isText: boolean;
  #always = false;
  #ofText = false;
  #operators = 0;
  /** So many of the operators that were added. */
  until = 0;

  /** All of them. */
  get pays(): boolean {
    return this.until > 0 && this.until === this.#operators;
  }

  constructor(source: KernelSource) {
    this.#isText = source === "lines";
  }

  add(added: Added, { row }: KernelRows): void {
    if (!added.ok) return;
    this.#operators += 1;
    this.#always ||= added.pays === "always";
    this.#ofText ||= added.pays === "of-text";
    const pays = this.#always || (this.#ofText && this.#isText && !hasJson(row));
    if (pays && hasColumns(row)) this.until = this.#operators;
  }

  /** As `until`, where the rows go to an operator that runs as JavaScript: the few fields that it reads are columns too. Leaves those of the rows. */
  before(next: NarrowOperator, rows: KernelRows): number {
    if (this.#ofText && this.#isText && narrow(rows, next)) this.until = this.#operators;
    return this.until;
  }
}
