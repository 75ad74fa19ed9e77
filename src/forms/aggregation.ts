import type { Expression } from "../lowering/expression.js";

/** What becomes of rows of type `R` that are brought together: `groupBy("user").agg({ n: count() })`, `pairs.reduceByKey(avg())`. Immutable. */
export interface Aggregation<R, V> {
  /** Aggregations are told from lambdas by it. */
  readonly aggregation: string;
  /** Never there: the types of rows and result. */
  readonly of?: (row: R) => V;
}

/** A part of an aggregate: what a row brings, and what becomes of two such values. */
export interface AggregateLeaf {
  readonly value: Expression;
  merge(a: Expression, b: Expression): Expression;
}

/** An aggregation as expressions: its parts, and the result for what they have come to. */
export interface AggregateParts {
  readonly leaves: readonly AggregateLeaf[];
  finish(leaves: readonly Expression[]): Expression;
}

const parts = new WeakMap<object, AggregateParts>();

/** Makes an object an aggregation. */
export function setAggregation(aggregation: object, made: AggregateParts): void {
  parts.set(aggregation, made);
}

/** The expressions of an aggregation; nothing for any other value. */
export function partsOfAggregation(value: unknown): AggregateParts | undefined {
  return (typeof value === "object" && value !== null) || typeof value === "function" ? parts.get(value) : undefined;
}
