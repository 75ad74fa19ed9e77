import { ConfigError } from "../errors.js";

/**
 * New rate in records a second, or `undefined` where nothing can be said: the controller of proportional, integral and derivative parts that Spark
 * has, on figures of batches.
 *
 * `error` is the rate of before less the rate at which the last batch was processed; what the integral part weighs is not a sum of errors but the
 * scheduling delay, which is what they add up to; the derivative part weighs the change of the error. The first batch that says anything sets the
 * rate to start from and gives no new one.
 *
 * **Units**: delays and times in milliseconds, rates in records a second. **Errors**: arguments out of range are a `ConfigError`, code "invalid-rate".
 * **Source**: the figures and their order are those of Apache Spark's rate estimator, since 1.5.
 */
export class PIDRateEstimator {
  readonly #batchIntervalMs: number;
  readonly #proportional: number;
  readonly #integral: number;
  readonly #derivative: number;
  readonly #minRate: number;
  #lastTimeMs = -1;
  #lastRate = -1;
  #lastError = -1;
  #isFirst = true;

  /** `batchIntervalMs` and `minRate` above 0, the three weights from 0. */
  constructor(batchIntervalMs: number, proportional: number, integral: number, derivative: number, minRate: number) {
    this.#batchIntervalMs = checked(batchIntervalMs, "batchIntervalMs", "above 0", batchIntervalMs > 0);
    this.#proportional = checked(proportional, "proportional", "from 0", proportional >= 0);
    this.#integral = checked(integral, "integral", "from 0", integral >= 0);
    this.#derivative = checked(derivative, "derivative", "from 0", derivative >= 0);
    this.#minRate = checked(minRate, "minRate", "above 0", minRate > 0);
  }

  /**
   * `timeMs`: when the batch was processed; `numElements`: records of it. Nothing can be said where time has not gone on, and where there are no
   * records or no processing delay.
   */
  compute(
    timeMs: number,
    numElements: number,
    processingDelayMs: number,
    schedulingDelayMs: number,
  ): number | undefined {
    checked(timeMs, "timeMs", "of any size");
    checked(numElements, "numElements", "of any size");
    checked(processingDelayMs, "processingDelayMs", "of any size");
    checked(schedulingDelayMs, "schedulingDelayMs", "of any size");
    if (timeMs <= this.#lastTimeMs || numElements <= 0 || processingDelayMs <= 0) return undefined;
    const seconds = (timeMs - this.#lastTimeMs) / 1000;
    const processingRate = (numElements / processingDelayMs) * 1000;
    const error = this.#lastRate - processingRate;
    const delayed = (schedulingDelayMs * processingRate) / this.#batchIntervalMs;
    const change = (error - this.#lastError) / seconds;
    this.#lastTimeMs = timeMs;
    if (this.#isFirst) {
      this.#isFirst = false;
      this.#lastRate = processingRate;
      this.#lastError = 0;
      return undefined;
    }
    const rate = this.#lastRate - this.#proportional * error - this.#integral * delayed - this.#derivative * change;
    this.#lastRate = Math.max(rate, this.#minRate);
    this.#lastError = error;
    return this.#lastRate;
  }
}

function checked(value: number, name: string, rule: string, isInRange = true): number {
  if (Number.isFinite(value) && isInRange) return value;
  throw new ConfigError(`${name} of a PIDRateEstimator must be a finite number ${rule}, got ${String(value)}.`, {
    code: "invalid-rate",
    details: { name, got: value },
  });
}
