/**
 * How long does a batch of one short line take, from the push to the counts as JavaScript values?
 *
 * Measured with the `benchmark` package: one operation is a push, a step of the manual clock and `await rdd.collect()` in `foreachRDD`, one after
 * the other. The plain program splits the line and counts its words in a `Map`: what is left is the price of being a stream.
 *
 * Beside it: batches with a window and a state in the graph, which have to be 2,000 a second, and batches without data through ten operators, under
 * 0.5 ms each.
 *
 * Not measured: timers of the system clock (idle.bench.ts), larger batches (word-count.bench.ts).
 */
import Benchmark from "benchmark";
import { type DStream, ManualClock, MemoryStore, type PushInput, StreamingContext } from "millrace";
import type { Bench, Row } from "./support/bench.js";
import { checksumOf } from "./support/checksum.js";
import { agreed, ratio, rowOfMs } from "./support/measure.js";
import { plainWordCount } from "./support/plain-word-count.js";

interface Size {
  /** Seconds for each side in each round. */
  readonly maxTime: number;
  /** Seconds of one sample. */
  readonly minTime: number;
  readonly rounds: number;
}

const LINE = "to be or not to be";
const INTERVAL_MS = 1000;
const bytes = new TextEncoder().encode(`${LINE}\n`);

type Lines = DStream<string> & PushInput<string>;
type Counts = Array<[string, number]>;

interface Tiny {
  /** One batch; what its last output collected. */
  readonly run: (push: (lines: Lines) => Promise<void>) => Promise<Counts>;
  readonly stop: () => Promise<void>;
}

function words(lines: Lines): DStream<[string, number]> {
  return lines.flatMap((line) => line.split(" ")).map((word) => [word, 1]);
}

function wordCount(lines: Lines): Array<DStream<[string, number]>> {
  return [words(lines).reduceByKey((x, y) => x + y)];
}

function windowAndState(lines: Lines): Array<DStream<[string, number]>> {
  const pairs = words(lines);
  return [
    pairs.reduceByKeyAndWindow((x, y) => x + y, 10 * INTERVAL_MS),
    pairs.updateStateByKey((values, state) => values.reduce((x, y) => x + y, state ?? 0)),
  ];
}

function tenOperators(lines: Lines): Array<DStream<[string, number]>> {
  return [
    words(lines)
      .filter(([word]) => word !== "")
      .reduceByKey((x, y) => x + y)
      .mapValues((count) => count + 1)
      .map(([word, count]): [string, number] => [word, count])
      .groupByKey()
      .mapValues((counts) => counts.length)
      .filter(([, count]) => count > 0)
      .map(([word, count]): [string, number] => [word, count]),
  ];
}

/** A stream of batches; every output collects. */
function tinyStream(build: (lines: Lines) => Array<DStream<[string, number]>>): Tiny {
  const clock = new ManualClock();
  const checkpoint = new MemoryStore();
  const ssc = new StreamingContext({ master: "local[1]", clock, batchInterval: INTERVAL_MS, checkpoint });
  const lines: Lines = ssc.pushStream();
  let rows: Counts = [];
  for (const stream of build(lines)) {
    stream.foreachRDD(async (rdd) => {
      rows = await rdd.collect();
    });
  }
  void ssc.start();
  return {
    run: async (push) => {
      await push(lines);
      await clock.advance(INTERVAL_MS);
      return rows;
    },
    stop: async () => {
      await ssc.stop();
      await ssc.awaitTermination();
    },
  };
}

interface Contender {
  readonly what: string;
  readonly operation: () => Promise<unknown>;
  readonly checksum?: string;
  /** Milliseconds. */
  readonly target?: number;
}

/** Milliseconds an operation of each sample that the `benchmark` package took. */
function samplesOf(operation: () => Promise<unknown>, { maxTime, minTime }: Size): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const benchmark = new Benchmark({
      defer: true,
      maxTime,
      minTime,
      minSamples: 3,
      fn: (deferred: { resolve(): void }) => {
        operation().then(() => deferred.resolve(), reject);
      },
      onComplete: () => resolve(benchmark.stats.sample.map((seconds) => seconds * 1000)),
      onError: () => reject(benchmark.error),
    });
    benchmark.run({ async: true });
  });
}

const bench: Bench<Size> = {
  name: "tiny-batch",
  question: "How long does a batch of one short line take?",
  notMeasured: "timers, larger batches",
  sizes: {
    small: { maxTime: 0.05, minTime: 0.01, rounds: 1 },
    large: { maxTime: 1, minTime: 0.05, rounds: 5 },
  },
  async run(size) {
    const stream = tinyStream(wordCount);
    const stateful = tinyStream(windowAndState);
    const empty = tinyStream(tenOperators);
    const pushed = () => stream.run((lines) => lines.push(LINE));
    const pushedToState = () => stateful.run((lines) => lines.push(LINE));
    const nothing = () => empty.run(async () => {});
    const pushedBytes = () => stream.run((lines) => lines.pushBytes(bytes));
    const contenders: Contender[] = [
      { what: "Millrace, push of a string", operation: pushed, checksum: checksumOf(await pushed()) },
      { what: "Millrace, pushBytes", operation: pushedBytes, checksum: checksumOf(await pushedBytes()) },
      { what: "Millrace, a window and a state, two outputs", operation: pushedToState, target: 0.5 },
      { what: "Millrace, ten operators on nothing", operation: nothing, target: 0.5 },
      {
        what: "plain JavaScript",
        operation: async () => plainWordCount(bytes),
        checksum: checksumOf(plainWordCount(bytes)),
      },
    ];
    const samples = contenders.map((): number[] => []);
    for (let round = 0; round < size.rounds; round++) {
      for (const [index, { operation }] of contenders.entries()) {
        samples[index]!.push(...(await samplesOf(operation, size)));
      }
    }
    for (const { stop } of [stream, stateful, empty]) await stop();
    const rows = contenders.map(({ what, checksum }, index): Row => {
      return rowOfMs(what, samples[index]!, checksum === undefined ? {} : { checksum });
    });
    const plain = rows.at(-1)!;
    const own = rows.slice(0, -1).map((row, index): Row => {
      const { target: atMost = 0.3 } = contenders[index]!;
      return { ...row, target: { atMost }, ratios: [ratio(row, plain)] };
    });
    return agreed([...own, plain]);
  },
};

export default bench;
