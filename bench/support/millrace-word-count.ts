/** The word count through the public API: batches of bytes on a manual clock. */
import { type DStream, ManualClock, StreamingContext } from "millrace";
import { checksumOf } from "./checksum.js";

/** What the published types do not show. */
interface WithCounters {
  readonly threads: { readonly counters: { bytesIn: number; bytesOut: number } };
}

const INTERVAL_MS = 1000;

export interface WordCountOptions {
  readonly master: string;
  /** Default: the plain lambdas, which run in the kernel. */
  readonly count?: (lines: DStream<string>) => DStream<[string, number]>;
}

function plainLambdas(lines: DStream<string>): DStream<[string, number]> {
  return lines
    .flatMap((line) => line.split(" "))
    .map((word) => [word, 1])
    .reduceByKey((x, y) => x + y);
}

/** A started context whose batches are counted one by one. */
export class MillraceWordCount {
  readonly #ssc: StreamingContext;
  readonly #clock = new ManualClock();
  readonly #lines;
  #collects = false;
  #distinct = 0;
  #checksum = "";

  constructor({ master, count = plainLambdas }: WordCountOptions) {
    this.#ssc = new StreamingContext({ master, clock: this.#clock, batchInterval: INTERVAL_MS });
    this.#lines = this.#ssc.pushStream();
    count(this.#lines).foreachRDD(async (rdd) => {
      if (this.#collects) this.#checksum = checksumOf(await rdd.collect());
      else this.#distinct = await rdd.count();
    });
    void this.#ssc.start();
  }

  /** One batch of `text`. Returns the number of different words. */
  async run(text: Uint8Array): Promise<number> {
    this.#distinct = 0;
    await this.#lines.pushBytes(text);
    await this.#clock.advance(INTERVAL_MS);
    return this.#distinct;
  }

  /** The checksum of one more batch of `text`, and the bytes that one batch copies where it is only counted. */
  async check(text: Uint8Array): Promise<{ checksum: string; bytesCopied: { in: number; out: number } }> {
    const { counters } = (this.#ssc.engine as unknown as WithCounters).threads;
    const before = { ...counters };
    await this.run(text);
    const bytesCopied = { in: counters.bytesIn - before.bytesIn, out: counters.bytesOut - before.bytesOut };
    this.#collects = true;
    await this.run(text);
    this.#collects = false;
    return { checksum: this.#checksum, bytesCopied };
  }

  /** Rejects where a batch failed. */
  async stop(): Promise<void> {
    await this.#ssc.stop();
    await this.#ssc.awaitTermination();
  }
}
