import type { Door } from "../door.js";
import type { LocalEngine } from "../engine/local-engine.js";
import { SourceError } from "../errors.js";
import type { Flow } from "./flow.js";
import type { RateLimiter } from "./rate-limiter.js";

export interface GateOptions {
  readonly flow: Flow;
  /** Where records are also limited by time. */
  readonly limiter?: RateLimiter;
  /** Started before anything passes, where what passes needs it. */
  readonly engine?: Pick<LocalEngine, "isStarted" | "start">;
  /** What is said where something comes too late. */
  readonly stopped: () => SourceError;
  /** Why somebody who brings `bytes` must not wait; undefined where they may. */
  readonly refused?: (bytes: number) => SourceError | undefined;
  /** The limit of calls that wait, and of the bytes that they have in hand; absent: none. */
  readonly calls?: CallLimit;
}

/** Calls that wait for room, as the "records" of a flow. */
export interface CallLimit {
  readonly flow: Flow;
  /** What is said to the first one too many. */
  readonly crowded: () => SourceError;
}

/** What comes in. */
export interface Entrance {
  /** Room that it needs. */
  readonly bytes: number;
  readonly records?: number;
  readonly blocks?: number;
  /** What it holds while it waits, where that is more than the room that it needs. */
  readonly bytesInHand?: number;
  /** Whoever brings it does not bring more before it is in: it always may wait. */
  readonly isBounded?: boolean;
  /** Whether the limit of records a second holds for it. */
  readonly isLimited: boolean;
  /** Brings it in, or as many records of it as there are permits for; returns the records that count against the rate. */
  readonly enter: () => number;
  /** Whether nothing of it is left outside; where absent, `enter` brings in all. */
  readonly isDone?: () => boolean;
  /** What `enter` needs, loaded before it is called. */
  readonly needs?: Door<object>;
}

type Wanted = Pick<Entrance, "bytes" | "records" | "blocks" | "isLimited">;

/**
 * Where records come in: one after the other, in the order of the calls, while limits allow it. Once the end has begun nobody waits any more for what
 * they have in hand; after it nothing comes in.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #wakes = new Set<() => void>();
  /** The last call that has to wait, which later ones follow. */
  #last: Promise<void> | undefined;
  #state: "open" | "ending" | "closed" = "open";
  #ends = 0;
  #lastAtEnd: Promise<void> | undefined;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** Records that may come in now, room permitting. */
  get permits(): number {
    const { limiter } = this.#options;
    return limiter === undefined || this.#state === "ending" ? Number.POSITIVE_INFINITY : limiter.permits;
  }

  /** Resolves when all who came have passed or been refused. */
  async idle(): Promise<void> {
    while (this.#last) await this.#last;
  }

  open(): void {
    this.#state = "open";
  }

  /** Nobody waits any more; who comes from now on is held to the limit of bytes alone. */
  beginEnd(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#ends += 1;
    this.#lastAtEnd = this.#last;
    this.#wakeAll();
  }

  /** Resolves when all who came before the end have passed, and everybody else is refused. */
  async close(): Promise<void> {
    this.beginEnd();
    await this.#lastAtEnd;
    await this.refuse();
  }

  /** Refuses everybody, those too who wait; resolves when they know. */
  async refuse(): Promise<void> {
    this.#state = "closed";
    this.#wakeAll();
    await this.idle();
  }

  /**
   * Calls `entrance.enter` when there is room: at once, or after those who wait already, and then the promise resolves with it. Throws or rejects with what
   * `enter` throws, and once the gate is closed; throws where too many wait already.
   */
  pass(entrance: Entrance): void | Promise<void> {
    if (this.#state === "closed") throw this.#options.stopped();
    const { engine } = this.#options;
    if (this.#last === undefined && engine?.isStarted !== false && entrance.needs?.isOpen !== false) {
      while (this.#hasRoom(entrance)) if (this.#enter(entrance)) return;
    }
    const ends = this.#ends;
    const leave = this.#queue(entrance);
    return this.afterOthers(async () => {
      try {
        await engine?.start();
        await entrance.needs?.open();
        do await this.#wait(() => this.#hasRoom(entrance) || this.#ends > ends, entrance);
        while (!this.#enter(entrance));
      } finally {
        leave();
      }
    });
  }

  /** One call more waits, until the returned function is called. */
  #queue({ bytes, bytesInHand = bytes, isBounded = false }: Entrance): () => void {
    const { calls } = this.#options;
    if (calls === undefined) return () => {};
    if (!isBounded && !calls.flow.hasRoom(bytesInHand, 1)) {
      calls.flow.countReached(bytesInHand, 1);
      throw calls.crowded();
    }
    calls.flow.add(bytesInHand, 1);
    return () => calls.flow.remove(bytesInHand, 1);
  }

  /** Runs `action` when all who came before have passed or been refused. */
  afterOthers(action: () => void | Promise<void>): Promise<void> {
    const run = this.#last === undefined ? Promise.resolve().then(action) : this.#last.then(action, action);
    const last = run
      .catch(() => {})
      .finally(() => {
        if (this.#last === last) this.#last = undefined;
      });
    this.#last = last;
    return run;
  }

  /** Returns nothing where one more record would pass, or a promise that resolves when it would. Rejects once the gate is closed. */
  ready(): void | Promise<void> {
    const entrance = { bytes: 1, isLimited: true };
    if (this.#last === undefined && this.#state !== "closed" && this.#hasRoom(entrance)) return;
    const ends = this.#ends;
    return this.idle().then(() => this.#wait(() => this.#hasRoom(entrance) || this.#ends > ends, entrance));
  }

  async #wait(isDone: () => boolean, { bytes, records, blocks }: Wanted): Promise<void> {
    if (!isDone()) this.#options.flow.countReached(bytes, records, blocks);
    while (this.#state !== "closed" && !isDone()) {
      const refusal = this.#options.refused?.(bytes);
      if (refusal) throw refusal;
      await this.#changed();
    }
    if (this.#state === "closed") throw this.#options.stopped();
  }

  #hasRoom({ bytes, records, blocks, isLimited }: Wanted): boolean {
    return this.#options.flow.hasRoom(bytes, records, blocks) && (!isLimited || this.permits >= 1);
  }

  /** True where all came in. */
  #enter({ enter, isDone }: Entrance): boolean {
    const records = enter();
    this.#options.limiter?.take(records);
    return isDone === undefined || isDone();
  }

  /** Resolves when a limit may have changed. */
  #changed(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        for (const forget of forgets) forget?.();
        this.#wakes.delete(wake);
        resolve();
      };
      this.#wakes.add(wake);
      const { flow, limiter } = this.#options;
      const forgets = [flow.whenRoom(wake), limiter?.whenPermitted(wake)];
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#wakes]) wake();
  }
}

/** What is said to a call that finds as many others waiting as may wait. `method`: what must be awaited. */
export function tooManyCalls(name: string, method: string, calls: Flow): SourceError {
  const { recordsHeld, recordsMax, bytesHeld, bytesMax } = calls;
  return new SourceError(
    `${name} takes no more calls: ${recordsHeld} of at most ${recordsMax} wait for room, with ${bytesHeld} of at most ${bytesMax} bytes in hand. ` +
      `Await what ${method} returns before the next call.`,
    { code: "too-many-calls", details: { calls: recordsHeld, callsMax: recordsMax, bytesHeld, bytesMax } },
  );
}
