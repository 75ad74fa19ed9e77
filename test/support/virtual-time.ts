import type { Host, Timer } from "../../src/host.js";

/** What a host does with its timers: fires them when they are due, or only at whole minutes, as hidden pages do. */
export type Timers = "prompt" | "minutes";

const MINUTE_MS = 60_000;

interface VirtualTimer {
  readonly dueMs: number;
  readonly fire: () => void;
}

/** Lets everything that waits for nothing outside happen. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Time as a host has it, moved by hand: a wall clock that can be set, stopped or slept over, a monotonic clock that cannot, and timers, which follow the
 * monotonic one.
 */
export class VirtualTime {
  wallMs: number;
  monotonicMs = 0;
  /** Whether the wall clock stands still. */
  isFrozen = false;
  timers: Timers = "prompt";
  /** Waits for what a timer, or the time that has passed, has begun. */
  settled: () => Promise<void> = settle;
  /** How often a timer has fired. */
  fired = 0;
  /** Called when other work of the host has its turn. */
  breathed: () => void = () => {};
  readonly #waiting = new Set<VirtualTimer>();

  constructor(wallMs = 0) {
    this.wallMs = wallMs;
  }

  readonly clock = { now: () => this.wallMs };

  readonly host: Pick<Host, "monotonicNow" | "setTimer" | "breathe"> = {
    monotonicNow: () => this.monotonicMs,
    setTimer: (delayMs, fire): Timer => {
      const timer = { dueMs: this.monotonicMs + Math.max(0, delayMs), fire };
      this.#waiting.add(timer);
      return { cancel: () => void this.#waiting.delete(timer) };
    },
    breathe: async () => this.breathed(),
  };

  /** Sets the wall clock. */
  jump(ms: number): void {
    this.wallMs += ms;
  }

  /** The machine sleeps: the wall clock alone goes on. */
  suspend(ms: number): void {
    this.wallMs += ms;
  }

  /** Time passes; timers fire in the order in which they are due, and what they begin is settled before the next one. */
  async pass(ms: number): Promise<void> {
    const endMs = this.monotonicMs + ms;
    for (;;) {
      const next = [...this.#waiting].reduce<VirtualTimer | undefined>(
        (first, timer) => (first === undefined || this.#firesAt(timer) < this.#firesAt(first) ? timer : first),
        undefined,
      );
      if (next === undefined || this.#firesAt(next) > endMs) break;
      this.#moveTo(this.#firesAt(next));
      this.#waiting.delete(next);
      this.fired += 1;
      next.fire();
      await this.settled();
    }
    this.#moveTo(endMs);
    await this.settled();
  }

  #firesAt({ dueMs }: VirtualTimer): number {
    const atMs = this.timers === "prompt" ? dueMs : Math.ceil(dueMs / MINUTE_MS) * MINUTE_MS;
    return Math.max(atMs, this.monotonicMs);
  }

  #moveTo(monotonicMs: number): void {
    if (!this.isFrozen) this.wallMs += monotonicMs - this.monotonicMs;
    this.monotonicMs = monotonicMs;
  }
}
