import type { KernelShape, Placement } from "../plan/operator.js";
import type { Origin } from "../plan/origin.js";
import type { Partitioner } from "../plan/partitioner.js";
import { CombineByKeyOperator } from "./combine-by-key.js";
import { UserFunction } from "./lambda.js";

export type Reducer = (a: unknown, b: unknown) => unknown;

/**
 * One pair for each key, its values reduced: within each partition first, then across partitions in their order. Keys come in order of
 * first arrival. In the kernel: sums of numbers by text key.
 */
export function reduceByKey(origin: Origin, fn: Reducer, partitioner: Partitioner): CombineByKeyOperator {
  const reducer = new UserFunction(origin, fn);
  return new CombineByKeyOperator({
    origin,
    partitioner,
    functions: [reducer],
    place: (shape) => place(reducer, shape),
    aggregator: () => {
      const { call } = reducer;
      return { create: (value) => value, mergeValue: call, mergeCombined: call };
    },
  });
}

function place({ lowering }: UserFunction<Reducer>, shape: KernelShape): Placement {
  if (!lowering.ok) return { runs: "javascript", why: lowering.reason };
  const { expression } = lowering;
  const isSum =
    expression.kind === "binary" &&
    expression.operator === "+" &&
    expression.left.kind === "parameter" &&
    expression.right.kind === "parameter" &&
    expression.left.index + expression.right.index === 1;
  if (!isSum) return { runs: "javascript", why: "the kernel reduces by sum only" };
  const hasPairs = shape.kind === "pairs" || (shape.kind === "text" && shape.value !== undefined);
  if (!hasPairs) return { runs: "javascript", why: "the rows are not pairs of a text and a number" };
  return { runs: "kernel", shape: { kind: "pairs" }, how: "sums by key" };
}
