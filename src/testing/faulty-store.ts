import { appendRefusedError, type CheckpointStore } from "../checkpoint/checkpoint-store.js";
import { KeyTurns } from "../checkpoint/key-turns.js";
import { STORAGE_FAULTS, type StorageFault, storeErrorOf } from "./storage-fault.js";

/** A fault that befalls a call. */
export interface PlannedFault {
  /** Which call, counted from 1 over all methods. */
  readonly call: number;
  /** What befalls it. */
  readonly fault: StorageFault;
  /** Whether all calls after it fail in the same way. Default: false. */
  readonly lasting?: boolean;
}

/** When a `FaultyStore` fails, and how. */
export interface FaultyStoreOptions {
  /** Faults at calls that are known. */
  readonly plan?: readonly PlannedFault[];
  /** Draws numbers in [0, 1): with `rate`, faults at random. */
  readonly random?: () => number;
  /** The share of calls that fail at random. Default: 0. */
  readonly rate?: number;
  /** Those that are drawn. Default: all. */
  readonly faults?: readonly StorageFault[];
  /** Called before each call, which waits for what it returns: for delays, and to see what is asked. */
  readonly before?: (call: FaultyCall) => Promise<void> | void;
  /** How many calls `calls` keeps, the newest at least. Default: 10,000. */
  readonly callsMax?: number;
}

/** A call of a store. */
export interface FaultyCall {
  /** Its number, from 1. */
  readonly call: number;
  /** The method. */
  readonly method: keyof CheckpointStore;
  /** The key, or the prefix of a list. */
  readonly key: string;
  /** How many bytes were given. */
  readonly byteCount: number;
  /** What befell it. */
  readonly fault: StorageFault | undefined;
  /** How it ended: "pending" while it has not. */
  outcome: "pending" | "resolved" | "rejected";
}

/** Faults that happen while bytes are written or made durable, and so to no reader. */
const OF_WRITERS: ReadonlySet<StorageFault> = new Set(["short-write", "fsync-once", "fsync-sticky"]);
const READING: ReadonlySet<FaultyCall["method"]> = new Set(["read", "readRange", "list"]);

/**
 * A store that fails as storage does, at planned calls or at random: for tests of what uses a store. What it rejects with, and leaves behind, is what a store
 * may: a short write of a key changes nothing, of a log it leaves a part; where an fsync fails everything is there and the call rejects all the same; a log that
 * failed so takes nothing more. Readers find such faults as a failing disk.
 *
 * ```ts
 * const store = new FaultyStore(new MemoryStore(), { plan: [{ call: 2, fault: "enospc" }] });
 * await store.write("a", Uint8Array.of(1));
 * await store.write("b", Uint8Array.of(2)); // rejects: CheckpointError, code "storage-full"
 * ```
 */
export class FaultyStore implements CheckpointStore {
  readonly #inner: CheckpointStore;
  readonly #options: FaultyStoreOptions;
  readonly #turns = new KeyTurns();
  readonly #broken = new Set<string>();
  readonly #calls: FaultyCall[] = [];
  #callCount = 0;
  /** What befalls every call from now on. */
  #lasting: StorageFault | undefined;

  /** As `CheckpointStore.append`; absent where the inner store has none. */
  readonly append?: (key: string, bytes: Uint8Array) => Promise<void>;
  /** As `CheckpointStore.readRange`; absent where the inner store has none. */
  readonly readRange?: (key: string, offset: number, length: number) => Promise<Uint8Array>;

  constructor(inner: CheckpointStore, options: FaultyStoreOptions = {}) {
    this.#inner = inner;
    this.#options = options;
    if (inner.append) this.append = (key, bytes) => this.#append(key, bytes.slice());
    if (inner.readRange)
      this.readRange = (key, offset, length) =>
        this.#call("readRange", key, 0, () => inner.readRange!(key, offset, length));
  }

  /** How many calls there were. */
  get callCount(): number {
    return this.#callCount;
  }

  /** The calls there were, in their order; the newest ones where there were many. */
  get calls(): readonly FaultyCall[] {
    return this.#calls;
  }

  /** As `CheckpointStore.read`. */
  read(key: string): Promise<Uint8Array | undefined> {
    return this.#call("read", key, 0, () => this.#inner.read(key));
  }

  /** As `CheckpointStore.list`. */
  list(prefix: string): Promise<string[]> {
    return this.#call("list", prefix, 0, () => this.#inner.list(prefix));
  }

  /** As `CheckpointStore.write`. */
  write(key: string, bytes: Uint8Array, options?: { ifAbsent?: boolean }): Promise<void> {
    const given = bytes.slice();
    return this.#call("write", key, given.length, async (fault) => {
      if (fault === "short-write") return;
      await this.#inner.write(key, given, options);
      this.#broken.delete(key);
    });
  }

  /** As `CheckpointStore.delete`. */
  delete(key: string): Promise<void> {
    return this.#call("delete", key, 0, async (fault) => {
      if (fault === "short-write") return;
      await this.#inner.delete(key);
      this.#broken.delete(key);
    });
  }

  #append(key: string, bytes: Uint8Array): Promise<void> {
    return this.#call("append", key, bytes.length, async (fault) => {
      if (this.#broken.has(key)) throw appendRefusedError(key);
      if (fault !== undefined) this.#broken.add(key);
      await this.#inner.append!(key, fault === "short-write" ? bytes.subarray(0, bytes.length >> 1) : bytes);
    });
  }

  /** `run` is not called where a fault keeps the call from doing anything. */
  #call<T>(
    method: FaultyCall["method"],
    key: string,
    byteCount: number,
    run: (fault: StorageFault | undefined) => Promise<T>,
  ): Promise<T> {
    this.#callCount += 1;
    const call: FaultyCall = {
      call: this.#callCount,
      method,
      key,
      byteCount,
      fault: this.#draw(),
      outcome: "pending",
    };
    this.#keep(call);
    if (READING.has(method)) return this.#perform(call, run);
    return this.#turns.take(key, () => this.#perform(call, run));
  }

  async #perform<T>(call: FaultyCall, run: (fault: StorageFault | undefined) => Promise<T>): Promise<T> {
    const { fault, method, key } = call;
    try {
      await this.#options.before?.(call);
      if (fault !== undefined && OF_WRITERS.has(fault) && !READING.has(method)) await run(fault);
      if (fault !== undefined) throw storeErrorOf(fault, `call ${call.call}, ${method} of ${JSON.stringify(key)}`);
      const result = await run(undefined);
      call.outcome = "resolved";
      return result;
    } catch (error) {
      call.outcome = "rejected";
      throw error;
    }
  }

  #draw(): StorageFault | undefined {
    if (this.#lasting !== undefined) return this.#lasting;
    const { plan = [], random, rate = 0, faults = STORAGE_FAULTS } = this.#options;
    const planned = plan.find(({ call }) => call === this.#callCount);
    const isDrawn = random !== undefined && random() < rate;
    const fault = planned?.fault ?? (isDrawn ? faults[Math.floor(random() * faults.length)] : undefined);
    if (fault === "fsync-sticky" || planned?.lasting) this.#lasting = fault;
    return fault;
  }

  #keep(call: FaultyCall): void {
    const { callsMax = 10_000 } = this.#options;
    this.#calls.push(call);
    // Not one at a time: that moves all the others.
    if (this.#calls.length >= 2 * callsMax) this.#calls.splice(0, this.#calls.length - callsMax);
  }
}
