import { ConfigError, PlanError } from "./errors.js";
import type { Duration, DurationLike } from "./time/duration.js";
import { toDuration } from "./time/duration.js";
import type { Time } from "./time/time.js";

/** Rules for arguments of streams, checked while the graph is built. */

/** A duration longer than 0 ms. */
export function positiveDuration(value: DurationLike, subject: string): Duration {
  const duration = toDuration(value, subject);
  if (duration.milliseconds > 0) return duration;
  throw new ConfigError(`${subject} must be longer than 0 ms, got ${duration}.`, {
    code: "invalid-duration",
    details: { subject, got: value },
  });
}

export interface WindowDurations {
  readonly window: Duration;
  readonly slide: Duration;
}

/** The durations of a window over a stream that has a batch every `parent`. Throws a `PlanError` "window-multiple" where they do not fit. */
export function windowDurations(
  kind: string,
  windowDuration: DurationLike,
  slideDuration: DurationLike | undefined,
  parent: Duration,
): WindowDurations {
  const window = positiveDuration(windowDuration, `The window duration of ${kind}`);
  const slide = slideDuration === undefined ? parent : positiveDuration(slideDuration, `The slide duration of ${kind}`);
  for (const [name, duration] of [
    ["window", window],
    ["slide", slide],
  ] as const) {
    if (duration.isMultipleOf(parent)) continue;
    throw new PlanError(
      `The ${name} duration of ${kind} (${duration}) must be a multiple of the slide duration of parent DStream (${parent}).`,
      {
        code: "window-multiple",
        details: { operator: kind, [`${name}Ms`]: duration.milliseconds, parentSlideMs: parent.milliseconds },
      },
    );
  }
  return { window, slide };
}

/** A point in time in milliseconds; infinite ones are before or after all others. Throws a `PlanError` "invalid-time" where it is none. */
export function checkedTime(time: Time | number, method: string): number {
  const timeMs = Number(time);
  if (!Number.isNaN(timeMs)) return timeMs;
  throw new PlanError(`${method} needs times, or numbers of milliseconds since the epoch, got ${String(time)}.`, {
    code: "invalid-time",
    details: { operator: method, got: time },
  });
}

/** Throws a `PlanError` "not-a-function" where `fn` is none. */
export function checkFunction(fn: unknown, method: string): void {
  if (typeof fn === "function") return;
  throw new PlanError(`${method} needs a function, got ${fn === null ? "null" : typeof fn}.`, {
    code: "not-a-function",
    details: { operator: method, got: fn },
  });
}
