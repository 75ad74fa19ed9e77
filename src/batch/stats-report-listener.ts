import { ConfigError } from "../errors.js";
import { type Distribution, LastFigures } from "./distribution.js";
import type { BatchInfo, StreamingListener } from "./listener.js";

/** Batches that a report is about where nothing is said. */
const BATCHES = 10;

/**
 * A listener that writes, after each batch, how the total delay and the processing time of the last batches are distributed: for each a line with
 * count, mean, least and most, then the quantiles of 0, 5, 10, 25, 50, 75, 90, 95 and 100 %.
 *
 * `numBatchInfos`: how many batches; `write` takes a line at a time, by default the host's place for warnings, once the listener is added to a
 * context. `ConfigError` where the number is not a whole one from 1.
 */
export class StatsReportListener implements StreamingListener {
  readonly #totalDelays: LastFigures;
  readonly #processingTimes: LastFigures;
  #write: ((line: string) => void) | undefined;

  constructor(numBatchInfos = BATCHES, write?: (line: string) => void) {
    if (!Number.isSafeInteger(numBatchInfos) || numBatchInfos < 1) {
      throw new ConfigError(
        `numBatchInfos of StatsReportListener must be a whole number from 1, got ${numBatchInfos}.`,
        {
          code: "invalid-option",
          details: { option: "numBatchInfos", got: numBatchInfos },
        },
      );
    }
    this.#totalDelays = new LastFigures(numBatchInfos);
    this.#processingTimes = new LastFigures(numBatchInfos);
    this.#write = write;
  }

  /** @internal Where it writes if it was given no place. */
  writeTo(write: (line: string) => void): void {
    this.#write ??= write;
  }

  onBatchCompleted({ batchInfo }: { batchInfo: BatchInfo }): void {
    const { totalDelay, processingDelay } = batchInfo;
    if (totalDelay !== undefined) this.#totalDelays.add(totalDelay);
    if (processingDelay !== undefined) this.#processingTimes.add(processingDelay);
    this.#report("Total delay: ", this.#totalDelays.distribution());
    this.#report("Processing time: ", this.#processingTimes.distribution());
  }

  #report(heading: string, distribution: Distribution | undefined): void {
    if (distribution === undefined) return;
    const { count, mean, min, max, p5, p10, p25, p50, p75, p90, p95 } = distribution;
    this.#write?.(`${heading}(count: ${count}, mean: ${mean.toFixed(3)} ms, min: ${min} ms, max: ${max} ms)`);
    this.#write?.("\t0%\t5%\t10%\t25%\t50%\t75%\t90%\t95%\t100%");
    this.#write?.([min, p5, p10, p25, p50, p75, p90, p95, max].map((ms) => `\t${ms} ms`).join(""));
  }
}
