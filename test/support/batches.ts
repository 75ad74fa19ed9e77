import { type DStream, ManualClock, type Row, StreamingContext, type StreamingContextOptions } from "millrace";
import { collected, runOperation } from "millrace/testing";

export type ContextOptions = Partial<Omit<StreamingContextOptions, "clock">>;

/** Batch interval of the contexts made here, in milliseconds. */
export const INTERVAL_MS = 1000;
const LINE_BYTES_MAX = 64 * 1024 * 1024;

export interface ManualContext {
  readonly ssc: StreamingContext;
  readonly clock: ManualClock;
}

const started: StreamingContext[] = [];

/** A context on a manual clock, one thread where nothing else is said; `stopContexts()` stops it. */
export function manualContext(options: ContextOptions = {}): ManualContext {
  const clock = new ManualClock();
  // Lines of any length, up to what may be received: their limit has tests of its own.
  const lineBytesMax = Math.min(LINE_BYTES_MAX, options.receivedBytesMax ?? LINE_BYTES_MAX);
  const ssc = new StreamingContext({ batchInterval: INTERVAL_MS, master: "local[1]", lineBytesMax, ...options, clock });
  started.push(ssc);
  return { ssc, clock };
}

/** Stops `ssc` in the next `stopContexts()`. */
export function stopLater(ssc: StreamingContext): StreamingContext {
  started.push(ssc);
  return ssc;
}

/** Stops every context made here: for `afterEach`. */
export async function stopContexts(): Promise<void> {
  await Promise.all(started.splice(0).map((ssc) => ssc.stop({ stopEngine: true })));
}

export { collected } from "millrace/testing";

/** As `runOperation`, on one thread where nothing else is said, and for an operation that also wants the context. */
export function runBatches<T extends Row, U>(
  batches: ReadonlyArray<Iterable<T> | null>,
  operation: (stream: DStream<T>, ssc: StreamingContext) => DStream<U>,
  { master = "local[1]", ...engineOptions }: ContextOptions = {},
): Promise<U[][]> {
  return runOperation(batches, (stream) => operation(stream, stream.context), { master, engineOptions });
}

/** As `runBatches`, for the lines of a byte stream: each batch is a list of chunks, which are pushed one by one; the last batch ends the text. */
export async function runChunks<U>(
  batches: ReadonlyArray<readonly Uint8Array[]>,
  operation: (lines: DStream<string>) => DStream<U>,
  options: ContextOptions = {},
): Promise<U[][]> {
  const { ssc, clock } = manualContext(options);
  const lines = ssc.pushStream();
  const outputs = collected(operation(lines));
  void ssc.start();
  for (const [index, chunks] of batches.entries()) {
    for (const chunk of chunks) await lines.pushBytes(chunk);
    if (index === batches.length - 1) lines.close();
    await clock.advance(INTERVAL_MS);
  }
  await ssc.stop();
  await ssc.awaitTermination();
  return outputs;
}

/** UTF-8 of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The word count that runs in the kernel. */
export function wordCount(lines: DStream<string>, partitions?: number): DStream<[string, number]> {
  return lines
    .flatMap((line) => line.split(" "))
    .map((word) => [word, 1])
    .reduceByKey((a, b) => a + b, partitions);
}

/** The same word count, with lambdas that no reader of their source can prove anything about. */
export function opaqueWordCount(lines: DStream<string>, partitions?: number): DStream<[string, number]> {
  const separator = " ";
  const one = { value: 1 };
  const add = (a: number, b: number) => a + b;
  return lines
    .flatMap((line) => line.split(separator))
    .map((word): [string, number] => [word, one.value])
    .reduceByKey((a, b) => add(a, b), partitions);
}

/** Waits, without a clock of its own, for something that only the host's other work can bring about. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
