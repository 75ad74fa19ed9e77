import type { StreamingContextOptions } from "../context-options.js";
import type { DStream } from "../dstream.js";
import { ConfigError } from "../errors.js";
import type { Row } from "../lowering/row.js";
import { StreamingContext } from "../streaming-context.js";
import { ManualClock } from "../time/clock.js";
import type { DurationLike } from "../time/duration.js";
import { collected } from "./collect.js";

const BATCH_INTERVAL_MS = 1000;

/** The batches of an input stream, in order. `null` is no batch, which is not an empty one; after the last there are empty ones. */
export type InputBatches<T> = ReadonlyArray<Iterable<T> | null>;

/** How the batches are run. */
export interface RunOptions {
  /** Default: `"local[2]"`, which also cuts each input batch into two partitions. */
  master?: string;
  /** Default: 1 s. The first batch ends at this time, the clock starts at 0. */
  batchInterval?: DurationLike;
  /** Batch intervals to run. Default: those of the longest input, and in `testOperation` as many as the expected batches take. */
  numBatches?: number;
  /** Every other option of the engine and the context. */
  engineOptions?: Partial<Omit<StreamingContextOptions, "master" | "batchInterval" | "clock">>;
}

type AnyStream = DStream<never>;

/**
 * The output batches of `operation` on one input stream, or on two, run under a manual clock in a context of its own, which is stopped afterwards. A
 * batch that does not exist leaves nothing. Rejects with the first error of the operation or of a batch.
 *
 * ```ts
 * await runOperation([[1, 2], [3]], (numbers) => numbers.map((n) => n * 10)); // [[10, 20], [30]]
 * await runOperation([["a"]], [["b"]], (one, other) => one.union(other)); // [["a", "b"]]
 * ```
 */
export function runOperation<T extends Row, V>(
  input: InputBatches<T>,
  operation: (stream: DStream<T>) => DStream<V>,
  options?: RunOptions,
): Promise<V[][]>;
export function runOperation<T extends Row, U extends Row, V>(
  first: InputBatches<T>,
  second: InputBatches<U>,
  operation: (first: DStream<T>, second: DStream<U>) => DStream<V>,
  options?: RunOptions,
): Promise<V[][]>;
export function runOperation(...args: unknown[]): Promise<unknown[][]> {
  const { inputs, operation, rest } = splitArguments(args);
  return runInputs(inputs, operation, (rest[0] ?? {}) as RunOptions, 0);
}

/** One input and an operation, or two, told apart by where the function is; `rest` is what follows. */
export function splitArguments(args: readonly unknown[]): {
  inputs: InputBatches<Row>[];
  operation: (...streams: AnyStream[]) => DStream<unknown>;
  rest: unknown[];
} {
  const at = typeof args[1] === "function" ? 1 : 2;
  return {
    inputs: args.slice(0, at) as InputBatches<Row>[],
    operation: args[at] as (...streams: AnyStream[]) => DStream<unknown>,
    rest: args.slice(at + 1),
  };
}

/** Runs until every input is used up and there was time for `outputsWanted` batches, unless the options say how long. */
export async function runInputs(
  inputs: ReadonlyArray<InputBatches<Row>>,
  operation: (...streams: AnyStream[]) => DStream<unknown>,
  options: RunOptions,
  outputsWanted: number,
): Promise<unknown[][]> {
  const { master = "local[2]", batchInterval = BATCH_INTERVAL_MS, engineOptions } = options;
  const clock = new ManualClock();
  const ssc = new StreamingContext({ ...engineOptions, master, batchInterval, clock });
  try {
    const streams = inputs.map((batches) => ssc.queueStream<Row>([...batches]));
    const stream = operation(...(streams as unknown as AnyStream[]));
    const outputs = collected(stream);
    const intervalsPerOutput = stream.slideDuration.div(ssc.batchInterval);
    const longest = Math.max(...inputs.map((batches) => batches.length));
    const numBatches = options.numBatches ?? Math.max(longest, Math.ceil(outputsWanted * intervalsPerOutput));
    if (!Number.isSafeInteger(numBatches) || numBatches < 1) {
      throw new ConfigError(`numBatches must be a whole number from 1, got ${numBatches}: nothing would run.`, {
        code: "invalid-count",
        details: { numBatches },
      });
    }
    void ssc.start();
    await clock.advance(numBatches * ssc.batchInterval.milliseconds);
    await ssc.stop();
    await ssc.awaitTermination();
    return outputs;
  } finally {
    await ssc.stop();
  }
}
