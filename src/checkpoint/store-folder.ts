import { CheckpointError } from "../errors.js";
import type { DurableEntry, DurableFile, DurableFiles } from "../host.js";
import { causeOf, deadError, goneError } from "./storage-error.js";
import { isName } from "./store-key.js";

/** In the names of files that are being made, and in no name of a key. */
const MARK = "~";
/** As `<name>~<process>-<tag>-<number>`. */
const UNFINISHED = /~(\d+)-([0-9a-z]+)-\d+$/;
/** Files that are being made are younger, unless their maker is very slow. */
const LEFTOVER_AGE_MS_MIN = 60_000;
/** What file systems answer that have no second names for a file. */
const NO_LINKS = new Set(["EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "EMLINK", "EXDEV"]);

/**
 * The folder of a store and those in it: makes them, durably; makes sure that each is the one that it was, and no symbolic link to another; tells files that are
 * being made from keys, and removes those that nobody will finish.
 */
export class StoreFolder {
  readonly files: DurableFiles;
  readonly #given: string;
  /** Tells the files that this store makes from those of others of the same process. */
  readonly #tag: string;
  /** By path: which folder it was. */
  readonly #identities = new Map<string, string>();
  /** Whose names may not be durable, though a host would say so. */
  readonly #dead = new Set<string>();
  #root: string | undefined;
  #opening: Promise<string> | undefined;
  #unfinished = 0;

  constructor(given: string, files: DurableFiles, tag: string) {
    this.#given = given;
    this.files = files;
    this.#tag = tag;
  }

  /** The path of the root for readers; undefined where nothing is there. */
  async rootIfThere(): Promise<string | undefined> {
    if (this.#root !== undefined) return this.#root;
    try {
      return await this.files.resolve(this.#given);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** The folder of a key, for writers: makes it where it is absent. Each of them is durable when this resolves. */
  async folderOf(names: readonly string[]): Promise<string> {
    this.#opening ??= this.#open();
    let root: string;
    try {
      root = await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
    return this.#walk(root, names, true);
  }

  /** Makes the names in a folder durable. Where that has failed once it is not asked for again: the host would say that all is well, and would have kept nothing. */
  async sync(folder: string): Promise<void> {
    if (this.#dead.has(folder)) throw deadError(this.#given, folder);
    try {
      await this.files.syncFolder(folder);
    } catch (error) {
      if (!isMissing(error)) this.#dead.add(folder);
      throw error;
    }
  }

  /** Rejects where the folder of a key, which is there, is not that of the store. */
  async check(root: string, names: readonly string[]): Promise<void> {
    await this.#walk(root, names, false);
  }

  /** A new file beside the one of a key, and its path. */
  async openUnfinished(names: readonly string[]): Promise<{ file: DurableFile; path: string; folder: string }> {
    const folder = await this.folderOf(names);
    const path = this.files.join(folder, this.#unfinishedName(names.at(-1)!));
    return { file: await this.#openIn(folder, path, "new"), path, folder };
  }

  /** The file of a key, at whose end bytes are to be added. */
  async openLog(names: readonly string[]): Promise<{ file: DurableFile; folder: string }> {
    const folder = await this.folderOf(names);
    const path = this.files.join(folder, names.at(-1)!);
    return { file: await this.#openIn(folder, path, "append"), folder };
  }

  /** A folder may be replaced after it was looked at, and before a file in it is opened: nothing is written into one that is found elsewhere. */
  async #openIn(folder: string, path: string, mode: "new" | "append"): Promise<DurableFile> {
    const file = await this.files.open(path, mode);
    try {
      await this.#checkIdentity(folder);
      return file;
    } catch (error) {
      await file.close();
      if (mode === "new") await this.remove(path);
      throw error;
    }
  }

  async #walk(root: string, names: readonly string[], makes: boolean): Promise<string> {
    const folders = names.slice(0, -1);
    const last = this.files.join(root, ...folders);
    if (this.#identities.has(last)) {
      // The same folder: by whatever way the path leads there.
      await this.#checkIdentity(last);
      return last;
    }
    await this.#learn(root);
    let path = root;
    for (const name of folders) {
      const above = path;
      path = this.files.join(path, name);
      if (makes) await this.#make(path);
      // Whoever made it may have ended before it was durable.
      if (makes) await this.sync(above);
      await this.#learn(path);
    }
    return last;
  }

  async #make(path: string): Promise<void> {
    if (await this.files.look(path)) return;
    try {
      await this.files.makeFolder(path);
    } catch (error) {
      if (causeOf(error) !== "EEXIST") throw error;
    }
  }

  async #learn(path: string): Promise<void> {
    const entry = await this.files.look(path);
    if (!entry) throw goneError(this.#given);
    if (entry.kind !== "folder") throw notAFolder(path, entry);
    if (this.#identities.has(path)) await this.#checkIdentity(path);
    else this.#identities.set(path, entry.identity);
  }

  async #checkIdentity(path: string): Promise<void> {
    const entry = await this.files.look(path);
    if (entry?.kind !== "folder" || entry.identity !== this.#identities.get(path)) throw goneError(this.#given);
  }

  async #open(): Promise<string> {
    await this.#makePath(this.#given);
    const path = await this.files.resolve(this.#given);
    await this.#learn(path);
    await this.sync(this.files.parentOf(path));
    const nowMs = await this.#probe(path);
    await this.#removeLeftovers(path, nowMs);
    this.#root = path;
    return path;
  }

  async #makePath(path: string): Promise<void> {
    try {
      await this.files.resolve(path);
    } catch (error) {
      const above = this.files.parentOf(path);
      if (!isMissing(error) || above === path) throw error;
      await this.#makePath(above);
      await this.#make(path);
      await this.sync(above);
    }
  }

  /**
   * Makes sure that a second name can be given to a file, and not to two files, as a commit is one. Resolves to the time of the file system's clock.
   * `CheckpointError` "fs-unsupported".
   */
  async #probe(root: string): Promise<number> {
    const { files } = this;
    const first = files.join(root, this.#unfinishedName("probe"));
    const second = files.join(root, this.#unfinishedName("probe"));
    const file = await files.open(first, "new");
    try {
      const { modifiedMs } = await file.look();
      await files.link(first, second);
      if (await this.#linkIsTaken(first, second)) return modifiedMs;
      throw unsupported(root, "gives one name to two files");
    } catch (error) {
      if (NO_LINKS.has(causeOf(error))) throw unsupported(root, `has no second names for a file (${causeOf(error)})`);
      throw error;
    } finally {
      await file.close();
      await this.remove(first);
      await this.remove(second);
    }
  }

  async #linkIsTaken(from: string, to: string): Promise<boolean> {
    try {
      await this.files.link(from, to);
      return false;
    } catch (error) {
      if (causeOf(error) === "EEXIST") return true;
      throw error;
    }
  }

  /** Removes what processes that have ended left half-made. A file that cannot be removed stays: it does no harm, as it is no key. */
  async #removeLeftovers(folder: string, nowMs: number): Promise<void> {
    for (const { name, kind } of await this.files.list(folder)) {
      const path = this.files.join(folder, name);
      if (kind === "folder" && isName(name)) await this.#removeLeftovers(path, nowMs);
      else if (kind === "file" && this.#isLeftover(name)) {
        const entry = await this.files.look(path);
        if (entry && nowMs - entry.modifiedMs >= LEFTOVER_AGE_MS_MIN) await this.remove(path);
      }
    }
  }

  /** Processes in containers have the same few ids again and again: one with ours is another one, if the tag is. */
  #isLeftover(name: string): boolean {
    const [, process, tag] = UNFINISHED.exec(name) ?? [];
    if (process === undefined || tag === this.#tag) return false;
    return Number(process) === this.files.processId || !this.files.isProcessAlive(Number(process));
  }

  /** Removes a file that is no key, if that can be done. */
  async remove(path: string): Promise<void> {
    try {
      await this.files.unlink(path);
    } catch {
      // Found again as a leftover.
    }
  }

  #unfinishedName(name: string): string {
    this.#unfinished += 1;
    return `${name}${MARK}${this.files.processId}-${this.#tag}-${this.#unfinished}`;
  }
}

/** Whether a host's error says that nothing is there. */
export function isMissing(error: unknown): boolean {
  return causeOf(error) === "ENOENT" || causeOf(error) === "ENOTDIR";
}

function notAFolder(path: string, { kind }: DurableEntry): CheckpointError {
  return new CheckpointError(
    `${JSON.stringify(path)} must be a folder of the store for checkpoints, and is ${kind === "file" ? "a file: no key may be a folder of another one" : "no folder, and may be a symbolic link, which is not followed"}.`,
    { code: kind === "file" ? "invalid-key" : "symbolic-link", details: { path } },
  );
}

function unsupported(folder: string, why: string): CheckpointError {
  return new CheckpointError(
    `Checkpoints need a file system that gives a name to one of several writers, but that of ${JSON.stringify(folder)} ${why}: choose a folder on another one, or ` +
      "give a CheckpointStore.",
    { code: "fs-unsupported", details: { folder } },
  );
}
