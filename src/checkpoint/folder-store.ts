import { CheckpointError } from "../errors.js";
import type { FileEntry, Files } from "../host.js";
import { type CheckpointStore, existsError } from "./checkpoint-store.js";

/** A name in a key that is a safe file name on every host; one that ends like an unfinished file is none. */
const SAFE_NAME = /^(?!\.)(?!.*\.unfinished$)[A-Za-z0-9._-]{1,200}$/;
const UNFINISHED = ".unfinished";

/**
 * A store in a folder: a file for each key, folders for the names before its last one. A file is written under another name first, so that no reader
 * sees a part of it; what a crash leaves of such a file is no key.
 */
export class FolderStore implements CheckpointStore {
  readonly #folder: string;
  readonly #files: Files;
  /** Tells unfinished files from those of other writers. */
  readonly #writer: string;
  #writes = 0;

  constructor(folder: string, files: Files, writer: string) {
    this.#folder = folder;
    this.#files = files;
    this.#writer = writer;
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    const path = this.#pathOf(key);
    const entry = await this.#files.stat(path);
    if (entry?.kind !== "file") return undefined;
    const pieces: Uint8Array[] = [];
    for await (const piece of this.#files.read(path)) pieces.push(piece.slice());
    const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  async write(key: string, bytes: Uint8Array, { ifAbsent = false }: { ifAbsent?: boolean } = {}): Promise<void> {
    const path = this.#pathOf(key);
    await this.#files.makeFolder(this.#pathOf(...key.split("/").slice(0, -1)));
    const unfinished = `${path}.${this.#writer}-${this.#writes++}${UNFINISHED}`;
    await this.#files.write(unfinished, [bytes]);
    if (!ifAbsent) await this.#files.rename(unfinished, path);
    else if (!(await this.#files.renameToNew(unfinished, path))) {
      await this.#files.remove(unfinished);
      throw existsError(key);
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.#pathOf(key);
    if ((await this.#files.stat(path))?.kind === "file") await this.#files.remove(path);
  }

  async list(prefix: string): Promise<string[]> {
    if ((await this.#files.stat(this.#folder)) === undefined) return [];
    const keys: string[] = [];
    const visit = async (folder: string, above: string): Promise<void> => {
      for (const entry of await this.#files.list(folder)) {
        const key = above + entry.name;
        if (entry.kind === "folder") await visit(entry.path, `${key}/`);
        else if (isKey(entry) && key.startsWith(prefix)) keys.push(key);
      }
    };
    await visit(this.#folder, "");
    return keys.sort();
  }

  #pathOf(...names: string[]): string {
    const parts = names.flatMap((name) => name.split("/"));
    const unsafe = parts.find((part) => !SAFE_NAME.test(part));
    if (unsafe === undefined) return this.#files.join(this.#folder, ...parts);
    throw new CheckpointError(
      `A key of a store in a folder must be names of letters, digits, ".", "_" and "-" joined by "/", got ${JSON.stringify(names.join("/"))}.`,
      { code: "invalid-key", details: { key: names.join("/") } },
    );
  }
}

function isKey({ kind, name }: FileEntry): boolean {
  return kind === "file" && !name.endsWith(UNFINISHED);
}
