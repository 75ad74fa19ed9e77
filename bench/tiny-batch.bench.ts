/**
 * How long does a batch of one short line take, from the push to the counts as JavaScript values?
 *
 * Measured with the `benchmark` package: one operation is a push, a step of the manual clock and `await rdd.collect()` in `foreachRDD`, one after
 * the other. The plain program splits the line and counts its words in a `Map`: what is left is the price of being a stream.
 *
 * Not measured: timers of the system clock, more than one stream or output, larger batches (word-count.bench.ts).
 */
import Benchmark from "benchmark";
import { type DStream, ManualClock, type PushInput, StreamingContext } from "millrace";
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

interface Tiny {
  readonly run: (push: (lines: PushInput<string>) => Promise<void>) => Promise<Array<[string, number]>>;
  readonly stop: () => Promise<void>;
}

function tinyStream(): Tiny {
  const clock = new ManualClock();
  const ssc = new StreamingContext({ master: "local[1]", clock, batchInterval: INTERVAL_MS });
  const lines: DStream<string> & PushInput<string> = ssc.pushStream();
  let rows: Array<[string, number]> = [];
  lines
    .flatMap((line) => line.split(" "))
    .map((word) => [word, 1])
    .reduceByKey((x, y) => x + y)
    .foreachRDD(async (rdd) => {
      rows = await rdd.collect();
    });
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
  notMeasured: "timers, several streams or outputs, larger batches",
  sizes: {
    small: { maxTime: 0.05, minTime: 0.01, rounds: 1 },
    large: { maxTime: 1, minTime: 0.05, rounds: 5 },
  },
  async run(size) {
    const stream = tinyStream();
    const pushed = () => stream.run((lines) => lines.push(LINE));
    const pushedBytes = () => stream.run((lines) => lines.pushBytes(bytes));
    const contenders = [
      { what: "Millrace, push of a string", operation: pushed, checksum: checksumOf(await pushed()) },
      { what: "Millrace, pushBytes", operation: pushedBytes, checksum: checksumOf(await pushedBytes()) },
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
    await stream.stop();
    const rows = contenders.map(({ what, checksum }, index): Row => rowOfMs(what, samples[index]!, { checksum }));
    const plain = rows.at(-1)!;
    const own = rows.slice(0, -1).map((row): Row => ({ ...row, target: { atMost: 0.3 }, ratios: [ratio(row, plain)] }));
    return agreed([...own, plain]);
  },
};

export default bench;
