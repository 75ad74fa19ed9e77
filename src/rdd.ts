import { KeyMap } from "./block/key.js";
import type { Engine } from "./engine.js";
import { ConfigError, PlanError } from "./errors.js";
import type { Row } from "./lowering/row.js";
import { checkSides, cogrouped, cogroupOperators, type JoinKind, joined, joinForm } from "./operators/cogroup.js";
import { CountOperator } from "./operators/count.js";
import { FilterOperator } from "./operators/filter.js";
import { FirstRowsOperator, firstOf } from "./operators/first-rows.js";
import { FlatMapOperator } from "./operators/flat-map.js";
import { GlomOperator } from "./operators/glom.js";
import { groupByKey } from "./operators/group-by-key.js";
import { KeyByOperator } from "./operators/key-by.js";
import { asPair, lambdaError, UserFunction } from "./operators/lambda.js";
import { MapOperator } from "./operators/map.js";
import { MapPartitionsOperator } from "./operators/map-partitions.js";
import { MapValuesOperator } from "./operators/map-values.js";
import { givenOrdering, naturalOrdering } from "./operators/ordering.js";
import { PartitionByOperator } from "./operators/partition-by.js";
import { reduceByKey } from "./operators/reduce-by-key.js";
import { RepartitionOperator } from "./operators/repartition.js";
import { SampleOperator } from "./operators/sample.js";
import { sketchSteps } from "./operators/sketch.js";
import { countMinKind, distinctKind, quantileKind, topKKind } from "./operators/sketch-kinds.js";
import { sorted } from "./operators/sort.js";
import * as steps from "./operators/steps.js";
import { cartesian, zippedWithIndex } from "./operators/zip-cartesian.js";
import { OBJECT_FILE, saveRDD, TEXT_FILE } from "./outputs/saved-files.js";
import {
  coalesced,
  type Dataset,
  keepFor,
  keepOf,
  narrowed,
  partitionCount,
  scopesRead,
  shuffled,
  united,
} from "./plan/dataset.js";
import type { NarrowOperator, Sink, TaskControl } from "./plan/operator.js";
import { Origin } from "./plan/origin.js";
import { checkPartitionCount, type Partitioner, type Partitioning, toPartitioner } from "./plan/partitioner.js";
import { BatchScope } from "./plan/scope.js";
import { checkStorageLevel, type StorageLevel } from "./plan/storage-level.js";
import { applySteps, type Step } from "./plan/stream-operator.js";
import * as actions from "./rdd-actions.js";
import type { CountMinOptions, CountMinSketch } from "./sketches/count-min.js";
import { type ApproxDistinctOptions, hyperLogLog, precisionFor } from "./sketches/hyper-log-log.js";
import type { SketchKind } from "./sketches/sketch.js";
import type { ApproxTopKOptions } from "./sketches/space-saving.js";
import type { ApproxQuantileOptions } from "./sketches/t-digest.js";

/** Factor by which `take` looks at more partitions each time it finds too few rows. */
const TAKE_SCALE = 4;

type AnyFunction = (...args: never[]) => unknown;
type Fn1 = (value: unknown) => unknown;
type Partitioned = { partitioning?: Partitioning };
type Fn2 = (a: unknown, b: unknown) => unknown;

let lastId = 0;

/**
 * One batch: an immutable, partitioned collection with lineage. Methods are lazy; those that return a promise run.
 *
 * An RDD of a batch can be read as long as its stream remembers the batch: until the next one is processed, or longer where windows or
 * `ssc.remember()` ask for it; then the memory of received data is given back, and reading them is a `PlanError`, code "batch-forgotten".
 *
 * Keys are compared by value. Where rows are brought together they come in order of first arrival (partition, then row). `partitioning` is a number of
 * partitions, by hash, or a partitioner; by default `defaultParallelism` partitions by hash. Functions that throw, and wrong shapes, fail the action with
 * a `PlanError` that names the method, where it was called, and a sample of the record.
 */
export class RDD<T> {
  /** Different for each RDD of the process. */
  readonly id: number = ++lastId;
  /** What runs its jobs. */
  readonly engine: Engine;
  readonly #dataset: Dataset;
  /** The batch that it was handed out in. */
  readonly #scope: BatchScope | undefined;

  /** @internal Made by streams and engines. */
  constructor(engine: Engine, dataset: Dataset, scope?: BatchScope) {
    this.engine = engine;
    this.#dataset = dataset;
    this.#scope = scope;
  }

  /** @internal The lineage. */
  static datasetOf<U>(rdd: RDD<U>): Dataset {
    return rdd.#dataset;
  }

  /** The number of partitions. */
  getNumPartitions(): number {
    return partitionCount(this.#dataset);
  }

  // ---------------------------------------------------------------- rows

  /** One row for each row. Order kept. */
  map<U extends Row>(fn: (value: T) => U): RDD<U> {
    return this.#narrow(new MapOperator(new Origin("map", this.map as AnyFunction), fn as Fn1));
  }

  /** The elements of what `fn` returns for each row. Order kept. */
  flatMap<U extends Row>(fn: (value: T) => Iterable<U>): RDD<U> {
    const origin = new Origin("flatMap", this.flatMap as AnyFunction);
    return this.#narrow(new FlatMapOperator(origin, fn as (value: unknown) => Iterable<unknown>));
  }

  /** The rows for which `fn` returns something truthy. Order kept. */
  filter<U extends T>(fn: (value: T) => value is U): RDD<U>;
  filter(fn: (value: T) => unknown): RDD<T>;
  filter(fn: (value: T) => unknown): RDD<T> {
    return this.#narrow(new FilterOperator(new Origin("filter", this.filter as AnyFunction), fn as Fn1));
  }

  /** What `fn` yields for the rows of each partition, empty ones too. `preservePartitioning` changes nothing here: rows stay where they are. */
  mapPartitions<U extends Row>(fn: (values: Iterable<T>) => Iterable<U>, _preservePartitioning?: boolean): RDD<U> {
    const origin = new Origin("mapPartitions", this.mapPartitions as AnyFunction);
    const call = (_index: number, rows: Iterable<unknown>) => fn(rows as Iterable<T>);
    return this.#narrow(new MapPartitionsOperator(origin, fn as AnyFunction, call));
  }

  /** As `mapPartitions`, with the index of each partition. */
  mapPartitionsWithIndex<U extends Row>(
    fn: (index: number, values: Iterable<T>) => Iterable<U>,
    _preservePartitioning?: boolean,
  ): RDD<U> {
    const origin = new Origin("mapPartitionsWithIndex", this.mapPartitionsWithIndex as AnyFunction);
    const call = (index: number, rows: Iterable<unknown>) => fn(index, rows as Iterable<T>);
    return this.#narrow(new MapPartitionsOperator(origin, fn as AnyFunction, call));
  }

  /** One row for each partition: the array of its rows. */
  glom(): RDD<T[]> {
    return this.#narrow(new GlomOperator());
  }

  /** The partitions of this RDD, then those of `that`. */
  union(that: RDD<T>): RDD<T> {
    return this.#made(united([this.#dataset, this.#other(that, "union")]));
  }

  /** The rows that are in both, each once, in order of first arrival here. */
  intersection(that: RDD<T>): RDD<T> {
    const origin = new Origin("intersection", this.intersection as AnyFunction);
    return this.#set(origin, that, ([left, right], row, push) => {
      if (left.length > 0 && right.length > 0) push(row);
    });
  }

  /** The rows that are not in `that`, as often as they are here; equal ones come together, in order of first arrival. */
  subtract(that: RDD<T>): RDD<T> {
    const origin = new Origin("subtract", this.subtract as AnyFunction);
    return this.#set(origin, that, ([left, right], _row, push) => {
      if (right.length === 0) for (const row of left) push(row);
    });
  }

  /** Each row once, in order of first arrival. */
  distinct(numPartitions?: number): RDD<T> {
    const origin = new Origin("distinct", this.distinct as AnyFunction);
    return this.#chain(steps.distinctSteps(origin, this.#partitioner(numPartitions, "numPartitions of distinct")));
  }

  /** Every pair of a row here and a row there: a partition for each pair of partitions. **Cost:** all rows of both are held at once. */
  cartesian<U>(that: RDD<U>): RDD<[T, U]> {
    return this.#made(cartesian(this.#dataset, this.#other(that, "cartesian")));
  }

  /** Each row with its index, in the order of partitions. */
  zipWithIndex(): RDD<[T, number]> {
    return this.#made(zippedWithIndex(this.#dataset));
  }

  /** Each row as the value of a pair whose key is what `fn` returns for it. */
  keyBy<K>(fn: (value: T) => K): RDD<[K, T]> {
    return this.#narrow(new KeyByOperator(new Origin("keyBy", this.keyBy as AnyFunction), fn as Fn1));
  }

  /** For each key that `fn` gives the array of its rows. */
  groupBy<K>(fn: (value: T) => K): RDD<[K, T[]]> {
    const origin = new Origin("groupBy", this.groupBy as AnyFunction);
    const partitioner = this.#partitioner(undefined, "groupBy");
    return this.#chain([
      steps.narrow(new KeyByOperator(origin, fn as Fn1)),
      steps.shuffle(groupByKey(origin, partitioner)),
    ]);
  }

  /**
   * All rows in the order of what `fn` returns, as JavaScript's `<` says (strings by UTF-16 units), NaN and undefined last either way; rows with equal keys
   * keep their order and stay in one partition. By default `defaultParallelism` partitions. **Cost:** all rows are held at once.
   */
  sortBy<K>(fn: (value: T) => K, ascending = true, numPartitions?: number): RDD<T> {
    return this.#sorted(new Origin("sortBy", this.sortBy as AnyFunction), fn as Fn1, ascending, numPartitions);
  }

  /**
   * A random sample: each row with probability `fraction` or, with replacement, `fraction` times on average. The same seed and partitions give the same
   * rows. **Errors:** `ConfigError` "invalid-option".
   */
  sample(withReplacement: boolean, fraction: number, seed: number): RDD<T> {
    const most = withReplacement ? Number.MAX_VALUE : 1;
    if (typeof fraction !== "number" || !(fraction >= 0 && fraction <= most)) {
      const rule = withReplacement ? "a number from 0" : "a number from 0 to 1";
      throw new ConfigError(`The fraction of sample must be ${rule}, got ${String(fraction)}.`, {
        code: "invalid-option",
        details: { option: "fraction", got: fraction },
      });
    }
    if (!Number.isSafeInteger(seed)) {
      throw new ConfigError(`The seed of sample must be a whole number, got ${String(seed)}.`, {
        code: "invalid-option",
        details: { option: "seed", got: seed },
      });
    }
    return this.#narrow(new SampleOperator(withReplacement, fraction, seed));
  }

  /** Exactly `numPartitions` partitions: row i of partition p goes to partition (p + i) mod n. */
  repartition(numPartitions: number): RDD<T> {
    checkPartitionCount(numPartitions, "numPartitions of repartition");
    return this.#made(shuffled(this.#dataset, new RepartitionOperator(numPartitions)));
  }

  /** At most `numPartitions` partitions, neighbours put together: no row moves further. */
  coalesce(numPartitions: number): RDD<T> {
    checkPartitionCount(numPartitions, "numPartitions of coalesce");
    return this.#made(coalesced(this.#dataset, Math.min(numPartitions, this.getNumPartitions())));
  }

  // ---------------------------------------------------------------- keeping

  /**
   * Keeps what is computed of this RDD at a level, until `unpersist()`, the end of the engine or, of a batch, until that is forgotten. `MEMORY_ONLY` (the
   * default) keeps values, `_SER` bytes, `DISK` a temporary file; `_2` has no more copies, as there is one machine. What finds no room is computed again.
   * **Errors:** `ConfigError` "invalid-storage-level"; "no-files" for a level with a disk where the host has none; `PlanError` "storage-level-set".
   */
  persist(level: StorageLevel = "MEMORY_ONLY"): this {
    checkStorageLevel(level, "The level of persist", this.engine.host);
    const keep = keepOf(this.#dataset);
    if (keep?.isExplicit && keep.level !== level) {
      throw new PlanError(
        `Cannot change storage level of an RDD after it was already assigned a level: it is ${keep.level}, ${level} was asked for. unpersist() it first.`,
        { code: "storage-level-set", details: { level: keep.level, asked: level } },
      );
    }
    if (keep) return this;
    const { scope } = keepFor(this.#dataset, { level, isExplicit: true, byProgram: true });
    if (this.#scope?.released === false) this.#scope.adopt(scope);
    return this;
  }

  /** `persist("MEMORY_ONLY")`. */
  cache(): this {
    return this.persist();
  }

  /** Forgets what `persist()` has kept: it is computed again when it is needed. What a stream keeps for itself stays until it forgets the batch. */
  unpersist(): this {
    const { keep } = this.#dataset;
    if (!keep?.byProgram) return this;
    this.#dataset.keep = undefined;
    this.engine.release(keep.scope);
    return this;
  }

  // ---------------------------------------------------------------- pairs

  /** The keys of the pairs. */
  keys<K, V>(this: RDD<[K, V]>): RDD<K> {
    return this.#narrow(steps.keysOperator(new Origin("keys", this.keys as AnyFunction)));
  }

  /** The values of the pairs. */
  values<K, V>(this: RDD<[K, V]>): RDD<V> {
    return this.#narrow(steps.valuesOperator(new Origin("values", this.values as AnyFunction)));
  }

  /** The pairs with what `fn` makes of their values. */
  mapValues<K, V, U>(this: RDD<[K, V]>, fn: (value: V) => U): RDD<[K, U]> {
    const origin = new Origin("mapValues", this.mapValues as AnyFunction);
    return this.#narrow(new MapValuesOperator(origin, fn as Fn1, { flat: false }));
  }

  /** For each pair a pair with each element of what `fn` makes of its value. */
  flatMapValues<K, V, U>(this: RDD<[K, V]>, fn: (value: V) => Iterable<U>): RDD<[K, U]> {
    const origin = new Origin("flatMapValues", this.flatMapValues as AnyFunction);
    return this.#narrow(new MapValuesOperator(origin, fn as Fn1, { flat: true }));
  }

  /** One pair for each key, its values reduced by `fn`, which must be associative: in each partition first, then across partitions in their order. */
  reduceByKey<K, V>(this: RDD<[K, V]>, fn: (a: V, b: V) => V, partitioning?: Partitioning): RDD<[K, V]> {
    const origin = new Origin("reduceByKey", this.reduceByKey as AnyFunction);
    return this.#shuffle(reduceByKey(origin, fn as Fn2, this.#partitioner(partitioning, "reduceByKey")));
  }

  /** For each key the array of its values, in the order of records, then of partitions. */
  groupByKey<K, V>(this: RDD<[K, V]>, partitioning?: Partitioning): RDD<[K, V[]]> {
    const origin = new Origin("groupByKey", this.groupByKey as AnyFunction);
    return this.#shuffle(groupByKey(origin, this.#partitioner(partitioning, "groupByKey")));
  }

  /** One pair for each key, its values combined by functions: `create` for the first value, `mergeValue` for more, `mergeCombiners` across partitions. */
  combineByKey<K, V, C>(
    this: RDD<[K, V]>,
    create: (value: V) => C,
    mergeValue: (c: C, value: V) => C,
    mergeCombiners: (a: C, b: C) => C,
    partitioning?: Partitioning,
  ): RDD<[K, C]> {
    const origin = new Origin("combineByKey", this.combineByKey as AnyFunction);
    const functions = { create, mergeValue, mergeCombiners } as unknown as steps.CombineFunctions;
    const partitioner = this.#partitioner(partitioning, "combineByKey");
    return this.#shuffle(steps.combineByKey(origin, functions, partitioner, true));
  }

  /** As `combineByKey`, starting from a copy of `zero` for each key and partition. */
  aggregateByKey<K, V, C>(
    this: RDD<[K, V]>,
    zero: C,
    seq: (c: C, value: V) => C,
    comb: (a: C, b: C) => C,
    partitioning?: Partitioning,
  ): RDD<[K, C]> {
    const origin = new Origin("aggregateByKey", this.aggregateByKey as AnyFunction);
    const partitioner = this.#partitioner(partitioning, "aggregateByKey");
    return this.#shuffle(steps.aggregateByKey(origin, zero, seq as Fn2, comb as Fn2, partitioner));
  }

  /** The pairs as they are, brought to the partitions of their keys. */
  partitionBy<K, V>(this: RDD<[K, V]>, partitioning: Partitioning): RDD<[K, V]> {
    const origin = new Origin("partitionBy", this.partitionBy as AnyFunction);
    return this.#shuffle(new PartitionByOperator(origin, this.#partitioner(partitioning, "partitionBy")));
  }

  /** All pairs in the order of their keys; as `sortBy`. */
  sortByKey<K, V>(this: RDD<[K, V]>, ascending = true, numPartitions?: number): RDD<[K, V]> {
    const origin = new Origin("sortByKey", this.sortByKey as AnyFunction);
    return this.#sorted(origin, undefined, ascending, numPartitions);
  }

  /** For every key of either RDD its values here and its values there. */
  cogroup<K, V, W>(this: RDD<[K, V]>, that: RDD<[K, W]>, partitioning?: Partitioning): RDD<[K, [V[], W[]]]> {
    return this.#cogroup(new Origin("cogroup", this.cogroup as AnyFunction), that, partitioning);
  }

  /** As `cogroup`, of this RDD and up to three others: for every key of some of them its values in each. */
  groupWith<K, V, W extends unknown[]>(
    this: RDD<[K, V]>,
    ...others: { [I in keyof W]: RDD<[K, W[I]]> }
  ): RDD<[K, [V[], ...{ [I in keyof W]: W[I][] }]]> {
    return this.#groupWith(new Origin("groupWith", this.groupWith as AnyFunction), others);
  }

  /** For every key of both RDDs each value here with each value there. */
  join<K, V, W>(this: RDD<[K, V]>, that: RDD<[K, W]>, partitioning?: Partitioning): RDD<[K, [V, W]]> {
    return this.#cogroup(new Origin("join", this.join as AnyFunction), that, partitioning, "inner");
  }

  /** As `join`; a key that is only here has `undefined` on the right. */
  leftOuterJoin<K, V, W>(
    this: RDD<[K, V]>,
    that: RDD<[K, W]>,
    partitioning?: Partitioning,
  ): RDD<[K, [V, W | undefined]]> {
    return this.#cogroup(new Origin("leftOuterJoin", this.leftOuterJoin as AnyFunction), that, partitioning, "left");
  }

  /** As `join`; a key that is only there has `undefined` on the left. */
  rightOuterJoin<K, V, W>(
    this: RDD<[K, V]>,
    that: RDD<[K, W]>,
    partitioning?: Partitioning,
  ): RDD<[K, [V | undefined, W]]> {
    return this.#cogroup(new Origin("rightOuterJoin", this.rightOuterJoin as AnyFunction), that, partitioning, "right");
  }

  /** As `join`; a key that is only on one side has `undefined` on the other. */
  fullOuterJoin<K, V, W>(
    this: RDD<[K, V]>,
    that: RDD<[K, W]>,
    partitioning?: Partitioning,
  ): RDD<[K, [V | undefined, W | undefined]]> {
    return this.#cogroup(new Origin("fullOuterJoin", this.fullOuterJoin as AnyFunction), that, partitioning, "full");
  }

  // ---------------------------------------------------------------- sketches

  /** About how many rows differ; as `DStream.approxDistinct`. */
  approxDistinct(options?: ApproxDistinctOptions): Promise<number> {
    const origin = new Origin("approxDistinct", this.approxDistinct as AnyFunction);
    return this.#sketch(origin, distinctKind(origin.name, false, options));
  }

  /** For each key about how many of its values differ; as `DStream.approxDistinctByKey`. */
  approxDistinctByKey<K, V>(this: RDD<[K, V]>, options?: ApproxDistinctOptions & Partitioned): RDD<[K, number]> {
    const origin = new Origin("approxDistinctByKey", this.approxDistinctByKey as AnyFunction);
    return this.#sketchByKey(origin, distinctKind(origin.name, true, options), options?.partitioning);
  }

  /** `approxDistinct` by Spark's name, with the least precision that has this relative standard deviation, from 0.0021 on (precision 18). */
  countApproxDistinct(relativeSD = 0.05): Promise<number> {
    const origin = new Origin("countApproxDistinct", this.countApproxDistinct as AnyFunction);
    return this.#sketch(origin, hyperLogLog(origin.name, precisionFor(origin.name, relativeSD)));
  }

  /** `approxDistinctByKey` by Spark's name, with the least precision that has this relative standard deviation, from 0.0021 on (precision 18). */
  countApproxDistinctByKey<K, V>(this: RDD<[K, V]>, relativeSD = 0.05, partitioning?: Partitioning): RDD<[K, number]> {
    const origin = new Origin("countApproxDistinctByKey", this.countApproxDistinctByKey as AnyFunction);
    return this.#sketchByKey(origin, hyperLogLog(origin.name, precisionFor(origin.name, relativeSD)), partitioning);
  }

  /** What `DStream.approxTopK` gives for a batch, of all rows. */
  approxTopK(k: number, options?: ApproxTopKOptions): Promise<Array<[T, number]>> {
    const origin = new Origin("approxTopK", this.approxTopK as AnyFunction);
    return this.#sketch(origin, topKKind<T>(origin.name, false, k, options));
  }

  /** What `DStream.approxTopKByKey` gives for a batch. */
  approxTopKByKey<K, V>(
    this: RDD<[K, V]>,
    k: number,
    options?: ApproxTopKOptions & Partitioned,
  ): RDD<[K, Array<[V, number]>]> {
    const origin = new Origin("approxTopKByKey", this.approxTopKByKey as AnyFunction);
    return this.#sketchByKey(origin, topKKind<V>(origin.name, true, k, options), options?.partitioning);
  }

  /** What `DStream.approxQuantile` gives for a batch, of all rows. */
  approxQuantile(
    this: RDD<number>,
    probabilities: readonly number[],
    options?: ApproxQuantileOptions,
  ): Promise<number[]> {
    const origin = new Origin("approxQuantile", this.approxQuantile as AnyFunction);
    return this.#sketch(origin, quantileKind(origin.name, false, probabilities, options));
  }

  /** What `DStream.approxQuantileByKey` gives for a batch. */
  approxQuantileByKey<K>(
    this: RDD<[K, number]>,
    probabilities: readonly number[],
    options?: ApproxQuantileOptions & Partitioned,
  ): RDD<[K, number[]]> {
    const origin = new Origin("approxQuantileByKey", this.approxQuantileByKey as AnyFunction);
    return this.#sketchByKey(origin, quantileKind(origin.name, true, probabilities, options), options?.partitioning);
  }

  /** What `DStream.countMin` gives for a batch, of all rows. */
  countMin(options?: CountMinOptions): Promise<CountMinSketch> {
    const origin = new Origin("countMin", this.countMin as AnyFunction);
    return this.#sketch(origin, countMinKind(origin.name, false, options));
  }

  /** What `DStream.countMinByKey` gives for a batch. */
  countMinByKey<K, V>(this: RDD<[K, V]>, options?: CountMinOptions & Partitioned): RDD<[K, CountMinSketch]> {
    const origin = new Origin("countMinByKey", this.countMinByKey as AnyFunction);
    return this.#sketchByKey(origin, countMinKind(origin.name, true, options), options?.partitioning);
  }

  // ---------------------------------------------------------------- actions

  /** All rows, in the order of partitions. */
  async collect(): Promise<T[]> {
    return actions.joined(await this.#run(this.#all(), actions.collecting)) as T[];
  }

  /** The number of rows, counted without decoding them where they are in the kernel. */
  async count(): Promise<number> {
    const counts = this.#narrow<number>(new CountOperator());
    return (await counts.collect()).reduce((sum, count) => sum + count, 0);
  }

  /** Whether there are no rows. */
  async isEmpty(): Promise<boolean> {
    return (await this.take(1)).length === 0;
  }

  /** The first row. An empty RDD has none: `PlanError`, code "empty". */
  async first(): Promise<T> {
    const rows = await this.take(1);
    if (rows.length === 0) throw emptyError("An empty RDD has no first row: ask isEmpty() before.");
    return rows[0]!;
  }

  /** The first `num` rows, in the order of partitions; only as many partitions run, and only as many rows are decoded, as are needed. */
  async take(num: number): Promise<T[]> {
    checkCount(num, "take");
    return this.#inScope((rdd) => rdd.#take(num));
  }

  /** The `num` largest rows, the largest first, by `compare` or as JavaScript's `<` says, NaN and undefined last. */
  top(num: number, compare?: (a: T, b: T) => number): Promise<T[]> {
    return this.#ordered(new Origin("top", this.top as AnyFunction), num, compare as Fn2 | undefined, true);
  }

  /** The `num` smallest rows, the smallest first, by `compare` or as JavaScript's `<` says, NaN and undefined last. */
  takeOrdered(num: number, compare?: (a: T, b: T) => number): Promise<T[]> {
    return this.#ordered(new Origin("takeOrdered", this.takeOrdered as AnyFunction), num, compare as Fn2, false);
  }

  /** All rows as one: reduced in each partition first, then across partitions in their order. An empty RDD: `PlanError`, code "empty". */
  async reduce(fn: (a: T, b: T) => T): Promise<T> {
    const origin = new Origin("reduce", this.reduce as AnyFunction);
    const rows = await this.#chain<T>(steps.reduceSteps(origin, fn as Fn2)).collect();
    if (rows.length === 0) throw emptyError("An empty RDD cannot be reduced: ask isEmpty() before, or fold() it.");
    return rows[0]!;
  }

  /** All rows as one, starting from `zero` in each partition and once more across partitions. */
  fold(zero: T, fn: (a: T, b: T) => T): Promise<T> {
    return this.#aggregate(new Origin("fold", this.fold as AnyFunction), zero, fn as Fn2, fn as Fn2) as Promise<T>;
  }

  /** As `fold`, with one function for the rows of a partition and one across partitions. */
  aggregate<C>(zero: C, seq: (c: C, value: T) => C, comb: (a: C, b: C) => C): Promise<C> {
    const origin = new Origin("aggregate", this.aggregate as AnyFunction);
    return this.#aggregate(origin, zero, seq as Fn2, comb as Fn2) as Promise<C>;
  }

  /** How often each row is there, by value; a composite one is the object that came first. */
  async countByValue(): Promise<Map<T, number>> {
    return actions.toMap(actions.countedByValue(await this.collect()));
  }

  /** How many pairs each key has. */
  async countByKey<K, V>(this: RDD<[K, V]>): Promise<Map<K, number>> {
    return actions.toMap(actions.countedByValue(await this.keys().collect()));
  }

  /** The pairs as a map; of a key that comes several times the last value. */
  async collectAsMap<K, V>(this: RDD<[K, V]>): Promise<Map<K, V>> {
    const origin = new Origin("collectAsMap", this.collectAsMap as AnyFunction);
    const map = new KeyMap<V>();
    for (const row of await this.collect()) {
      const [key, value] = asPair(origin, row);
      map.set(key, value as V);
    }
    return actions.toMap(map);
  }

  /** Calls `fn` for each row, one partition after the other. */
  async foreach(fn: (value: T) => void): Promise<void> {
    const origin = new Origin("foreach", this.foreach as AnyFunction);
    const { call } = new UserFunction(origin, fn as Fn1);
    const each = (row: unknown) => {
      try {
        call(row);
      } catch (error) {
        throw lambdaError(origin, row, error);
      }
    };
    await this.#run(this.#all(), () => actions.calling(each));
  }

  /** Calls `fn` once for each partition, one after the other, with its rows and its index; awaited where it returns a promise. */
  async foreachPartition(fn: (values: Iterable<T>, partition: number) => unknown): Promise<void> {
    if (typeof fn !== "function") {
      throw new PlanError(`foreachPartition needs a function, got ${typeof fn}.`, { code: "not-a-function" });
    }
    await this.#inScope(async (rdd) => {
      for (const partition of rdd.#all()) {
        const [rows] = await rdd.#run([partition], actions.collecting);
        await fn(rows as T[], partition);
      }
    });
  }

  /**
   * Saves all rows as text in a folder: a row a line, as `print` shows it, in `part-00000`... , one a partition, then an empty `_SUCCESS`. Parts are written
   * one after the other, and get their names when all are written. `OutputError` "output-exists" where something is in the folder, "output-failed".
   */
  saveAsTextFile(path: string): Promise<void> {
    return saveRDD(this, this.engine.host, path, TEXT_FILE);
  }

  /** As `saveAsTextFile`, with rows of any value in the format that `engine.objectFile` reads. */
  saveAsObjectFile(path: string): Promise<void> {
    return saveRDD(this, this.engine.host, path, OBJECT_FILE);
  }

  /**
   * All rows as an Apache Arrow IPC stream: a schema, a record batch for each partition or block that has rows, the end. Strings are Utf8 (a lone
   * surrogate becomes U+FFFD), numbers Float64, booleans Bool, bigints Int64, dates Timestamp (ms, UTC), bytes Binary; null and undefined are null.
   * Records are columns by name, arrays columns `_1`, `_2`..., other rows a column `value`; within rows records are Struct, arrays List or, of one length
   * and several types, Struct of `_1`, `_2`... Without rows there are no columns unless the kernel knows them.
   * **Errors:** `PlanError` "not-columnar" where a column mixes types or has values that Arrow has not. **Cost:** the bytes are held at once; what
   * lies in the kernel as columns is copied without values being made.
   */
  async toArrowIPC(): Promise<Uint8Array> {
    const { arrowParts, streamOfParts } = await import("./outputs/arrow.js");
    const parts = await this.#inScope((rdd, scope) =>
      rdd.engine.runJob(rdd.#dataset, scope, { partitions: rdd.#all(), ...arrowParts(rdd.engine) }),
    );
    return streamOfParts(parts.flat());
  }

  // ---------------------------------------------------------------- within

  async #take(num: number): Promise<T[]> {
    const rows: T[] = [];
    const partitions = this.#all();
    for (let count = 1; partitions.length > 0 && rows.length < num; count *= TAKE_SCALE) {
      const wanted = num - rows.length;
      const taken = await this.#run(partitions.splice(0, count), (control) => actions.taking(control, wanted), wanted);
      for (const row of taken.flat() as T[]) if (rows.length < num) rows.push(row);
    }
    return rows;
  }

  async #ordered(origin: Origin, num: number, compare: Fn2 | undefined, descends: boolean): Promise<T[]> {
    checkCount(num, origin.name);
    const ordering = compare
      ? givenOrdering(origin, compare as (a: unknown, b: unknown) => number, descends)
      : naturalOrdering(descends);
    const candidates = this.#narrow<T>(new FirstRowsOperator(origin.name, num, ordering));
    return firstOf(await candidates.collect(), num, ordering.compare) as T[];
  }

  async #aggregate(origin: Origin, zero: unknown, seq: Fn2, comb: Fn2): Promise<unknown> {
    const copy = steps.copierOf(origin, zero);
    const add = guarded(origin, seq);
    const parts = await this.#run(this.#all(), () => actions.folding(copy(), add));
    return parts.reduce(guarded(origin, comb), copy());
  }

  /** What one sketch of all rows says. */
  async #sketch<R>(origin: Origin, kind: SketchKind<R>): Promise<R> {
    const [result] = await this.#chain<R>(sketchSteps(origin, kind, toPartitioner(1, 1, ""), false)).collect();
    return result!;
  }

  #sketchByKey<K, R>(origin: Origin, kind: SketchKind<R>, partitioning: Partitioning | undefined): RDD<[K, R]> {
    return this.#chain(sketchSteps(origin, kind, this.#partitioner(partitioning, origin.name), true));
  }

  #sorted<U>(origin: Origin, key: Fn1 | undefined, ascending: boolean, numPartitions: number | undefined): RDD<U> {
    const { numPartitions: count } = this.#partitioner(numPartitions, `numPartitions of ${origin.name}`);
    return this.#made(sorted(this.#dataset, { origin, key, ascending, partitionCount: count }));
  }

  #cogroup<U, W>(origin: Origin, that: RDD<W>, partitioning: Partitioning | undefined, kind?: JoinKind): RDD<U> {
    const partitioner = this.#partitioner(partitioning, origin.name);
    const operators = cogroupOperators(origin, partitioner);
    const other = this.#other(that, origin.name);
    if (kind === undefined) return this.#made(cogrouped([this.#dataset, other], operators));
    return this.#made(joined(this.#dataset, other, operators, joinForm(origin, partitioner, kind)));
  }

  #groupWith<U>(origin: Origin, others: ReadonlyArray<RDD<unknown>>): RDD<U> {
    checkSides(origin.name, others.length);
    const sides = [this.#dataset, ...others.map((that) => this.#other(that, origin.name))];
    const operators = cogroupOperators(origin, this.#partitioner(undefined, origin.name), sides.length);
    return this.#made(cogrouped(sides, operators));
  }

  #set(origin: Origin, that: RDD<T>, each: Parameters<typeof steps.setOperation>[4]): RDD<T> {
    const partitioner = this.#partitioner(undefined, origin.name);
    return this.#made(steps.setOperation(origin, this.#dataset, this.#other(that, origin.name), partitioner, each));
  }

  #partitioner(partitioning: Partitioning | undefined, subject: string): Partitioner {
    return toPartitioner(partitioning, this.engine.defaultParallelism, `partitioning of ${subject}`);
  }

  #other<U>(that: RDD<U>, method: string): Dataset {
    if (!(that instanceof RDD)) {
      throw new PlanError(`${method} needs an RDD, got ${typeof that}.`, { code: "not-an-rdd" });
    }
    if (that.engine !== this.engine) {
      throw new PlanError(`${method} needs RDDs of one engine: make both from the same one.`, { code: "other-engine" });
    }
    return that.#dataset;
  }

  #all(): number[] {
    return Array.from({ length: this.getNumPartitions() }, (_, index) => index);
  }

  #made<U>(dataset: Dataset): RDD<U> {
    return new RDD<U>(this.engine, dataset, this.#scope);
  }

  #narrow<U>(operator: NarrowOperator): RDD<U> {
    return this.#made(narrowed(this.#dataset, operator));
  }

  #shuffle<U>(operator: Parameters<typeof shuffled>[1]): RDD<U> {
    return this.#made(shuffled(this.#dataset, operator));
  }

  #chain<U>(chain: readonly Step[]): RDD<U> {
    return this.#made(applySteps(this.#dataset, chain));
  }

  #run<R>(
    partitions: readonly number[],
    open: (control: TaskControl) => Sink & { result(): R },
    rowsWanted?: number,
  ): Promise<R[]> {
    return this.#inScope((rdd, scope) =>
      rdd.engine.runJob(rdd.#dataset, scope, {
        partitions,
        open: (_, control) => open(control),
        ...(rowsWanted !== undefined && { rowsWanted }),
      }),
    );
  }

  /** Calls `use` with this RDD in its batch or, where that is over, in a scope that ends with the call: all jobs in it share what shuffles made. */
  async #inScope<R>(use: (rdd: RDD<T>, scope: BatchScope) => Promise<R>): Promise<R> {
    const isInBatch = this.#scope?.released === false;
    const scope = isInBatch ? this.#scope! : new BatchScope(this.#scope?.batch);
    const used = use(isInBatch ? this : new RDD<T>(this.engine, this.#dataset, scope), scope);
    if (isInBatch) scope.retainUntil(used);
    // Of the past that a window reads nothing is given back meanwhile.
    for (const read of scopesRead(this.#dataset)) if (read !== scope) read.retainUntil(used);
    try {
      return await used;
    } finally {
      if (!isInBatch) this.engine.release(scope);
    }
  }
}

function guarded(origin: Origin, fn: Fn2): Fn2 {
  const { call } = new UserFunction(origin, fn);
  return (a, b) => {
    try {
      return call(a, b);
    } catch (error) {
      throw lambdaError(origin, [a, b], error);
    }
  };
}

function checkCount(num: number, method: string): void {
  if ((Number.isInteger(num) && num >= 0) || num === Number.POSITIVE_INFINITY) return;
  throw new PlanError(`${method} needs a number of rows from 0 to Infinity, got ${String(num)}.`, {
    code: "invalid-count",
    details: { num },
  });
}

function emptyError(message: string): PlanError {
  return new PlanError(message, { code: "empty" });
}
