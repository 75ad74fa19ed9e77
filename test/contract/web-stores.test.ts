import { DurableObjectStore, KvStore, OpfsStore } from "millrace/stores";
import { ModelNamespace, ModelObjectStorage, ModelStorage } from "../support/web-storage.js";
import { describeCheckpointStore } from "./checkpoint-store.js";

describeCheckpointStore("OpfsStore", {
  make: () => new OpfsStore("job", new ModelStorage()),
  another: (store) => store,
  hasLogs: false,
  keyCount: 2_000,
});

const storages = new WeakMap<object, ModelObjectStorage>();

function objectStore(storage: ModelObjectStorage): DurableObjectStore {
  const store = new DurableObjectStore(storage);
  storages.set(store, storage);
  return store;
}

describeCheckpointStore("DurableObjectStore", {
  make: () => objectStore(new ModelObjectStorage()),
  another: (store) => objectStore(storages.get(store)!),
  hasLogs: false,
  keyCount: 1_000,
});

const namespaces = new WeakMap<object, ModelNamespace>();

function kvStore(namespace: ModelNamespace): KvStore {
  const store = new KvStore(namespace, { singleWriter: true });
  namespaces.set(store, namespace);
  return store;
}

describeCheckpointStore("KvStore", {
  make: () => kvStore(new ModelNamespace()),
  another: (store) => kvStore(namespaces.get(store)!),
  hasLogs: false,
});
