import { MillraceError, PlanError, reasonOf } from "./errors.js";
import { type Aggregation, partsOfAggregation } from "./forms/aggregation.js";
import { keysOf, recordFunction, valueFunctions } from "./forms/group.js";
import type { FormMark, Literal, ValueIn } from "./forms/types.js";
import { GroupedDStream } from "./grouped-stream.js";
import { givenBatches } from "./guarantee.js";
import { loweringLoaded } from "./lowering/door.js";
import type { Row } from "./lowering/row.js";
import { CogroupStream, checkSides, type JoinKind } from "./operators/cogroup.js";
import type { CombineByKeyOperator } from "./operators/combine-by-key.js";
import { FilterOperator } from "./operators/filter.js";
import { FlatMapOperator } from "./operators/flat-map.js";
import { GlomOperator } from "./operators/glom.js";
import { groupByKey, groupValuesByKey } from "./operators/group-by-key.js";
import { InverseWindowStream } from "./operators/inverse-window.js";
import { KeyByOperator } from "./operators/key-by.js";
import { MapOperator } from "./operators/map.js";
import { MapPartitionsOperator } from "./operators/map-partitions.js";
import { MapValuesOperator } from "./operators/map-values.js";
import { MapWithStateStream, mappingInKernel, StateSnapshotsStream } from "./operators/map-with-state.js";
import {
  ReadLinesStream,
  type Reject,
  RejectedLinesOperator,
  RejectsOperator,
  readingLines,
} from "./operators/read-lines.js";
import { type Reducer, reduceByKey } from "./operators/reduce-by-key.js";
import { RepartitionOperator } from "./operators/repartition.js";
import { SketchResultOperator, sketchByKey, sketchSteps } from "./operators/sketch.js";
import { countMinKind, distinctKind, quantileKind, topKKind } from "./operators/sketch-kinds.js";
import * as steps from "./operators/steps.js";
import { lineages, TransformStream } from "./operators/transform.js";
import { onePerRow, underNoKey, valuesAlone } from "./operators/under-no-key.js";
import { UnionStream } from "./operators/union.js";
import { UpdateStateByKeyStream, type UpdateStateOptions } from "./operators/update-state-by-key.js";
import { WindowStream } from "./operators/window.js";
import { WindowByKeyStream } from "./operators/window-by-key.js";
import { checkOptionNames } from "./option-names.js";
import { type Batch, BatchesOutput } from "./outputs/batches.js";
import { printed } from "./outputs/print.js";
import { batchSaver, inFolders, OBJECT_FILE, TEXT_FILE } from "./outputs/saved-files.js";
import type { Dataset } from "./plan/dataset.js";
import { explain } from "./plan/explain.js";
import { checkForms, hasForms } from "./plan/form-check.js";
import type { NarrowOperator } from "./plan/operator.js";
import { Origin } from "./plan/origin.js";
import { checkPartitionCount, type Partitioner, type Partitioning, toPartitioner } from "./plan/partitioner.js";
import { checkStorageLevel, type StorageLevel } from "./plan/storage-level.js";
import type { Output } from "./plan/stream-graph.js";
import type { StreamNode } from "./plan/stream-node.js";
import { ChainOperator, type Step, type StreamOperator } from "./plan/stream-operator.js";
import { RDD } from "./rdd.js";
import { checkedSchema } from "./schema/check.js";
import { type CsvOptions, checkedCsv } from "./schema/csv-options.js";
import type { RowOf, Schema } from "./schema/field.js";
import type { LineFormat } from "./schema/format.js";
import type { CountMinOptions, CountMinSketch } from "./sketches/count-min.js";
import type { ApproxDistinctOptions } from "./sketches/hyper-log-log.js";
import type { SketchKind } from "./sketches/sketch.js";
import type { ApproxTopKOptions } from "./sketches/space-saving.js";
import type { ApproxQuantileOptions } from "./sketches/t-digest.js";
import type { State } from "./state/current-state.js";
import { StateSpec } from "./state-spec.js";
import {
  checkedTime,
  checkFunction,
  positiveDuration,
  type WindowDurations,
  windowDurations,
} from "./stream-checks.js";
import type { StreamingContext } from "./streaming-context.js";
import type { Duration, DurationLike } from "./time/duration.js";
import { Time } from "./time/time.js";

/** Rows that `print` shows where no number is given. */
const PRINT_ROWS = 10;

type AnyFunction = (...args: never[]) => unknown;
type Fn1 = (value: unknown) => unknown;
type Partitioned = { partitioning?: Partitioning };
/** Forms of rows of type `T`, by the names of fields. */
type FieldsOf<T> = { readonly [name: string]: (FormMark & ((row: T) => unknown)) | Literal };

/** What a transform may return. */
type Transformed<U> = RDD<U> | Promise<RDD<U>>;

/** Which run of a batch an output sees. */
export interface BatchRun {
  /** 1, and more where the batch runs again after a recovery: outputs of earlier runs may have happened. */
  readonly attempt: number;
}

/** Options of `updateStateByKey`. */
export interface UpdateStateByKeyOptions<K, S> {
  /** Partitions of the state. Default: `defaultParallelism`, by hash. */
  partitioning?: Partitioning;
  /** State before the first batch. */
  initial?: RDD<[K, S]> | Iterable<[K, S]>;
}

/**
 * A discretized stream: one RDD for each batch time, or none. Missing values are `undefined`.
 *
 * Keys are compared by value: primitives as in a `Map` (-0 is 0, NaN is NaN), arrays and plain objects deeply, dates by time, bytes by type and content.
 * Where rows are brought together they come in order of first arrival (partition, then row); windows begin with the oldest pane, state keeps the order of
 * insertion. `partitioning` is a number of partitions, by hash, or a partitioner; by default `defaultParallelism` partitions by hash.
 *
 * Lambdas get exactly one argument where one is named here, so `map(parseInt)` works. A lambda runs in the kernel where that is proven to give the
 * same result, and as JavaScript otherwise: `explain()` says which and why. One that throws, or returns the wrong shape, fails the batch with a `PlanError`
 * that names the method, where it was called, and a sample of the record.
 */
export class DStream<T> {
  /** The context that the stream belongs to. */
  readonly context: StreamingContext;
  readonly #node: StreamNode;

  /** @internal Made by contexts and other streams. */
  constructor(context: StreamingContext, node: StreamNode) {
    this.context = context;
    this.#node = node;
  }

  /** @internal The place in the graph. */
  static nodeOf<U>(stream: DStream<U>): StreamNode {
    return stream.#node;
  }

  /** How often the stream has a batch. */
  get slideDuration(): Duration {
    return this.#node.slideDuration;
  }

  /** How often the stream is checkpointed; undefined where it is not, and before the start where nothing was asked for. */
  get checkpointDuration(): Duration | undefined {
    return this.#node.checkpointDuration;
  }

  /** How long batches are remembered; undefined before the start. */
  get rememberDuration(): Duration | undefined {
    return this.#node.rememberDuration;
  }

  /** At which level batches are kept while they are remembered; undefined where they are computed again when needed. */
  get storageLevel(): StorageLevel | undefined {
    return this.#node.storageLevel;
  }

  /** Names the operator, for `explain()`. */
  named(name: string): this {
    if (typeof name !== "string" || name === "") {
      throw new PlanError(`named needs a name, a string of one character at least, got ${JSON.stringify(name)}.`, {
        code: "invalid-name",
        details: { got: name },
      });
    }
    this.#node.label = name;
    return this;
  }

  /**
   * Where each operator runs, kernel or JavaScript, and why: a line for each stage, then one for each operator, indented, and the threads of its closures. On hosts that cannot
   * load modules at once, complete only after `start()`.
   */
  explain(): string {
    this.context.engine.loadLowering();
    return explain(this.#node, this.context.threadsFor);
  }

  // ---------------------------------------------------------------- rows

  /**
   * Lines of JSON, one object each, as rows of a schema: `lines.json({ user: utf8, at: i64, price: f64, geo: { lat: f64, lon: f64 }, tags: list(utf8) })`. Fields
   * come in the order of the schema; one that a line lacks is `undefined`, `null` stays `null`, of two with one name the last counts, fields that are not
   * declared are left out. A line that is no such object goes to `rejects`, and is counted in `onRecordsRejected`. Order kept.
   * **Errors:** `PlanError` "invalid-schema".
   */
  json<S extends Schema>(this: DStream<string>, schema: S): ReadDStream<RowOf<S>> {
    return this.#read({ kind: "json", schema: checkedSchema("json", schema) });
  }

  /**
   * Lines of CSV as rows of a schema, whose fields are the columns in their order: `lines.csv({ id: i64, name: utf8, price: f64 }, { delimiter: ";" })`. An empty
   * cell without quotes is `undefined`, in a column of text "". A line with other cells goes to `rejects`, and is counted in `onRecordsRejected`. A cell
   * holds no line end. Order kept. **Errors:** `PlanError` "invalid-schema", "invalid-csv-options".
   */
  csv<S extends Schema>(this: DStream<string>, schema: S, options?: CsvOptions): ReadDStream<RowOf<S>> {
    const checked = checkedSchema("csv", schema, { nested: false });
    return this.#read({ kind: "csv", schema: checked, options: checkedCsv("csv", options) });
  }

  /** One row for each row. Order kept. */
  map<U extends Row>(fn: (value: T) => U): DStream<U> {
    return this.#narrow(new MapOperator(new Origin("map", this.map as AnyFunction), fn as Fn1));
  }

  /** The elements of what `fn` returns for each row. Order kept. */
  flatMap<U extends Row>(fn: (value: T) => Iterable<U>): DStream<U> {
    const origin = new Origin("flatMap", this.flatMap as AnyFunction);
    return this.#narrow(new FlatMapOperator(origin, fn as (row: unknown) => Iterable<unknown>));
  }

  /** The rows for which `fn` returns something truthy. Order kept. */
  filter<U extends T>(fn: (value: T) => value is U): DStream<U>;
  filter(fn: (value: T) => unknown): DStream<T>;
  filter(fn: (value: T) => unknown): DStream<T> {
    return this.#narrow(new FilterOperator(new Origin("filter", this.filter as AnyFunction), fn as Fn1));
  }

  /**
   * One object for each row, of columns by name, or of forms: `select("user", "at")`, `select({ user: col("user"), cents: col("price").mul(100) })`.
   * Order kept. **Errors:** `PlanError` "invalid-form", "form-refused".
   */
  select<R, N extends keyof R & string>(this: DStream<R>, ...names: N[]): DStream<Pick<R, N>>;
  select<R, F extends FieldsOf<R>>(
    this: DStream<R>,
    fields: F,
  ): DStream<{ -readonly [N in keyof F]: ValueIn<F[N], R> }>;
  select(...given: unknown[]): DStream<never> {
    const origin = new Origin("select", this.select as AnyFunction);
    const fields = keysOf(origin.name, given);
    return this.#narrow(new MapOperator(origin, recordFunction(fields)));
  }

  /** Each row as the value of a pair, whose key `fn` makes of it. Order kept. */
  keyBy<K>(fn: (value: T) => K): DStream<[K, T]> {
    return this.#narrow(new KeyByOperator(new Origin("keyBy", this.keyBy as AnyFunction), fn as Fn1));
  }

  /**
   * Rows brought together by columns, or by forms: `groupBy("user", "country").agg({ n: count(), mean: avg(col("price")) })`; `groupBy({ hour: ... })`.
   * **Errors:** `PlanError` "invalid-form".
   */
  groupBy<R, N extends keyof R & string>(this: DStream<R>, ...names: N[]): GroupedDStream<R, Pick<R, N>>;
  groupBy<R, F extends FieldsOf<R>>(
    this: DStream<R>,
    keys: F,
  ): GroupedDStream<R, { -readonly [N in keyof F]: ValueIn<F[N], R> }>;
  groupBy(...given: unknown[]): GroupedDStream<never, object> {
    const origin = new Origin("groupBy", this.groupBy as AnyFunction);
    return new GroupedDStream(keysOf(origin.name, given), ({ toPair, merge, toRow }, options) => {
      const { windowDuration, slideDuration, partitioning } = options;
      const combining = reduceByKey(origin, merge, this.#partitioner(partitioning, "partitioning of agg"));
      const [before, after] = [new MapOperator(origin, toPair), new MapOperator(origin, toRow)];
      if (windowDuration === undefined)
        return this.#chain(origin.name, [steps.narrow(before), steps.shuffle(combining), steps.narrow(after)]);
      const windowed = this.#narrow(before).#windowByKey(origin, combining, windowDuration, slideDuration);
      return windowed.#narrow(after);
    });
  }

  /** One row for each partition: the array of its rows. */
  glom(): DStream<T[]> {
    return this.#narrow(new GlomOperator());
  }

  /** What `fn` yields for the rows of each partition, empty ones too. `preservePartitioning` changes nothing here: rows stay where they are. */
  mapPartitions<U extends Row>(fn: (values: Iterable<T>) => Iterable<U>, _preservePartitioning?: boolean): DStream<U> {
    const origin = new Origin("mapPartitions", this.mapPartitions as AnyFunction);
    const call = (_index: number, rows: Iterable<unknown>) => fn(rows as Iterable<T>);
    return this.#narrow(new MapPartitionsOperator(origin, fn as AnyFunction, call));
  }

  /** Exactly `numPartitions` partitions: row i of partition p goes to partition (p + i) mod n. */
  repartition(numPartitions: number): DStream<T> {
    checkPartitionCount(numPartitions, "numPartitions of repartition");
    return this.#chain("repartition", [steps.shuffle(new RepartitionOperator(numPartitions))]);
  }

  /** The rows of this stream, then those of `that`, at each batch time. Both must have a batch then, of one context. */
  union(that: DStream<T>): DStream<T> {
    return unionOf([this, that], this.context);
  }

  /** At most one row a batch: all rows reduced by `fn`, which must be associative. An empty batch stays empty. */
  reduce(fn: (a: T, b: T) => T): DStream<T> {
    const origin = new Origin("reduce", this.reduce as AnyFunction);
    return this.#chain("reduce", steps.reduceSteps(origin, fn as Reducer));
  }

  /** One row a batch: how many rows the batch has, 0 for an empty one. */
  count(): DStream<number> {
    return this.#chain("count", steps.countSteps());
  }

  /** Each value of a batch with the number of times that it is there. */
  countByValue(numPartitions?: number): DStream<[T, number]> {
    const origin = new Origin("countByValue", this.countByValue as AnyFunction);
    const partitioner = this.#partitioner(numPartitions, "numPartitions of countByValue");
    return this.#chain("countByValue", steps.countByValueSteps(origin, partitioner));
  }

  /** What `fn` makes of each RDD. It runs on the host's thread for each batch, and may do something else each time. Returning no RDD fails the batch. */
  transform<U>(fn: (rdd: RDD<T>, time: Time) => Transformed<U>): DStream<U> {
    checkFunction(fn, "transform");
    const origin = new Origin("transform", this.transform as AnyFunction);
    return transformOf<T, U>([this], ([rdd], time) => fn(rdd!, time), this.context, origin);
  }

  /** As `transform`, of the RDDs of two streams that have their batches at the same times. */
  transformWith<U, V>(that: DStream<U>, fn: (a: RDD<T>, b: RDD<U>, time: Time) => Transformed<V>): DStream<V> {
    checkFunction(fn, "transformWith");
    const both = [this, that] as unknown as Array<DStream<unknown>>;
    const call = ([a, b]: Array<RDD<unknown>>, time: Time) => fn(a as RDD<T>, b as RDD<U>, time);
    const origin = new Origin("transformWith", this.transformWith as AnyFunction);
    return transformOf<unknown, V>(both, call, this.context, origin);
  }

  // ---------------------------------------------------------------- keeping

  /** `persist("MEMORY_ONLY_SER")`. */
  cache(): this {
    return this.persist();
  }

  /**
   * Keeps each batch once it is computed, as long as it is remembered; of a windowed stream its parent's. Not after the start.
   * **Errors:** `ConfigError` "invalid-storage-level", "no-files"; `PlanError` "graph-closed".
   */
  persist(level: StorageLevel = "MEMORY_ONLY_SER"): this {
    checkStorageLevel(level, "The level of persist", this.context.engine.host);
    this.context.graph.assertOpen();
    const isWindow = this.#node.operator instanceof WindowStream;
    const node = isWindow ? this.#node.parents[0]! : this.#node;
    node.storageLevel = level;
    node.isPersisted = true;
    return this;
  }

  /**
   * Saves the stream's batches every `interval`, a multiple of its slide, and persists them. Needs a checkpoint store. Not after the start.
   * **Errors:** `ConfigError` "invalid-duration"; `PlanError` "graph-closed"; at the start "checkpoint-interval", "no-checkpoint-store".
   */
  checkpoint(interval: DurationLike): this {
    const duration = positiveDuration(interval, "The checkpoint interval");
    this.context.graph.assertOpen();
    this.#node.storageLevel ??= "MEMORY_ONLY_SER";
    this.#node.checkpointDuration = duration;
    return this;
  }

  /**
   * The RDDs of all batches from `from` to `to`, both included, that the stream has had so far; times off its grid are floored to it. Batches that were
   * not computed are, where what they are made of is remembered. **Errors:** `PlanError` "not-started", "invalid-time".
   */
  async slice(from: Time | number, to: Time | number): Promise<Array<RDD<T>>> {
    const { engine, graph } = this.context;
    const [begin, end] = [from, to].map((time) => checkedTime(time, "slice")) as [number, number];
    const times = this.#node.timesFrom(begin, end, graph.newestMs, (line) => engine.host.warn(line));
    const rdds: Array<RDD<T>> = [];
    for (const time of times) {
      const dataset = await this.#node.at(time);
      if (dataset) rdds.push(new RDD<T>(engine, dataset, graph.scopeOf(time)));
    }
    return rdds;
  }

  // ---------------------------------------------------------------- windows

  /**
   * The rows of the last `windowDuration`, the oldest batch first, every `slideDuration` (default: as often as this stream has a batch). First windows are
   * partial; with a slide longer than the window rows between windows are never seen. Both must be multiples of this stream's slide: `PlanError`
   * "window-multiple". **Cost:** none for the rows themselves, which are read again from the batches remembered.
   */
  window(windowDuration: DurationLike, slideDuration?: DurationLike): DStream<T> {
    const durations = windowDurations("windowed DStream", windowDuration, slideDuration, this.slideDuration);
    return this.#windowed(new WindowStream(durations.window.milliseconds), durations);
  }

  /**
   * At most one row: all rows of each window reduced by `fn`, which must be associative. **Cost:** each batch is reduced once; panes are merged
   * as in `reduceByKeyAndWindow`. With `inverse` (`inverse(fn(x, y), x)` = y) the running value is kept instead: what entered is added, what left is
   * taken away, and once there was data the neutral value stays.
   */
  reduceByWindow(fn: (a: T, b: T) => T, windowDuration: DurationLike, slideDuration?: DurationLike): DStream<T>;
  reduceByWindow(
    fn: (a: T, b: T) => T,
    inverse: ((a: T, b: T) => T) | undefined,
    windowDuration: DurationLike,
    slideDuration?: DurationLike,
  ): DStream<T>;
  reduceByWindow(fn: (a: T, b: T) => T, ...rest: unknown[]): DStream<T> {
    const origin = new Origin("reduceByWindow", this.reduceByWindow as AnyFunction);
    const hasInverse = rest[0] === undefined || typeof rest[0] === "function";
    const [inverse, window, slide] = (hasInverse ? rest : [undefined, ...rest]) as [
      ((a: T, b: T) => T) | undefined,
      DurationLike,
      DurationLike | undefined,
    ];
    const pairs = this.#narrow<[undefined, T]>(underNoKey("map"));
    const windowed = inverse
      ? pairs.#inverseWindow(origin, fn as Reducer, inverse as Reducer, window, slide, { partitioning: 1 })
      : pairs.#windowByKey(origin, reduceByKey(origin, fn as Reducer, toPartitioner(1, 1, "")), window, slide);
    return windowed.#values<T>();
  }

  /**
   * One row: how many rows each window has; nothing before there was any data, then 0 for an empty window. **Cost:** what entered is added, what left
   * is taken away.
   */
  countByWindow(windowDuration: DurationLike, slideDuration?: DurationLike): DStream<number> {
    const origin = new Origin("countByWindow", this.countByWindow as AnyFunction);
    const ones = this.#narrow(onePerRow("map")).#narrow(underNoKey("map"));
    const options = { partitioning: 1 };
    return ones.#inverseWindow(origin, ADD, SUBTRACT, windowDuration, slideDuration, options).#values<number>();
  }

  /** Each value of a window with the number of times that it is there. **Cost:** what entered is added, what left is taken away. */
  countByValueAndWindow(
    windowDuration: DurationLike,
    slideDuration?: DurationLike,
    numPartitions?: number,
  ): DStream<[T, number]> {
    const origin = new Origin("countByValueAndWindow", this.countByValueAndWindow as AnyFunction);
    const partitioning = this.#partitioner(numPartitions, "numPartitions of countByValueAndWindow");
    const ones = this.#narrow<[T, number]>(new MapOperator(origin, (value) => [value, 1]));
    const filter = ((pair: [unknown, unknown]) => pair[1] !== 0) as (pair: never) => unknown;
    return ones.#inverseWindow(origin, ADD, SUBTRACT, windowDuration, slideDuration, { partitioning, filter });
  }

  // ---------------------------------------------------------------- pairs

  /** The pairs with what `fn` makes of their values. */
  mapValues<K, V, U>(this: DStream<[K, V]>, fn: (value: V) => U): DStream<[K, U]> {
    const origin = new Origin("mapValues", this.mapValues as AnyFunction);
    return this.#narrow(new MapValuesOperator(origin, fn as Fn1, { flat: false }));
  }

  /** For each pair a pair with each element of what `fn` makes of its value. */
  flatMapValues<K, V, U>(this: DStream<[K, V]>, fn: (value: V) => Iterable<U>): DStream<[K, U]> {
    const origin = new Origin("flatMapValues", this.flatMapValues as AnyFunction);
    return this.#narrow(new MapValuesOperator(origin, fn as Fn1, { flat: true }));
  }

  /** For each key of a batch the array of its values, in the order of records, then of partitions. */
  groupByKey<K, V>(this: DStream<[K, V]>, partitioning?: Partitioning): DStream<[K, V[]]> {
    const origin = new Origin("groupByKey", this.groupByKey as AnyFunction);
    return this.#shuffle(groupByKey(origin, this.#partitioner(partitioning, "partitioning of groupByKey")));
  }

  /**
   * One pair for each key of a batch, its values reduced by `fn`, which must be associative: in each partition first, then across partitions in their
   * order.
   */
  reduceByKey<K, V>(this: DStream<[K, V]>, fn: (a: V, b: V) => V, partitioning?: Partitioning): DStream<[K, V]>;
  /** One pair for each key of a batch, with what an aggregation of `millrace/kernel` makes of its values: `reduceByKey(avg())`. */
  reduceByKey<K, V, R>(
    this: DStream<[K, V]>,
    aggregation: Aggregation<V, R>,
    partitioning?: Partitioning,
  ): DStream<[K, R]>;
  reduceByKey<K, V>(this: DStream<[K, V]>, fn: unknown, partitioning?: Partitioning): DStream<[K, unknown]> {
    const origin = new Origin("reduceByKey", this.reduceByKey as AnyFunction);
    const partitioner = this.#partitioner(partitioning, "partitioning of reduceByKey");
    if (typeof fn === "function" || !partsOfAggregation(fn))
      return this.#shuffle(reduceByKey(origin, fn as Reducer, partitioner));
    const { toCombined, merge, toResult } = valueFunctions(fn);
    return this.#chain(origin.name, [
      steps.narrow(new MapValuesOperator(origin, toCombined as Fn1, { flat: false })),
      steps.shuffle(reduceByKey(origin, merge as Reducer, partitioner)),
      steps.narrow(new MapValuesOperator(origin, toResult as Fn1, { flat: false })),
    ]);
  }

  /**
   * One pair for each key of a batch, its values combined by functions: `create` for the first value, `mergeValue` for more, `mergeCombiners` across
   * partitions. Without `mapSideCombine` values are brought together first, and `mergeCombiners` is not called.
   */
  combineByKey<K, V, C>(
    this: DStream<[K, V]>,
    create: (value: V) => C,
    mergeValue: (c: C, value: V) => C,
    mergeCombiners: (a: C, b: C) => C,
    partitioning?: Partitioning,
    mapSideCombine = true,
  ): DStream<[K, C]> {
    const origin = new Origin("combineByKey", this.combineByKey as AnyFunction);
    const functions = { create, mergeValue, mergeCombiners } as unknown as steps.CombineFunctions;
    const partitioner = this.#partitioner(partitioning, "partitioning of combineByKey");
    return this.#shuffle(steps.combineByKey(origin, functions, partitioner, mapSideCombine));
  }

  /** For every key of either stream's batch its values here and its values there. Both must have a batch. */
  cogroup<K, V, W>(
    this: DStream<[K, V]>,
    that: DStream<[K, W]>,
    partitioning?: Partitioning,
  ): DStream<[K, [V[], W[]]]> {
    return this.#cogroup(new Origin("cogroup", this.cogroup as AnyFunction), that, partitioning);
  }

  /** As `cogroup`, of this stream and up to three others: for every key of some of their batches its values in each. All must have a batch. */
  groupWith<K, V, W extends unknown[]>(
    this: DStream<[K, V]>,
    ...others: { [I in keyof W]: DStream<[K, W[I]]> }
  ): DStream<[K, [V[], ...{ [I in keyof W]: W[I][] }]]> {
    return this.#groupWith(new Origin("groupWith", this.groupWith as AnyFunction), others);
  }

  /** For every key of both streams' batches each value here with each value there. */
  join<K, V, W>(this: DStream<[K, V]>, that: DStream<[K, W]>, partitioning?: Partitioning): DStream<[K, [V, W]]> {
    return this.#cogroup(new Origin("join", this.join as AnyFunction), that, partitioning, "inner");
  }

  /** As `join`; a key that is only here has `undefined` on the right. */
  leftOuterJoin<K, V, W>(
    this: DStream<[K, V]>,
    that: DStream<[K, W]>,
    partitioning?: Partitioning,
  ): DStream<[K, [V, W | undefined]]> {
    return this.#cogroup(new Origin("leftOuterJoin", this.leftOuterJoin as AnyFunction), that, partitioning, "left");
  }

  /** As `join`; a key that is only there has `undefined` on the left. */
  rightOuterJoin<K, V, W>(
    this: DStream<[K, V]>,
    that: DStream<[K, W]>,
    partitioning?: Partitioning,
  ): DStream<[K, [V | undefined, W]]> {
    return this.#cogroup(new Origin("rightOuterJoin", this.rightOuterJoin as AnyFunction), that, partitioning, "right");
  }

  /** As `join`; a key that is only on one side has `undefined` on the other. */
  fullOuterJoin<K, V, W>(
    this: DStream<[K, V]>,
    that: DStream<[K, W]>,
    partitioning?: Partitioning,
  ): DStream<[K, [V | undefined, W | undefined]]> {
    return this.#cogroup(new Origin("fullOuterJoin", this.fullOuterJoin as AnyFunction), that, partitioning, "full");
  }

  /** For each key of a window the array of its values, the oldest batch first. **Cost:** as `reduceByKeyAndWindow` without inverse. */
  groupByKeyAndWindow<K, V>(
    this: DStream<[K, V]>,
    windowDuration: DurationLike,
    slideDuration?: DurationLike,
    partitioning?: Partitioning,
  ): DStream<[K, V[]]> {
    const origin = new Origin("groupByKeyAndWindow", this.groupByKeyAndWindow as AnyFunction);
    const partitioner = this.#partitioner(partitioning, "partitioning of groupByKeyAndWindow");
    return this.#windowByKey(origin, groupValuesByKey(origin, partitioner), windowDuration, slideDuration);
  }

  /**
   * One pair for each key of a window, its values reduced by `fn`, which must be associative. **Cost:** each batch is reduced once; these panes are
   * merged by their numbers: below 40 of them a slide reads at most 2 log2(panes) merges of earlier slides, above that one of nearly all keys and a few small
   * ones, and makes half as much again for later slides, whatever their number is. **Space:** up to 64 merges of all keys.
   */
  reduceByKeyAndWindow<K, V>(
    this: DStream<[K, V]>,
    fn: (a: V, b: V) => V,
    windowDuration: DurationLike,
    slideDuration?: DurationLike,
    partitioning?: Partitioning,
  ): DStream<[K, V]>;
  /**
   * Incremental: what entered is added, what left is taken away by `inverse`. Keys stay (with a neutral value) unless `filter` says no; a key that
   * it removed starts afresh from the values still in the window. A slide longer than the window is a `PlanError`, "slide-longer-than-window". **Cost:** the
   * keys that entered or left, and one row for each key. Without `inverse` as above.
   */
  reduceByKeyAndWindow<K, V>(
    this: DStream<[K, V]>,
    fn: (a: V, b: V) => V,
    inverse: ((a: V, b: V) => V) | undefined,
    windowDuration: DurationLike,
    slideDuration?: DurationLike,
    options?: { partitioning?: Partitioning; filter?: (pair: [K, V]) => boolean },
  ): DStream<[K, V]>;
  reduceByKeyAndWindow<K, V>(this: DStream<[K, V]>, fn: (a: V, b: V) => V, ...rest: unknown[]): DStream<[K, V]> {
    const origin = new Origin("reduceByKeyAndWindow", this.reduceByKeyAndWindow as AnyFunction);
    const reduce = fn as Reducer;
    if (typeof rest[0] === "function" || rest[0] === undefined) this.#checkInverseOptions(origin, rest[3]);
    if (typeof rest[0] === "function") {
      const [inverse, window, slide, options] = rest as [Reducer, DurationLike, DurationLike?, InverseOptions?];
      return this.#inverseWindow(origin, reduce, inverse, window, slide, options);
    }
    const isIncremental = rest[0] === undefined;
    const [window, slide, given] = (isIncremental ? rest.slice(1) : rest) as [DurationLike, DurationLike?, unknown?];
    const options = isIncremental ? (given as InverseOptions | undefined) : undefined;
    const partitioning = isIncremental ? options?.partitioning : (given as Partitioning | undefined);
    const partitioner = this.#partitioner(partitioning, "partitioning of reduceByKeyAndWindow");
    const windowed = this.#windowByKey<[K, V]>(origin, reduceByKey(origin, reduce, partitioner), window, slide);
    return options?.filter ? windowed.filter(options.filter as (pair: [K, V]) => boolean) : windowed;
  }

  // ---------------------------------------------------------------- sketches

  /**
   * One number a batch: about how many of its values differ, 0 for an empty batch. Relative standard error 1.04 / sqrt(2^precision): 0.8 % for 14, the default;
   * the same values give the same number in any order. **Cost:** 2^precision bytes at most. **Errors:** `ConfigError` "invalid-option" for a precision that
   * is not a whole number from 4 to 18. **Source:** HyperLogLog++, Heule et al. 2013, with Ertl's estimator, 2017.
   */
  approxDistinct(options?: ApproxDistinctOptions): DStream<number> {
    const origin = new Origin("approxDistinct", this.approxDistinct as AnyFunction);
    return this.#sketch(origin, distinctKind(origin.name, false, options));
  }

  /** For each key of a batch about how many of its values differ; as `approxDistinct`, for each key. */
  approxDistinctByKey<K, V>(
    this: DStream<[K, V]>,
    options?: ApproxDistinctOptions & Partitioned,
  ): DStream<[K, number]> {
    const origin = new Origin("approxDistinctByKey", this.approxDistinctByKey as AnyFunction);
    return this.#sketchByKey(origin, distinctKind(origin.name, true, options), options);
  }

  /** One number: about how many values of a window differ. **Cost:** the sketches of its batches are merged by a tree, as in `reduceByWindow`. */
  approxDistinctByWindow(
    windowDuration: DurationLike,
    slideDuration?: DurationLike,
    options?: ApproxDistinctOptions,
  ): DStream<number> {
    const origin = new Origin("approxDistinctByWindow", this.approxDistinctByWindow as AnyFunction);
    return this.#sketch(origin, distinctKind(origin.name, false, options), [windowDuration, slideDuration]);
  }

  /** For each key of a window about how many of its values differ. */
  approxDistinctByKeyAndWindow<K, V>(
    this: DStream<[K, V]>,
    windowDuration: DurationLike,
    slideDuration?: DurationLike,
    options?: ApproxDistinctOptions & Partitioned,
  ): DStream<[K, number]> {
    const origin = new Origin("approxDistinctByKeyAndWindow", this.approxDistinctByKeyAndWindow as AnyFunction);
    return this.#sketchByKey(origin, distinctKind(origin.name, true, options), options, [
      windowDuration,
      slideDuration,
    ]);
  }

  /**
   * One row a batch: about the `k` values that are there most often, each with its count, the greatest first. Counts are never too small, and too great by the number of
   * values divided by `capacity` at most (default: ten times k, 1000 at least); exact where no more values differ. Equal counts come in an order that depends on
   * the rows and their partitions alone. **Cost:** `capacity` values. **Errors:** `ConfigError` "invalid-option". **Source:** Space-Saving, Metwally et al. 2005.
   */
  approxTopK(k: number, options?: ApproxTopKOptions): DStream<Array<[T, number]>> {
    const origin = new Origin("approxTopK", this.approxTopK as AnyFunction);
    return this.#sketch(origin, topKKind<T>(origin.name, false, k, options));
  }

  /** For each key of a batch its `k` most frequent values; as `approxTopK`, for each key. */
  approxTopKByKey<K, V>(
    this: DStream<[K, V]>,
    k: number,
    options?: ApproxTopKOptions & Partitioned,
  ): DStream<[K, Array<[V, number]>]> {
    const origin = new Origin("approxTopKByKey", this.approxTopKByKey as AnyFunction);
    return this.#sketchByKey(origin, topKKind<V>(origin.name, true, k, options), options);
  }

  /** One row: the `k` most frequent values of a window. **Cost:** the sketches of its batches are merged by a tree, as in `reduceByWindow`. */
  approxTopKByWindow(
    k: number,
    windowDuration: DurationLike,
    slideDuration?: DurationLike,
    options?: ApproxTopKOptions,
  ): DStream<Array<[T, number]>> {
    const origin = new Origin("approxTopKByWindow", this.approxTopKByWindow as AnyFunction);
    return this.#sketch(origin, topKKind<T>(origin.name, false, k, options), [windowDuration, slideDuration]);
  }

  /** For each key of a window its `k` most frequent values. */
  approxTopKByKeyAndWindow<K, V>(
    this: DStream<[K, V]>,
    k: number,
    windowDuration: DurationLike,
    slideDuration?: DurationLike,
    options?: ApproxTopKOptions & Partitioned,
  ): DStream<[K, Array<[V, number]>]> {
    const origin = new Origin("approxTopKByKeyAndWindow", this.approxTopKByKeyAndWindow as AnyFunction);
    const kind = topKKind<V>(origin.name, true, k, options);
    return this.#sketchByKey(origin, kind, options, [windowDuration, slideDuration]);
  }

  /**
   * One row a batch: about the quantiles of its numbers at these probabilities, 0 for the least and 1 for the greatest; `[]` where there are no numbers. NaN is left
   * out. The rank of a quantile is off by 2 pi sqrt(q (1 - q)) / compression of the numbers at most, mostly far less. **Cost:** some ten times `compression`
   * numbers. **Errors:** `ConfigError` "invalid-option"; a row that is no number fails the batch. **Source:** merging t-digest, Dunning and Ertl 2019.
   */
  approxQuantile(
    this: DStream<number>,
    probabilities: readonly number[],
    options?: ApproxQuantileOptions,
  ): DStream<number[]> {
    const origin = new Origin("approxQuantile", this.approxQuantile as AnyFunction);
    return this.#sketch(origin, quantileKind(origin.name, false, probabilities, options));
  }

  /** For each key of a batch quantiles of its numbers; as `approxQuantile`, for each key. */
  approxQuantileByKey<K>(
    this: DStream<[K, number]>,
    probabilities: readonly number[],
    options?: ApproxQuantileOptions & Partitioned,
  ): DStream<[K, number[]]> {
    const origin = new Origin("approxQuantileByKey", this.approxQuantileByKey as AnyFunction);
    return this.#sketchByKey(origin, quantileKind(origin.name, true, probabilities, options), options);
  }

  /** One row: quantiles of the numbers of a window. **Cost:** the sketches of its batches are merged by a tree, as in `reduceByWindow`. */
  approxQuantileByWindow(
    this: DStream<number>,
    probabilities: readonly number[],
    windowDuration: DurationLike,
    slideDuration?: DurationLike,
    options?: ApproxQuantileOptions,
  ): DStream<number[]> {
    const origin = new Origin("approxQuantileByWindow", this.approxQuantileByWindow as AnyFunction);
    return this.#sketch(origin, quantileKind(origin.name, false, probabilities, options), [
      windowDuration,
      slideDuration,
    ]);
  }

  /** For each key of a window quantiles of its numbers. */
  approxQuantileByKeyAndWindow<K>(
    this: DStream<[K, number]>,
    probabilities: readonly number[],
    windowDuration: DurationLike,
    slideDuration?: DurationLike,
    options?: ApproxQuantileOptions & Partitioned,
  ): DStream<[K, number[]]> {
    const origin = new Origin("approxQuantileByKeyAndWindow", this.approxQuantileByKeyAndWindow as AnyFunction);
    const kind = quantileKind(origin.name, true, probabilities, options);
    return this.#sketchByKey(origin, kind, options, [windowDuration, slideDuration]);
  }

  /**
   * One row a batch: a sketch that tells about how often a value is there, `sketch.count(value)`: never too few, and too many by `epsilon` (default 0.001) of all values
   * at most, but with a probability of `delta` (0.01). It is no value that can be persisted as bytes: `toBytes()` is. **Cost:** 8 bytes times
   * e / epsilon times ln(1 / delta). **Errors:** `ConfigError` "invalid-option". **Source:** Cormode and Muthukrishnan 2005.
   */
  countMin(options?: CountMinOptions): DStream<CountMinSketch> {
    const origin = new Origin("countMin", this.countMin as AnyFunction);
    return this.#sketch(origin, countMinKind(origin.name, false, options));
  }

  /** For each key of a batch a sketch that counts its values; as `countMin`, for each key. */
  countMinByKey<K, V>(this: DStream<[K, V]>, options?: CountMinOptions & Partitioned): DStream<[K, CountMinSketch]> {
    const origin = new Origin("countMinByKey", this.countMinByKey as AnyFunction);
    return this.#sketchByKey(origin, countMinKind(origin.name, true, options), options);
  }

  /** One row: a sketch that counts the values of a window. **Cost:** the sketches of its batches are added up by a tree, as in `reduceByWindow`. */
  countMinByWindow(
    windowDuration: DurationLike,
    slideDuration?: DurationLike,
    options?: CountMinOptions,
  ): DStream<CountMinSketch> {
    const origin = new Origin("countMinByWindow", this.countMinByWindow as AnyFunction);
    return this.#sketch(origin, countMinKind(origin.name, false, options), [windowDuration, slideDuration]);
  }

  /** For each key of a window a sketch that counts its values. */
  countMinByKeyAndWindow<K, V>(
    this: DStream<[K, V]>,
    windowDuration: DurationLike,
    slideDuration?: DurationLike,
    options?: CountMinOptions & Partitioned,
  ): DStream<[K, CountMinSketch]> {
    const origin = new Origin("countMinByKeyAndWindow", this.countMinByKeyAndWindow as AnyFunction);
    const kind = countMinKind(origin.name, true, options);
    return this.#sketchByKey(origin, kind, options, [windowDuration, slideDuration]);
  }

  // ---------------------------------------------------------------- state

  /**
   * The state of every key. `update` runs for every known key in every batch, with the new values in order; `undefined` removes the key. Known keys come
   * first, in the order of their insertion. **Cost:** a call and a row for each key in every batch. A batch that fails leaves the state as it was.
   */
  updateStateByKey<K, V, S = V>(
    this: DStream<[K, V]>,
    update: (values: V[], state: S | undefined, key: K, time: Time) => S | undefined,
    options: UpdateStateByKeyOptions<K, S> = {},
  ): DStream<[K, S]> {
    const origin = new Origin("updateStateByKey", this.updateStateByKey as AnyFunction);
    const fn = update as unknown as Extract<UpdateStateOptions["update"], { kind: "each" }>["fn"];
    return this.#stateByKey<[K, S], K, S>(origin, { kind: "each", fn }, options);
  }

  /**
   * The whole-partition form: `update` is given key, new values and state of every key of a partition and yields the pairs to keep. A key that it yields and
   * was not given goes to its own partition, unless `rememberPartitioner` says that keys never change.
   */
  updateStateByKeyPartitions<K, V, S>(
    this: DStream<[K, V]>,
    update: (rows: Iterable<[K, V[], S | undefined]>, time: Time) => Iterable<[K, S]>,
    options: UpdateStateByKeyOptions<K, S> & { rememberPartitioner?: boolean } = {},
  ): DStream<[K, S]> {
    const origin = new Origin("updateStateByKeyPartitions", this.updateStateByKeyPartitions as AnyFunction);
    const fn = update as unknown as Extract<UpdateStateOptions["update"], { kind: "all" }>["fn"];
    return this.#stateByKey<[K, S], K, S>(
      origin,
      { kind: "all", fn, keepsPartitions: options?.rememberPartitioner ?? false },
      options,
    );
  }

  /**
   * One call for each record, in order of arrival within its partition, with the state of its key; emits what the calls return, those of timed-out keys last.
   * **Cost:** by record. A batch that fails leaves the state as it was.
   */
  mapWithState<K, V, S, M>(this: DStream<[K, V]>, spec: StateSpec<K, V, S, M>): MapWithStateDStream<K, V, S, M> {
    if (!(spec instanceof StateSpec)) {
      throw new PlanError(`mapWithState needs a StateSpec, got ${typeof spec}: make one by StateSpec.function(fn).`, {
        code: "not-a-state-spec",
        details: { got: spec },
      });
    }
    const origin = new Origin("mapWithState", this.mapWithState as AnyFunction);
    this.context.engine.needs(mappingInKernel);
    const operator = new MapWithStateStream({
      origin,
      partitioner: this.#partitioner(spec.partitioning, "partitioning of mapWithState"),
      fn: spec.fn as (key: unknown, value: unknown, state: State<unknown>, time: Time) => unknown,
      emitsUndefined: spec.emitsUndefined,
      idleMs: spec.idle?.milliseconds,
      initial: this.#initial(spec.initial, "initialState"),
    });
    return new MapWithStateDStream<K, V, S, M>(this.context, this.#stateful(operator, "MEMORY_ONLY"), operator);
  }

  // ---------------------------------------------------------------- outputs

  /** Prints the first `num` rows of each batch (`Infinity`: all) as Spark does; of a batch in the kernel only these and one more are decoded. */
  print(num: number = PRINT_ROWS): void {
    if (!(Number.isInteger(num) || num === Number.POSITIVE_INFINITY) || num < 0) {
      throw new PlanError(`print needs a number of rows from 0 to Infinity, got ${String(num)}.`, {
        code: "invalid-count",
        details: { num },
      });
    }
    const write = async (rdd: RDD<T>, time: Time) => this.context.writeOutput(await printed(rdd, time, num));
    this.#addOutput(new Origin("print", this.print as AnyFunction), write, (safety) => givenBatches("printed", safety));
  }

  /**
   * Saves each batch as text in a folder of its own, `PREFIX-TIME[.SUFFIX]` (`TIME[.SUFFIX]` for an empty prefix): a row a line, as `print` shows it, in
   * `part-00000`... , one a partition, then an empty `_SUCCESS`. Empty batches too; a batch that runs again replaces its folder's parts. A part is there
   * completely or not at all. `ConfigError` where the host has no files or the suffix is no part of a name; with a batch `OutputError` "output-failed".
   */
  saveAsTextFiles(prefix: string, suffix?: string): void {
    const origin = new Origin("saveAsTextFiles", this.saveAsTextFiles as AnyFunction);
    this.#addOutput(origin, batchSaver(this.context.engine.host, prefix, suffix, TEXT_FILE), inFolders);
  }

  /** As `saveAsTextFiles`, with rows of any value in the format that `engine.objectFile` reads. */
  saveAsObjectFiles(prefix: string, suffix?: string): void {
    const origin = new Origin("saveAsObjectFiles", this.saveAsObjectFiles as AnyFunction);
    this.#addOutput(origin, batchSaver(this.context.engine.host, prefix, suffix, OBJECT_FILE), inFolders);
  }

  /**
   * Calls `fn` for each batch; awaited where it returns a promise. Outputs run in the order of their definition, one at a time, also after one that failed.
   * At least once: a batch that was not committed when the process ended runs again after a recovery, with the same rows and time, and an `attempt` above 1.
   */
  foreachRDD(fn: (rdd: RDD<T>, time: Time, run: BatchRun) => unknown): void {
    checkFunction(fn, "foreachRDD");
    const origin = new Origin("foreachRDD", this.foreachRDD as AnyFunction);
    this.#addOutput(origin, fn, (safety) => givenBatches("given to a function", safety));
  }

  /**
   * An output read by `for await`: each batch in order; the next one waits until the loop asks for it, and the RDD can be read until then. Leaving the loop
   * ends the output. On a manual clock a batch counts as processed once it is queued, two at most: a third ends the output with an `OutputError`,
   * "batches-full".
   */
  batches(): AsyncIterable<Batch<RDD<T>>> {
    const output = new BatchesOutput<RDD<T>>(this.context.isManualClock);
    this.context.graph.addOutput({
      name: "batches",
      site: new Origin("batches", this.batches as AnyFunction).site,
      promise: (safety) => givenBatches("given to a loop", safety),
      node: this.#node,
      run: (dataset, scope) => {
        const rdd = new RDD<T>(this.context.engine, dataset, scope);
        return output.put({ time: new Time(scope.batch.time), rdd }, (done) => scope.retainUntil(done));
      },
      end: () => output.end(),
    });
    return output;
  }

  // ---------------------------------------------------------------- within

  #add<U>(
    operator: StreamOperator,
    parents: readonly StreamNode[] = [this.#node],
    slide = this.slideDuration,
  ): DStream<U> {
    const check = (node: StreamNode) => this.#checkForms(node);
    return new DStream<U>(this.context, this.context.graph.add(operator, parents, slide, check));
  }

  /** Explicit forms promise the kernel. Where lambdas before them cannot be read yet, the start asks again. */
  #checkForms(node: StreamNode): void {
    if (!hasForms(node)) return;
    this.context.engine.loadLowering();
    if (loweringLoaded()) checkForms(node);
  }

  #read<U>(format: LineFormat): ReadDStream<U> {
    this.context.engine.needs(readingLines);
    const rejects = this.#chain<Reject>("rejects", [
      steps.narrow(new RejectedLinesOperator(format)),
      steps.narrow(new RejectsOperator(format)),
    ]);
    const operator = new ReadLinesStream(format, (timeMs, rejected) =>
      this.context.linesRejected(this.#node, timeMs, rejected),
    );
    return new ReadDStream<U>(
      this.context,
      this.context.graph.add(operator, [this.#node], this.slideDuration),
      rejects,
    );
  }

  #narrow<U>(operator: NarrowOperator): DStream<U> {
    return this.#add(new ChainOperator(operator.name, [steps.narrow(operator)]));
  }

  #shuffle<U>(operator: CombineByKeyOperator): DStream<U> {
    return this.#add(new ChainOperator(operator.name, [steps.shuffle(operator)]));
  }

  #chain<U>(name: string, chain: readonly Step[]): DStream<U> {
    return this.#add(new ChainOperator(name, chain));
  }

  #cogroup<U, W>(
    origin: Origin,
    that: DStream<W>,
    partitioning: Partitioning | undefined,
    kind?: JoinKind,
  ): DStream<U> {
    checkTogether<unknown>([this, that], this.context, origin.name);
    const partitioner = this.#partitioner(partitioning, `partitioning of ${origin.name}`);
    return this.#add(new CogroupStream(origin, partitioner, kind), [this.#node, DStream.nodeOf(that)]);
  }

  #groupWith<U>(origin: Origin, others: ReadonlyArray<DStream<unknown>>): DStream<U> {
    checkTogether<unknown>([this, ...others], this.context, origin.name);
    checkSides(origin.name, others.length);
    const partitioner = this.#partitioner(undefined, `partitioning of ${origin.name}`);
    const operator = new CogroupStream(origin, partitioner, undefined, others.length + 1);
    return this.#add(operator, [this.#node, ...others.map((that) => DStream.nodeOf(that))]);
  }

  #partitioner(partitioning: Partitioning | undefined, subject: string): Partitioner {
    return toPartitioner(partitioning, this.context.engine.defaultParallelism, subject);
  }

  #values<V>(): DStream<V> {
    return this.#narrow(valuesAlone("map"));
  }

  /** Batches of this stream that are looked back at are kept. */
  #lookedBackAt(): StreamNode {
    this.#node.isLookedBackAt = true;
    this.#node.storageLevel ??= "MEMORY_ONLY_SER";
    return this.#node;
  }

  #windowed<U>(operator: StreamOperator, { slide }: WindowDurations): DStream<U> {
    return this.#add<U>(operator, [this.#lookedBackAt()], slide);
  }

  /** This stream's batches brought together by key, and these panes merged. */
  #windowByKey<U>(
    origin: Origin,
    operator: CombineByKeyOperator,
    windowDuration: DurationLike,
    slideDuration: DurationLike | undefined,
  ): DStream<U> {
    const durations = windowDurations("windowed DStream", windowDuration, slideDuration, this.slideDuration);
    const panes = this.#shuffle<unknown>(operator);
    const stream = new WindowByKeyStream(origin.name, operator, {
      windowMs: durations.window.milliseconds,
      slideMs: durations.slide.milliseconds,
      paneMs: this.slideDuration.milliseconds,
    });
    return panes.#windowed(stream, durations);
  }

  /** What one sketch of all rows says. */
  #sketch<R>(origin: Origin, kind: SketchKind<R>, window?: SketchWindow): DStream<R> {
    const one = toPartitioner(1, 1, "");
    if (window === undefined) return this.#chain(origin.name, sketchSteps(origin, kind, one, false));
    const pairs = this.#narrow(underNoKey(origin.name));
    const merged = pairs.#windowByKey<unknown>(origin, sketchByKey(origin, kind, one), ...window);
    return merged.#narrow(new SketchResultOperator(origin, kind, false));
  }

  /** What a sketch of the values of each key says. */
  #sketchByKey<K, R>(
    origin: Origin,
    kind: SketchKind<R>,
    options: Partitioned = {},
    window?: SketchWindow,
  ): DStream<[K, R]> {
    const partitioner = this.#partitioner(options.partitioning, `partitioning of ${origin.name}`);
    if (window === undefined) return this.#chain(origin.name, sketchSteps(origin, kind, partitioner, true));
    const merged = this.#windowByKey<unknown>(origin, sketchByKey(origin, kind, partitioner), ...window);
    return merged.#narrow(new SketchResultOperator(origin, kind, true));
  }

  #checkInverseOptions({ name }: Origin, options: unknown = {}): void {
    checkOptionNames(name, options, { partitioning: true, filter: true });
    const { filter } = options as InverseOptions;
    if (filter !== undefined) checkFunction(filter, `filter of ${name}`);
  }

  #inverseWindow<U>(
    origin: Origin,
    fn: Reducer,
    inverse: Reducer,
    windowDuration: DurationLike,
    slideDuration: DurationLike | undefined,
    { partitioning, filter }: InverseOptions = {},
  ): DStream<U> {
    const durations = windowDurations("reduced windowed DStream", windowDuration, slideDuration, this.slideDuration);
    if (durations.slide.greater(durations.window)) {
      throw new PlanError(
        `The slide duration of ${origin.name} (${durations.slide}) must not be longer than its window duration (${durations.window}), ` +
          "as what lies between would be added and taken away at once: leave the inverse out.",
        {
          code: "slide-longer-than-window",
          details: { slideMs: durations.slide.milliseconds, windowMs: durations.window.milliseconds },
        },
      );
    }
    const partitioner = this.#partitioner(partitioning, `partitioning of ${origin.name}`);
    const operator = new InverseWindowStream({
      origin,
      partitioner,
      fn,
      inverse,
      filter: filter as ((pair: [unknown, unknown]) => unknown) | undefined,
      windowMs: durations.window.milliseconds,
      slideMs: durations.slide.milliseconds,
      paneMs: this.slideDuration.milliseconds,
    });
    const windowed = this.#shuffle<unknown>(operator.panes).#windowed<U>(operator, durations);
    windowed.#node.storageLevel = "MEMORY_ONLY_SER";
    return windowed;
  }

  #stateByKey<U, K, S>(
    origin: Origin,
    update: UpdateStateOptions["update"],
    options: UpdateStateByKeyOptions<K, S>,
  ): DStream<U> {
    const names = { partitioning: true, initial: true } as const;
    checkOptionNames(origin.name, options, update.kind === "all" ? { ...names, rememberPartitioner: true } : names);
    const { partitioning, initial } = options;
    const partitioner = this.#partitioner(partitioning, `partitioning of ${origin.name}`);
    const given = this.#initial(initial, `initial of ${origin.name}`);
    const operator = new UpdateStateByKeyStream({ origin, partitioner, update, initial: given });
    return new DStream<U>(this.context, this.#stateful(operator, "MEMORY_ONLY_SER"));
  }

  #stateful(operator: StreamOperator, level: StorageLevel): StreamNode {
    const node = this.context.graph.add(operator, [this.#node], this.slideDuration);
    node.storageLevel = level;
    return node;
  }

  /** Pairs that are there before the first batch. */
  #initial<P>(pairs: RDD<P> | Iterable<P> | undefined, subject: string): Dataset | undefined {
    if (pairs === undefined) return undefined;
    if (pairs instanceof RDD) return RDD.datasetOf(pairs);
    if (typeof pairs === "object" && pairs !== null && Symbol.iterator in pairs) {
      return this.context.engine.rowsDataset(pairs);
    }
    throw new PlanError(
      `${subject} must be an RDD or an iterable of pairs, got ${pairs === null ? "null" : typeof pairs}.`,
      {
        code: "invalid-initial-state",
        details: { got: pairs },
      },
    );
  }

  #addOutput(
    origin: Origin,
    fn: (rdd: RDD<T>, time: Time, run: BatchRun) => unknown,
    promise: Output["promise"],
  ): void {
    this.context.graph.addOutput({
      promise,
      name: origin.name,
      site: origin.site,
      node: this.#node,
      run: async (dataset, scope) => {
        const { time, attempt } = scope.batch;
        await fn(new RDD<T>(this.context.engine, dataset, scope), new Time(time), { attempt });
      },
    });
  }
}

/** A stream of rows that were read from lines, and what could not be read. */
export class ReadDStream<T> extends DStream<T> {
  /** The lines that are no rows of the schema, with what is wrong and where; computed only where an output asks for it. */
  readonly rejects: DStream<Reject>;

  /** @internal */
  constructor(context: StreamingContext, node: StreamNode, rejects: DStream<Reject>) {
    super(context, node);
    this.rejects = rejects;
  }
}

/** The mapped records of a stream with state. */
export class MapWithStateDStream<_K, _V, _S, M> extends DStream<M> {
  readonly #operator: MapWithStateStream;

  /** @internal Made by `mapWithState`. */
  constructor(context: StreamingContext, node: StreamNode, operator: MapWithStateStream) {
    super(context, node);
    this.#operator = operator;
  }

  /** The key and state of every key after each batch, in the order of insertion. **Cost:** a row for each key in every batch. */
  stateSnapshots(): DStream<[_K, _S]> {
    const parent = DStream.nodeOf(this);
    const operator = new StateSnapshotsStream(this.#operator);
    return new DStream(this.context, this.context.graph.add(operator, [parent], this.slideDuration));
  }
}

interface InverseOptions {
  partitioning?: Partitioning;
  filter?: (pair: never) => unknown;
}

type SketchWindow = [window: DurationLike, slide: DurationLike | undefined];

const ADD: Reducer = (a, b) => (a as number) + (b as number);
const SUBTRACT: Reducer = (a, b) => (a as number) - (b as number);

/** The union of streams of one context that have their batches at the same times. */
export function unionOf<T>(streams: ReadonlyArray<DStream<T>>, context: StreamingContext): DStream<T> {
  checkTogether(streams, context, "union");
  const nodes = streams.map((stream) => DStream.nodeOf(stream));
  return new DStream<T>(context, context.graph.add(new UnionStream(nodes.length), nodes, streams[0]!.slideDuration));
}

/** A transform of streams of one context that have their batches at the same times. */
export function transformOf<T, U>(
  streams: ReadonlyArray<DStream<T>>,
  fn: (rdds: Array<RDD<T>>, time: Time) => Transformed<U>,
  context: StreamingContext,
  origin: Origin,
): DStream<U> {
  const { name } = origin;
  checkFunction(fn, name);
  checkTogether(streams, context, name);
  const { engine, graph } = context;
  const nodes = streams.map((stream) => DStream.nodeOf(stream));
  const call = async (datasets: readonly Dataset[], time: number): Promise<Dataset> => {
    const scope = graph.scopeOf(time);
    const rdds = datasets.map((dataset) => new RDD<T>(engine, dataset, scope));
    let result: unknown;
    try {
      result = await fn(rdds, new Time(time));
    } catch (error) {
      throw transformError(origin, time, error);
    }
    if (result instanceof RDD && result.engine === engine) return RDD.datasetOf(result);
    const what =
      result instanceof RDD
        ? `The function given to ${name} returned an RDD of another engine: make it from the RDDs that it is given, or from ssc.engine.`
        : `Transform function must not return null: the function given to ${name} must return an RDD, it returned ${Array.isArray(result) ? "an array" : result === null ? "null" : typeof result}. ` +
          "Return context.engine.emptyRDD() where there is nothing.";
    throw new PlanError(`${what}${origin.suffix}`, {
      code: "not-an-rdd",
      details: { operator: name, site: origin.site, time },
    });
  };
  engine.needs(lineages);
  const operator = new TransformStream(name, nodes.length, call);
  return new DStream<U>(context, graph.add(operator, nodes, streams[0]!.slideDuration));
}

/** What the function threw, with where it was given; an error of the library, such as that of an action in it, says so itself. */
function transformError(origin: Origin, time: number, cause: unknown): unknown {
  if (cause instanceof MillraceError) return cause;
  const { name: operator, site, suffix } = origin;
  const message = reasonOf(cause);
  return new PlanError(`The function given to ${operator} threw for the batch of ${time} ms: ${message}${suffix}`, {
    code: "function-threw",
    details: { operator, time, site },
    cause,
  });
}

/** Throws a `PlanError` where streams cannot be brought together batch by batch. */
function checkTogether<T>(streams: ReadonlyArray<DStream<T>>, context: StreamingContext, name: string): void {
  const [first] = streams;
  if (first === undefined) {
    throw new PlanError(`A ${name} needs at least one stream, got none.`, { code: `empty-${name}` });
  }
  for (const stream of streams) {
    if (!(stream instanceof DStream)) {
      throw new PlanError(`A ${name} needs streams, got ${typeof stream}.`, { code: "not-a-stream" });
    }
    if (stream.context !== context) {
      throw new PlanError(`A ${name} needs streams of one context: make both from the same one.`, {
        code: "other-context",
      });
    }
    if (!stream.slideDuration.equals(first.slideDuration)) {
      throw new PlanError(
        `A ${name} needs streams that have a batch equally often: one slides by ${first.slideDuration}, one by ${stream.slideDuration}.`,
        {
          code: "other-slide",
          details: { slides: [first.slideDuration.milliseconds, stream.slideDuration.milliseconds] },
        },
      );
    }
  }
}
