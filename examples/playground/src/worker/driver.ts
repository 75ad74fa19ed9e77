import type { ManualClock, PushInput } from "millrace";
import type { BatchReport, Table } from "../messages.js";
import type { Source } from "../sources/source.js";

/** So many batch intervals late, and those that were missed are left out. */
const INTERVALS_LATE_MAX = 5;

export interface Driven {
  readonly clock: ManualClock;
  readonly inputs: readonly PushInput<unknown>[];
  readonly source: Source;
  readonly intervalMs: number;
  /** What the outputs have made since it was last asked. */
  takeTables(): ReadonlyMap<number, Table>;
  done(report: BatchReport): void;
  /** The source has no more. */
  ended(): void;
}

/** Pushes what the source has and moves the clock: a batch an interval, or one at a time. */
export class Driver {
  linesPerSecond: number;
  readonly #driven: Driven;
  #isRunning = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the next batch should begin. */
  #dueMs = 0;
  #begunMs: number | undefined;
  /** The batch at work, so that a step waits for it. */
  #batch: Promise<void> = Promise.resolve();

  constructor(driven: Driven, linesPerSecond: number) {
    this.#driven = driven;
    this.linesPerSecond = linesPerSecond;
  }

  go(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#dueMs = performance.now();
    this.#begunMs = undefined;
    this.#next();
  }

  pause(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
  }

  step(): void {
    this.pause();
    this.#begunMs = undefined;
    this.#batch = this.#batch.then(() => this.#tick(performance.now()));
  }

  #next(): void {
    const { intervalMs } = this.#driven;
    const now = performance.now();
    if (now - this.#dueMs > INTERVALS_LATE_MAX * intervalMs) this.#dueMs = now;
    this.#timer = setTimeout(
      () => {
        this.#batch = this.#batch
          .then(() => this.#tick(this.#dueMs))
          .then(() => {
            this.#dueMs += intervalMs;
            if (this.#isRunning) this.#next();
          });
      },
      Math.max(0, this.#dueMs - now),
    );
  }

  async #tick(dueMs: number): Promise<void> {
    const { clock, inputs, source, intervalMs } = this.#driven;
    const linesMax = Math.max(1, Math.round((this.linesPerSecond * intervalMs) / 1000));
    const { chunks, count, isLast } = await source.take(linesMax);
    const begin = performance.now();
    for (const chunk of chunks) for (const input of inputs) await input.pushBytes(chunk);
    await clock.advance(intervalMs);
    const end = performance.now();
    const sinceMs = this.#begunMs === undefined ? undefined : begin - this.#begunMs;
    this.#begunMs = begin;
    this.#driven.done({
      timeMs: clock.now(),
      records: count,
      bytes: chunks.reduce((sum, { length }) => sum + length, 0),
      busyMs: end - begin,
      delayMs: end - Math.min(dueMs, begin),
      sinceMs,
      tables: this.#driven.takeTables(),
    });
    if (isLast) {
      this.pause();
      this.#driven.ended();
    }
  }
}
