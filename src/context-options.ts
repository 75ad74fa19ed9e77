import type { CheckpointStore } from "./checkpoint/checkpoint-store.js";
import { ENGINE_OPTIONS, type EngineOptions, programUrl } from "./engine/local-engine.js";
import { Engine } from "./engine.js";
import { ConfigError } from "./errors.js";
import { checkOptionNames, type OptionNames } from "./option-names.js";
import { PIDRateEstimator } from "./receiver/pid-rate-estimator.js";
import type { BackpressureOptions } from "./receiver/rate-controller.js";
import { type Clock, SystemClock } from "./time/clock.js";
import { type Duration, type DurationLike, toDuration } from "./time/duration.js";

/** What a context is made from. Only `batchInterval` must be given. */
export interface StreamingContextOptions extends EngineOptions {
  /** How often there is a batch. */
  batchInterval: DurationLike;
  /** Runs the jobs. Default: an engine of this context's own, made from the other options. */
  engine?: Engine;
  /** Default: the host's. */
  clock?: Clock;
  /** Where checkpoints go: a store, or a folder on hosts with files. Same as calling `checkpoint()`. */
  checkpoint?: CheckpointStore | string;
  /** A receiver seals a block this often. Default 200 ms. */
  blockInterval?: DurationLike;
  /** Records a second each receiver takes at most, one by one; blocks that a receiver stores whole are not limited. Default, and for 0 or less: no limit. */
  receiverMaxRate?: number;
  /**
   * Receivers, pushes and byte streams log what they bring in the store for checkpoints before they acknowledge it: `push()` and `storeBlock()` resolve when it is durable, and nothing of it is
   * lost when the process ends. Needs a store. Default false: what is in no batch yet ends with the process.
   */
  receiverWriteAheadLog?: boolean;
  /** PID rate control as Spark's, default false: after each batch every receiver gets a new limit of records a second, never above `receiverMaxRate`. */
  backpressure?: boolean | BackpressureOptions;
  /** Bytes of received, unprocessed data held at most, but for one read of a socket; then receivers and pushes wait. Default 256 MiB. */
  receivedBytesMax?: number;
  /** A longer line of a text source is set aside (`onRecordsRejected`), the next one is intact. Default 1 MiB, at most `receivedBytesMax`. */
  lineBytesMax?: number;
  /** What follows a failed batch: the next one (the default, as in Spark), or the end of the context. */
  onBatchFailure?: "continue" | "stop";
  /** Outputs that run at once, of one batch or of several. Default 1: one after the other, in order; with more they begin in order and overlap. */
  concurrentJobs?: number;
  /**
   * How long closures of a batch may run in a worker: longer, and it is ended, and they run again, three times at most; then the batch fails (`KernelError`
   * "batch-timeout"). Nothing can interrupt the host's thread: where this is given, closures of a `program` run in workers alone. Default: the longer one of 10
   * batch intervals and 60 s, and the host's thread takes its share.
   */
  batchTimeout?: DurationLike;
  /** How long a graceful stop waits for batches, of the host's time. Default: 10 batch intervals. */
  gracefulStopTimeout?: DurationLike;
  /**
   * On SIGTERM / SIGINT stop gracefully. The engine goes on, and the process ends when nothing else keeps it; a second signal ends it at once. Default
   * false: signals do what they do. `ConfigError` where the host has no signals.
   */
  stopGracefullyOnShutdown?: boolean;
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
  /** Records a second of each receiver at first, and at most. */
  readonly rate: { readonly limit: number; readonly limitMax: number };
  readonly backpressure: BackpressureOptions | undefined;
  readonly receivedBytesMax: number;
  readonly lineBytesMax: number;
  readonly onBatchFailure: "continue" | "stop";
  readonly gracefulStopTimeout: Duration;
  readonly batchTimeout: Duration;
  /** Closures must not run where nothing can end them. */
  readonly endsClosures: boolean;
  readonly concurrentJobs: number;
  readonly stopGracefullyOnShutdown: boolean;
  readonly checkpoint: CheckpointStore | string | undefined;
  readonly receiverWriteAheadLog: boolean;
  /** Where workers find the closures of this context. */
  readonly program: string | undefined;
  readonly printTo: ((text: string) => void) | undefined;
}

const CONTEXT_OPTIONS: OptionNames<StreamingContextOptions> = {
  batchInterval: true,
  engine: true,
  clock: true,
  checkpoint: true,
  blockInterval: true,
  receiverMaxRate: true,
  backpressure: true,
  receivedBytesMax: true,
  receiverWriteAheadLog: true,
  lineBytesMax: true,
  onBatchFailure: true,
  concurrentJobs: true,
  batchTimeout: true,
  gracefulStopTimeout: true,
  stopGracefullyOnShutdown: true,
  printTo: true,
  ...ENGINE_OPTIONS,
};
const BACKPRESSURE_OPTIONS: OptionNames<BackpressureOptions> = {
  initialRate: true,
  minRate: true,
  proportional: true,
  integral: true,
  derivative: true,
};

const BLOCK_INTERVAL_MS = 200;
const RECEIVED_BYTES_MAX = 256 * 1024 * 1024;
const LINE_BYTES_MAX = 1024 * 1024;
const GRACEFUL_STOP_INTERVALS = 10;
const BATCH_TIMEOUT_INTERVALS = 10;
const BATCH_TIMEOUT_MS_MIN = 60_000;

/** The options of a context with their defaults. Throws a `ConfigError` that names the option, its rule and what was given. */
export function checkOptions(options: StreamingContextOptions): CheckedOptions {
  if (typeof options !== "object" || options === null) {
    throw invalid("The options of a StreamingContext", "an object with batchInterval at least", options);
  }
  checkOptionNames("A StreamingContext", options, CONTEXT_OPTIONS);
  if (options.engine !== undefined && !(options.engine instanceof Engine)) {
    throw invalid("engine", "an Engine", typeof options.engine);
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
  const { concurrentJobs = 1, stopGracefullyOnShutdown = false, receiverWriteAheadLog = false } = options;
  if (typeof receiverWriteAheadLog !== "boolean") {
    throw invalid("receiverWriteAheadLog", "true or false", receiverWriteAheadLog);
  }
  if (!Number.isSafeInteger(concurrentJobs) || concurrentJobs < 1) {
    throw invalid("concurrentJobs", "a whole number from 1", concurrentJobs);
  }
  if (typeof stopGracefullyOnShutdown !== "boolean") {
    throw invalid("stopGracefullyOnShutdown", "true or false", stopGracefullyOnShutdown);
  }
  if (options.printTo !== undefined && typeof options.printTo !== "function") {
    throw invalid("printTo", "a function", options.printTo);
  }
  const backpressure = checkedBackpressure(options.backpressure, batchInterval);
  const limitMax = maxRate(options.receiverMaxRate);
  return {
    batchInterval,
    clock,
    rate: { limit: Math.min(backpressure?.initialRate ?? limitMax, limitMax), limitMax },
    backpressure,
    receivedBytesMax,
    lineBytesMax,
    onBatchFailure,
    concurrentJobs,
    stopGracefullyOnShutdown,
    checkpoint: options.checkpoint,
    receiverWriteAheadLog,
    program: programUrl(options.program) ?? options.engine?.program,
    blockInterval: positiveDuration(options.blockInterval ?? BLOCK_INTERVAL_MS, "blockInterval"),
    gracefulStopTimeout: positiveDuration(
      options.gracefulStopTimeout ?? batchInterval.times(GRACEFUL_STOP_INTERVALS),
      "gracefulStopTimeout",
    ),
    batchTimeout: positiveDuration(
      options.batchTimeout ?? Math.max(BATCH_TIMEOUT_MS_MIN, BATCH_TIMEOUT_INTERVALS * batchInterval.milliseconds),
      "batchTimeout",
    ),
    endsClosures: options.batchTimeout !== undefined,
    printTo: options.printTo,
  };
}

/** The options that are the engine's. */
export function engineOptions(options: StreamingContextOptions): EngineOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(ENGINE_OPTIONS, name)));
}

function maxRate(rate: unknown): number {
  if (rate === undefined) return Number.POSITIVE_INFINITY;
  if (typeof rate !== "number" || Number.isNaN(rate)) throw invalid("receiverMaxRate", "a number", rate);
  return rate > 0 ? rate : Number.POSITIVE_INFINITY;
}

function checkedBackpressure(
  backpressure: StreamingContextOptions["backpressure"],
  batchInterval: Duration,
): BackpressureOptions | undefined {
  if (backpressure === undefined || backpressure === false) return undefined;
  if (backpressure === true) return {};
  if (typeof backpressure !== "object" || backpressure === null) {
    throw invalid("backpressure", "true, false or an object with its parameters", backpressure);
  }
  checkOptionNames("backpressure", backpressure, BACKPRESSURE_OPTIONS);
  const { initialRate, minRate = 1, proportional = 0, integral = 0, derivative = 0 } = backpressure;
  if (initialRate !== undefined && !(Number.isFinite(initialRate) && initialRate > 0)) {
    throw invalid("initialRate of backpressure", "a finite number above 0", initialRate);
  }
  // Its own rules, told now rather than after the first batch.
  void new PIDRateEstimator(batchInterval.milliseconds, proportional, integral, derivative, minRate);
  return backpressure;
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
