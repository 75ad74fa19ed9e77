import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryStore } from "millrace";
import { CrashStore, FaultyStore } from "millrace/testing";
import { afterAll } from "vitest";
import { FolderStore } from "../../src/checkpoint/folder-store.js";
import { nodeDurableFiles } from "../../src/runtime/node-durable-files.js";
import { describeCheckpointStore } from "./checkpoint-store.js";

describeCheckpointStore("MemoryStore", { make: () => new MemoryStore(), another: (store) => store, hasLogs: true });
describeCheckpointStore("FaultyStore", {
  make: () => new FaultyStore(new MemoryStore()),
  another: (store) => store,
  hasLogs: true,
});

describeCheckpointStore("CrashStore", {
  make: () => new CrashStore({ keepsTrace: false }),
  another: (store) => new CrashStore(store as CrashStore),
  hasLogs: true,
});

const root = mkdtempSync(join(tmpdir(), "millrace-store-"));
const stores = new Map<object, string>();

function folderStore(folder: string): FolderStore {
  const store = new FolderStore(folder, nodeDurableFiles(), `s${stores.size}`);
  stores.set(store, folder);
  return store;
}

afterAll(async () => {
  for (const store of stores.keys()) await (store as FolderStore).close();
  rmSync(root, { recursive: true });
});

describeCheckpointStore("FolderStore", {
  make: () => folderStore(join(root, String(stores.size), "deep")),
  another: (store) => folderStore(stores.get(store)!),
  hasLogs: true,
  keyCount: 1_000,
});
