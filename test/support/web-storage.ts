import type { DurableObjectStorageLike, KvNamespaceLike, SyncFile, WebStorage } from "millrace/stores";

/** What a flush has not made durable yet: bytes at a place, or a new length. */
type Unflushed = { readonly at: number; readonly bytes: Uint8Array } | { readonly length: number };

/** Bytes of a file that loses power: those that are seen, and those that a power cut leaves. */
export class ModelFile implements SyncFile {
  #live: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #durable: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #unflushed: Unflushed[] = [];
  /** Told of each call that changes something, before it has its effect; what it throws the caller gets. */
  before: (call: "write" | "truncate" | "flush", bytes: number) => void = () => {};
  isOpen = false;

  read(target: Uint8Array, { at }: { readonly at: number }): number {
    const found = this.#live.subarray(at, at + target.length);
    target.set(found);
    return found.length;
  }

  write(bytes: Uint8Array, { at }: { readonly at: number }): number {
    this.before("write", at + bytes.length - this.#live.length);
    this.#change({ at, bytes: bytes.slice() });
    return bytes.length;
  }

  truncate(length: number): void {
    this.before("truncate", length - this.#live.length);
    this.#change({ length });
  }

  getSize(): number {
    return this.#live.length;
  }

  flush(): void {
    this.before("flush", 0);
    this.#durable = this.#live.slice();
    this.#unflushed = [];
  }

  close(): void {
    this.isOpen = false;
  }

  /** The process ends, or the power goes: then any subset of what was not flushed is lost, and what is written last may be torn. */
  crash(random: () => number, isPowerCut: boolean): void {
    if (isPowerCut) {
      this.#live = this.#durable;
      const kept = this.#unflushed.flatMap((change) => {
        if (random() < 0.4) return [];
        if ("length" in change || random() < 0.5) return [change];
        const from = Math.floor(random() * change.bytes.length);
        return [{ at: change.at, bytes: change.bytes.subarray(0, from) }];
      });
      for (const change of kept) this.#live = changed(this.#live, change);
    }
    this.#durable = this.#live.slice();
    this.#unflushed = [];
    this.isOpen = false;
  }

  #change(change: Unflushed): void {
    this.#live = changed(this.#live, change);
    this.#unflushed.push(change);
  }
}

function changed(before: Uint8Array<ArrayBuffer>, change: Unflushed): Uint8Array<ArrayBuffer> {
  const end = "length" in change ? change.length : Math.max(before.length, change.at + change.bytes.length);
  const after = new Uint8Array(end);
  after.set(before.subarray(0, end));
  if ("bytes" in change) after.set(change.bytes, change.at);
  return after;
}

/** Storage of an origin: files by folder and name, and locks. */
export class ModelStorage implements WebStorage {
  readonly files = new Map<string, ModelFile>();
  readonly #locked = new Set<string>();

  readonly openFiles = async (folder: string, names: readonly string[]): Promise<SyncFile[]> =>
    names.map((name) => {
      const path = `${folder}/${name}`;
      const file = this.files.get(path) ?? new ModelFile();
      if (file.isOpen) throw Object.assign(new Error("it is open"), { name: "NoModificationAllowedError" });
      file.isOpen = true;
      this.files.set(path, file);
      return file;
    });

  readonly lock = async (name: string): Promise<(() => void) | undefined> => {
    if (this.#locked.has(name)) return undefined;
    this.#locked.add(name);
    return () => void this.#locked.delete(name);
  };

  /** The worker that has them ends. */
  crash(random: () => number, isPowerCut: boolean): void {
    for (const file of this.files.values()) file.crash(random, isPowerCut);
    this.#locked.clear();
  }
}

/** The storage of a Durable Object: its limits, and transactions of which each is whole. */
export class ModelObjectStorage implements DurableObjectStorageLike {
  readonly entries = new Map<string, unknown>();
  /** Told of each change; what it throws the caller gets. */
  before: (call: "put" | "delete" | "sync") => void = () => {};

  async get<T>(keys: string[]): Promise<Map<string, T>> {
    checkCount(keys.length);
    return new Map(keys.flatMap((key) => (this.entries.has(key) ? [[key, copied(this.entries.get(key)) as T]] : [])));
  }

  async put(entries: Record<string, unknown>): Promise<void> {
    this.before("put");
    const pairs = Object.entries(entries);
    checkCount(pairs.length);
    for (const [key, value] of pairs) {
      if (key.length > 2048) throw new Error("a key is too long");
      if (value instanceof Uint8Array && value.length > 131_072 - 100) throw new Error("a value is too large");
      this.entries.set(key, copied(value));
    }
  }

  async delete(keys: string[]): Promise<number> {
    this.before("delete");
    checkCount(keys.length);
    return keys.filter((key) => this.entries.delete(key)).length;
  }

  async list<T>({ prefix }: { prefix: string }): Promise<Map<string, T>> {
    const found = [...this.entries].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
    return new Map(found as Array<[string, T]>);
  }

  async transaction<T>(body: (transaction: this) => Promise<T>): Promise<T> {
    const before = new Map(this.entries);
    try {
      return await body(this);
    } catch (error) {
      this.entries.clear();
      for (const [key, value] of before) this.entries.set(key, value);
      throw error;
    }
  }

  async sync(): Promise<void> {
    this.before("sync");
  }
}

function checkCount(count: number): void {
  if (count > 128) throw new Error(`${count} keys at once are too many`);
}

function copied(value: unknown): unknown {
  return value instanceof Uint8Array ? value.slice() : value;
}

/** A key-value namespace, which gives its lists in pages. */
export class ModelNamespace implements KvNamespaceLike {
  readonly values = new Map<string, ArrayBuffer>();
  /** Told of each `put`; what it throws the caller gets. */
  before: () => void = () => {};

  async get(key: string): Promise<ArrayBuffer | null> {
    return this.values.get(key)?.slice(0) ?? null;
  }

  async put(key: string, value: ArrayBuffer): Promise<void> {
    this.before();
    this.values.set(key, value.slice(0));
  }

  async delete(key: string): Promise<void> {
    this.values.delete(key);
  }

  async list({ prefix, cursor }: { prefix: string; cursor?: string }): ReturnType<KvNamespaceLike["list"]> {
    const names = [...this.values.keys()].filter((name) => name.startsWith(prefix)).sort();
    const from = Number(cursor ?? 0);
    const keys = names.slice(from, from + 1000).map((name) => ({ name }));
    const next = from + keys.length;
    return next < names.length ? { keys, list_complete: false, cursor: String(next) } : { keys, list_complete: true };
  }
}
