import type { Host, Timer } from "../host.js";
import { type Clock, type ClockListener, ManualClock } from "../time/clock.js";
import { Time } from "../time/time.js";

/** A timer is asked for no longer than this: a clock may be set while it runs. */
const SLEEP_MS_MAX = 10_000;
/** Missed ticks delivered before other work of the host gets its turn. */
const TICKS_AT_ONCE_MAX = 100;

export interface TickerOptions {
  readonly clock: Clock;
  readonly host: Host;
  readonly intervalMs: number;
  /** Batches up to here are made already: the next tick is the one after. Before the first batch, the time of the start. */
  readonly afterMs: number;
  /** Called at each batch time, in order, none left out. */
  readonly tick: (timeMs: number) => void;
  /** Called once where no more ticks can come: the time of the next one is beyond 2^53 - 1, or the clock shows none. */
  readonly failed: (error: unknown) => void;
  /** Nothing where what one more tick makes may wait for its turn, or a promise that resolves when it may. */
  readonly roomToWait: () => Promise<void> | undefined;
  /** Resolves when what one more tick makes could begin at once. */
  readonly hasRoom: () => Promise<void>;
  /** Resolves when what ticks have begun is done. */
  readonly settled: () => Promise<void>;
  /** True where the caller runs inside something that `settled` waits for. */
  readonly isWaitingForCaller: () => boolean;
}

/** Delivers the batch times of a context: multiples of the interval since the epoch, strictly after the start. */
export class Ticker implements ClockListener {
  readonly #options: TickerOptions;
  #nextMs = 0;
  #timer: Timer | undefined;
  /** The clock when the timer was set, and for how long it was. */
  #sleptAtMs = Number.NaN;
  #sleptMs = 0;
  #unsubscribe: (() => void) | undefined;
  #started: Promise<void> | undefined;
  #stopped = false;

  constructor(options: TickerOptions) {
    this.#options = options;
  }

  /**
   * From now on the clock counts; ticks are delivered once `started` has resolved. Throws a `ConfigError` "time-out-of-range" where the first tick is no time
   * any more.
   */
  begin(started: Promise<void>): void {
    const { clock, intervalMs, afterMs } = this.#options;
    this.#started = started;
    this.#nextMs = new Time(afterMs + intervalMs).milliseconds;
    if (clock instanceof ManualClock) {
      this.#unsubscribe = clock.subscribe(this);
      // Ticks that were missed before the start.
      if (this.#nextMs <= clock.now()) void this.timeMoved(clock.now());
    } else started.then(() => this.#wake()).catch(() => {});
  }

  /** Delivers the next tick without waiting for its time. Throws as `begin`. */
  tickNow(): void {
    const { milliseconds } = new Time(this.#nextMs);
    this.#nextMs += this.#options.intervalMs;
    this.#options.tick(milliseconds);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#unsubscribe?.();
  }

  isWaitingForCaller(): boolean {
    return this.#options.isWaitingForCaller();
  }

  async timeMoved(nowMs: number): Promise<void> {
    const hasStarted = await this.#started?.then(
      () => true,
      () => false,
    );
    if (!hasStarted) return;
    const { settled, hasRoom, host, failed } = this.#options;
    await settled();
    for (let ticks = 1; !this.#stopped && this.#nextMs <= nowMs; ticks++) {
      try {
        this.tickNow();
      } catch (error) {
        failed(error);
        return;
      }
      await hasRoom();
      if (ticks % TICKS_AT_ONCE_MAX === 0) await host.breathe();
    }
    await settled();
  }

  /** Delivers what is due, in portions: after each other work of the host has its turn, and what the portion made is processed. */
  async #wake(): Promise<void> {
    const { clock, host, roomToWait, hasRoom, failed } = this.#options;
    try {
      while (!this.#stopped) {
        for (let ticks = 0; ticks < TICKS_AT_ONCE_MAX; ticks++) {
          // A tick may have ended the context, or a stop while it waited.
          if (this.#stopped) return;
          const nowMs = clock.now();
          if (this.#nextMs > nowMs) return this.#sleep(nowMs);
          for (let room = roomToWait(); room; room = roomToWait()) await room;
          if (!this.#stopped) this.tickNow();
        }
        await host.breathe();
        await hasRoom();
      }
    } catch (error) {
      failed(error);
    }
  }

  #sleep(nowMs: number): void {
    let delayMs = Math.min(SLEEP_MS_MAX, this.#nextMs - nowMs);
    // A clock that stands still is looked at more and more seldom.
    if (nowMs === this.#sleptAtMs) delayMs = Math.min(SLEEP_MS_MAX, Math.max(delayMs, 2 * this.#sleptMs));
    this.#sleptAtMs = nowMs;
    this.#sleptMs = delayMs;
    this.#timer = this.#options.host.setTimer(delayMs, () => void this.#wake());
  }
}
