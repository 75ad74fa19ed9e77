import type { EngineOptions } from "./engine/local-engine.js";
import type { Engine } from "./engine.js";
import { ConfigError } from "./errors.js";
import { type Clock, SystemClock } from "./time/clock.js";
import { type Duration, type DurationLike, toDuration } from "./time/duration.js";

export interface StreamingContextOptions extends EngineOptions {
  batchInterval: DurationLike;
  /** Runs the jobs. Default: an engine of this context's own, made from the other options. */
  engine?: Engine;
  /** Default: the host's. */
  clock?: Clock;
  /** A receiver seals a block this often. Default 200 ms. */
  blockInterval?: DurationLike;
  /** Bytes of received, unprocessed data held at most, but for one read of a socket; then receivers and pushes wait. Default 256 MiB. */
  receivedBytesMax?: number;
  /** A longer line of a text source is set aside (`onRecordsRejected`), the next one is intact. Default 1 MiB, at most `receivedBytesMax`. */
  lineBytesMax?: number;
  /** What follows a failed batch: the next one (the default, as in Spark), or the end of the context. */
  onBatchFailure?: "continue" | "stop";
  /** How long a graceful stop waits for batches, of the host's time. Default: 10 batch intervals. */
  gracefulStopTimeout?: DurationLike;
  /**
   * Where `print()` writes: one call for each batch, newlines included. Default: the host's standard output, or console.
   * A row that is a pair prints as `(key,value)`; strings print as they are, everything else as JSON, with `bigint`, `NaN`, infinities and
   * `undefined` as their own words, dates in ISO form, maps and sets as arrays, bytes in base64.
   */
  printTo?: (text: string) => void;
}

export interface CheckedOptions {
  readonly batchInterval: Duration;
  readonly clock: Clock;
  readonly blockInterval: Duration;
  readonly receivedBytesMax: number;
  readonly lineBytesMax: number;
  readonly onBatchFailure: "continue" | "stop";
  readonly gracefulStopTimeout: Duration;
  readonly printTo: ((text: string) => void) | undefined;
}

const BLOCK_INTERVAL_MS = 200;
const RECEIVED_BYTES_MAX = 256 * 1024 * 1024;
const LINE_BYTES_MAX = 1024 * 1024;
const GRACEFUL_STOP_INTERVALS = 10;

/** The options of a context with their defaults. Throws a `ConfigError` that names the option, its rule and what was given. */
export function checkOptions(options: StreamingContextOptions): CheckedOptions {
  if (typeof options !== "object" || options === null) {
    throw invalid("The options of a StreamingContext", "an object with batchInterval at least", options);
  }
  const batchInterval = positiveDuration(options.batchInterval, "batchInterval");
  const { clock = new SystemClock(), receivedBytesMax = RECEIVED_BYTES_MAX, onBatchFailure = "continue" } = options;
  if (typeof clock.now !== "function") throw invalid("clock", "an object with now()", clock);
  if (!Number.isSafeInteger(receivedBytesMax) || receivedBytesMax < 1) {
    throw invalid("receivedBytesMax", "a whole number of bytes from 1", receivedBytesMax);
  }
  const lineBytesMax = options.lineBytesMax ?? Math.min(LINE_BYTES_MAX, receivedBytesMax);
  if (!Number.isSafeInteger(lineBytesMax) || lineBytesMax < 1 || lineBytesMax > receivedBytesMax) {
    throw invalid(
      "lineBytesMax",
      `a whole number of bytes from 1 to receivedBytesMax (${receivedBytesMax})`,
      lineBytesMax,
    );
  }
  if (onBatchFailure !== "continue" && onBatchFailure !== "stop") {
    throw invalid("onBatchFailure", `"continue" or "stop"`, onBatchFailure);
  }
  if (options.printTo !== undefined && typeof options.printTo !== "function") {
    throw invalid("printTo", "a function", options.printTo);
  }
  return {
    batchInterval,
    clock,
    receivedBytesMax,
    lineBytesMax,
    onBatchFailure,
    blockInterval: positiveDuration(options.blockInterval ?? BLOCK_INTERVAL_MS, "blockInterval"),
    gracefulStopTimeout: positiveDuration(
      options.gracefulStopTimeout ?? batchInterval.times(GRACEFUL_STOP_INTERVALS),
      "gracefulStopTimeout",
    ),
    printTo: options.printTo,
  };
}

function positiveDuration(value: DurationLike, option: string): Duration {
  const duration = toDuration(value, option);
  if (duration.milliseconds > 0) return duration;
  throw invalid(option, "longer than 0 ms", String(duration));
}

function invalid(option: string, rule: string, got: unknown): ConfigError {
  return new ConfigError(`${option} must be ${rule}, got ${String(got)}.`, {
    code: "invalid-option",
    details: { option, got },
  });
}
