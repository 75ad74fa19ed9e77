import type { CheckpointStore } from "../checkpoint/checkpoint-store.js";
import { FolderStore } from "../checkpoint/folder-store.js";
import type { DiskImage } from "./disk-model.js";
import type { ModelFiles } from "./model-files.js";
import { type CrashStep, ModelMachine, type StoreFlaw } from "./model-machine.js";
import type { StorageFault } from "./storage-fault.js";

/** The folder of the store on the model's disk. */
export const STORE_FOLDER = "/store";

const NOTHING: DiskImage = { files: new Map(), folders: [] };

/** What a `CrashStore` begins with, and what is wrong with it. */
export interface CrashStoreOptions {
  /** What its disk holds at first, durably: an empty disk where it is left out. */
  readonly image?: DiskImage;
  /** A rule that the store is to break, to see whether tests notice. Default: none. */
  readonly flaw?: StoreFlaw;
  /** Whether every step is kept, for `crashStates`. Default: true; say false where a program runs for long. */
  readonly keepsTrace?: boolean;
  /** The fault that befalls a system call, counted from 1, or undefined. `doing` says in words what is called, such as "fsync /store/a". */
  readonly fault?: (call: number, doing: string) => StorageFault | undefined;
}

/** A call of a store, and between which steps it was made and answered. */
export interface CrashCall {
  /** The method. */
  readonly method: "write" | "append" | "delete";
  /** The key it was for. */
  readonly key: string;
  /** What was given. */
  readonly bytes: Uint8Array | undefined;
  /** Steps that had been made when it was called. */
  readonly begunAt: number;
  /** Steps that had been made when it was answered; undefined where it was not. */
  endedAt: number | undefined;
  /** What it rejected with, if it did. */
  failure: unknown;
}

/** What a store did, system call by system call, from a beginning on. */
export interface CrashTrace {
  /** What the disk held. */
  readonly start: DiskImage;
  /** The system calls that changed something or made it durable. */
  readonly steps: readonly CrashStep[];
  /** The calls of the store that change something, in their order. */
  readonly calls: readonly CrashCall[];
}

/** What the stores of one machine share. */
interface Shared {
  readonly machine: ModelMachine;
  readonly keepsTrace: boolean;
  calls: CrashCall[];
}

/**
 * The store in a folder, over a model of a disk that can lose its power: what was not made durable is then lost, kept, torn or filled with zeros, in any
 * combination. For tests: `crash` turns a running store into what the next process finds, `crashStates` enumerates all of that for a trace.
 *
 * ```ts
 * const store = new CrashStore();
 * await store.write("a", Uint8Array.of(1));
 * const next = store.crash({ kind: "power", random: () => 0.7 });
 * await next.read("a"); // Uint8Array [1]
 * ```
 */
export class CrashStore implements CheckpointStore {
  readonly #shared: Shared;
  readonly #files: ModelFiles;
  readonly #store: FolderStore;

  /** A store on a machine of its own or, given another store, that of one more process on the same machine. */
  constructor(from: CrashStoreOptions | CrashStore = {}) {
    this.#shared = from instanceof CrashStore ? from.#shared : sharedFrom(from);
    this.#files = this.#shared.machine.run();
    this.#store = new FolderStore(STORE_FOLDER, this.#files, `p${this.#files.processId}`);
  }

  /** What was done since the beginning, or since the power went last; by the stores of other processes too. */
  get trace(): CrashTrace {
    const { machine, calls } = this.#shared;
    return { start: machine.start, steps: machine.steps, calls };
  }

  /** How many steps the trace has. What a test sees now has happened before a crash after that many steps, or more. */
  get stepCount(): number {
    return this.#shared.machine.stepCount;
  }

  /** Ends the process, or all of them with the power. Calls of a store whose process has ended are never answered. The result is what the next process finds. */
  crash({ kind, random }: { kind: "power" | "kill"; random: () => number }): CrashStore {
    const { machine } = this.#shared;
    this.#files.end();
    if (kind === "power") {
      machine.losePower(random);
      this.#shared.calls = [];
    } else machine.killed();
    return new CrashStore(this);
  }

  /** Holds up all calls, as a process that is suspended, until the returned function is called. */
  suspend(): () => void {
    return this.#files.suspend();
  }

  /** As `CheckpointStore.read`. */
  read(key: string): Promise<Uint8Array | undefined> {
    return this.#store.read(key);
  }

  /** As `CheckpointStore.readRange`. */
  readRange(key: string, offset: number, length: number): Promise<Uint8Array> {
    return this.#store.readRange(key, offset, length);
  }

  /** As `CheckpointStore.list`. */
  list(prefix: string): Promise<string[]> {
    return this.#store.list(prefix);
  }

  /** As `CheckpointStore.write`. */
  write(key: string, bytes: Uint8Array, options?: { ifAbsent?: boolean }): Promise<void> {
    return this.#recorded("write", key, bytes, () => this.#store.write(key, bytes, options));
  }

  /** As `CheckpointStore.append`. */
  append(key: string, bytes: Uint8Array): Promise<void> {
    return this.#recorded("append", key, bytes, () => this.#store.append(key, bytes));
  }

  /** @internal */
  appendLent(key: string, bytes: Uint8Array): Promise<void> {
    return this.#recorded("append", key, bytes, () => this.#store.appendLent(key, bytes));
  }

  /** As `CheckpointStore.delete`. */
  delete(key: string): Promise<void> {
    return this.#recorded("delete", key, undefined, () => this.#store.delete(key));
  }

  async #recorded(
    method: CrashCall["method"],
    key: string,
    bytes: Uint8Array | undefined,
    run: () => Promise<void>,
  ): Promise<void> {
    const { machine, keepsTrace, calls } = this.#shared;
    if (!keepsTrace) return run();
    const call: CrashCall = {
      method,
      key,
      bytes: bytes?.slice(),
      begunAt: machine.stepCount,
      endedAt: undefined,
      failure: undefined,
    };
    calls.push(call);
    try {
      await run();
    } catch (error) {
      call.failure = error;
      throw error;
    } finally {
      call.endedAt = machine.stepCount;
    }
  }
}

function sharedFrom({ image = NOTHING, flaw, keepsTrace = true, fault }: CrashStoreOptions): Shared {
  return { machine: new ModelMachine(image, { flaw, keepsTrace, fault }), keepsTrace, calls: [] };
}
