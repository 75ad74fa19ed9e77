import { CheckpointError } from "../errors.js";

/**
 * Small, strict key-value storage that a checkpoint needs; one adapter for each kind of host. Keys are names joined by "/".
 */
export interface CheckpointStore {
  /** The bytes of `key`, or undefined where there is no such key. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Durable when resolved. `ifAbsent`: rejects with code "exists" where the key is there. */
  write(key: string, bytes: Uint8Array, options?: { ifAbsent?: boolean }): Promise<void>;
  /** Removes `key`; no error where it is not there. */
  delete(key: string): Promise<void>;
  /** The keys that begin with `prefix`, in ascending order. */
  list(prefix: string): Promise<string[]>;
  /** For logs; durable when resolved. Where absent, a log is one key for each group of records. */
  append?(key: string, bytes: Uint8Array): Promise<void>;
  /** `length` bytes of `key` from `offset` on; fewer where it ends before. */
  readRange?(key: string, offset: number, length: number): Promise<Uint8Array>;
}

/** Says that a key is there already. */
export function existsError(key: string): CheckpointError {
  return new CheckpointError(`The key ${JSON.stringify(key)} was to be new in its store, and is there already.`, {
    code: "exists",
    details: { key },
  });
}
