const DELAY_MS_MAX = 30_000;

/** Delays before a connection is tried again: each twice the one before, up to 30 s, until it works. */
export class Delays {
  #firstMs: number;
  #nextMs: number;

  constructor(firstMs: number) {
    this.#firstMs = firstMs;
    this.#nextMs = firstMs;
  }

  /** The first one from now on, as the other side asks for it. */
  set(firstMs: number): void {
    this.#firstMs = Math.min(firstMs, DELAY_MS_MAX);
    this.reset();
  }

  next(): number {
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(DELAY_MS_MAX, 2 * delayMs);
    return delayMs;
  }

  /** It works. */
  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}
