import type { Guarantee } from "../../guarantee.js";
import { type CheckpointStore, existsError } from "../checkpoint-store.js";
import { KeyTurns } from "../key-turns.js";
import { namesOf } from "../store-key.js";
import { checkedMethods, checkedPrefix, webStoreError } from "./web-store-error.js";

/** Of a value that the object's storage takes at most are 128 KiB, in whichever kind of it. */
const PIECE_BYTES = 120 * 1024;
/** What one call of the storage takes at most. */
const ENTRIES_AT_ONCE = 128;
/** Of pieces, as no name of a key begins so. */
const PIECES = "~/";

/** What the store uses of `ctx.storage`; a transaction has the same, but for the last two. */
interface ObjectEntries {
  /** Values by key; those that are not there are missing. */
  get<T>(keys: string[]): Promise<Map<string, T>>;
  /** Puts all of them, or none. */
  put(entries: Record<string, unknown>): Promise<void>;
  /** Removes keys; those that are not there are passed over. */
  delete(keys: string[]): Promise<number>;
  /** The entries whose keys begin with `prefix`. */
  list<T>(options: { prefix: string }): Promise<Map<string, T>>;
}

/** The storage of a Durable Object (`ctx.storage`), as far as `DurableObjectStore` uses it. */
export interface DurableObjectStorageLike extends ObjectEntries {
  /** Runs `body`; what it changes takes effect as a whole, or not at all. */
  transaction<T>(body: (transaction: ObjectEntries) => Promise<T>): Promise<T>;
  /** Resolves when all that was written is durable. */
  sync(): Promise<void>;
}

const METHODS = ["get", "put", "delete", "list", "transaction", "sync"] as const;
/** Of one storage all stores know what the others do: one object has it, and nobody else. */
const turnsOf = /* @__PURE__ */ new WeakMap<DurableObjectStorageLike, KeyTurns>();

/**
 * A store in the storage of a Durable Object, of either kind (SQLite or key-value). A change is one transaction, and durable when the call resolves. An object is alone with its storage: what an
 * object that was moved or evicted writes later the host refuses. Values are cut into pieces of 120 KiB, as the host's values have a limit; keys begin with `prefix`, so that the storage may
 * hold other things too.
 *
 * ```ts
 * const store = new DurableObjectStore(ctx.storage);
 * ```
 *
 * **Errors:** `ConfigError` "invalid-option"; `CheckpointError` "storage-full", "storage-failed".
 */
export class DurableObjectStore implements CheckpointStore {
  /** How `guarantees()` calls it. */
  readonly name = "DurableObjectStore";
  /** What holds if the object is evicted at any moment, and what that rests on. */
  readonly promise: Guarantee = {
    promised: "exact",
    because: "each change is a transaction of the object's storage, confirmed before it counts",
  };
  readonly #storage: DurableObjectStorageLike;
  readonly #prefix: string;
  readonly #turns: KeyTurns;

  /** `storage`: `ctx.storage`. `prefix`: what all keys in it begin with, "millrace/" where nothing is said. */
  constructor(storage: DurableObjectStorageLike, { prefix = "millrace/" }: { readonly prefix?: string } = {}) {
    this.#storage = checkedMethods(
      "DurableObjectStore",
      "the storage of a Durable Object (ctx.storage)",
      storage,
      METHODS,
    );
    this.#prefix = checkedPrefix("DurableObjectStore", prefix);
    const turns = turnsOf.get(storage) ?? new KeyTurns();
    turnsOf.set(storage, turns);
    this.#turns = turns;
  }

  /** The bytes of `key`, or undefined where there is no such key. */
  read(key: string): Promise<Uint8Array | undefined> {
    return this.#inTurn("read", key, async () => {
      const lengths = this.#prefix + key;
      const first = this.#piece(key, 0);
      const found = await this.#storage.get<number | Uint8Array>([lengths, first]);
      const length = found.get(lengths) as number | undefined;
      if (length === undefined) return undefined;
      const bytes = new Uint8Array(length);
      if (length > 0) bytes.set(found.get(first) as Uint8Array);
      for (const group of groupsOf(this.#pieces(key, length).slice(1))) {
        const pieces = await this.#storage.get<Uint8Array>(group.map(({ name }) => name));
        for (const { name, at } of group) bytes.set(pieces.get(name)!, at);
      }
      return bytes;
    });
  }

  /** Durable when resolved. `ifAbsent`: rejects with code "exists" where the key is there. */
  write(key: string, bytes: Uint8Array, { ifAbsent = false }: { ifAbsent?: boolean } = {}): Promise<void> {
    const copy = bytes.slice();
    return this.#inTurn("write", key, async () => {
      const isWritten = await this.#storage.transaction(async (transaction) => {
        const before = await this.#lengthOf(transaction, key);
        if (ifAbsent && before !== undefined) return false;
        const pieces = this.#pieces(key, copy.length);
        const entries: Array<readonly [string, unknown]> = [[this.#prefix + key, copy.length]];
        for (const { name, at } of pieces) entries.push([name, copy.slice(at, at + PIECE_BYTES)]);
        for (const group of groupsOf(entries)) await transaction.put(Object.fromEntries(group));
        const left = this.#pieces(key, before ?? 0).slice(pieces.length);
        for (const group of groupsOf(left)) await transaction.delete(group.map(({ name }) => name));
        return true;
      });
      if (!isWritten) throw existsError(key);
      await this.#storage.sync();
    });
  }

  /** Removes `key`; no error where it is not there. */
  delete(key: string): Promise<void> {
    return this.#inTurn("removal", key, async () => {
      await this.#storage.transaction(async (transaction) => {
        const length = await this.#lengthOf(transaction, key);
        if (length === undefined) return;
        const names = [this.#prefix + key, ...this.#pieces(key, length).map(({ name }) => name)];
        for (const group of groupsOf(names)) await transaction.delete(group);
      });
      await this.#storage.sync();
    });
  }

  /** The keys that begin with `prefix`, in ascending order of UTF-16 units. */
  list(prefix: string): Promise<string[]> {
    return this.#attempt(`list of ${prefix}`, async () => {
      const found = await this.#storage.list({ prefix: this.#prefix + prefix });
      const pieces = this.#prefix + PIECES;
      const own = [...found.keys()].filter((name) => !name.startsWith(pieces));
      return own.map((name) => name.slice(this.#prefix.length)).sort();
    });
  }

  async #lengthOf(entries: ObjectEntries, key: string): Promise<number | undefined> {
    const name = this.#prefix + key;
    return (await entries.get<number>([name])).get(name);
  }

  #piece(key: string, index: number): string {
    return `${this.#prefix}${PIECES}${key}/~${index}`;
  }

  #pieces(key: string, length: number): Array<{ readonly name: string; readonly at: number }> {
    const count = Math.ceil(length / PIECE_BYTES);
    return Array.from({ length: count }, (_, index) => ({ name: this.#piece(key, index), at: index * PIECE_BYTES }));
  }

  #inTurn<T>(doing: string, key: string, run: () => Promise<T>): Promise<T> {
    return this.#attempt(`${doing} of ${key}`, async () => {
      namesOf(key);
      return this.#turns.take(this.#prefix + key, run);
    });
  }

  async #attempt<T>(doing: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw webStoreError(error, "The storage of the Durable Object", doing);
    }
  }
}

/** As many at once as one call takes. */
function groupsOf<T>(items: readonly T[]): T[][] {
  const groups: T[][] = [];
  for (let at = 0; at < items.length; at += ENTRIES_AT_ONCE) groups.push(items.slice(at, at + ENTRIES_AT_ONCE));
  return groups;
}
