import type { Host, Timer } from "../host.js";
import type { Clock } from "../time/clock.js";

export interface RateLimiterOptions {
  /** Records a second at first, and at most whatever is published; `Infinity` is no limit. */
  readonly limit: number;
  readonly limitMax: number;
  readonly clock: Clock;
  readonly host: Host;
  /** Time moves by `grant` alone, and never while somebody waits for it. */
  readonly isManualClock: boolean;
}

/** What a rounding error may take from a whole permit. */
const ROUNDING = 1e-9;

/**
 * Records a second that one receiver takes: a token bucket. On a clock that runs, permits come with time, and what a receiver left unused within the
 * last second is still there: in t seconds at most limit * (t + 1) records. On a manual clock, where no time passes between two batches, each
 * batch brings the permits of its interval, there from its beginning on and gone at its end: in a batch of t seconds at most limit * t records.
 */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #waiting = new Set<() => void>();
  #limit: number;
  #permits = 0;
  #lastMs: number;
  #timer: Timer | undefined;

  constructor(options: RateLimiterOptions) {
    this.#options = options;
    this.#limit = Math.min(options.limit, options.limitMax);
    this.#lastMs = options.clock.now();
  }

  /** Records a second; `Infinity` where there is no limit. */
  get limit(): number {
    return this.#limit;
  }

  /** A rate that was published: never more than the maximum; one of 0 or less is ignored. */
  update(limit: number): void {
    if (!(limit > 0)) return;
    this.#refill();
    this.#limit = Math.min(limit, this.#options.limitMax);
    this.#permits = Math.min(this.#permits, this.#permitsMax());
    this.#wakeAll();
  }

  /** Permits begin to count now. */
  begin(): void {
    this.#lastMs = this.#options.clock.now();
  }

  hasPermit(): boolean {
    return this.permits >= 1;
  }

  /** Whole records that may be taken now. */
  get permits(): number {
    if (this.#limit === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    this.#refill();
    return Math.floor(this.#permits + ROUNDING);
  }

  /** Takes the permits of `records`, also of more than there are: later ones wait until the debt is paid. */
  take(records: number): void {
    if (this.#limit !== Number.POSITIVE_INFINITY) this.#permits -= records;
  }

  /** On a manual clock: a batch is taken, and the permits of the next `ms` are there. Parts of a permit and debts are carried over. */
  grant(ms: number): void {
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    const carried = this.#permits < 0 ? this.#permits : (this.#permits + ROUNDING) % 1;
    this.#permits = carried + (this.#limit * ms) / 1000;
    this.#wakeAll();
  }

  /** Calls `wake` whenever there may be permits again, until the returned function is called. */
  whenPermitted(wake: () => void): () => void {
    this.#waiting.add(wake);
    this.#sleep();
    return () => {
      this.#waiting.delete(wake);
      if (this.#waiting.size > 0) return;
      this.#timer?.cancel();
      this.#timer = undefined;
    };
  }

  #refill(): void {
    if (this.#options.isManualClock || this.#limit === Number.POSITIVE_INFINITY) return;
    const nowMs = this.#options.clock.now();
    // A clock that was set back brings nothing, and takes nothing away.
    const elapsedMs = Math.max(0, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.#permits = Math.min(this.#permits + (elapsedMs * this.#limit) / 1000, this.#permitsMax());
  }

  #permitsMax(): number {
    return Math.max(1, this.#limit);
  }

  /** Wakes those who wait when the next permit is due. */
  #sleep(): void {
    if (this.#options.isManualClock || this.#timer !== undefined || this.hasPermit()) return;
    const delayMs = Math.max(1, Math.ceil(((1 - this.#permits) * 1000) / this.#limit));
    this.#timer = this.#options.host.setTimer(delayMs, () => {
      this.#timer = undefined;
      this.#wakeAll();
      if (this.#waiting.size > 0) this.#sleep();
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
