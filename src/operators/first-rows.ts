import { hasColumns, type KernelRows } from "../lowering/compile/kernel-rows.js";
import { type Refusal, refuse } from "../lowering/expression.js";
import type { Added, KernelEnd, NarrowOperator, Sink } from "../plan/operator.js";
import { isRefusal } from "./kernel-step.js";
import type { Ordering } from "./ordering.js";

/** Sorted candidates are cut down when there are this many more than wanted. */
const CANDIDATES_MIN = 1024;

/** Of each partition the rows that come first in an order, in that order; rows that are equal in it as they came. */
export class FirstRowsOperator implements NarrowOperator {
  readonly name: string;
  readonly #wanted: number;
  readonly #ordering: Ordering;

  constructor(name: string, wanted: number, ordering: Ordering) {
    this.name = name;
    this.#wanted = wanted;
    this.#ordering = ordering;
  }

  prepare(): void {}

  isLike(other: NarrowOperator): boolean {
    return (
      other instanceof FirstRowsOperator &&
      other.#wanted === this.#wanted &&
      (other.#ordering === this.#ordering || (this.#ordering.isLike?.(other.#ordering) ?? false))
    );
  }

  get refusal(): Refusal | undefined {
    return this.#ordering.refusal;
  }

  agrees(row: unknown): boolean {
    return this.#ordering.agrees?.(row) ?? true;
  }

  addTo(): Added {
    return refuse("the first rows of a partition");
  }

  endOf(rows: KernelRows): KernelEnd | Refusal {
    if (!hasColumns(rows.row)) return refuse("the kernel lays out no lists in columns");
    const keys = this.#ordering.keysOf(rows);
    if (isRefusal(keys)) return keys;
    return { kind: "first", keys, wanted: this.#wanted, how: "the first rows of an order" };
  }

  connect(next: Sink): Sink {
    const { compare } = this.#ordering;
    const wanted = this.#wanted;
    let rows: unknown[] = [];
    return {
      push: (row) => {
        rows.push(row);
        if (rows.length >= 2 * wanted + CANDIDATES_MIN) rows = firstOf(rows, wanted, compare);
      },
      end: () => {
        for (const row of firstOf(rows, wanted, compare)) next.push(row);
        next.end();
      },
    };
  }
}

/** The `wanted` rows that come first in the order of `compare`, in that order; rows that are equal in it as they came. */
export function firstOf(
  rows: readonly unknown[],
  wanted: number,
  compare: (a: unknown, b: unknown) => number,
): unknown[] {
  // Boxed, as a sort of the rows themselves would put undefined last whatever `compare` says.
  const boxes = rows.map((row) => ({ row })).sort((a, b) => compare(a.row, b.row));
  return boxes.slice(0, wanted).map(({ row }) => row);
}
