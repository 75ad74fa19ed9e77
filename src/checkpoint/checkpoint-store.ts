import { CheckpointError } from "../errors.js";
import type { Guarantee } from "../guarantee.js";

/**
 * Small, strict key-value storage that a checkpoint needs; one adapter for each kind of host. A key is names of letters, digits, ".", "_" and "-" joined by
 * "/"; no key is a folder of another one. Bytes that are given may be used again as soon as a call has returned. Calls for one key take effect in the order in
 * which they were made. A call that rejects with another code than "exists" may have taken effect, or not: who asks again must be content with both.
 */
export interface CheckpointStore {
  /** The bytes of `key`, or undefined where there is no such key. What it shows is durable. */
  read(key: string): Promise<Uint8Array | undefined>;
  /**
   * Durable when resolved; readers see the old bytes or the new ones, whole. `ifAbsent`: rejects with code "exists" where the key is there, so that one of
   * several writers wins, in whatever processes they are.
   */
  write(key: string, bytes: Uint8Array, options?: { ifAbsent?: boolean }): Promise<void>;
  /** Removes `key`; no error where it is not there. After a power cut it may be there again. */
  delete(key: string): Promise<void>;
  /** The keys that begin with `prefix`, in ascending order. */
  list(prefix: string): Promise<string[]>;
  /**
   * For logs; durable when resolved. Where absent, a log is one key for each group of records. After it rejected, and after the process ended within it, the
   * key may end with any part of the bytes. The next call after one that rejected adds its bytes right behind the last ones that resolved, or rejects with
   * code "append-refused", as do all after it until the key is written or deleted: go on under another key.
   */
  append?(key: string, bytes: Uint8Array): Promise<void>;
  /** `length` bytes of `key` from `offset` on; fewer where it ends before, none where there is no such key. */
  readRange?(key: string, offset: number, length: number): Promise<Uint8Array>;
  /** Gives back what it holds open, after all that was asked for. Called when the context that used it has stopped; the store can be used on. */
  close?(): Promise<void>;
  /** How `guarantees()` calls it. */
  readonly name?: string;
  /** What holds of each batch because of the store: `guarantees()` says it in a line of its own. Absent: the store keeps all that the other lines rest on. */
  readonly promise?: Guarantee;
}

/** A store that need not copy what it appends. */
export interface LendingStore extends CheckpointStore {
  /** As `append`, of bytes that stay as they are until the call has settled; they are not looked at any more afterwards. */
  appendLent(key: string, bytes: Uint8Array): Promise<void>;
}

export function isLending(store: CheckpointStore): store is LendingStore {
  return "appendLent" in store;
}

/** Says that a key is there already. */
export function existsError(key: string): CheckpointError {
  return new CheckpointError(`The key ${JSON.stringify(key)} was to be new in its store, and is there already.`, {
    code: "exists",
    details: { key },
  });
}

/** Says that a key takes no more bytes at its end, as those that are there are not known. */
export function appendRefusedError(key: string): CheckpointError {
  return new CheckpointError(
    `The key ${JSON.stringify(key)} takes no more bytes: what an append that failed has left at its end is not known. Go on under another key.`,
    { code: "append-refused", details: { key } },
  );
}

/** `CheckpointError` "invalid-range" where they are no offset and length in bytes. */
export function checkRange(key: string, offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(length) && length >= 0) return;
  throw new CheckpointError(
    `A range of the key ${JSON.stringify(key)} must be an offset and a length, whole numbers from 0 on, got ${String(offset)} and ${String(length)}.`,
    { code: "invalid-range", details: { key, offset, length } },
  );
}
