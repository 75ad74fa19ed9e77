import { ConfigError } from "millrace";
import { DurableObjectStore, IndexedDbStore, KvStore, OpfsStore, type WebStorage } from "millrace/stores";
import { describe, expect, it } from "vitest";
import { ModelNamespace, ModelObjectStorage, ModelStorage } from "../../support/web-storage.js";

const bytes = (...values: number[]) => Uint8Array.from(values);
const named = (name: string, message = "said by the host") => Object.assign(new Error(message), { name });
const coded = (code: string) => expect.objectContaining({ name: "CheckpointError", code });
const FULL = named("QuotaExceededError");

describe("what a host lacks is told when the store is made", () => {
  it.each([
    ["IndexedDbStore", () => new IndexedDbStore("job", {}), "no-indexed-db", "DurableObjectStore"],
    ["OpfsStore", () => new OpfsStore("job", {}), "no-origin-files", "IndexedDbStore"],
    ["OpfsStore without locks", () => new OpfsStore("job", { openFiles: async () => [] }), "no-origin-files", "worker"],
    ["this host's IndexedDB", () => new IndexedDbStore("job"), "no-indexed-db", "folder"],
    ["this host's files of an origin", () => new OpfsStore("job"), "no-origin-files", "IndexedDbStore"],
  ])("%s", (_, make, code, use) => {
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(expect.objectContaining({ code, message: expect.stringContaining(use) }));
  });

  it("what is no storage of a Durable Object, no namespace, no name and no prefix", () => {
    const storage = new ModelObjectStorage();
    const option = expect.objectContaining({ code: "invalid-option" });
    expect(() => new DurableObjectStore({} as ModelObjectStorage)).toThrow(option);
    expect(() => new DurableObjectStore(undefined as unknown as ModelObjectStorage)).toThrow(option);
    expect(() => new DurableObjectStore(storage, { prefix: 1 as unknown as string })).toThrow(option);
    expect(() => new KvStore({} as ModelNamespace, { singleWriter: true })).toThrow(option);
    for (const name of ["", "a/b", ".a", "x".repeat(101), 7 as unknown as string])
      expect(() => new OpfsStore(name, new ModelStorage())).toThrow(option);
  });

  it("a namespace without compare-and-swap, unless it is said that one process writes", () => {
    const error = expect.objectContaining({ name: "ConfigError", code: "no-compare-and-swap" });
    expect(() => new KvStore(new ModelNamespace(), {} as { singleWriter: true })).toThrow(error);
    expect(() => new KvStore(new ModelNamespace(), undefined as unknown as { singleWriter: true })).toThrow(error);
  });
});

describe("OpfsStore", () => {
  it("has its files alone until it is closed or its worker ends, and can be used on", async () => {
    const storage = new ModelStorage();
    const [first, second] = [new OpfsStore("job", storage), new OpfsStore("job", storage)];
    await first.write("a", bytes(1));
    await expect(second.read("a")).rejects.toEqual(coded("locked"));
    await new OpfsStore("other", storage).write("a", bytes(9));
    await first.close();
    expect(await second.read("a")).toEqual(bytes(1));
    await expect(first.write("a", bytes(2))).rejects.toEqual(coded("locked"));
    storage.crash(() => 0, false);
    expect(await first.read("a")).toEqual(bytes(1));
    await first.close();
    await first.close();
  });

  it("is locked too where the host knows no more than that a file is open", async () => {
    const storage = new ModelStorage();
    await new OpfsStore("job", storage).write("a", bytes(1));
    const unlocked = { openFiles: storage.openFiles, lock: async () => () => {} };
    await expect(new OpfsStore("job", unlocked).read("a")).rejects.toEqual(coded("locked"));
  });

  it("makes durable at once what was asked for at once", async () => {
    const storage = new ModelStorage();
    const store = new OpfsStore("job", storage);
    await store.write("first", bytes(1));
    let flushes = 0;
    for (const file of storage.files.values()) {
      file.before = (call) => {
        if (call === "flush") flushes += 1;
      };
    }
    await Promise.all(Array.from({ length: 50 }, (_, n) => store.write(`key/${n}`, bytes(n))));
    expect(flushes).toBe(1);
    storage.crash(() => 0, true);
    expect(await new OpfsStore("job", storage).list("key/")).toHaveLength(50);
  });

  it("says that it is full, and goes on where there is room", async () => {
    const storage = new ModelStorage();
    const store = new OpfsStore("job", storage);
    await store.write("a", bytes(1));
    let isFull = true;
    for (const file of storage.files.values()) {
      file.before = (call, grows) => {
        if (isFull && call === "write" && grows > 0) throw FULL;
      };
    }
    await expect(store.write("b", bytes(2))).rejects.toEqual(coded("storage-full"));
    await store.delete("a");
    isFull = false;
    await store.write("b", bytes(2));
    expect(await store.list("")).toEqual(["b"]);
  });

  it("takes nothing more where the host could not make something durable, until it is opened again", async () => {
    const storage = new ModelStorage();
    const store = new OpfsStore("job", storage);
    await store.write("a", bytes(1));
    const [file] = [...storage.files.values()];
    file!.before = (call) => {
      if (call === "flush") throw named("UnknownError");
    };
    await expect(store.write("b", bytes(2))).rejects.toEqual(coded("storage-failed"));
    file!.before = () => {};
    await expect(store.write("b", bytes(2))).rejects.toEqual(coded("storage-failed"));
    await expect(store.read("a")).rejects.toEqual(coded("storage-failed"));
    await store.close();
    expect(await store.read("a")).toEqual(bytes(1));
  });

  it("says what the host said where it cannot open its files", async () => {
    const failing = (name: string): WebStorage => ({
      lock: async () => () => {},
      openFiles: () => Promise.reject(named(name)),
    });
    await expect(new OpfsStore("job", failing("SecurityError")).list("")).rejects.toEqual(coded("checkpoint-gone"));
    await expect(new OpfsStore("job", failing("QuotaExceededError")).list("")).rejects.toEqual(coded("storage-full"));
    await expect(new OpfsStore("job", failing("TypeError")).list("")).rejects.toEqual(coded("storage-failed"));
  });
});

describe("DurableObjectStore", () => {
  it("keeps other things of the storage apart, and shares it with other stores", async () => {
    const storage = new ModelObjectStorage();
    storage.entries.set("mine", 1);
    const store = new DurableObjectStore(storage);
    const other = new DurableObjectStore(storage, { prefix: "other/" });
    await store.write("a", new Uint8Array(300_000).fill(1));
    await other.write("a", bytes(2));
    expect(await store.list("")).toEqual(["a"]);
    expect(await other.read("a")).toEqual(bytes(2));
    await store.delete("a");
    await other.delete("a");
    expect([...storage.entries]).toEqual([["mine", 1]]);
  });

  it("leaves no piece of a longer value behind, and an old value whole where the new one fails", async () => {
    const storage = new ModelObjectStorage();
    const store = new DurableObjectStore(storage);
    await store.write("a", new Uint8Array(500_000).fill(1));
    await store.write("a", new Uint8Array(100).fill(2));
    expect(storage.entries.size).toBe(2);
    let puts = 0;
    storage.before = (call) => {
      if (call === "put" && ++puts === 2) throw new Error("database or disk is full: SQLITE_FULL");
    };
    await expect(store.write("a", new Uint8Array(17_000_000).fill(3))).rejects.toEqual(coded("storage-full"));
    expect(await store.read("a")).toEqual(new Uint8Array(100).fill(2));
    await store.write("a", new Uint8Array(17_000_000).fill(3));
    expect((await store.read("a"))!.length).toBe(17_000_000);
  });

  it("resolves when the host says that it is durable", async () => {
    const storage = new ModelObjectStorage();
    const calls: string[] = [];
    storage.before = (call) => void calls.push(call);
    const store = new DurableObjectStore(storage);
    await store.write("a", bytes(1));
    await store.delete("a");
    expect(calls).toEqual(["put", "sync", "delete", "sync"]);
    storage.before = () => {
      throw new Error("Internal error in Durable Object storage");
    };
    await expect(store.write("a", bytes(1))).rejects.toEqual(coded("storage-failed"));
  });
});

describe("KvStore", () => {
  it("says that it is full, and what else the host says", async () => {
    const namespace = new ModelNamespace();
    const store = new KvStore(namespace, { singleWriter: true, prefix: "job-" });
    namespace.before = () => {
      throw new Error("KV PUT failed: 429 Too Many Requests");
    };
    await expect(store.write("a", bytes(1))).rejects.toEqual(coded("storage-failed"));
    namespace.before = () => {
      throw new Error("KV PUT failed: exceeded your storage quota");
    };
    await expect(store.write("a", bytes(1))).rejects.toEqual(coded("storage-full"));
    namespace.before = () => {};
    await store.write("a", bytes(1));
    expect([...namespace.values.keys()]).toEqual(["job-a"]);
  });
});
