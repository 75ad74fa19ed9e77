import type { Host } from "../host.js";

/** What `awaitTermination` waits for: the end of a context, or its first error. No rejection is ever unhandled. */
export class Termination {
  readonly #promise: Promise<void>;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;

  constructor() {
    this.#promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#promise.catch(() => {});
  }

  /** The context has ended. */
  ended(): void {
    this.#resolve();
  }

  /** Something failed; the first error counts. */
  failed(error: unknown): void {
    this.#reject(error);
  }

  wait(): Promise<void> {
    return this.#promise;
  }

  /** True once ended, false after `timeoutMs` of the host's time; rejects with the error. */
  waitAtMost(timeoutMs: number, host: Host): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const timer = host.setTimer(timeoutMs, () => resolve(false));
      this.#promise.then(
        () => {
          timer.cancel();
          resolve(true);
        },
        (error: unknown) => {
          timer.cancel();
          reject(error);
        },
      );
    });
  }
}
