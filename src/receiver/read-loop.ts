import type { Host } from "../host.js";
import { isSettledWithin, waitForEnd } from "./bounded-wait.js";
import type { Intake } from "./intake.js";

/** How long the end of a loop waits for an iterator whose `next()` is pending: a generator does not hear of it before that settles. */
const PENDING_MS_MAX = 100;

/**
 * Reads an asynchronous iterator to its end: the next item is asked for when the one before is stored and there is room for more.
 */
export class ReadLoop<T> {
  readonly #iterator: AsyncIterator<T>;
  readonly #intake: Intake;
  readonly #store: (item: T) => void | Promise<void>;
  #isReading = false;
  #isEnding = false;
  #isOver = false;
  #returned: Promise<unknown> | undefined;

  constructor(iterator: AsyncIterator<T>, intake: Intake, store: (item: T) => void | Promise<void>) {
    this.#iterator = iterator;
    this.#intake = intake;
    this.#store = store;
  }

  /**
   * Resolves at the end of the source, and when the loop was ended. Rejects with the source's error, or with that of `store`; then the source is
   * closed.
   */
  async run(): Promise<void> {
    try {
      while (!this.#isEnding) {
        const room = this.#intake.ready();
        if (room) {
          await room;
          continue;
        }
        const { done, value } = await this.#next();
        if (done) break;
        try {
          const stored = this.#store(value);
          if (stored) await stored;
        } catch (error) {
          void this.#return();
          throw error;
        }
      }
    } finally {
      this.#isOver = true;
    }
  }

  /**
   * Ends the loop and closes the source; what comes from a read that is under way is still stored. Resolves when the source has closed, at the latest
   * after `STOP_WAIT_MS_MAX`, or after 100 ms where a read is pending.
   */
  async end(host: Host): Promise<void> {
    this.#isEnding = true;
    if (this.#isOver) return;
    if (this.#isReading) await isSettledWithin(host, PENDING_MS_MAX, this.#return());
    else await waitForEnd(host, `The iterator of ${this.#intake.name}`, this.#return());
  }

  async #next(): Promise<IteratorResult<T, unknown>> {
    this.#isReading = true;
    try {
      return await this.#iterator.next();
    } finally {
      this.#isReading = false;
    }
  }

  /** Closes the source, once; what it throws then concerns nobody. */
  #return(): Promise<unknown> {
    this.#returned ??= Promise.resolve()
      .then(() => this.#iterator.return?.())
      .catch(() => {});
    return this.#returned;
  }
}
