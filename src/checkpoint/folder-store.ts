import type { DurableFiles } from "../host.js";
import { appendRefusedError, checkRange, existsError, type LendingStore } from "./checkpoint-store.js";
import { FolderLog } from "./folder-log.js";
import { KeyTurns } from "./key-turns.js";
import { causeOf, isFolderError, storageError } from "./storage-error.js";
import { isMissing, StoreFolder } from "./store-folder.js";
import { isName, namesOf } from "./store-key.js";
import { writeAll } from "./write-all.js";

/** Logs that are open at once, unless more of them are written to at once. */
const LOGS_OPEN_MAX = 8;
/** Bytes that one read asks for at most. */
const READ_BYTES_MAX = 2 ** 26;

/** Appends to one key that wait for their turn: they are written together, and made durable once. */
interface AppendGroup {
  readonly pieces: Uint8Array[];
  done: Promise<void>;
}

/**
 * A store in a folder: a file for each key, folders for the names before its last one. A file is written and made durable under another name before it gets its
 * own, so that no reader sees a part of it; what a crash leaves of such a file is no key. Errors of the host become `CheckpointError`s: "storage-full",
 * "fd-limit", "checkpoint-gone", "symbolic-link", "storage-failed", and "fs-unsupported" when the first key is written.
 */
export class FolderStore implements LendingStore {
  readonly #given: string;
  readonly #folder: StoreFolder;
  readonly #files: DurableFiles;
  readonly #turns = new KeyTurns();
  /** By key, the one used last at the end. */
  readonly #logs = new Map<string, FolderLog>();
  readonly #broken = new Set<string>();
  readonly #groups = new Map<string, AppendGroup>();

  /** `tag`: lower-case letters and digits, other than those of any other store. */
  constructor(folder: string, files: DurableFiles, tag: string) {
    this.#given = folder;
    this.#files = files;
    this.#folder = new StoreFolder(folder, files, tag);
  }

  read(key: string): Promise<Uint8Array | undefined> {
    return this.#attempt(`read of ${key}`, () => this.#read(key, 0, Number.MAX_SAFE_INTEGER));
  }

  readRange(key: string, offset: number, length: number): Promise<Uint8Array> {
    return this.#attempt(`read of ${key}`, async () => {
      checkRange(key, offset, length);
      return (await this.#read(key, offset, length)) ?? new Uint8Array(0);
    });
  }

  write(key: string, bytes: Uint8Array, { ifAbsent = false }: { ifAbsent?: boolean } = {}): Promise<void> {
    return this.#attempt(`write of ${key}`, async () => {
      const names = namesOf(key);
      const copy = bytes.slice();
      this.#groups.delete(key);
      await this.#turns.take(key, () => this.#write(key, names, copy, ifAbsent));
    });
  }

  append(key: string, bytes: Uint8Array): Promise<void> {
    return this.appendLent(key, bytes.slice());
  }

  appendLent(key: string, bytes: Uint8Array): Promise<void> {
    return this.#attempt(`append to ${key}`, async () => {
      const names = namesOf(key);
      const waiting = this.#groups.get(key);
      if (waiting) {
        waiting.pieces.push(bytes);
        return waiting.done;
      }
      const group: AppendGroup = { pieces: [bytes], done: Promise.resolve() };
      this.#groups.set(key, group);
      group.done = this.#turns.take(key, () => {
        if (this.#groups.get(key) === group) this.#groups.delete(key);
        return this.#append(key, names, group.pieces);
      });
      return group.done;
    });
  }

  delete(key: string): Promise<void> {
    return this.#attempt(`removal of ${key}`, async () => {
      const names = namesOf(key);
      this.#groups.delete(key);
      await this.#turns.take(key, () => this.#delete(key, names));
    });
  }

  list(prefix: string): Promise<string[]> {
    return this.#attempt(`list of ${prefix}`, async () => {
      const root = await this.#folder.rootIfThere();
      const above = prefix.split("/").slice(0, -1);
      if (root === undefined || !above.every(isName)) return [];
      const keys: string[] = [];
      for (let depth = 1; depth <= above.length; depth += 1) {
        const entry = await this.#files.look(this.#files.join(root, ...above.slice(0, depth)));
        if (entry?.kind !== "folder") return [];
      }
      await this.#collect(this.#files.join(root, ...above), above.map((name) => `${name}/`).join(""), prefix, keys);
      return keys.sort();
    });
  }

  /** Closes what is open from one append to the next, after all that was asked for. The store can be used on. */
  async close(): Promise<void> {
    const closings = [...this.#logs.keys()].map((key) => this.#turns.take(key, () => this.#forgetLog(key)));
    await this.#attempt("closing of logs", () => Promise.all(closings));
  }

  async #read(key: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    const names = namesOf(key);
    const root = await this.#folder.rootIfThere();
    if (root === undefined) return undefined;
    const path = this.#files.join(root, ...names);
    let file: Awaited<ReturnType<DurableFiles["open"]>>;
    try {
      file = await this.#files.open(path, "read");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      await this.#folder.check(root, names);
      const { kind, bytes: fileBytes } = await file.look();
      if (kind !== "file") return undefined;
      // A writer that ended before it was answered may have left bytes, or a name, that a power cut would take: nobody is to build on them.
      await file.sync();
      await this.#folder.sync(this.#files.parentOf(path));
      const bytes = new Uint8Array(Math.max(0, Math.min(length, fileBytes - offset)));
      let used = 0;
      while (used < bytes.length) {
        const count = await file.read(bytes.subarray(used, used + READ_BYTES_MAX), offset + used);
        if (count === 0) return bytes.slice(0, used);
        used += count;
      }
      return bytes;
    } finally {
      await file.close();
    }
  }

  async #write(key: string, names: readonly string[], bytes: Uint8Array, ifAbsent: boolean): Promise<void> {
    const { file, path: unfinished, folder } = await this.#folder.openUnfinished(names);
    const path = this.#files.join(folder, names.at(-1)!);
    const isNew = ifAbsent || (await this.#files.look(path)) === undefined;
    try {
      try {
        await writeAll(file, bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      if (ifAbsent) await this.#linkNew(key, unfinished, path);
      else await this.#replace(key, unfinished, path);
    } catch (error) {
      await this.#folder.remove(unfinished);
      throw error;
    }
    try {
      await this.#folder.sync(folder);
    } catch (error) {
      // Asked again the host would say that all is well, and would not have kept the name: the next process is not to build on it.
      if (isNew) await this.#folder.remove(path);
      throw error;
    }
  }

  async #linkNew(key: string, unfinished: string, path: string): Promise<void> {
    try {
      await this.#files.link(unfinished, path);
    } catch (error) {
      if (causeOf(error) !== "EEXIST") throw error;
      if ((await this.#files.look(path))?.kind === "folder") throw isFolderError(this.#given, `write of ${key}`);
      // Who was first may have ended before its name was durable, and whoever lost goes on from what is there.
      await this.#folder.sync(this.#files.parentOf(path));
      throw existsError(key);
    }
    await this.#folder.remove(unfinished);
  }

  async #replace(key: string, unfinished: string, path: string): Promise<void> {
    await this.#forgetLog(key);
    await this.#files.rename(unfinished, path);
    this.#broken.delete(key);
  }

  async #append(key: string, names: readonly string[], pieces: readonly Uint8Array[]): Promise<void> {
    if (this.#broken.has(key)) throw appendRefusedError(key);
    const log = await this.#logOf(key, names);
    try {
      await log.append(pieces);
    } catch (error) {
      if (log.isBroken) {
        this.#broken.add(key);
        await this.#forgetLog(key);
      }
      throw error;
    }
  }

  async #delete(key: string, names: readonly string[]): Promise<void> {
    const root = await this.#folder.rootIfThere();
    if (root === undefined) return;
    await this.#forgetLog(key);
    const path = this.#files.join(root, ...names);
    // A folder is no key, and what is in it are others.
    if ((await this.#files.look(path))?.kind === "file") {
      await this.#folder.check(root, names);
      await this.#unlink(path);
    }
    this.#broken.delete(key);
  }

  async #unlink(path: string): Promise<void> {
    try {
      await this.#files.unlink(path);
    } catch (error) {
      // Another process was first.
      if (!isMissing(error)) throw error;
    }
  }

  async #collect(folder: string, above: string, prefix: string, keys: string[]): Promise<void> {
    let entries: Awaited<ReturnType<DurableFiles["list"]>>;
    try {
      entries = await this.#files.list(folder);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    for (const { name, kind } of entries) {
      const key = above + name;
      if (!isName(name)) continue;
      if (kind === "folder") {
        const within = `${key}/`;
        if (within.startsWith(prefix) || prefix.startsWith(within))
          await this.#collect(this.#files.join(folder, name), within, prefix, keys);
      } else if (kind === "file" && key.startsWith(prefix)) keys.push(key);
    }
  }

  async #logOf(key: string, names: readonly string[]): Promise<FolderLog> {
    const there = this.#logs.get(key);
    if (there) {
      this.#logs.delete(key);
      this.#logs.set(key, there);
      return there;
    }
    const log = await FolderLog.open(this.#folder, names);
    this.#logs.set(key, log);
    if (this.#logs.size > LOGS_OPEN_MAX) {
      // One in use would be waiting for this turn, if this one waited for it.
      const idle = [...this.#logs.keys()].find((other) => this.#turns.isIdle(other));
      if (idle !== undefined) await this.#forgetLog(idle);
    }
    return log;
  }

  async #forgetLog(key: string): Promise<void> {
    const log = this.#logs.get(key);
    this.#logs.delete(key);
    await log?.close();
  }

  async #attempt<T>(doing: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw storageError(error, this.#given, doing);
    }
  }
}
