import {
  type Accumulator,
  type Batch,
  type DStream,
  ManualClock,
  type MapWithStateDStream,
  type RDD,
  type State,
  StateSpec,
  StreamingContext,
  type Time,
} from "millrace";
import { afterEach, expect, expectTypeOf, test } from "vitest";
import { stopContexts, stopLater } from "../support/batches.js";

afterEach(stopContexts);

function context(): StreamingContext {
  return stopLater(new StreamingContext({ clock: new ManualClock(), batchInterval: 1000, master: "local[1]" }));
}

test("operations on streams keep and make types", () => {
  const ssc = context();
  const numbers = ssc.queueStream([[1, 2], [3]]);
  const texts = ssc.queueStream([["a"]]);
  const pairs = ssc.queueStream([[["a", 1]], [["b", 2]]]);
  expectTypeOf(numbers.glom()).toEqualTypeOf<DStream<number[]>>();
  expectTypeOf(numbers.mapPartitions((values) => [[...values].length])).toEqualTypeOf<DStream<number>>();
  expectTypeOf(numbers.repartition(2)).toEqualTypeOf<DStream<number>>();
  expectTypeOf(numbers.reduce((a, b) => a + b)).toEqualTypeOf<DStream<number>>();
  expectTypeOf(texts.countByValue()).toEqualTypeOf<DStream<[string, number]>>();
  expectTypeOf(texts.transform((rdd) => rdd.map((text) => text.length))).toEqualTypeOf<DStream<number>>();
  expectTypeOf(texts.transform(async (rdd, time) => rdd.map(() => time.milliseconds))).toEqualTypeOf<DStream<number>>();
  expectTypeOf(texts.transformWith(numbers, (a, b) => a.cartesian(b))).toEqualTypeOf<DStream<[string, number]>>();
  expectTypeOf(ssc.transform([numbers, numbers], ([a, b]) => a!.union(b!))).toEqualTypeOf<DStream<number>>();
  expectTypeOf(pairs.mapValues((value) => value > 1)).toEqualTypeOf<DStream<[string, boolean]>>();
  expectTypeOf(pairs.flatMapValues((value) => [String(value)])).toEqualTypeOf<DStream<[string, string]>>();
  expectTypeOf(pairs.groupByKey()).toEqualTypeOf<DStream<[string, number[]]>>();
  expectTypeOf(
    pairs.combineByKey(
      (value) => [value],
      (list, value) => [...list, value],
      (a, b) => [...a, ...b],
    ),
  ).toEqualTypeOf<DStream<[string, number[]]>>();
  const flags = pairs.mapValues((value) => value > 1);
  expectTypeOf(pairs.cogroup(flags)).toEqualTypeOf<DStream<[string, [number[], boolean[]]]>>();
  expectTypeOf(pairs.groupWith(flags, pairs)).toEqualTypeOf<DStream<[string, [number[], boolean[], number[]]]>>();
  expectTypeOf(pairs.join(flags)).toEqualTypeOf<DStream<[string, [number, boolean]]>>();
  expectTypeOf(pairs.leftOuterJoin(flags)).toEqualTypeOf<DStream<[string, [number, boolean | undefined]]>>();
  expectTypeOf(pairs.rightOuterJoin(flags)).toEqualTypeOf<DStream<[string, [number | undefined, boolean]]>>();
  expectTypeOf(pairs.fullOuterJoin(flags)).toEqualTypeOf<
    DStream<[string, [number | undefined, boolean | undefined]]>
  >();
  expect(numbers.checkpointDuration).toBeUndefined();
});

test("windows and state keep and make types", () => {
  const ssc = context();
  const numbers = ssc.queueStream([[1, 2], [3]]);
  const pairs = ssc.queueStream([[["a", 1]], [["b", 2]]]);
  const add = (a: number, b: number) => a + b;
  expectTypeOf(numbers.window(2000, 1000)).toEqualTypeOf<DStream<number>>();
  expectTypeOf(numbers.reduceByWindow(add, 2000)).toEqualTypeOf<DStream<number>>();
  expectTypeOf(numbers.reduceByWindow(add, (a, b) => a - b, 2000, 1000)).toEqualTypeOf<DStream<number>>();
  expectTypeOf(numbers.countByWindow(2000)).toEqualTypeOf<DStream<number>>();
  expectTypeOf(numbers.countByValueAndWindow(2000)).toEqualTypeOf<DStream<[number, number]>>();
  expectTypeOf(pairs.groupByKeyAndWindow(2000)).toEqualTypeOf<DStream<[string, number[]]>>();
  expectTypeOf(pairs.reduceByKeyAndWindow(add, 2000, 1000, 3)).toEqualTypeOf<DStream<[string, number]>>();
  expectTypeOf(
    pairs.reduceByKeyAndWindow(add, (a, b) => a - b, 2000, 1000, { filter: ([, count]) => count > 0 }),
  ).toEqualTypeOf<DStream<[string, number]>>();
  expectTypeOf(pairs.updateStateByKey((values, state) => values.length + (state ?? 0))).toEqualTypeOf<
    DStream<[string, number]>
  >();
  expectTypeOf(
    pairs.updateStateByKey((values: number[], state: string | undefined, key, time: Time) =>
      `${state}${values}${key}${time}`.slice(0, 3),
    ),
  ).toEqualTypeOf<DStream<[string, string]>>();
  const spec = StateSpec.function((key: string, value: number | undefined, state: State<number>) => {
    state.update((state.getOption() ?? 0) + (value ?? 0));
    return [key, state.get()];
  });
  const mapped = pairs.mapWithState(
    spec
      .timeout(1000)
      .numPartitions(2)
      .initialState([["a", 1]]),
  );
  expectTypeOf(mapped).toEqualTypeOf<MapWithStateDStream<string, number, number, [string, number]>>();
  expectTypeOf(mapped.stateSnapshots()).toEqualTypeOf<DStream<[string, number]>>();
  expectTypeOf(pairs.batches()).toEqualTypeOf<AsyncIterable<Batch<RDD<[string, number]>>>>();
  expectTypeOf(pairs.slice).returns.resolves.toEqualTypeOf<Array<RDD<[string, number]>>>();
  expect(mapped.storageLevel).toBe("MEMORY_ONLY");
});

test("operations on RDDs keep and make types", () => {
  const { engine } = context();
  const numbers = engine.parallelize([1, 2, 3]);
  const pairs = engine.parallelize([["a", 1]]);
  expectTypeOf(numbers.keyBy(String)).toEqualTypeOf<RDD<[string, number]>>();
  expectTypeOf(numbers.groupBy((n) => n % 2 === 0)).toEqualTypeOf<RDD<[boolean, number[]]>>();
  expectTypeOf(numbers.zipWithIndex()).toEqualTypeOf<RDD<[number, number]>>();
  expectTypeOf(numbers.sortBy((n) => -n).coalesce(1)).toEqualTypeOf<RDD<number>>();
  expectTypeOf(pairs.keys()).toEqualTypeOf<RDD<string>>();
  expectTypeOf(pairs.values()).toEqualTypeOf<RDD<number>>();
  expectTypeOf(
    pairs.aggregateByKey(
      "",
      (text, n) => text + n,
      (a, b) => a + b,
    ),
  ).toEqualTypeOf<RDD<[string, string]>>();
  expectTypeOf(pairs.sortByKey().partitionBy(2)).toEqualTypeOf<RDD<[string, number]>>();
  expectTypeOf(pairs.join(pairs)).toEqualTypeOf<RDD<[string, [number, number]]>>();
  expectTypeOf(pairs.collectAsMap).returns.resolves.toEqualTypeOf<Map<unknown, unknown>>();
  expectTypeOf(numbers.countByValue).returns.resolves.toEqualTypeOf<Map<number, number>>();
  expectTypeOf(numbers.aggregate<string>).returns.resolves.toEqualTypeOf<string>();
  expectTypeOf(engine.accumulator(0)).toEqualTypeOf<Accumulator<number>>();
  expectTypeOf(engine.broadcast({ a: 1 }).value).toEqualTypeOf<{ a: number }>();
  expect(numbers.getNumPartitions()).toBe(1);
});

/** Never called: what matters is that it does not compile without the marks. */
function wrongPrograms(ssc: StreamingContext): void {
  const numbers = ssc.queueStream([[1, 2], [3]]);
  const byText = ssc.queueStream([[["a", 1]]]);
  const byNumber = ssc.queueStream([[[1, "a"]]]);
  // @ts-expect-error: numbers have no keys
  numbers.groupByKey();
  // @ts-expect-error: nor have they values
  numbers.mapValues((value) => value);
  // @ts-expect-error: a window by key needs keys
  numbers.reduceByKeyAndWindow((a: number, b: number) => a + b, 2000);
  // @ts-expect-error: so does state
  numbers.updateStateByKey((values: number[]) => values.length);
  // @ts-expect-error: the two sides of a join have keys of one type
  byText.join(byNumber);
  // @ts-expect-error: and so have those of a cogroup
  byText.cogroup(byNumber);
  // @ts-expect-error: a transform returns an RDD
  numbers.transform((rdd) => rdd.collect());
  // @ts-expect-error: the inverse reduces what the function reduces
  byText.reduceByKeyAndWindow(
    (a, b) => a + b,
    (a: string, b: string) => a + b,
    2000,
  );
  // @ts-expect-error: the state's function takes the keys of the stream
  byNumber.mapWithState(StateSpec.function((key: string, _value: string | undefined, _state: State<number>) => [key]));
  // @ts-expect-error: there is no such level
  numbers.persist("MEMORY");
  // @ts-expect-error: keys cannot be sorted where there are none
  ssc.engine.parallelize([1]).sortByKey();
}

test("wrong programs do not compile", () => {
  expect(wrongPrograms).toBeTypeOf("function");
});

test("mapWithState takes a spec of the stream's own keys and values", () => {
  const pairs = context().queueStream([[["a", 1]]]);
  const ofTexts = StateSpec.function((key: string, _text: string | undefined, _state: State<number>) => key);
  const ofMore = StateSpec.function((key: string, _value: string | number | undefined, _state: State<number>) => key);
  // @ts-expect-error the values of the stream are numbers
  pairs.mapWithState(ofTexts);
  expectTypeOf(pairs.mapWithState(ofMore)).toEqualTypeOf<MapWithStateDStream<string, number, number, string>>();
  expectTypeOf(
    pairs.mapWithState(StateSpec.function((key, value, state: State<number>) => [key, (value ?? 0) + state.get()])),
  ).toEqualTypeOf<MapWithStateDStream<string, number, number, [string, number]>>();
});
