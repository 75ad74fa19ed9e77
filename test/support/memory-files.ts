import type { FileEntry, Files } from "../../src/host.js";

interface Stored {
  readonly kind: FileEntry["kind"];
  readonly bytes: Uint8Array;
  readonly modifiedMs: number;
}

const encoder = new TextEncoder();

/**
 * Files in memory, with times of modification as they are given. Folders are made with what is put into them. `before` is called before every operation, with
 * its name and path, and may throw or change something.
 */
export class MemoryFiles implements Files {
  readonly #stored = new Map<string, Stored>();
  /** Every operation that changes something, in order. */
  readonly changes: string[] = [];
  before: (operation: string, path: string) => void = () => {};
  /** Bytes of a piece that `read` yields. */
  pieceBytes = 7;
  #temporary = 0;

  /** Puts a file there, as another process would. */
  put(path: string, content: string | Uint8Array, modifiedMs = 0, kind: FileEntry["kind"] = "file"): void {
    const bytes = typeof content === "string" ? encoder.encode(content) : content;
    for (const folder of parentsOf(path)) this.#folder(folder);
    this.#stored.set(path, { kind, bytes, modifiedMs });
  }

  putFolder(path: string): void {
    for (const folder of [...parentsOf(path), path]) this.#folder(folder);
  }

  /** What is in a file, as text. */
  text(path: string): string | undefined {
    const stored = this.#stored.get(path);
    return stored && new TextDecoder().decode(stored.bytes);
  }

  /** All paths of files, sorted. */
  get paths(): string[] {
    return [...this.#stored].flatMap(([path, { kind }]) => (kind === "folder" ? [] : [path])).sort();
  }

  async list(folder: string): Promise<FileEntry[]> {
    this.before("list", folder);
    if (this.#stored.get(folder)?.kind !== "folder") throw new Error(`ENOENT: no such folder, ${folder}`);
    // Backwards, as no order is promised.
    return [...this.#stored]
      .flatMap(([path, stored]) => (folderOf(path) === folder ? [entry(path, stored)] : []))
      .reverse();
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    this.before("stat", path);
    const stored = this.#stored.get(path);
    return stored && entry(path, stored);
  }

  async *read(path: string, fromByte = 0): AsyncIterable<Uint8Array> {
    this.before("read", path);
    const stored = this.#stored.get(path);
    if (!stored) throw new Error(`ENOENT: no such file, ${path}`);
    for (let at = fromByte; at < stored.bytes.length; at += this.pieceBytes) {
      yield stored.bytes.slice(at, at + this.pieceBytes);
    }
  }

  async write(path: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    this.#change("write", path);
    if (this.#stored.get(folderOf(path))?.kind !== "folder")
      throw new Error(`ENOENT: no such folder, ${folderOf(path)}`);
    const parts: number[] = [];
    for await (const piece of pieces) for (const byte of piece) parts.push(byte);
    this.#stored.set(path, { kind: "file", bytes: Uint8Array.from(parts), modifiedMs: 0 });
  }

  async rename(from: string, to: string): Promise<void> {
    this.#change("rename", to);
    const stored = this.#stored.get(from);
    if (!stored) throw new Error(`ENOENT: no such file, ${from}`);
    this.#stored.delete(from);
    this.#stored.set(to, stored);
  }

  async makeFolder(path: string): Promise<void> {
    this.#change("makeFolder", path);
    this.putFolder(path);
  }

  async remove(path: string): Promise<void> {
    this.#change("remove", path);
    for (const other of this.#stored.keys())
      if (other === path || other.startsWith(`${path}/`)) this.#stored.delete(other);
  }

  async makeTemporaryFolder(prefix: string): Promise<string> {
    this.#temporary += 1;
    const path = `/tmp/${prefix}${this.#temporary}`;
    await this.makeFolder(path);
    return path;
  }

  join(...parts: string[]): string {
    return parts.join("/").replace(/\/+/g, "/");
  }

  #change(operation: string, path: string): void {
    this.before(operation, path);
    this.changes.push(`${operation} ${path}`);
  }

  #folder(path: string): void {
    const there = this.#stored.get(path);
    if (there && there.kind !== "folder") throw new Error(`EEXIST: no folder, ${path}`);
    if (!there) this.#stored.set(path, { kind: "folder", bytes: new Uint8Array(0), modifiedMs: 0 });
  }
}

function entry(path: string, { kind, bytes, modifiedMs }: Stored): FileEntry {
  return { name: path.slice(path.lastIndexOf("/") + 1), path, kind, bytes: bytes.length, modifiedMs };
}

function folderOf(path: string): string {
  const at = path.lastIndexOf("/");
  return at < 0 ? "." : at === 0 ? "/" : path.slice(0, at);
}

function parentsOf(path: string): string[] {
  const folder = folderOf(path);
  return folder === path || folder === "." || folder === "/" ? [folder] : [...parentsOf(folder), folder];
}
