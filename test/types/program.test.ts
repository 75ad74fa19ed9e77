import { type DStream, ManualClock, type RDD, Seconds, StreamingContext } from "millrace";
import { afterEach, expect, expectTypeOf, test } from "vitest";
import { stopContexts, stopLater } from "../support/batches.js";

afterEach(stopContexts);

test("the program of DESIGN.md infers the types of every stream", () => {
  const ssc = new StreamingContext({ master: "local[2]", appName: "NetworkWordCount", batchInterval: Seconds(1) });
  const lines = ssc.socketTextStream("localhost", 9999);
  const words = lines.flatMap((line) => line.split(" "));
  const pairs = words.map((word) => [word, 1]);
  const wordCounts = pairs.reduceByKey((x, y) => x + y);
  wordCounts.print();
  stopLater(ssc);

  expectTypeOf(lines).toEqualTypeOf<DStream<string>>();
  expectTypeOf(words).toEqualTypeOf<DStream<string>>();
  expectTypeOf(pairs).toEqualTypeOf<DStream<[string, number]>>();
  expectTypeOf(wordCounts).toEqualTypeOf<DStream<[string, number]>>();
  expectTypeOf(words.count()).toEqualTypeOf<DStream<number>>();
  expectTypeOf(lines.map((line) => line.length)).toEqualTypeOf<DStream<number>>();
  expectTypeOf(lines.map((line) => [line, [line.length, true]] as [string, [number, boolean]])).toEqualTypeOf<
    DStream<[string, [number, boolean]]>
  >();
  expectTypeOf(lines.map((line) => (line === "" ? undefined : line))).toEqualTypeOf<DStream<string | undefined>>();
  expectTypeOf(pairs.map(([word]) => word)).toEqualTypeOf<DStream<string>>();
  expectTypeOf(lines.map(Number.parseInt)).toEqualTypeOf<DStream<number>>();
  expect(wordCounts.slideDuration.milliseconds).toBe(1000);
});

test("streams, RDDs and pushes keep their element types", () => {
  const clock = new ManualClock();
  const ssc = stopLater(new StreamingContext({ clock, batchInterval: 1000, master: "local[1]" }));
  const texts = ssc.pushStream();
  const numbers = ssc.pushStream<number>();
  const queued = ssc.queueStream([[1, 2], [3]]);
  const queuedPairs = ssc.queueStream([[["a", 1]], [["b", 2]]]);
  expectTypeOf(texts.push).parameters.toEqualTypeOf<string[]>();
  expectTypeOf(numbers.push).parameters.toEqualTypeOf<number[]>();
  expectTypeOf(queued).toEqualTypeOf<DStream<number>>();
  expectTypeOf(queuedPairs.map(([key]) => key)).toEqualTypeOf<DStream<string>>();
  expectTypeOf(texts.filter((text): text is "a" => text === "a")).toEqualTypeOf<DStream<"a">>();
  expectTypeOf(ssc.union([queued, queued])).toEqualTypeOf<DStream<number>>();
  queued.foreachRDD((rdd, time) => {
    expectTypeOf(rdd).toEqualTypeOf<RDD<number>>();
    expectTypeOf(time.milliseconds).toEqualTypeOf<number>();
    expectTypeOf(rdd.collect()).resolves.toEqualTypeOf<number[]>();
    expectTypeOf(rdd.map((n) => [n, "x"]).reduceByKey((a, b) => a + b)).toEqualTypeOf<RDD<[number, string]>>();
    expectTypeOf(rdd.take(1)).resolves.toEqualTypeOf<number[]>();
    expectTypeOf(rdd.first()).resolves.toEqualTypeOf<number>();
    expectTypeOf(rdd.engine.parallelize).toBeFunction();
  });
  expectTypeOf(ssc.engine.parallelize([["a", 1]]).reduceByKey((a, b) => a + b)).toEqualTypeOf<RDD<[string, number]>>();
  expectTypeOf(ssc.engine.emptyRDD<Date>()).toEqualTypeOf<RDD<Date>>();
});

/** Never called: what matters is that it does not compile without the marks. */
function wrongPrograms(ssc: StreamingContext): void {
  const lines = ssc.socketTextStream("localhost", 9999);
  const numbers = ssc.queueStream([[1, 2], [3]]);
  // @ts-expect-error: rows that are no pairs have no keys
  lines.reduceByKey((a: number, b: number) => a + b);
  // @ts-expect-error: the value of a reducer is the value of the pairs
  lines.map((line) => [line, 1]).reduceByKey((a: string, b: string) => a + b);
  // @ts-expect-error: the two sides of a union have one element type
  lines.union(numbers);
  // @ts-expect-error: and so have all streams of one
  ssc.union([lines, numbers]);
  // @ts-expect-error: a number is not iterable
  numbers.flatMap((n) => n + 1);
  // @ts-expect-error: a stream of lines has no numbers in it
  lines.map((line) => line.toFixed());
  // @ts-expect-error: only the records of the stream can be pushed
  void ssc.pushStream<number>().push("a");
  // @ts-expect-error: bytes, not text
  void ssc.pushStream().pushBytes("a");
  // @ts-expect-error: a context has a batch interval
  new StreamingContext({ master: "local[2]" });
  // @ts-expect-error: outputs are no streams
  lines.print().map((line: string) => line);
}

test("wrong programs do not compile", () => {
  expect(wrongPrograms).toBeTypeOf("function");
});
