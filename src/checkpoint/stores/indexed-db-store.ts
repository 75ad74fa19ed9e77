import { CheckpointError } from "../../errors.js";
import type { Guarantee } from "../../guarantee.js";
import { type WebStorage, webStorage } from "../../runtime/web-storage.js";
import { type CheckpointStore, existsError } from "../checkpoint-store.js";
import { namesOf } from "../store-key.js";
import { checkedName, lackingError, webStoreError } from "./web-store-error.js";

const TABLE = "values";
/** Behind every character that a key may have. */
const LAST = "\uffff";

/**
 * A store in an IndexedDB database of its own, in pages and workers. Each change is a transaction of its own that is durable (`durability: "strict"`) when the call resolves; a new
 * key is added in one transaction, so that of several tabs and workers one wins. What the browser holds for an origin it may remove where space is short, unless the page has asked
 * for `navigator.storage.persist()`.
 *
 * **Errors:** `ConfigError` "no-indexed-db"; `CheckpointError` "storage-full", "checkpoint-gone", "storage-failed".
 */
export class IndexedDbStore implements CheckpointStore {
  /** How `guarantees()` calls it. */
  readonly name = "IndexedDbStore";
  /** What holds if the process dies at any moment, and what that rests on. */
  readonly promise: Guarantee = {
    promised: "exact",
    because:
      "each change is a durable transaction; the browser may remove all of it where space is short and storage is not persisted",
  };
  readonly #database: string;
  readonly #factory: IDBFactory;
  #opened: Promise<IDBDatabase> | undefined;

  /** `database`: its name; it is made with the first call. `storage`: what the host has. */
  constructor(database: string, storage: WebStorage = webStorage()) {
    this.#database = checkedName("an IndexedDbStore", database);
    if (storage.indexedDb === undefined) {
      throw lackingError(
        "IndexedDbStore",
        "IndexedDB",
        "a folder, DurableObjectStore or another CheckpointStore",
        "no-indexed-db",
      );
    }
    this.#factory = storage.indexedDb;
  }

  /** The bytes of `key`, or undefined where there is no such key. */
  read(key: string): Promise<Uint8Array | undefined> {
    return this.#ask(`read of ${key}`, async () => {
      namesOf(key);
      const value = await this.#asked<ArrayBuffer | undefined>((table) => table.get(key));
      return value && new Uint8Array(value);
    });
  }

  /** Durable when resolved. `ifAbsent`: rejects with code "exists" where the key is there. */
  write(key: string, bytes: Uint8Array, { ifAbsent = false }: { ifAbsent?: boolean } = {}): Promise<void> {
    return this.#ask(`write of ${key}`, async () => {
      namesOf(key);
      const { buffer } = bytes.slice();
      await this.#change((table) => (ifAbsent ? table.add(buffer, key) : table.put(buffer, key)), key);
    });
  }

  /** Removes `key`; no error where it is not there. */
  delete(key: string): Promise<void> {
    return this.#ask(`removal of ${key}`, async () => {
      namesOf(key);
      await this.#change((table) => table.delete(key), key);
    });
  }

  /** The keys that begin with `prefix`, in ascending order of UTF-16 units. */
  list(prefix: string): Promise<string[]> {
    const keys = IDBKeyRange.bound(prefix, prefix + LAST);
    return this.#ask(`list of ${prefix}`, () => this.#asked<string[]>((table) => table.getAllKeys(keys)));
  }

  /** Closes the database. The store can be used on. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    (await opened?.catch(() => undefined))?.close();
  }

  async #asked<T>(ask: (table: IDBObjectStore) => IDBRequest): Promise<T> {
    const database = await this.#open();
    return new Promise((resolve, reject) => {
      const request = ask(database.transaction(TABLE, "readonly").objectStore(TABLE));
      request.onsuccess = () => resolve(request.result as T);
      request.onerror = () => reject(request.error);
    });
  }

  async #change(ask: (table: IDBObjectStore) => IDBRequest, key: string): Promise<void> {
    const database = await this.#open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(TABLE, "readwrite", { durability: "strict" });
      const request = ask(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => {
        const isThere = request.error?.name === "ConstraintError";
        // Where it ends for lack of room, the request itself may have gone well.
        reject(isThere ? existsError(key) : (transaction.error ?? request.error));
      };
    });
  }

  #open(): Promise<IDBDatabase> {
    this.#opened ??= this.#made().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  #made(): Promise<IDBDatabase> {
    return new Promise<IDBDatabase>((resolve, reject) => {
      const request = this.#factory.open(this.#database);
      request.onupgradeneeded = () => void request.result.createObjectStore(TABLE);
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const database = request.result;
        const own = this.#opened;
        const gone = () => {
          database.close();
          // One that is made anew would be empty, and nobody is to go on in it.
          if (this.#opened === own) this.#opened = rejected(goneError(this.#database));
        };
        // Whoever removes the database need not wait for this store.
        database.onversionchange = gone;
        database.onclose = gone;
        resolve(database);
      };
    });
  }

  async #ask<T>(doing: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw webStoreError(error, `The database for checkpoints ${JSON.stringify(this.#database)}`, doing);
    }
  }
}

function goneError(name: string): CheckpointError {
  return new CheckpointError(
    `The database for checkpoints ${JSON.stringify(name)} was removed while a context used it, by the browser or by a program: it must stay while a context runs. Start afresh.`,
    { code: "checkpoint-gone", details: { database: name } },
  );
}

function rejected(error: CheckpointError): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}
