import { hasColumns, type KernelRows } from "../lowering/compile/kernel-rows.js";
import { type Refusal, refuse } from "../lowering/expression.js";
import type { Dataset, StageDataset } from "../plan/dataset.js";
import type { KernelEnd, OrderOperator } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import { applied, isRefusal, pairOf } from "./kernel-step.js";
import { asPair, lambdaError, UserFunction } from "./lambda.js";
import { compareAscending, compareDescending, naturalKeys } from "./ordering.js";

export interface SortOptions {
  readonly origin: Origin;
  /** What gives the key of a row; undefined: the rows are pairs, which have one. */
  readonly key: ((row: unknown) => unknown) | undefined;
  readonly ascending: boolean;
  readonly partitionCount: number;
}

/**
 * All rows in the order of their keys, cut into partitions of about the same size; rows with equal keys stay in one partition and keep their order.
 */
export function sorted(parent: Dataset, { origin, key, ascending, partitionCount }: SortOptions): StageDataset {
  const fn = key && new UserFunction(origin, key);
  return {
    kind: "stage",
    name: origin.name,
    parents: [parent],
    partitionCount,
    ordered: new KeyOrder(origin, fn, !ascending),
    run: async (runner) => {
      const call = fn?.call;
      const keyOf = (row: unknown): Keyed => {
        if (call === undefined) return { key: asPair(origin, row)[0], row };
        try {
          return { key: call(row), row };
        } catch (error) {
          throw lambdaError(origin, row, error);
        }
      };
      const partitions = await runner.rowsOf(parent);
      const keyed = runner.asTask(() => partitions.flatMap((rows) => rows.map(keyOf)));
      keyed.sort(ascending ? compareKeys : (a, b) => compareDescending(a.key, b.key));
      return cut(keyed, partitionCount);
    },
  };
}

/** Rows by what a function makes of them, or by the keys of pairs. */
class KeyOrder implements OrderOperator {
  readonly name: string;
  readonly #fn: UserFunction<(row: unknown) => unknown> | undefined;
  readonly #descends: boolean;

  constructor({ name }: Origin, fn: UserFunction<(row: unknown) => unknown> | undefined, descends: boolean) {
    this.name = name;
    this.#fn = fn;
    this.#descends = descends;
  }

  isLike(other: OrderOperator): boolean {
    if (!(other instanceof KeyOrder) || other.#descends !== this.#descends) return false;
    return this.#fn && other.#fn ? this.#fn.isLike(other.#fn) : this.#fn === other.#fn;
  }

  get refusal(): Refusal | undefined {
    return this.#fn?.refusal;
  }

  agrees(row: unknown): boolean {
    return this.#fn?.agrees(row) ?? true;
  }

  endOf(rows: KernelRows): KernelEnd | Refusal {
    if (!hasColumns(rows.row)) return refuse("the kernel lays out no lists in columns");
    const key = this.#fn ? applied(rows, this.#fn.lowering) : pairKey(rows);
    if (isRefusal(key)) return key;
    const keys = naturalKeys(key, this.#descends);
    return isRefusal(keys) ? keys : { kind: "keyed", keys, how: "laid out with the keys of an order" };
  }
}

function pairKey({ row }: KernelRows) {
  const parts = pairOf(row);
  return isRefusal(parts) ? parts : parts[0];
}

interface Keyed {
  readonly key: unknown;
  readonly row: unknown;
}

function compareKeys(a: Keyed, b: Keyed): number {
  return compareAscending(a.key, b.key);
}

/** Borders fall between different keys, as near to an even cut as they can. */
function cut(keyed: readonly Keyed[], partitionCount: number): unknown[][] {
  const partitions: unknown[][] = [];
  let begin = 0;
  for (let p = 0; p < partitionCount; p++) {
    let end = Math.max(begin, Math.floor(((p + 1) * keyed.length) / partitionCount));
    while (end > begin && end < keyed.length && compareKeys(keyed[end - 1]!, keyed[end]!) === 0) end += 1;
    partitions.push(keyed.slice(begin, end).map(({ row }) => row));
    begin = end;
  }
  return partitions;
}
