import { type CheckpointStore, existsError } from "./checkpoint-store.js";

/** A store in the memory of this process, for tests: what it holds ends with it. Bytes are copied in and out. */
export class MemoryStore implements CheckpointStore {
  readonly #entries = new Map<string, Uint8Array>();

  async read(key: string): Promise<Uint8Array | undefined> {
    return this.#entries.get(key)?.slice();
  }

  async write(key: string, bytes: Uint8Array, { ifAbsent = false }: { ifAbsent?: boolean } = {}): Promise<void> {
    if (ifAbsent && this.#entries.has(key)) throw existsError(key);
    this.#entries.set(key, bytes.slice());
  }

  async delete(key: string): Promise<void> {
    this.#entries.delete(key);
  }

  /** In ascending order of UTF-16 units. */
  async list(prefix: string): Promise<string[]> {
    return [...this.#entries.keys()].filter((key) => key.startsWith(prefix)).sort();
  }
}
