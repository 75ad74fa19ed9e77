import { CheckpointError, messageOf } from "../errors.js";
import type { Host } from "../host.js";
import { type CheckpointStore, isLending } from "./checkpoint-store.js";

/** How often a call that fails for another reason than a lack of room is made in all. */
const ATTEMPTS_MAX = 4;
const DELAY_MS_FIRST = 50;
const DELAY_MS_MAX = 30_000;
/** What says that a store is full, and may have room later. */
const FULL: ReadonlySet<unknown> = new Set(["storage-full", "ENOSPC", "EDQUOT", "QuotaExceededError"]);

export interface PatientStoreOptions {
  readonly store: CheckpointStore;
  readonly host: Host;
  /** A call has failed and is made again, or is no longer. */
  readonly delayed?: (error: unknown) => void;
}

/**
 * Calls of a store that are made again where they fail: three times, with growing delay, and for as long as it takes where the store is full. Whoever
 * waits for them, waits.
 */
export class PatientStore {
  readonly #options: PatientStoreOptions;
  #closed = false;
  readonly #sleeping = new Set<() => void>();

  constructor(options: PatientStoreOptions) {
    this.#options = options;
  }

  /**
   * Writes a key that is to be new. False where it is there with other bytes: those of another process. Where a call has failed, the bytes may be there all the same: then they
   * are this one's.
   */
  async writeNew(key: string, bytes: Uint8Array): Promise<boolean> {
    const { store } = this.#options;
    return this.#again(`write ${JSON.stringify(key)}`, async () => {
      try {
        await store.write(key, bytes, { ifAbsent: true });
        return true;
      } catch (error) {
        if (codeOf(error) !== "exists") throw error;
        const there = await store.read(key);
        if (there === undefined || !sameBytes(there, bytes)) return false;
        // It is there from a call that failed, and may not be durable, whatever the store says of it now.
        await store.write(key, bytes);
        return true;
      }
    });
  }

  write(key: string, bytes: Uint8Array): Promise<void> {
    return this.#again(`write ${JSON.stringify(key)}`, () => this.#options.store.write(key, bytes));
  }

  /** Whether the store appends: otherwise each group of a log is a key of its own. */
  get appends(): boolean {
    return this.#options.store.append !== undefined;
  }

  /** Whether bytes that were appended are the caller's again. */
  get givesBack(): boolean {
    return isLending(this.#options.store);
  }

  /**
   * Adds bytes, which stay as they are until it settles, to a key, or writes it where the store does not append. Not made again where it fails: what of it is there is not known.
   */
  async append(key: string, bytes: Uint8Array): Promise<void> {
    const { store } = this.#options;
    if (isLending(store)) await store.appendLent(key, bytes);
    else await (store.append ? store.append(key, bytes) : store.write(key, bytes));
  }

  read(key: string): Promise<Uint8Array | undefined> {
    return this.#again(`read ${JSON.stringify(key)}`, () => this.#options.store.read(key));
  }

  delete(key: string): Promise<void> {
    return this.#again(`delete ${JSON.stringify(key)}`, () => this.#options.store.delete(key));
  }

  list(prefix: string): Promise<string[]> {
    return this.#again("list its keys", () => this.#options.store.list(prefix));
  }

  /** Nothing is tried again from now on. */
  close(): void {
    this.#closed = true;
    for (const wake of this.#sleeping) wake();
  }

  async #again<R>(what: string, call: () => Promise<R>): Promise<R> {
    for (let attempt = 1, delayMs = DELAY_MS_FIRST; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        const isFull = FULL.has(codeOf(error));
        if (this.#closed || (!isFull && attempt >= ATTEMPTS_MAX)) throw storeError(what, error, isFull);
        if (attempt === 1) this.#options.delayed?.(error);
        if (attempt > 1 || isFull) await this.#sleep(delayMs);
        delayMs = Math.min(2 * delayMs, DELAY_MS_MAX);
      }
    }
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleeping.delete(wake);
        timer.cancel();
        resolve();
      };
      const timer = this.#options.host.setTimer(delayMs, wake);
      this.#sleeping.add(wake);
    });
  }
}

function storeError(what: string, cause: unknown, isFull: boolean): CheckpointError {
  const known = cause instanceof CheckpointError ? cause.code : undefined;
  return new CheckpointError(`The store for checkpoints must ${what}, and does not: ${messageOf(cause)}`, {
    code: known ?? (isFull ? "storage-full" : "store-failed"),
    cause,
  });
}

function codeOf(error: unknown): unknown {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === "string" ? code : name;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
