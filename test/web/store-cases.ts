/** The contract of stores in the host that this runs in: of each store that there can be here. */
import { IndexedDbStore, OpfsStore } from "millrace/stores";
import { describeCheckpointStore } from "../contract/checkpoint-store.js";
import { describe, expect, it, type Outcome, runCases } from "./runner.js";

const KEY_COUNT = 1000;
/** A page and its worker have the same storage. */
const PLACE = globalThis.document ? "page" : "worker";
let names = 0;
const newName = () => `${PLACE}-${++names}`;
const databases = new WeakMap<object, string>();

function database(name: string): IndexedDbStore {
  const store = new IndexedDbStore(name);
  databases.set(store, name);
  return store;
}

function described(): void {
  describeCheckpointStore("IndexedDbStore", {
    make: () => database(newName()),
    another: (store) => database(databases.get(store)!),
    hasLogs: false,
    keyCount: KEY_COUNT,
  });
  describe("IndexedDbStore", () => {
    it("is gone where its database was removed, until it is closed", async () => {
      const store = database(newName());
      await store.write("a", Uint8Array.of(1));
      await new Promise((resolve) => {
        indexedDB.deleteDatabase(databases.get(store)!).onsuccess = resolve;
      });
      await expect(store.write("b", Uint8Array.of(1))).rejects.toMatchObject({ code: "checkpoint-gone" });
      await store.close();
      await store.write("b", Uint8Array.of(1));
      expect(await store.list("")).toEqual(["b"]);
    });
  });
  if (globalThis.document) {
    it("OpfsStore is refused in a page, with what to use", () => {
      expect(() => new OpfsStore("job")).toThrow(/IndexedDbStore/);
    });
    return;
  }
  describeCheckpointStore("OpfsStore", {
    make: () => new OpfsStore(newName()),
    another: (store) => store,
    hasLogs: false,
    keyCount: KEY_COUNT,
  });
  describe("OpfsStore", () => {
    it("holds its files alone, and what it holds when they are opened again", async () => {
      const name = newName();
      const first = new OpfsStore(name);
      await first.write("a", new Uint8Array(3_000_000).fill(7));
      await expect(new OpfsStore(name).read("a")).rejects.toMatchObject({ code: "locked" });
      await first.close();
      const read = await new OpfsStore(name).read("a");
      expect([read!.length, read![2_999_999]]).toEqual([3_000_000, 7]);
    });
  });
}

/** Runs all of it. */
export function runStoreCases(): Promise<Outcome[]> {
  described();
  return runCases();
}
