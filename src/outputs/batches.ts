import { OutputError } from "../errors.js";
import type { Time } from "../time/time.js";

/** Batches that may wait for the loop where nobody but the caller moves the clock. */
const BATCHES_QUEUED_MAX = 2;

/** One batch of a stream, as a loop over `batches()` gets it. */
export interface Batch<R> {
  /** The time at which the batch ends. */
  readonly time: Time;
  /** Its rows. */
  readonly rdd: R;
}

interface Queued<R> {
  readonly batch: Batch<R>;
  /** The loop asks for the next one, or has ended. */
  readonly finish: () => void;
}

/**
 * Hands batches to a `for await` loop, one at a time and in order. Usually a batch is processed when the loop asks for the next one, so that a slow
 * loop slows the batches down; on a manual clock, which the loop itself may move, when it is queued.
 */
export class BatchesOutput<R> implements AsyncIterable<Batch<R>> {
  readonly #isManual: boolean;
  readonly #queue: Array<Queued<R>> = [];
  #given: Queued<R> | undefined;
  /** Loops that wait for a batch, or for the end. */
  readonly #waiting: Array<() => void> = [];
  #error: OutputError | undefined;
  #ended = false;

  constructor(isManual: boolean) {
    this.#isManual = isManual;
  }

  /** Resolves when the batch counts as processed; `retain` keeps its rows until the loop is done with it. */
  async put(batch: Batch<R>, retain: (done: Promise<void>) => void): Promise<void> {
    if (this.#ended) return;
    if (this.#isManual && this.#queue.length >= BATCHES_QUEUED_MAX) {
      this.#error = new OutputError(
        `batches() has ${BATCHES_QUEUED_MAX} batches waiting for its loop, one of ${batch.time} does not fit: let the loop go on before the clock is moved again.`,
        { code: "batches-full", details: { queued: this.#queue.length, timeMs: batch.time.milliseconds } },
      );
      this.end();
      throw this.#error;
    }
    const done = new Promise<void>((finish) => this.#queue.push({ batch, finish }));
    retain(done);
    this.#wake();
    if (!this.#isManual) await done;
  }

  /** No more batches: what is queued is still given out where a loop asks for it. */
  end(): void {
    this.#ended = true;
    this.#wake();
    // Nobody may wait for a loop that never comes.
    for (const { finish } of this.#queue) finish();
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch<R>> {
    return {
      next: async () => {
        this.#finishGiven();
        while (this.#queue.length === 0 && !this.#ended) {
          await new Promise<void>((resolve) => this.#waiting.push(resolve));
        }
        this.#given = this.#queue.shift();
        if (this.#given) return { done: false, value: this.#given.batch };
        if (this.#error) throw this.#error;
        return { done: true, value: undefined };
      },
      return: async () => {
        this.#finishGiven();
        this.end();
        this.#queue.length = 0;
        return { done: true, value: undefined };
      },
    };
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #finishGiven(): void {
    this.#given?.finish();
    this.#given = undefined;
  }
}
