/** How Millrace and plain JavaScript become sides of a question. */
import { type DStream, ManualClock, type PushInput, type RDD, StreamingContext } from "millrace";
import type { Side } from "./bench.js";
import { checksumOf } from "./checksum.js";
import { PLAIN } from "./question.js";

type Pairs = Iterable<readonly [key: string, number: number]>;

/** What each input gets in a batch: bytes of lines, or lines that are strings already. */
export type Batch = ReadonlyArray<Uint8Array | readonly string[]>;

export interface StreamProgram<T> {
  readonly what: string;
  readonly master: string;
  /** The batches, over and over, one a run. */
  readonly batches: readonly Batch[];
  /** Batches before the first round, so that state and windows are full. */
  readonly before?: readonly Batch[];
  /** The program: a stream made of the lines of each input. */
  readonly build: (...lines: Array<DStream<string>>) => DStream<T>;
  /** What the output does in a run that is measured; by default it counts the rows. */
  readonly output?: (rdd: RDD<T>) => Promise<unknown>;
  /** What the output takes to tell what was computed. */
  readonly result: (rdd: RDD<T>) => Promise<Pairs>;
}

/** What the published types do not show. */
interface WithCounters {
  readonly threads: { readonly counters: { bytesIn: number; bytesOut: number } };
}

const INTERVAL_MS = 1000;
/** An argument list has a limit. */
const STRINGS_A_PUSH = 10_000;

/** A started context on a manual clock; a run is one batch: its push, a step of the clock, what the output does. */
export function millraceSide<T>({ what, master, batches, before = [], build, ...outputs }: StreamProgram<T>): Side {
  const { output = (rdd: RDD<T>) => rdd.count(), result } = outputs;
  const clock = new ManualClock();
  const ssc = new StreamingContext({ master, clock, batchInterval: INTERVAL_MS });
  const inputs: Array<DStream<string> & PushInput<string>> = batches[0]!.map(() => ssc.pushStream());
  const turn = inTurn(batches);
  let isChecked = false;
  let checksum = "";
  build(...inputs).foreachRDD(async (rdd) => {
    if (isChecked) checksum = checksumOf(await result(rdd));
    else await output(rdd);
  });
  let bytesCopied = { in: 0, out: 0 };
  const runBatch = async (given: Batch) => {
    const { counters } = (ssc.engine as unknown as WithCounters).threads;
    const begin = { ...counters };
    for (const [index, part] of given.entries()) await push(inputs[index]!, part);
    await clock.advance(INTERVAL_MS);
    bytesCopied = { in: counters.bytesIn - begin.bytesIn, out: counters.bytesOut - begin.bytesOut };
  };
  return {
    what,
    prepare: async () => {
      await ssc.start();
      for (const given of before) await runBatch(given);
    },
    run: () => runBatch(turn()),
    check: async () => {
      // As the runs that were measured copied them: the result is decoded whole.
      const copied = bytesCopied;
      isChecked = true;
      await runBatch(turn());
      isChecked = false;
      return { checksum, bytesCopied: copied };
    },
    stop: async () => {
      await ssc.stop();
      await ssc.awaitTermination();
    },
  };
}

/** Each of the values, over and over. */
export function inTurn<T>(values: readonly T[]): () => T {
  let next = 0;
  return () => values[next++ % values.length]!;
}

async function push(input: PushInput<string>, batch: Batch[number]): Promise<void> {
  if (batch instanceof Uint8Array) return input.pushBytes(batch);
  for (let i = 0; i < batch.length; i += STRINGS_A_PUSH) await input.push(...batch.slice(i, i + STRINGS_A_PUSH));
}

/** A function that computes the whole answer, and what tells it. */
export function plainSide<R>(run: () => R, pairs: (result: R) => Pairs, what = PLAIN): Side {
  return { what, run, check: () => ({ checksum: checksumOf(pairs(run())) }) };
}
