import { CheckpointError } from "../../errors.js";
import type { Guarantee } from "../../guarantee.js";
import { type SyncFile, type WebStorage, webStorage } from "../../runtime/web-storage.js";
import type { CheckpointStore } from "../checkpoint-store.js";
import { namesOf } from "../store-key.js";
import { RecordFile } from "./record-file.js";
import { checkedName, lackingError, webStoreError } from "./web-store-error.js";

const FILES = ["records-0", "records-1"];
/** A page that is loaded again comes before its worker from before has quite ended. */
const LOCK_WAIT_MS = 5000;

/** A change that waits for its turn: all that wait are made durable at once. */
interface Change {
  readonly make: (file: RecordFile) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Opened {
  readonly file: RecordFile;
  readonly unlock: () => void;
}

/**
 * A store in two files of the origin's private file system (OPFS), for dedicated workers: pages have no files that are durable at a known time. A change is durable (`flush()`) when the call
 * resolves; changes that are made at once are made durable together. One worker of all tabs has the files open, from its first call until its context stops or it ends; another one that waits
 * 5 s for them in vain is told "locked". What the browser holds for an origin it may remove where space is short, unless the page has asked for `navigator.storage.persist()`.
 *
 * **Errors:** `ConfigError` "no-origin-files"; `CheckpointError` "locked", "storage-full", "checkpoint-gone", "checkpoint-damaged", "storage-failed".
 */
export class OpfsStore implements CheckpointStore {
  /** How `guarantees()` calls it. */
  readonly name = "OpfsStore";
  /** What holds if the process dies at any moment, and what that rests on. */
  readonly promise: Guarantee = {
    promised: "exact",
    because:
      "each change is flushed to a file; the browser may remove all of it where space is short and storage is not persisted",
  };
  readonly #folder: string;
  readonly #openFiles: NonNullable<WebStorage["openFiles"]>;
  readonly #lock: NonNullable<WebStorage["lock"]>;
  #opened: Promise<Opened> | undefined;
  #changes: Change[] = [];

  /** `folder`: its name; it is made with the first call. `storage`: what the host has. */
  constructor(folder: string, storage: WebStorage = webStorage()) {
    this.#folder = checkedName("an OpfsStore", folder);
    const { openFiles, lock } = storage;
    if (!openFiles || !lock) {
      throw lackingError(
        "OpfsStore",
        "files of the origin that a worker can flush, and locks",
        "it in a dedicated worker, or IndexedDbStore",
        "no-origin-files",
      );
    }
    this.#openFiles = openFiles;
    this.#lock = lock;
  }

  /** The bytes of `key`, or undefined where there is no such key. */
  read(key: string): Promise<Uint8Array | undefined> {
    return this.#ask(`read of ${key}`, async () => {
      namesOf(key);
      // What is shown must be durable, and changes for the key that were asked for before have their effect first.
      await this.#flushed();
      return (await this.#file()).read(key);
    });
  }

  /** Durable when resolved. `ifAbsent`: rejects with code "exists" where the key is there. */
  write(key: string, bytes: Uint8Array, { ifAbsent = false }: { ifAbsent?: boolean } = {}): Promise<void> {
    return this.#ask(`write of ${key}`, async () => {
      namesOf(key);
      const copy = bytes.slice();
      await this.#change((file) => file.write(key, copy, ifAbsent));
    });
  }

  /** Removes `key`; no error where it is not there. */
  delete(key: string): Promise<void> {
    return this.#ask(`removal of ${key}`, async () => {
      namesOf(key);
      await this.#change((file) => file.delete(key));
    });
  }

  /** The keys that begin with `prefix`, in ascending order of UTF-16 units. */
  list(prefix: string): Promise<string[]> {
    return this.#ask(`list of ${prefix}`, async () => {
      await this.#flushed();
      return (await this.#file()).keys(prefix);
    });
  }

  /** Closes the files, after all that was asked for, and lets other workers have them. The store can be used on. */
  async close(): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined) return;
    await this.#flushed().catch(() => {});
    this.#opened = undefined;
    const { file, unlock } = (await opened.catch(() => undefined)) ?? {};
    file?.close();
    unlock?.();
  }

  #change(make: Change["make"]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#changes.push({ make, resolve, reject });
      if (this.#changes.length === 1) void this.#makeChanges();
    });
  }

  /** Resolves when all changes that wait now are made, whatever became of them. */
  async #flushed(): Promise<void> {
    if (this.#changes.length > 0) await this.#change(() => {}).catch(() => {});
  }

  /** Makes all changes that have come when the files are open, and one flush for all of them. */
  async #makeChanges(): Promise<void> {
    let file: RecordFile;
    try {
      file = await this.#file();
    } catch (error) {
      for (const { reject } of this.#changes.splice(0)) reject(error);
      return;
    }
    const made: Change[] = [];
    for (const change of this.#changes.splice(0)) {
      try {
        change.make(file);
        made.push(change);
      } catch (error) {
        change.reject(error);
      }
    }
    try {
      file.flush();
      for (const { resolve } of made) resolve();
    } catch (error) {
      for (const { reject } of made) reject(error);
    }
  }

  async #file(): Promise<RecordFile> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    const { file } = await this.#opened;
    if (!file.isBroken) return file;
    throw new CheckpointError(
      `The files for checkpoints ${JSON.stringify(this.#folder)} failed to make something durable, and take no more: restart from the last checkpoint.`,
      { code: "storage-failed", details: { folder: this.#folder } },
    );
  }

  async #open(): Promise<Opened> {
    const unlock = await this.#lock(`millrace/${this.#folder}`, LOCK_WAIT_MS);
    if (!unlock) throw lockedError(this.#folder);
    let files: SyncFile[] = [];
    try {
      files = await this.#openFiles(this.#folder, FILES);
      return { file: RecordFile.open(files), unlock };
    } catch (error) {
      for (const file of files) file.close();
      unlock();
      throw (error as { readonly name?: string }).name === "NoModificationAllowedError"
        ? lockedError(this.#folder)
        : error;
    }
  }

  async #ask<T>(doing: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw webStoreError(error, `The files for checkpoints ${JSON.stringify(this.#folder)}`, doing);
    }
  }
}

function lockedError(name: string): CheckpointError {
  return new CheckpointError(
    `Only one worker may have the files for checkpoints ${JSON.stringify(name)} open, and another one has: stop that one first, in whatever tab it is, or give another name.`,
    { code: "locked", details: { folder: name } },
  );
}
