export type { SyncFile, WebStorage } from "../../runtime/web-storage.js";
export { type DurableObjectStorageLike, DurableObjectStore } from "./durable-object-store.js";
export { IndexedDbStore } from "./indexed-db-store.js";
export { type KvNamespaceLike, KvStore, type KvStoreOptions } from "./kv-store.js";
export { OpfsStore } from "./opfs-store.js";
