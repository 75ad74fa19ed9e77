import { Accumulator, type AccumulatorOptions } from "./engine/accumulator.js";
import { type EngineOptions, LocalEngine } from "./engine/local-engine.js";
import { ConfigError } from "./errors.js";
import { type Broadcast, SharedValue } from "./lowering/broadcast.js";
import type { Row } from "./lowering/row.js";
import { Origin } from "./plan/origin.js";
import { checkPartitionCount } from "./plan/partitioner.js";
import { RDD } from "./rdd.js";
import { detectHost } from "./runtime/detect.js";
import { readingFiles } from "./sources/file-formats.js";
import { filesOf, pathPattern } from "./sources/path-pattern.js";
import { sourceLater } from "./sources/source-later.js";

/** What runs jobs: threads and their memories (Spark's SparkContext). Several contexts may use one, in turn or at once. */
export class Engine extends LocalEngine {
  constructor(options: EngineOptions = {}) {
    super(options, detectHost());
  }

  /** Of n elements, partition p of P has those from floor(p n / P) up to floor((p + 1) n / P); P defaults to `defaultParallelism`. */
  parallelize<T extends Row>(data: Iterable<T>, numPartitions = this.defaultParallelism): RDD<T> {
    checkPartitionCount(numPartitions, "numPartitions of parallelize");
    if (typeof data?.[Symbol.iterator] !== "function") {
      throw new ConfigError(`parallelize needs an iterable of rows, got ${data === null ? "null" : typeof data}.`, {
        code: "invalid-rows",
        details: { got: data },
      });
    }
    return new RDD<T>(this, this.rowsDataset(data, numPartitions));
  }

  /**
   * Lines of a file, of all files of a folder (but for names that begin with "." or "_"), or of all that a glob matches, in the order of paths, cut at
   * line borders into `minPartitions` parts of about as many bytes, by default `defaultParallelism`. Names that end in ".gz" are decompressed, each in one
   * part. Files are looked for when an action first needs them; they must not change from then on. Errors of the action: `SourceError`.
   */
  textFile(path: string, minPartitions = this.defaultParallelism): RDD<string> {
    checkPartitionCount(minPartitions, "minPartitions of textFile");
    const files = filesOf(this.host, "textFile", "bring the rows with parallelize()");
    const pattern = pathPattern(path, "textFile");
    return new RDD(
      this,
      sourceLater(minPartitions, async () =>
        (await readingFiles.open()).textFileDataset(this, files, pattern, minPartitions),
      ),
    );
  }

  /**
   * The rows that `saveAsObjectFile` or `saveAsObjectFiles` wrote: of a folder of parts, of one part, or of all that a glob matches, in the order of paths.
   * Each file is whole in one of `minPartitions` parts, by default `defaultParallelism`. Files are looked for, and must stay, as in `textFile`.
   */
  objectFile<T>(path: string, minPartitions = this.defaultParallelism): RDD<T> {
    checkPartitionCount(minPartitions, "minPartitions of objectFile");
    const files = filesOf(this.host, "objectFile", "bring the rows with parallelize()");
    const pattern = pathPattern(path, "objectFile");
    return new RDD(
      this,
      sourceLater(minPartitions, async () =>
        (await readingFiles.open()).objectFileDataset(files, pattern, minPartitions),
      ),
    );
  }

  /** An RDD without rows or partitions. */
  emptyRDD<T>(): RDD<T> {
    return new RDD<T>(this, { kind: "source", scope: undefined, partitions: [] });
  }

  /** A value that lambdas read. In one process it is shared as it is; `unpersist()` has nothing to remove, and the value can still be read. */
  broadcast<T>(value: T): Broadcast<T> {
    return new SharedValue(value);
  }

  /**
   * A value that lambdas add to and the program reads: a sum of numbers that starts at `zero`, or whatever `add` and `merge` make of it. Each update counts
   * once for each task that succeeds; a task that runs again, because what it made was not kept, counts again.
   */
  accumulator(zero: number, name?: string): Accumulator<number>;
  accumulator<T, In>(options: AccumulatorOptions<T, In>): Accumulator<T, In>;
  accumulator<T, In>(
    zero: number | AccumulatorOptions<T, In>,
    name?: string,
  ): Accumulator<number> | Accumulator<T, In> {
    const { site } = new Origin("accumulator", this.accumulator as (...args: never[]) => unknown);
    if (typeof zero === "number") {
      const add = (a: number, b: number) => a + b;
      return this.recorded(
        new Accumulator<number>({ zero, add, merge: add, ...(name !== undefined && { name }) }, site),
      );
    }
    if (typeof zero?.add !== "function" || typeof zero.merge !== "function") {
      throw new ConfigError(
        "An accumulator needs a number to start from, or { zero, add, merge } with two functions.",
        {
          code: "invalid-accumulator",
          details: { got: zero },
        },
      );
    }
    return this.recorded(new Accumulator<T, In>(zero, site));
  }
}
