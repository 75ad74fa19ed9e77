import { type CheckpointStore, checkRange, existsError } from "./checkpoint-store.js";
import { namesOf } from "./store-key.js";

/** Bytes that grow at their end: there is room for more of them than there are. */
interface Entry {
  room: Uint8Array;
  bytes: number;
}

/** A store in the memory of this process, for tests: what it holds ends with it. Bytes are copied in and out. Keys are checked as a store in a folder does. */
export class MemoryStore implements CheckpointStore {
  readonly #entries = new Map<string, Entry>();

  /** The bytes of `key`, or undefined where there is no such key. */
  async read(key: string): Promise<Uint8Array | undefined> {
    namesOf(key);
    const entry = this.#entries.get(key);
    return entry?.room.slice(0, entry.bytes);
  }

  /** Keeps a copy of the bytes. `ifAbsent`: rejects with code "exists" where the key is there. */
  async write(key: string, bytes: Uint8Array, { ifAbsent = false }: { ifAbsent?: boolean } = {}): Promise<void> {
    namesOf(key);
    if (ifAbsent && this.#entries.has(key)) throw existsError(key);
    this.#entries.set(key, { room: bytes.slice(), bytes: bytes.length });
  }

  /** Removes `key`; no error where it is not there. */
  async delete(key: string): Promise<void> {
    namesOf(key);
    this.#entries.delete(key);
  }

  /** The keys that begin with `prefix`, in ascending order of UTF-16 units. */
  async list(prefix: string): Promise<string[]> {
    return [...this.#entries.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  /** Adds a copy of the bytes at the end of `key`, which it makes where it is absent. */
  async append(key: string, bytes: Uint8Array): Promise<void> {
    namesOf(key);
    const entry = this.#entries.get(key) ?? { room: new Uint8Array(0), bytes: 0 };
    const end = entry.bytes + bytes.length;
    if (end > entry.room.length) {
      const room = new Uint8Array(Math.max(end, 2 * entry.room.length));
      room.set(entry.room.subarray(0, entry.bytes));
      entry.room = room;
    }
    entry.room.set(bytes, entry.bytes);
    entry.bytes = end;
    this.#entries.set(key, entry);
  }

  /** `length` bytes of `key` from `offset` on; fewer where it ends before, none where there is no such key. */
  async readRange(key: string, offset: number, length: number): Promise<Uint8Array> {
    namesOf(key);
    checkRange(key, offset, length);
    const entry = this.#entries.get(key);
    return entry ? entry.room.slice(offset, Math.min(entry.bytes, offset + length)) : new Uint8Array(0);
  }
}
