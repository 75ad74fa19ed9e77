import type { FileEntry, Files } from "../../src/host.js";
import type { MemoryFiles } from "./memory-files.js";

/** The process has ended: nothing it would have done happens. */
export class Crash extends Error {}

/** What a crash takes with it. */
export type Loss = "process" | "power";

/**
 * A file system whose process ends at one of its calls. After the end of the process alone all that had happened is there, a write by half; after a power cut
 * removals that no later synchronisation of their folder made durable are undone as well, as moves and writes synchronise their folders and removals do not.
 */
export class CrashingFiles implements Files {
  readonly disk: MemoryFiles;
  readonly #crashAt: number;
  #calls = 0;
  #hasCrashed = false;
  /** What removals took away, by their folders, until these are synchronised. */
  readonly #removed = new Map<string, Array<readonly [path: string, content: string]>>();

  /** Ends at the call of that number, from 0. */
  constructor(disk: MemoryFiles, crashAt: number) {
    this.disk = disk;
    this.#crashAt = crashAt;
  }

  get calls(): number {
    return this.#calls;
  }

  /** The disk as the next process finds it. */
  restart(loss: Loss): MemoryFiles {
    if (loss === "power") {
      for (const [path, content] of [...this.#removed.values()].flat()) {
        if (this.disk.text(path) === undefined) this.disk.put(path, content);
      }
    }
    this.#removed.clear();
    return this.disk;
  }

  list(folder: string): Promise<FileEntry[]> {
    return this.#call(() => this.disk.list(folder));
  }

  stat(path: string): Promise<FileEntry | undefined> {
    return this.#call(() => this.disk.stat(path));
  }

  read(path: string, fromByte?: number): AsyncIterable<Uint8Array> {
    return this.disk.read(path, fromByte);
  }

  async write(path: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const bytes: number[] = [];
    // The process may end between any two bytes, and before the file has a name.
    for await (const piece of pieces) for (const byte of piece) bytes.push(byte);
    for (const length of [0, Math.floor(bytes.length / 2)]) {
      await this.#call(() => this.disk.write(path, [Uint8Array.from(bytes.slice(0, length))]));
    }
    await this.#call(() => this.disk.write(path, [Uint8Array.from(bytes)]));
    await this.#synchronise(folderOf(path));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call(() => this.disk.rename(from, to));
    await this.#synchronise(folderOf(from), folderOf(to));
  }

  makeFolder(path: string): Promise<void> {
    return this.#call(() => this.disk.makeFolder(path));
  }

  async remove(path: string): Promise<void> {
    const inside = this.disk.paths.filter((other) => other === path || other.startsWith(`${path}/`));
    for (const other of inside) {
      const removed = this.#removed.get(folderOf(other)) ?? [];
      this.#removed.set(folderOf(other), removed);
      removed.push([other, this.disk.text(other)!]);
      // A folder goes file by file.
      await this.#call(() => this.disk.remove(other));
    }
    await this.#call(() => this.disk.remove(path));
  }

  makeTemporaryFolder(prefix: string): Promise<string> {
    return this.#call(() => this.disk.makeTemporaryFolder(prefix));
  }

  join(...parts: string[]): string {
    return this.disk.join(...parts);
  }

  async #call<R>(body: () => Promise<R>): Promise<R> {
    if (this.#hasCrashed || this.#calls === this.#crashAt) {
      this.#hasCrashed = true;
      throw new Crash("The process has ended.");
    }
    this.#calls += 1;
    return body();
  }

  /** A call of its own: until it has happened, what came last may be on the disk and what came before it not. */
  #synchronise(...folders: string[]): Promise<void> {
    return this.#call(async () => {
      for (const folder of folders) this.#removed.delete(folder);
    });
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
