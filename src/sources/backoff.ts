/** First and longest delay between tries to connect, in milliseconds. */
const DELAY_MS_MIN = 100;
const DELAY_MS_MAX = 30_000;

/** Delays that double from 100 ms to 30 s, each shortened by chance by up to a half so that many clients do not return at once. */
export class Backoff {
  #delayMs = DELAY_MS_MIN;

  /** The delay before the next try; `chance` is from 0 to 1. */
  next(chance: number): number {
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(DELAY_MS_MAX, delayMs * 2);
    return delayMs * (1 - chance / 2);
  }

  reset(): void {
    this.#delayMs = DELAY_MS_MIN;
  }
}
