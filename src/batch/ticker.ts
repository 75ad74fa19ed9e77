import type { Host, Timer } from "../host.js";
import { type Clock, type ClockListener, ManualClock } from "../time/clock.js";

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
  #unsubscribe: (() => void) | undefined;
  #started: Promise<void> | undefined;
  #stopped = false;

  constructor(options: TickerOptions) {
    this.#options = options;
  }

  /** From now on the clock counts; ticks are delivered once `started` has resolved. */
  begin(started: Promise<void>): void {
    const { clock, intervalMs, afterMs } = this.#options;
    this.#started = started;
    this.#nextMs = afterMs + intervalMs;
    if (clock instanceof ManualClock) {
      this.#unsubscribe = clock.subscribe(this);
      // Ticks that were missed before the start.
      if (this.#nextMs <= clock.now()) void this.timeMoved(clock.now());
    } else started.then(() => this.#sleep()).catch(() => {});
  }

  /** Delivers the next tick without waiting for its time. */
  tickNow(): void {
    const timeMs = this.#nextMs;
    this.#nextMs += this.#options.intervalMs;
    this.#options.tick(timeMs);
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
    const { settled, hasRoom, host } = this.#options;
    await settled();
    for (let ticks = 1; !this.#stopped && this.#nextMs <= nowMs; ticks++) {
      this.tickNow();
      await hasRoom();
      if (ticks % TICKS_AT_ONCE_MAX === 0) await host.breathe();
    }
    await settled();
  }

  #sleep(): void {
    if (this.#stopped) return;
    const delayMs = Math.min(SLEEP_MS_MAX, Math.max(0, this.#nextMs - this.#options.clock.now()));
    this.#timer = this.#options.host.setTimer(delayMs, () => this.#wake());
  }

  #wake(): void {
    for (let i = 0; i < TICKS_AT_ONCE_MAX && !this.#stopped; i++) {
      if (this.#nextMs > this.#options.clock.now()) break;
      this.tickNow();
    }
    this.#sleep();
  }
}
