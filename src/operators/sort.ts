import type { Dataset, StageDataset } from "../plan/dataset.js";
import type { Origin } from "../plan/origin.js";
import { lambdaError, UserFunction } from "./lambda.js";

export interface SortOptions {
  readonly origin: Origin;
  readonly key: (row: unknown) => unknown;
  readonly ascending: boolean;
  readonly partitionCount: number;
}

/**
 * All rows in the order of their keys, cut into partitions of about the same size; rows with equal keys stay in one partition and keep their order.
 */
export function sorted(parent: Dataset, { origin, key, ascending, partitionCount }: SortOptions): StageDataset {
  const fn = new UserFunction(origin, key);
  return {
    kind: "stage",
    name: origin.name,
    parents: [parent],
    partitionCount,
    run: async (runner) => {
      const { call } = fn;
      const keyOf = (row: unknown): Keyed => {
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

interface Keyed {
  readonly key: unknown;
  readonly row: unknown;
}

function compareKeys(a: Keyed, b: Keyed): number {
  return compareAscending(a.key, b.key);
}

/** As JavaScript's `<` says, strings by UTF-16 units; NaN and undefined last. */
export function compareAscending(a: unknown, b: unknown): number {
  return lastness(a) - lastness(b) || byLess(a, b);
}

/** The other way round; NaN and undefined are last here too. */
export function compareDescending(a: unknown, b: unknown): number {
  return lastness(a) - lastness(b) || byLess(b, a);
}

function byLess(a: unknown, b: unknown): number {
  if ((a as number) < (b as number)) return -1;
  return (b as number) < (a as number) ? 1 : 0;
}

function lastness(key: unknown): number {
  return key === undefined || (typeof key === "number" && Number.isNaN(key)) ? 1 : 0;
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
