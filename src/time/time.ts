import { ConfigError } from "../errors.js";
import { Duration, type DurationLike, shown, toDuration } from "./duration.js";

/** `until` and `to` give no more times than this in one array. */
export const TIMES_COUNT_MAX = 10_000_000;

/**
 * A point in time, whole milliseconds since the epoch. A batch is named by the time at which it ends.
 *
 * **Limits:** from -(2^53 - 1) to 2^53 - 1. **Errors:** `ConfigError` "time-out-of-range" beyond that, also as a result; "invalid-time"
 * for what is not a whole number. **Source:** apache/spark `streaming/Time.scala`.
 */
export class Time {
  /** Since the epoch. */
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    if (!Number.isSafeInteger(milliseconds)) throw invalidTime(milliseconds);
    this.milliseconds = milliseconds + 0; // -0 becomes 0
  }

  /** Whether this is before `that`. */
  less(that: Time): boolean {
    return this.milliseconds < that.milliseconds;
  }

  /** Whether this is not after `that`. */
  lessEq(that: Time): boolean {
    return this.milliseconds <= that.milliseconds;
  }

  /** Whether this is after `that`. */
  greater(that: Time): boolean {
    return this.milliseconds > that.milliseconds;
  }

  /** Whether this is not before `that`. */
  greaterEq(that: Time): boolean {
    return this.milliseconds >= that.milliseconds;
  }

  /** The time that is `that` later. */
  plus(that: DurationLike): Time {
    return new Time(this.milliseconds + toDuration(that, "The duration to add").milliseconds);
  }

  /** Given a time, the duration from it to this one; given a duration (a plain number is one), the time that is so much earlier. */
  minus(that: DurationLike): Time;
  minus(that: Time): Duration;
  minus(that: Time | DurationLike): Time | Duration {
    if (that instanceof Time) return new Duration(this.milliseconds - that.milliseconds);
    return new Time(this.milliseconds - toDuration(that, "The duration to take away").milliseconds);
  }

  /**
   * The last time at or before this one on the grid of `to` that goes through `zero` (the epoch by default).
   *
   * Rounds towards the past also before `zero`, where Spark's division rounds towards it.
   * **Errors:** `ConfigError` "invalid-duration" unless `to` is positive.
   */
  floor(to: DurationLike, zero?: Time): Time {
    const step = positiveMilliseconds(to, "The duration to floor to");
    // Both remainders are taken first: the difference of two times may be beyond what a double holds exactly.
    const sinceGrid = positiveRemainder(this.milliseconds, step) - positiveRemainder(zero?.milliseconds ?? 0, step);
    return new Time(this.milliseconds - (sinceGrid < 0 ? sinceGrid + step : sinceGrid));
  }

  /** Whether this is a whole number of `that` after (or before) the epoch. Nothing is a multiple of zero. */
  isMultipleOf(that: DurationLike): boolean {
    return this.milliseconds % toDuration(that, "The duration to divide by").milliseconds === 0;
  }

  /** The earlier one. */
  min(that: Time): Time {
    return this.less(that) ? this : that;
  }

  /** The later one. */
  max(that: Time): Time {
    return this.greater(that) ? this : that;
  }

  /**
   * The times from this one, every `interval`, before `that`.
   *
   * **Limits:** `TIMES_COUNT_MAX`. **Errors:** `ConfigError` "invalid-duration" unless `interval` is positive; "too-many-times".
   */
  until(that: Time, interval: DurationLike): Time[] {
    const step = positiveMilliseconds(interval, "The interval of until()");
    const span = Math.max(0, that.milliseconds - this.milliseconds);
    const rest = span % step;
    return timesFrom(this, (span - rest) / step + (rest > 0 ? 1 : 0), step);
  }

  /** The same with `that` included where it falls on the grid. */
  to(that: Time, interval: DurationLike): Time[] {
    const step = positiveMilliseconds(interval, "The interval of to()");
    const span = that.milliseconds - this.milliseconds;
    return timesFrom(this, span < 0 ? 0 : (span - (span % step)) / step + 1, step);
  }

  /** Whether `that` is the same point in time. */
  equals(that: unknown): boolean {
    return that instanceof Time && that.milliseconds === this.milliseconds;
  }

  /** `"1000 ms"`. */
  toString(): string {
    return `${this.milliseconds} ms`;
  }

  /** The milliseconds. */
  valueOf(): number {
    return this.milliseconds;
  }
}

function timesFrom(start: Time, count: number, step: number): Time[] {
  if (count > TIMES_COUNT_MAX) {
    throw new ConfigError(
      `A range of times must hold at most ${TIMES_COUNT_MAX}, but every ${step} ms from ${start} gives ${count}; ` +
        "take a longer interval or a shorter range.",
      { code: "too-many-times", details: { count, countMax: TIMES_COUNT_MAX, intervalMs: step } },
    );
  }
  const times: Time[] = [];
  for (let index = 0; index < count; index++) times.push(new Time(start.milliseconds + index * step));
  return times;
}

function positiveMilliseconds(value: DurationLike, subject: string): number {
  const { milliseconds } = toDuration(value, subject);
  if (milliseconds > 0) return milliseconds;
  throw new ConfigError(`${subject} must be positive, but got ${milliseconds} ms; give a duration of 1 ms or more.`, {
    code: "invalid-duration",
    details: { subject, got: milliseconds },
  });
}

function positiveRemainder(value: number, divisor: number): number {
  const remainder = value % divisor;
  return remainder < 0 ? remainder + divisor : remainder;
}

function invalidTime(got: unknown): ConfigError {
  const isTooFar = typeof got === "number" && Math.abs(got) > Number.MAX_SAFE_INTEGER;
  return new ConfigError(
    `A time must be whole milliseconds since the epoch, within 2^53 - 1 of it, but got ${shown(got)}; ` +
      (isTooFar ? "use times and durations that stay in that range." : "give a whole number, such as Math.floor(ms)."),
    { code: isTooFar ? "time-out-of-range" : "invalid-time", details: { got } },
  );
}
