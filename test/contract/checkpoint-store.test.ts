import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CheckpointStore, MemoryStore } from "millrace";
import { afterAll, describe, expect, it } from "vitest";
import { FolderStore } from "../../src/checkpoint/folder-store.js";
import { nodeFiles } from "../../src/runtime/node-files.js";

const root = mkdtempSync(join(tmpdir(), "millrace-store-"));
let folders = 0;
const newFolder = () => join(root, String(folders++), "deep");

afterAll(() => rmSync(root, { recursive: true }));

const STORES: Array<[string, () => CheckpointStore]> = [
  ["MemoryStore", () => new MemoryStore()],
  ["FolderStore", () => new FolderStore(newFolder(), nodeFiles(), "w")],
];
const bytes = (...values: number[]) => Uint8Array.from(values);

describe.each(STORES)("%s", (_, make) => {
  it("is empty at first", async () => {
    const store = make();
    expect(await store.list("")).toEqual([]);
    expect(await store.read("a")).toBeUndefined();
    await store.delete("a");
  });

  it("gives back what was written last, as bytes of its own", async () => {
    const store = make();
    const given = bytes(1, 2, 3);
    await store.write("a", given);
    given[0] = 9;
    const read = await store.read("a");
    expect([...read!]).toEqual([1, 2, 3]);
    read![0] = 9;
    expect([...(await store.read("a"))!]).toEqual([1, 2, 3]);
    await store.write("a", bytes());
    expect([...(await store.read("a"))!]).toEqual([]);
  });

  it("holds large values", async () => {
    const store = make();
    const large = new Uint8Array(1_000_003).map((_, index) => index % 251);
    await store.write("large", large);
    expect(Buffer.compare((await store.read("large"))!, large)).toBe(0);
  });

  it("writes a new key only where it is absent, if asked to", async () => {
    const store = make();
    await store.write("a", bytes(1), { ifAbsent: true });
    const error = { name: "CheckpointError", code: "exists", details: { key: "a" } };
    await expect(store.write("a", bytes(2), { ifAbsent: true })).rejects.toMatchObject(error);
    expect([...(await store.read("a"))!]).toEqual([1]);
  });

  it("lets one of several writers win", async () => {
    const store = make();
    const writes = [1, 2, 3, 4].map((n) => store.write("a", bytes(n), { ifAbsent: true }));
    const outcomes = await Promise.allSettled(writes);
    const winners = outcomes.flatMap(({ status }, index) => (status === "fulfilled" ? [index + 1] : []));
    expect(winners).toHaveLength(1);
    expect([...(await store.read("a"))!]).toEqual(winners);
  });

  it("lists keys by prefix, in order, without those deleted", async () => {
    const store = make();
    for (const key of ["b", "log/2", "a", "log/10", "log-x", "log/1"]) await store.write(key, bytes(0));
    expect(await store.list("")).toEqual(["a", "b", "log-x", "log/1", "log/10", "log/2"]);
    expect(await store.list("log/")).toEqual(["log/1", "log/10", "log/2"]);
    await store.delete("log/1");
    expect(await store.list("log/1")).toEqual(["log/10"]);
    expect(await store.read("log/1")).toBeUndefined();
  });
});

describe("FolderStore", () => {
  it.each(["", "..", "a/../b", "/a", "a/", "a b", ".a", "a\0b"])("refuses the key %j", async (key) => {
    const folder = newFolder();
    const store = new FolderStore(folder, nodeFiles(), "w");
    await expect(store.write(key, bytes(1))).rejects.toMatchObject({ code: "invalid-key" });
    await expect(store.read(key)).rejects.toMatchObject({ code: "invalid-key" });
    await expect(store.delete(key)).rejects.toMatchObject({ code: "invalid-key" });
  });

  it("leaves no unfinished file, and takes none that a crash left for a key", async () => {
    const folder = newFolder();
    const store = new FolderStore(folder, nodeFiles(), "w");
    await store.write("a", bytes(1));
    await store.write("a", bytes(2), { ifAbsent: true }).catch(() => {});
    expect(readdirSync(folder)).toEqual(["a"]);
    writeFileSync(join(folder, "b.other-0.unfinished"), "half");
    expect(await store.list("")).toEqual(["a"]);
  });
});
