import type { LocalEngine } from "../engine/local-engine.js";
import type { Duration } from "../time/duration.js";
import type { BatchQueue } from "./batch-queue.js";
import type { Ticker } from "./ticker.js";

/** How long a stop that is not graceful waits for what runs, in milliseconds of the host's time; as Spark's. */
const STOP_WAIT_MS = 2000;

export interface StoppingOptions {
  readonly engine: LocalEngine;
  readonly gracefulStopTimeout: Duration;
  /** Of a context that has begun to start, once it is there. */
  readonly queue: () => BatchQueue | undefined;
  readonly ticker: Ticker | undefined;
}

/**
 * The two ways in which batches end. **Source:** apache/spark `JobGenerator.stop`, `JobScheduler.stop`; the last batch of a graceful stop is made at
 * once, not at its time.
 */
export class Stopping {
  readonly #options: StoppingOptions;

  constructor(options: StoppingOptions) {
    this.#options = options;
  }

  /** No tick comes, and no batch begins, any more. */
  dropAll(): void {
    this.#options.ticker?.stop();
    this.#options.queue()?.close();
  }

  /** Waits a little for what runs. */
  async settle(): Promise<void> {
    const queue = this.#options.queue();
    if (queue) await this.#atMost(STOP_WAIT_MS, queue.idle());
  }

  /**
   * The inputs have stopped: processes what they brought, in one more batch where a batch has not taken it yet, and waits for all batches. What is not
   * done after `gracefulStopTimeout` is dropped, and said.
   */
  async drain(): Promise<void> {
    const { ticker, engine, gracefulStopTimeout } = this.#options;
    const queue = this.#options.queue();
    if (!queue || !ticker) return;
    ticker.stop();
    if (queue.hasPending) ticker.tickNow();
    if (await this.#atMost(gracefulStopTimeout.milliseconds, queue.idle())) return;
    const { batches, records } = queue.close();
    engine.host.warn(
      `millrace: a graceful stop took longer than ${gracefulStopTimeout} (gracefulStopTimeout): ${batches} batches of ${records} records that had not ` +
        `begun are dropped, ${queue.unfinished} that run are given ${STOP_WAIT_MS} ms more.`,
    );
    await this.settle();
  }

  /** True where `done` resolves within `ms` of the host's time. */
  #atMost(ms: number, done: Promise<void>): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#options.engine.host.setTimer(ms, () => resolve(false));
      void done.then(() => {
        timer.cancel();
        resolve(true);
      });
    });
  }
}
