import { runJob } from "./engine/job.js";
import type { Engine } from "./engine.js";
import { PlanError } from "./errors.js";
import type { Row } from "./lowering/row.js";
import { CountOperator } from "./operators/count.js";
import { FilterOperator } from "./operators/filter.js";
import { FlatMapOperator } from "./operators/flat-map.js";
import { MapOperator } from "./operators/map.js";
import { ReduceByKeyOperator } from "./operators/reduce-by-key.js";
import { type Dataset, narrowed, partitionCount, shuffled, united, unshared } from "./plan/dataset.js";
import type { NarrowOperator, Sink, TaskControl } from "./plan/operator.js";
import { type Partitioning, toPartitioner } from "./plan/partitioner.js";
import { BatchScope } from "./plan/scope.js";

/** Factor by which `take` looks at more partitions each time it finds too few rows. */
const TAKE_SCALE = 4;

let lastId = 0;

/**
 * One batch: an immutable, partitioned collection with lineage. Methods are lazy; those that return a promise run.
 *
 * An RDD of a batch can be read until the batch is processed; then its memory is given back, and reading it is a `PlanError`.
 */
export class RDD<T> {
  readonly id: number = ++lastId;
  readonly engine: Engine;
  readonly #dataset: Dataset;

  /** @internal Made by streams and engines. */
  constructor(engine: Engine, dataset: Dataset) {
    this.engine = engine;
    this.#dataset = dataset;
  }

  /** @internal The lineage. */
  static datasetOf(rdd: RDD<unknown>): Dataset {
    return rdd.#dataset;
  }

  getNumPartitions(): number {
    return partitionCount(this.#dataset);
  }

  /** One row for each row. Order kept. */
  map<U extends Row>(fn: (value: T) => U): RDD<U> {
    return this.#narrow(new MapOperator(fn as (row: unknown) => unknown));
  }

  /** The elements of what `fn` returns for each row. Order kept. */
  flatMap<U extends Row>(fn: (value: T) => Iterable<U>): RDD<U> {
    return this.#narrow(new FlatMapOperator(fn as (row: unknown) => Iterable<unknown>));
  }

  /** The rows for which `fn` returns something truthy. Order kept. */
  filter<U extends T>(fn: (value: T) => value is U): RDD<U>;
  filter(fn: (value: T) => unknown): RDD<T>;
  filter(fn: (value: T) => unknown): RDD<T> {
    return this.#narrow(new FilterOperator(fn as (row: unknown) => unknown));
  }

  /** The partitions of this RDD, then those of `that`. */
  union(that: RDD<T>): RDD<T> {
    if (that.engine !== this.engine) {
      throw new PlanError("A union needs RDDs of one engine: make both from the same one.", { code: "other-engine" });
    }
    return new RDD(this.engine, united([this.#dataset, that.#dataset]));
  }

  /**
   * One pair for each key, its values reduced by `fn`, which must be associative: in each partition first, then across partitions in their order. Keys
   * in order of first arrival. `partitioning`: by default `defaultParallelism` partitions by hash.
   */
  reduceByKey<K, V>(this: RDD<[K, V]>, fn: (a: V, b: V) => V, partitioning?: Partitioning): RDD<[K, V]> {
    const partitioner = toPartitioner(partitioning, this.engine.defaultParallelism, "partitioning of reduceByKey");
    const operator = new ReduceByKeyOperator(fn as (a: unknown, b: unknown) => unknown, partitioner);
    return new RDD(this.engine, shuffled(this.#dataset, operator));
  }

  /** All rows, in the order of partitions. */
  async collect(): Promise<T[]> {
    return (await this.#run(this.#all(), collecting)).flat() as T[];
  }

  /** The number of rows, counted without decoding them where they are in the kernel. */
  async count(): Promise<number> {
    const counts = this.#narrow<number>(new CountOperator());
    return (await counts.collect()).reduce((sum, count) => sum + count, 0);
  }

  async isEmpty(): Promise<boolean> {
    return (await this.take(1)).length === 0;
  }

  /** The first row. An empty RDD has none: `PlanError`, code "empty". */
  async first(): Promise<T> {
    const rows = await this.take(1);
    if (rows.length === 0)
      throw new PlanError("An empty RDD has no first row: ask isEmpty() before.", { code: "empty" });
    return rows[0]!;
  }

  /** The first `num` rows, in the order of partitions; only as many partitions run, and only as many rows are decoded, as are needed. */
  take(num: number): Promise<T[]> {
    return this.#inScope((rdd) => rdd.#take(num));
  }

  async #take(num: number): Promise<T[]> {
    const rows: T[] = [];
    const partitions = this.#all();
    for (let count = 1; partitions.length > 0 && rows.length < num; count *= TAKE_SCALE) {
      const wanted = num - rows.length;
      const taken = await this.#run(partitions.splice(0, count), (control) => taking(control, wanted), wanted);
      for (const row of taken.flat() as T[]) if (rows.length < num) rows.push(row);
    }
    return rows;
  }

  /** Calls `fn` once for each partition, one after the other, with its rows and its index; awaited where it returns a promise. */
  async foreachPartition(fn: (values: Iterable<T>, partition: number) => unknown): Promise<void> {
    await this.#inScope(async (rdd) => {
      for (const partition of rdd.#all()) {
        const [rows] = await rdd.#run([partition], collecting);
        await fn(rows as T[], partition);
      }
    });
  }

  #all(): number[] {
    return Array.from({ length: this.getNumPartitions() }, (_, index) => index);
  }

  #narrow<U>(operator: NarrowOperator): RDD<U> {
    return new RDD<U>(this.engine, narrowed(this.#dataset, operator));
  }

  async #run<R>(
    partitions: readonly number[],
    open: (control: TaskControl) => Sink & { result(): R },
    rowsWanted?: number,
  ): Promise<R[]> {
    return this.#inScope((rdd, scope) =>
      runJob(rdd.engine, rdd.#dataset, scope, {
        partitions,
        open: (_, control) => open(control),
        ...(rowsWanted !== undefined && { rowsWanted }),
      }),
    );
  }

  /** Calls `use` with this RDD in its batch or, where it belongs to none, in a scope that ends with the call: all jobs in it share what shuffles made. */
  async #inScope<R>(use: (rdd: RDD<T>, scope: BatchScope) => Promise<R>): Promise<R> {
    if (this.#dataset.scope !== undefined) return use(this, this.#dataset.scope);
    const scope = new BatchScope();
    try {
      return await use(new RDD<T>(this.engine, { ...unshared(this.#dataset), scope }), scope);
    } finally {
      this.engine.release(scope);
    }
  }
}

function collecting(): Sink & { result(): unknown[] } {
  const rows: unknown[] = [];
  return { push: (row) => rows.push(row), end: () => {}, result: () => rows };
}

function taking(control: TaskControl, wanted: number): Sink & { result(): unknown[] } {
  const rows: unknown[] = [];
  return {
    push: (row) => {
      if (rows.length < wanted) rows.push(row);
      control.done = rows.length >= wanted;
    },
    end: () => {},
    result: () => rows,
  };
}
