import { ConfigError } from "../errors.js";
import { type DurationLike, toDuration } from "./duration.js";

/** Where batches get the time from. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The host's clock. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }
}

/** A clock that was set back by no more than this is waited for. */
const BACK_MS_MAX = 1000;

/**
 * Time that never goes back, of a clock that may be set while it is read: what a context lives by.
 *
 * While the clock goes forward, in steps of any size, its time counts. Where it was set back by up to a second time stands still until it has come there again;
 * set back further, time goes on from where it was, as fast as the host's monotonic clock, until the clock has passed it: batches go on.
 */
export class SteadyClock implements Clock {
  readonly #clock: Clock;
  readonly #monotonicNow: () => number;
  #shownMs = Number.NEGATIVE_INFINITY;
  #readAtMs = 0;

  constructor(clock: Clock, monotonicNow: () => number) {
    this.#clock = clock;
    this.#monotonicNow = monotonicNow;
  }

  /** For a context that goes on where another process stopped: shows that time at least. */
  resumeAt(ms: number): void {
    this.#shownMs = Math.max(this.#shownMs, ms);
    this.#readAtMs = this.#monotonicNow();
  }

  /** **Errors:** `ConfigError` "time-out-of-range" where the clock shows what is no time. */
  now(): number {
    const nowMs = Math.floor(this.#clock.now());
    if (!Number.isSafeInteger(nowMs)) throw outOfRange("A clock must show milliseconds since the epoch", nowMs);
    const readAtMs = this.#monotonicNow();
    if (nowMs >= this.#shownMs) this.#shownMs = nowMs;
    else if (this.#shownMs - nowMs > BACK_MS_MAX) this.#shownMs += Math.max(0, readAtMs - this.#readAtMs);
    this.#readAtMs = readAtMs;
    return Math.floor(this.#shownMs);
  }
}

/** What a manual clock drives: a started context. */
export interface ClockListener {
  /** Resolves when all that is due at `nowMs` is done; also where it failed. */
  timeMoved(nowMs: number): Promise<void>;
  /** True while the caller runs inside one of the listener's outputs, which the clock would wait for. */
  isWaitingForCaller(): boolean;
}

/** A clock that moves only when told; it starts at 0. The way to test, and to embed without timers. */
export class ManualClock implements Clock {
  #nowMs: number;
  #moves: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<ClockListener>();

  constructor(startMs = 0) {
    this.#nowMs = checkedMs(startMs);
  }

  now(): number {
    return this.#nowMs;
  }

  /**
   * Moves on by `ms` and resolves when every batch due by then is completely processed, outputs included; also where one
   * failed (the error is for `awaitTermination()`) and where a context was stopped meanwhile. Records whose `push()` or
   * `store()` had resolved before the call are in the next batch, whatever the block interval. Waits for a pending `start()`.
   * Rejects inside an output, which it would wait for: `ConfigError`, code "clock-in-output".
   */
  advance(ms: DurationLike): Promise<void> {
    return this.#move(() => this.#nowMs + toDuration(ms, "The step of a manual clock").milliseconds);
  }

  /** Moves to `ms` since the epoch, as `advance` does. A clock does not go back: `ConfigError`, code "clock-backwards". */
  setTime(ms: number): Promise<void> {
    return this.#move(() => checkedMs(ms));
  }

  /** @internal For a context that goes on where another process stopped: the clock shows that time at least, and nobody is told. */
  resumeAt(ms: number): void {
    this.#nowMs = Math.max(this.#nowMs, ms);
  }

  /** @internal For contexts: tells `listener` about every move until the returned function is called. */
  subscribe(listener: ClockListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #move(target: () => number): Promise<void> {
    for (const listener of this.#listeners) {
      if (listener.isWaitingForCaller()) {
        throw new ConfigError(
          "A manual clock must not be moved inside an output: it would wait for that output. Move it after the batch.",
          { code: "clock-in-output" },
        );
      }
    }
    const move = this.#moves.then(async () => {
      const nowMs = checkedMs(target());
      if (nowMs < this.#nowMs) {
        throw new ConfigError(
          `A manual clock must not go back: it shows ${this.#nowMs} ms, ${nowMs} ms was asked for.`,
          {
            code: "clock-backwards",
            details: { nowMs: this.#nowMs, askedMs: nowMs },
          },
        );
      }
      this.#nowMs = nowMs;
      await Promise.all([...this.#listeners].map((listener) => listener.timeMoved(nowMs)));
    });
    this.#moves = move.catch(() => {});
    await move;
  }
}

function checkedMs(ms: number): number {
  if (Number.isSafeInteger(ms)) return ms;
  if (Math.abs(ms) > Number.MAX_SAFE_INTEGER) throw outOfRange("The time of a manual clock must be", ms);
  throw new ConfigError(`The time of a manual clock must be a whole number of milliseconds, got ${ms}.`, {
    code: "invalid-time",
    details: { ms },
  });
}

function outOfRange(subject: string, ms: number): ConfigError {
  return new ConfigError(`${subject} between -(2^53 - 1) and 2^53 - 1, got ${ms}.`, {
    code: "time-out-of-range",
    details: { ms },
  });
}
