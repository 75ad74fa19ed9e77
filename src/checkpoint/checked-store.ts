import { ConfigError } from "../errors.js";
import type { Host } from "../host.js";
import type { CheckpointStore } from "./checkpoint-store.js";
import { FolderStore } from "./folder-store.js";

const METHODS = ["read", "write", "delete", "list"] as const;

/** The store that was given, or that of a folder. `ConfigError` "invalid-option", "no-files". */
export function checkedStore(store: CheckpointStore | string, host: Host): CheckpointStore {
  if (typeof store === "string" && store !== "" && !store.includes("\0")) {
    if (host.durableFiles) return new FolderStore(store, host.durableFiles, hexOf(host.randomBytes(8)));
    throw new ConfigError(
      `Checkpoints in the folder ${JSON.stringify(store)} need a file system, which this host does not have: give a CheckpointStore.`,
      { code: "no-files", details: { folder: store } },
    );
  }
  const isStore =
    typeof store === "object" && store !== null && METHODS.every((name) => typeof store[name] === "function");
  if (isStore) return store;
  throw new ConfigError(
    `The store for checkpoints must be a folder or have the methods ${METHODS.join(", ")}, got ${JSON.stringify(store) ?? String(store)}.`,
    { code: "invalid-option", details: { option: "checkpoint", got: store } },
  );
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
