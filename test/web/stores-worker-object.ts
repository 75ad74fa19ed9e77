/** The contract of stores in workerd: in the storage of a Durable Object, and in a key-value namespace. */
import { type DurableObjectStorageLike, DurableObjectStore, type KvNamespaceLike, KvStore } from "millrace/stores";
import { describeCheckpointStore } from "../contract/checkpoint-store.js";
import { runCases } from "./runner.js";

interface Environment {
  readonly OBJECTS: { idFromName(name: string): unknown; get(id: unknown): { fetch(url: string): Promise<Response> } };
  readonly OLD_OBJECTS: Environment["OBJECTS"];
  readonly NAMESPACE: KvNamespaceLike;
}

let names = 0;
const prefixes = new WeakMap<object, string>();

/** Runs the contract in the storage of an object. */
export class StoreObject {
  readonly #storage: DurableObjectStorageLike;

  constructor(state: { readonly storage: DurableObjectStorageLike }) {
    this.#storage = state.storage;
  }

  async fetch(): Promise<Response> {
    const make = (prefix: string) => {
      const store = new DurableObjectStore(this.#storage, { prefix });
      prefixes.set(store, prefix);
      return store;
    };
    describeCheckpointStore("DurableObjectStore", {
      make: () => make(`contract-${++names}/`),
      another: (store) => make(prefixes.get(store)!),
      hasLogs: false,
      keyCount: 1000,
    });
    return Response.json(await runCases());
  }
}

/** The same in an object of the older kind of storage. */
export class OldStoreObject extends StoreObject {}

async function runNamespace(namespace: KvNamespaceLike): Promise<Response> {
  const make = (prefix: string) => {
    const store = new KvStore(namespace, { singleWriter: true, prefix });
    prefixes.set(store, prefix);
    return store;
  };
  describeCheckpointStore("KvStore", {
    make: () => make(`contract-${++names}/`),
    another: (store) => make(prefixes.get(store)!),
    hasLogs: false,
    keyCount: 1000,
  });
  return Response.json(await runCases());
}

export default {
  async fetch(request: Request, { OBJECTS, OLD_OBJECTS, NAMESPACE }: Environment): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/namespace") return runNamespace(NAMESPACE);
    const objects = pathname === "/old-object" ? OLD_OBJECTS : OBJECTS;
    return objects.get(objects.idFromName("contract")).fetch(request.url);
  },
};
