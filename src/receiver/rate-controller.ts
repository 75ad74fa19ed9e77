import type { BatchInfo, StreamingListener } from "../batch/listener.js";
import type { StreamInput } from "../batch/stream-input.js";
import { PIDRateEstimator } from "./pid-rate-estimator.js";

/** How back-pressure finds the rate of receivers. */
export interface BackpressureOptions {
  /** Records a second of each receiver before the first estimate. Default: `receiverMaxRate`. */
  readonly initialRate?: number;
  /** No estimate is lower, in records a second. Default 100. */
  readonly minRate?: number;
  /** Weight of the difference between the rate and what batches managed. Default 1. */
  readonly proportional?: number;
  /** Weight of what waits already. Default 0.2. */
  readonly integral?: number;
  /** Weight of how that difference changes. Default 0. */
  readonly derivative?: number;
}

/** Back-pressure: after each batch that was processed, gives every input that can be limited a new rate. */
export class RateController implements StreamingListener {
  readonly #inputs: ReadonlyMap<number, StreamInput>;
  readonly #estimator: () => PIDRateEstimator;
  readonly #estimators = new Map<number, PIDRateEstimator>();

  constructor(
    batchIntervalMs: number,
    inputs: ReadonlyMap<number, StreamInput>,
    { proportional = 1, integral = 0.2, derivative = 0, minRate = 100 }: BackpressureOptions,
  ) {
    this.#inputs = inputs;
    this.#estimator = () => new PIDRateEstimator(batchIntervalMs, proportional, integral, derivative, minRate);
  }

  onBatchCompleted({ batchInfo }: { batchInfo: BatchInfo }): void {
    for (const [streamId, input] of this.#inputs) if (input.updateRate) this.#update(streamId, input, batchInfo);
  }

  #update(streamId: number, input: StreamInput, batchInfo: BatchInfo): void {
    const { processingEndTime, processingDelay, schedulingDelay, streamIdToInputInfo } = batchInfo;
    const info = streamIdToInputInfo.get(streamId);
    if (!info || processingEndTime === undefined || processingDelay === undefined || schedulingDelay === undefined)
      return;
    let estimator = this.#estimators.get(streamId);
    if (estimator === undefined) {
      estimator = this.#estimator();
      this.#estimators.set(streamId, estimator);
    }
    const rate = estimator.compute(processingEndTime, info.numRecords, processingDelay, schedulingDelay);
    if (rate !== undefined) input.updateRate?.(Math.trunc(rate));
  }
}
