import { PlanError } from "./errors.js";
import type { Row } from "./lowering/row.js";
import { CountOperator, TotalOperator } from "./operators/count.js";
import { FilterOperator } from "./operators/filter.js";
import { FlatMapOperator } from "./operators/flat-map.js";
import { MapOperator } from "./operators/map.js";
import { ReduceByKeyOperator } from "./operators/reduce-by-key.js";
import { printed } from "./outputs/print.js";
import { explain } from "./plan/explain.js";
import { type Partitioning, toPartitioner } from "./plan/partitioner.js";
import type { StreamNode, StreamOperator } from "./plan/stream-node.js";
import { RDD } from "./rdd.js";
import type { StreamingContext } from "./streaming-context.js";
import type { Duration } from "./time/duration.js";
import { Time } from "./time/time.js";

/** Rows that `print` shows where no number is given. */
const PRINT_ROWS = 10;

/**
 * A discretized stream: one RDD for each batch time, or none. Missing values are `undefined`.
 *
 * Lambdas get exactly one argument where one is named here, so `map(parseInt)` works. A lambda runs in the kernel where that is proven to give the
 * same result, and as JavaScript otherwise: `explain()` says which and why.
 */
export class DStream<T> {
  readonly context: StreamingContext;
  readonly #node: StreamNode;

  /** @internal Made by contexts and other streams. */
  constructor(context: StreamingContext, node: StreamNode) {
    this.context = context;
    this.#node = node;
  }

  /** @internal The place in the graph. */
  static nodeOf(stream: DStream<never>): StreamNode {
    return stream.#node;
  }

  /** How often the stream has a batch. */
  get slideDuration(): Duration {
    return this.#node.slideDuration;
  }

  /** Names the operator, for `explain()`. */
  named(name: string): this {
    this.#node.label = name;
    return this;
  }

  /**
   * Where each operator runs, kernel or JavaScript, and why: a line for each stage, then one for each operator, indented. On hosts that cannot
   * load the lambda parser at once, complete only after `start()`.
   */
  explain(): string {
    this.context.engine.loadParser();
    return explain(this.#node);
  }

  /** One row for each row. Order kept. */
  map<U extends Row>(fn: (value: T) => U): DStream<U> {
    return this.#add({ kind: "narrow", operator: new MapOperator(fn as (row: unknown) => unknown) });
  }

  /** The elements of what `fn` returns for each row. Order kept. */
  flatMap<U extends Row>(fn: (value: T) => Iterable<U>): DStream<U> {
    return this.#add({ kind: "narrow", operator: new FlatMapOperator(fn as (row: unknown) => Iterable<unknown>) });
  }

  /** The rows for which `fn` returns something truthy. Order kept. */
  filter<U extends T>(fn: (value: T) => value is U): DStream<U>;
  filter(fn: (value: T) => unknown): DStream<T>;
  filter(fn: (value: T) => unknown): DStream<T> {
    return this.#add({ kind: "narrow", operator: new FilterOperator(fn as (row: unknown) => unknown) });
  }

  /** The rows of this stream, then those of `that`, at each batch time. Both must have a batch then, of one context. */
  union(that: DStream<T>): DStream<T> {
    return unionOf([this, that], this.context);
  }

  /** One row a batch: how many rows the batch has, 0 for an empty one. */
  count(): DStream<number> {
    return this.#add({ kind: "count", each: new CountOperator(), total: new TotalOperator() });
  }

  /**
   * One pair for each key of a batch, its values reduced by `fn`, which must be associative: in each partition first, then across partitions in their
   * order. Keys in order of first arrival. `partitioning`: by default `defaultParallelism` partitions by hash.
   */
  reduceByKey<K, V>(this: DStream<[K, V]>, fn: (a: V, b: V) => V, partitioning?: Partitioning): DStream<[K, V]> {
    const { defaultParallelism } = this.context.engine;
    const partitioner = toPartitioner(partitioning, defaultParallelism, "partitioning of reduceByKey");
    const operator = new ReduceByKeyOperator(fn as (a: unknown, b: unknown) => unknown, partitioner);
    return this.#add({ kind: "shuffle", operator });
  }

  /** Prints the first `num` rows of each batch (`Infinity`: all) as Spark does; of a batch in the kernel only these and one more are decoded. */
  print(num: number = PRINT_ROWS): void {
    if (!(Number.isInteger(num) || num === Number.POSITIVE_INFINITY) || num < 0) {
      throw new PlanError(`print needs a number of rows from 0 to Infinity, got ${String(num)}.`, {
        code: "invalid-count",
        details: { num },
      });
    }
    this.#addOutput("print", async (rdd, time) => this.context.writeOutput(await printed(rdd, time, num)));
  }

  /** Calls `fn` for each batch; awaited where it returns a promise. Outputs run in the order of their definition, one at a time. */
  foreachRDD(fn: (rdd: RDD<T>, time: Time) => unknown): void {
    if (typeof fn !== "function") {
      throw new PlanError(`foreachRDD needs a function, got ${typeof fn}.`, { code: "not-a-function" });
    }
    this.#addOutput("foreachRDD", fn);
  }

  #add<U>(operator: StreamOperator): DStream<U> {
    return new DStream<U>(this.context, this.context.graph.add(operator, [this.#node], this.#node.slideDuration));
  }

  #addOutput(name: string, fn: (rdd: RDD<T>, time: Time) => unknown): void {
    this.context.graph.addOutput({
      name,
      node: this.#node,
      run: async (dataset, { batch }) => {
        await fn(new RDD<T>(this.context.engine, dataset), new Time(batch.time));
      },
    });
  }
}

/** The union of streams of one context that have their batches at the same times. */
export function unionOf<T>(streams: ReadonlyArray<DStream<T>>, context: StreamingContext): DStream<T> {
  const [first] = streams;
  if (first === undefined) {
    throw new PlanError("A union needs at least one stream, got none.", { code: "empty-union" });
  }
  for (const stream of streams) {
    if (stream.context !== context) {
      throw new PlanError("A union needs streams of one context: make both from the same one.", {
        code: "other-context",
      });
    }
    if (!stream.slideDuration.equals(first.slideDuration)) {
      throw new PlanError(
        `A union needs streams that have a batch equally often: one slides by ${first.slideDuration}, one by ${stream.slideDuration}.`,
        {
          code: "other-slide",
          details: { slides: [first.slideDuration.milliseconds, stream.slideDuration.milliseconds] },
        },
      );
    }
  }
  const nodes = streams.map((stream) => DStream.nodeOf(stream as DStream<never>));
  return new DStream<T>(context, context.graph.add({ kind: "union" }, nodes, first.slideDuration));
}
