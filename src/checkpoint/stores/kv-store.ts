import { ConfigError } from "../../errors.js";
import type { Guarantee } from "../../guarantee.js";
import { type CheckpointStore, existsError } from "../checkpoint-store.js";
import { KeyTurns } from "../key-turns.js";
import { namesOf } from "../store-key.js";
import { checkedMethods, checkedPrefix, webStoreError } from "./web-store-error.js";

/** A key-value namespace, such as one of Workers KV, as far as `KvStore` uses it. */
export interface KvNamespaceLike {
  /** The value of a key, or null. */
  get(key: string, type: "arrayBuffer"): Promise<ArrayBuffer | null>;
  /** Puts a value. */
  put(key: string, value: ArrayBuffer): Promise<void>;
  /** Removes a key; no error where it is not there. */
  delete(key: string): Promise<void>;
  /** Some keys that begin with `prefix`, and where the next ones begin. */
  list(options: { prefix: string; cursor?: string }): Promise<{
    readonly keys: ReadonlyArray<{ readonly name: string }>;
    readonly list_complete: boolean;
    readonly cursor?: string;
  }>;
}

/** What a `KvStore` must be told. */
export interface KvStoreOptions {
  /** That one process alone writes: the store cannot see to it. */
  readonly singleWriter: true;
  /** What all keys begin with. Default: "millrace/". */
  readonly prefix?: string;
}

const METHODS = ["get", "put", "delete", "list"] as const;
/** Within one process stores of one namespace wait for one another. */
const turnsOf = /* @__PURE__ */ new WeakMap<KvNamespaceLike, KeyTurns>();

/**
 * A store in a key-value namespace that has no compare-and-swap and may show what was there a while ago, as Workers KV does for a minute and more. It cannot fence: of two processes that
 * write, neither learns of the other, and the checkpoint of both is lost. So it must be told that there is one (`singleWriter: true`). A process that begins where, or when, the last writes
 * do not show yet goes on from an older checkpoint: batches run again. Prefer `DurableObjectStore` where there is one. Values have the host's limit, 25 MiB with Workers KV, and so have writes
 * of one key a second: generations of large state need another store.
 *
 * **Errors:** `ConfigError` "no-compare-and-swap", "invalid-option"; `CheckpointError` "storage-full", "storage-failed".
 */
export class KvStore implements CheckpointStore {
  /** How `guarantees()` calls it. */
  readonly name = "KvStore";
  /** What holds if the process dies at any moment, and what that rests on. */
  readonly promise: Guarantee = {
    promised: "at-least-once",
    because:
      "it has no compare-and-swap: one process alone may write (singleWriter), and one that begins before the last writes show goes on from an older checkpoint",
  };
  readonly #namespace: KvNamespaceLike;
  readonly #prefix: string;
  readonly #turns: KeyTurns;

  /** `namespace`: the binding, such as `env.CHECKPOINTS`. */
  constructor(namespace: KvNamespaceLike, options: KvStoreOptions) {
    this.#namespace = checkedMethods("KvStore", "a key-value namespace", namespace, METHODS);
    if (options?.singleWriter !== true) {
      throw new ConfigError(
        "A KvStore has no compare-and-swap and cannot keep a second process from writing: say singleWriter: true where there is one, or use DurableObjectStore.",
        { code: "no-compare-and-swap" },
      );
    }
    this.#prefix = checkedPrefix("KvStore", options.prefix ?? "millrace/");
    const turns = turnsOf.get(namespace) ?? new KeyTurns();
    turnsOf.set(namespace, turns);
    this.#turns = turns;
  }

  /** The bytes of `key`, or undefined where there is no such key. */
  read(key: string): Promise<Uint8Array | undefined> {
    return this.#inTurn("read", key, async () => {
      const value = await this.#namespace.get(this.#prefix + key, "arrayBuffer");
      return value === null ? undefined : new Uint8Array(value);
    });
  }

  /** Durable when resolved. `ifAbsent`: rejects with code "exists" where the key is seen to be there. */
  write(key: string, bytes: Uint8Array, { ifAbsent = false }: { ifAbsent?: boolean } = {}): Promise<void> {
    const { buffer } = bytes.slice();
    return this.#inTurn("write", key, async () => {
      const name = this.#prefix + key;
      if (ifAbsent && (await this.#namespace.get(name, "arrayBuffer")) !== null) throw existsError(key);
      await this.#namespace.put(name, buffer);
    });
  }

  /** Removes `key`; no error where it is not there. */
  delete(key: string): Promise<void> {
    return this.#inTurn("removal", key, () => this.#namespace.delete(this.#prefix + key));
  }

  /** The keys that begin with `prefix`, in ascending order of UTF-16 units. */
  list(prefix: string): Promise<string[]> {
    return this.#attempt(`list of ${prefix}`, async () => {
      const keys: string[] = [];
      for (let cursor: string | undefined, isComplete = false; !isComplete; ) {
        const page = await this.#namespace.list({
          prefix: this.#prefix + prefix,
          ...(cursor !== undefined && { cursor }),
        });
        for (const { name } of page.keys) keys.push(name.slice(this.#prefix.length));
        cursor = page.cursor;
        isComplete = page.list_complete || cursor === undefined;
      }
      return keys.sort();
    });
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
      throw webStoreError(error, "The key-value namespace for checkpoints", doing);
    }
  }
}
