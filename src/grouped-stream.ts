import type { DStream } from "./dstream.js";
import type { Aggregation } from "./forms/aggregation.js";
import { type Aggregations, type GroupFunctions, groupFunctions } from "./forms/group.js";
import type { Expression } from "./lowering/expression.js";
import { checkOptionNames } from "./option-names.js";
import type { Partitioning } from "./plan/partitioner.js";
import type { DurationLike } from "./time/duration.js";

/** Options of `agg`. */
export interface AggregateOptions {
  /** Partitions of the result. Default: `defaultParallelism`, by hash. */
  readonly partitioning?: Partitioning;
  /** Rows of so long are aggregated, at each slide; default: those of each batch. Each batch is aggregated once, and panes are merged. */
  readonly windowDuration?: DurationLike;
  /** How often there is a window. Default: as often as the stream has a batch. */
  readonly slideDuration?: DurationLike;
}

/** What aggregations give, by the name of the field. */
export type Aggregated<A> = { -readonly [N in keyof A]: A[N] extends Aggregation<never, infer V> ? V : never };

type Flat<T> = { [N in keyof T]: T[N] };

/** @internal Makes the stream of groups. */
export type MakeGroups = (functions: GroupFunctions, options: AggregateOptions) => DStream<unknown>;

/** A stream whose rows are brought together by keys, before it is said what becomes of them. */
export class GroupedDStream<T, K> {
  readonly #keys: ReadonlyMap<string, Expression>;
  readonly #make: (functions: GroupFunctions, options: AggregateOptions) => DStream<unknown>;
  /** Never there: the types of rows and keys. */
  readonly of?: (row: T) => K;

  /** @internal Made by `DStream.groupBy`. */
  constructor(keys: ReadonlyMap<string, Expression>, make: MakeGroups) {
    this.#keys = keys;
    this.#make = make;
  }

  /**
   * One row for each group, with its keys and what the aggregations give: `agg({ n: count(), revenue: sum(col("price")) })`. Groups come in order of first
   * arrival. **Errors:** `PlanError` "invalid-form", "invalid-group", "form-refused"; of windows as `window` has them.
   */
  agg<A extends { readonly [name: string]: Aggregation<T, unknown> }>(
    aggregations: A,
    options: AggregateOptions = {},
  ): DStream<Flat<K & Aggregated<A>>> {
    checkOptionNames("agg", options, { partitioning: true, windowDuration: true, slideDuration: true });
    const functions = groupFunctions(this.#keys, aggregations as unknown as Aggregations);
    return this.#make(functions, options) as DStream<Flat<K & Aggregated<A>>>;
  }
}
