import type { Origin } from "../plan/origin.js";
import type { Partitioner } from "../plan/partitioner.js";
import { CombineByKeyOperator } from "./combine-by-key.js";
import { reduced } from "./kernel-aggregate.js";
import { UserFunction } from "./lambda.js";

export type Reducer = (a: unknown, b: unknown) => unknown;

/**
 * One pair for each key, its values reduced: within each partition first, then across partitions in their order. Keys come in order of
 * first arrival. `agree`: whether other functions, which are called with what was reduced, give what they were lowered to.
 */
export function reduceByKey(
  origin: Origin,
  fn: Reducer,
  partitioner: Partitioner,
  agree?: (value: unknown, key: unknown) => boolean,
): CombineByKeyOperator {
  const reducer = new UserFunction(origin, fn);
  return new CombineByKeyOperator({
    origin,
    partitioner,
    functions: [reducer],
    isIdentified: true,
    agrees: (value, key) => reducer.agrees(value, value) && (agree?.(value, key) ?? true),
    aggregates: (rows, value, key) => reduced(rows, reducer.lowering, value, key),
    merges: (rows, combined, key) => reduced(rows, reducer.lowering, combined, key),
    aggregator: () => {
      const { call } = reducer;
      return { create: (value) => value, mergeValue: call, mergeCombined: call };
    },
  });
}
