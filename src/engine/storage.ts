import { decodeRows } from "../block/codec.js";
import { objectFileOf, readObjectFile } from "../block/object-file.js";
import { chunksOf, type RowChunk } from "../block/row-chunks.js";
import { messageOf, StateError } from "../errors.js";
import type { Files, Host } from "../host.js";
import { isSerialised, type StorageLevel, usesDisk, usesMemory } from "../plan/storage-level.js";
import { estimateBytes } from "./estimate-bytes.js";

/** Rows of one partition that a `PartitionStore` keeps. */
export interface StoredPartition {
  readonly level: StorageLevel;
  /** Where the rows are: as values or bytes in memory, or in a file. */
  readonly place: "values" | "bytes" | "disk";
  readonly rowCount: number;
  /** Bytes that they take there; of values, about. */
  readonly bytes: number;
}

interface Held extends StoredPartition {
  readonly rows?: readonly unknown[];
  readonly chunks?: readonly RowChunk[];
  readonly path?: string;
}

/** Whose temporary folder it is; the host adds what tells it from others. */
const FOLDER_PREFIX = "millrace-";

/**
 * The persisted partitions of an engine, in memory up to a limit and in temporary files.
 *
 * A partition that finds no room is written to disk or not kept; those that are there already stay, whatever their age. Files lie in one
 * temporary folder, made with the first of them and removed by `close()`.
 */
export class PartitionStore {
  readonly #host: Host;
  readonly #bytesMax: number;
  readonly #held = new Set<StoredPartition>();
  /** Writes and removals under way. */
  readonly #pending = new Set<Promise<unknown>>();
  #folder: Promise<string> | undefined;
  #filesMade = 0;
  #bytesInMemory = 0;
  #bytesOnDisk = 0;
  #reached = 0;
  #closed = false;
  #hasWarned = false;

  /** `bytesMax`: bytes that partitions in memory may take together. */
  constructor(host: Host, { bytesMax }: { readonly bytesMax: number }) {
    this.#host = host;
    this.#bytesMax = bytesMax;
  }

  /** Bytes of partitions in memory, those kept as values by estimate. */
  get bytesInMemory(): number {
    return this.#bytesInMemory;
  }

  /** Partitions that are kept. */
  get count(): number {
    return this.#held.size;
  }

  /** How often a partition found no room in memory. */
  get reached(): number {
    return this.#reached;
  }

  /** Bytes of partitions in temporary files. */
  get bytesOnDisk(): number {
    return this.#bytesOnDisk;
  }

  /**
   * Keeps the rows at `level`; undefined where they cannot be kept, as there is no room and no disk to use, or the store is closed: then
   * they are made again when needed. A disk that fails is such a case too, and said once.
   *
   * **Ownership:** rows kept as values are the caller's array; it must not change. **Errors:** `PlanError` "unsupported-value" for rows
   * that are to be bytes and have none, as `encodeRows`.
   */
  async store(rows: readonly unknown[], level: StorageLevel): Promise<StoredPartition | undefined> {
    if (this.#closed) return undefined;
    if (rows.length === 0) return this.#keep({ level, place: "values", rowCount: 0, bytes: 0, rows });
    if (isSerialised(level)) return this.#storeBytes(rows, level);
    const bytes = estimateBytes(rows);
    if (this.#hasRoom(bytes)) return this.#keep({ level, place: "values", rowCount: rows.length, bytes, rows });
    return usesDisk(level) ? this.#write(chunksOf(rows), level, rows.length) : undefined;
  }

  /**
   * The rows as they were stored; those kept as bytes are made anew by each call. **Errors:** `StateError` "partition-freed" where they are
   * no longer kept; `SourceError` "damaged-file" and the host's own where their file was changed or removed
   * by others. In each case the rows can still be made again.
   */
  async load(stored: StoredPartition): Promise<readonly unknown[]> {
    const { rows, chunks, path } = this.#heldOf(stored);
    if (rows !== undefined) return rows;
    const all: unknown[] = [];
    if (chunks !== undefined) {
      for (const { bytes } of chunks) append(all, decodeRows(bytes));
      return all;
    }
    try {
      for await (const some of readObjectFile(this.#files.read(path!), path)) append(all, some);
    } catch (error) {
      this.#heldOf(stored); // Freed meanwhile: that is what is wrong, not the file.
      throw error;
    }
    return all;
  }

  /** Keeps the rows no longer; nothing happens where they are not kept. A file goes too, soon; never throws. */
  free(stored: StoredPartition): void {
    if (!this.#held.delete(stored)) return;
    const { place, bytes, path } = stored as Held;
    if (place === "disk") this.#bytesOnDisk -= bytes;
    else this.#bytesInMemory -= bytes;
    if (path !== undefined) this.#remove(path);
  }

  /** Frees every partition and removes the temporary folder; waits for what is under way. Never rejects; the store keeps nothing any more. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const stored of this.#held) this.free(stored);
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
    const folder = await this.#folder?.catch(() => undefined);
    this.#folder = undefined;
    if (folder !== undefined) await this.#files.remove(folder).catch((error: unknown) => this.#warn(error));
  }

  get #files(): Files {
    return this.#host.files!;
  }

  #hasRoom(bytes: number): boolean {
    const hasRoom = this.#bytesInMemory + bytes <= this.#bytesMax;
    if (!hasRoom) this.#reached += 1;
    return hasRoom;
  }

  #keep(held: Held): StoredPartition {
    this.#held.add(held);
    if (held.place === "disk") this.#bytesOnDisk += held.bytes;
    else this.#bytesInMemory += held.bytes;
    return held;
  }

  #heldOf(stored: StoredPartition): Held {
    if (this.#held.has(stored)) return stored as Held;
    throw new StateError(
      "A stored partition can be read until it is freed or its engine stops, and this one is no longer kept: make its rows again.",
      { code: "partition-freed" },
    );
  }

  /** Encodes until there is no more room; then what is encoded and the rest go to disk. */
  async #storeBytes(rows: readonly unknown[], level: StorageLevel): Promise<StoredPartition | undefined> {
    const encoding = chunksOf(rows);
    if (!usesMemory(level)) return this.#write(encoding, level, rows.length);
    const chunks: RowChunk[] = [];
    let bytes = 0;
    for (let next = encoding.next(); !next.done; next = encoding.next()) {
      chunks.push(next.value);
      bytes += next.value.bytes.length;
      if (!this.#hasRoom(bytes))
        return usesDisk(level) ? this.#write(joined(chunks, encoding), level, rows.length) : undefined;
    }
    return this.#keep({ level, place: "bytes", rowCount: rows.length, bytes, chunks });
  }

  #write(chunks: Iterable<RowChunk>, level: StorageLevel, rowCount: number): Promise<StoredPartition | undefined> {
    if (!this.#host.files) return Promise.resolve(undefined);
    return this.#track(this.#writeFile(chunks, level, rowCount));
  }

  async #writeFile(
    chunks: Iterable<RowChunk>,
    level: StorageLevel,
    rowCount: number,
  ): Promise<StoredPartition | undefined> {
    const pieces = new CountedPieces(objectFileOf(chunks));
    let path: string | undefined;
    try {
      this.#folder ??= this.#files.makeTemporaryFolder(FOLDER_PREFIX);
      path = this.#files.join(await this.#folder, `partition-${this.#filesMade++}`);
      await this.#files.write(path, pieces, { isTemporary: true });
    } catch (error) {
      if (path === undefined) this.#folder = undefined;
      else this.#remove(path);
      if (pieces.failure !== undefined) throw pieces.failure.error;
      this.#warn(error);
      return undefined;
    }
    if (!this.#closed) return this.#keep({ level, place: "disk", rowCount, bytes: pieces.bytes, path });
    this.#remove(path);
    return undefined;
  }

  #remove(path: string): void {
    void this.#track(this.#files.remove(path).catch((error: unknown) => this.#warn(error)));
  }

  #track<R>(work: Promise<R>): Promise<R> {
    const done = () => void this.#pending.delete(work);
    this.#pending.add(work);
    work.then(done, done);
    return work;
  }

  #warn(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#host.warn(
      `millrace: temporary files fail (${messageOf(error)}); persisted rows that find no room in memory are made again when needed.`,
    );
  }
}

/** The pieces of a file: how many bytes they were, and whether it was the rows that failed and not the disk. */
class CountedPieces implements Iterable<Uint8Array> {
  bytes = 0;
  failure: { readonly error: unknown } | undefined;
  readonly #pieces: Iterable<Uint8Array>;

  constructor(pieces: Iterable<Uint8Array>) {
    this.#pieces = pieces;
  }

  *[Symbol.iterator](): Iterator<Uint8Array> {
    try {
      for (const piece of this.#pieces) {
        this.bytes += piece.length;
        yield piece;
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}

function* joined(first: Iterable<RowChunk>, rest: Iterable<RowChunk>): Iterable<RowChunk> {
  yield* first;
  yield* rest;
}

/** Not `push(...some)`: a chunk may have more rows than a call may have arguments. */
function append(all: unknown[], some: readonly unknown[]): void {
  for (const row of some) all.push(row);
}
