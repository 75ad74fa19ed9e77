import { ConfigError } from "../errors.js";

/** A length of time. A plain number is milliseconds. */
export type DurationLike = Duration | number;

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Immutable length of time in whole milliseconds; `valueOf()` is that number, so `<` and `>` work.
 *
 * **Limits:** whole, from -(2^53 - 1) to 2^53 - 1. It may be negative, as a difference; where a positive one is needed, its user checks.
 * **Errors:** `ConfigError` "invalid-duration" for anything else, also as a result.
 * **Source:** apache/spark `streaming/Duration.scala`.
 */
export class Duration {
  /** Its length. */
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = wholeMilliseconds(milliseconds, "A duration", milliseconds);
  }

  /** Whether this is shorter than `that`. */
  less(that: Duration): boolean {
    return this.milliseconds < that.milliseconds;
  }

  /** Whether this is not longer than `that`. */
  lessEq(that: Duration): boolean {
    return this.milliseconds <= that.milliseconds;
  }

  /** Whether this is longer than `that`. */
  greater(that: Duration): boolean {
    return this.milliseconds > that.milliseconds;
  }

  /** Whether this is not shorter than `that`. */
  greaterEq(that: Duration): boolean {
    return this.milliseconds >= that.milliseconds;
  }

  /** The sum of both. */
  plus(that: DurationLike): Duration {
    return new Duration(this.milliseconds + toDuration(that, "The duration to add").milliseconds);
  }

  /** What is left of this after `that`; negative where `that` is longer. */
  minus(that: DurationLike): Duration {
    return new Duration(this.milliseconds - toDuration(that, "The duration to take away").milliseconds);
  }

  /** This, `factor` times. The factor may be a fraction where the product is whole milliseconds. */
  times(factor: number): Duration {
    return scaled(factor, this.milliseconds, `${this} times a factor`);
  }

  /** How often `that` fits into this, as a double; infinite or NaN where `that` is zero. */
  div(that: DurationLike): number {
    return this.milliseconds / toDuration(that, "The duration to divide by").milliseconds;
  }

  /** Whether this is `that` some whole number of times. Nothing is a multiple of zero. */
  isMultipleOf(that: DurationLike): boolean {
    return this.milliseconds % toDuration(that, "The duration to divide by").milliseconds === 0;
  }

  /** The shorter one. */
  min(that: Duration): Duration {
    return this.less(that) ? this : that;
  }

  /** The longer one. */
  max(that: Duration): Duration {
    return this.greater(that) ? this : that;
  }

  /** Whether this is no time at all. */
  isZero(): boolean {
    return this.milliseconds === 0;
  }

  /** Whether `that` is a duration of the same length. */
  equals(that: unknown): boolean {
    return that instanceof Duration && that.milliseconds === this.milliseconds;
  }

  /**
   * For people: `"500 ms"`, `"1.0 s"`, `"1.5 m"`, `"2.00 h"`.
   *
   * **Source:** apache/spark `core/util/Utils.scala`, `msDurationToString`; it divides in single precision, so this does too.
   */
  prettyPrint(): string {
    const ms = this.milliseconds;
    if (ms < SECOND_MS) return this.toString();
    if (ms < MINUTE_MS) return `${singlePrecision(ms, SECOND_MS).toFixed(1)} s`;
    if (ms < HOUR_MS) return `${singlePrecision(ms, MINUTE_MS).toFixed(1)} m`;
    return `${singlePrecision(ms, HOUR_MS).toFixed(2)} h`;
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

/** A duration of so many milliseconds. **Errors:** `ConfigError` "invalid-duration". */
export function Milliseconds(milliseconds: number): Duration {
  return scaled(milliseconds, 1, "Milliseconds");
}

/** A duration of so many seconds; a fraction is fine down to the millisecond. **Errors:** `ConfigError` "invalid-duration". */
export function Seconds(seconds: number): Duration {
  return scaled(seconds, SECOND_MS, "Seconds");
}

/** A duration of so many minutes; a fraction is fine down to the millisecond. **Errors:** `ConfigError` "invalid-duration". */
export function Minutes(minutes: number): Duration {
  return scaled(minutes, MINUTE_MS, "Minutes");
}

/**
 * `value` as a duration, a plain number being milliseconds.
 *
 * **Errors:** `ConfigError` "invalid-duration", which begins with `subject` ("windowDuration of map").
 */
export function toDuration(value: DurationLike, subject: string): Duration {
  if (value instanceof Duration) return value;
  return new Duration(wholeMilliseconds(value, subject, value));
}

/** `value` as an error message shows it: short, and never failing itself. Internal. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
    case "bigint":
      return `${value}n`;
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? "an array" : "an object";
    case "function":
      return "a function";
    default:
      return String(value);
  }
}

function singlePrecision(ms: number, unit: number): number {
  return Math.fround(Math.fround(ms) / unit);
}

/**
 * `count` units as a duration. 1.001 seconds are 1000.9999999999999 ms in doubles, so a product that is not whole is still accepted
 * where the nearest whole one is what the caller wrote: dividing it by the unit gives exactly `count` again.
 */
function scaled(count: number, unit: number, subject: string): Duration {
  const product = typeof count === "number" ? count * unit : Number.NaN;
  const whole = Math.round(product);
  const isMeant = whole === product || whole / unit === count;
  return new Duration(wholeMilliseconds(isMeant ? whole : product, subject, count));
}

function wholeMilliseconds(ms: unknown, subject: string, got: unknown): number {
  if (typeof ms === "number" && Number.isSafeInteger(ms)) return ms + 0; // -0 becomes 0
  const comesTo = typeof got === "number" && !Object.is(got, ms) ? `, which is ${shown(ms)} ms` : "";
  throw new ConfigError(
    `${subject} must be a whole number of milliseconds within 2^53 - 1, but got ${shown(got)}${comesTo}; ` +
      "give a Duration such as Seconds(1), or whole milliseconds.",
    { code: "invalid-duration", details: { subject, got } },
  );
}
