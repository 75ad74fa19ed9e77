import { CheckpointError } from "../errors.js";

/**
 * What may be wrong with storage: the disk ("eio"), its room ("enospc", "edquot"), the number of open files ("emfile"), a write that wrote a part only, an fsync
 * that fails although everything was written, once or from then on.
 */
export type StorageFault = "eio" | "enospc" | "edquot" | "emfile" | "short-write" | "fsync-once" | "fsync-sticky";

/** Every `StorageFault`, for tests that go through all of them. */
export const STORAGE_FAULTS: readonly StorageFault[] = [
  "eio",
  "enospc",
  "edquot",
  "emfile",
  "short-write",
  "fsync-once",
  "fsync-sticky",
];

const MEANINGS: Readonly<Record<StorageFault, { readonly hostCode: string; readonly code: string }>> = {
  eio: { hostCode: "EIO", code: "storage-failed" },
  enospc: { hostCode: "ENOSPC", code: "storage-full" },
  edquot: { hostCode: "EDQUOT", code: "storage-full" },
  emfile: { hostCode: "EMFILE", code: "fd-limit" },
  "short-write": { hostCode: "EIO", code: "storage-failed" },
  "fsync-once": { hostCode: "EIO", code: "storage-failed" },
  "fsync-sticky": { hostCode: "EIO", code: "storage-failed" },
};

/** An error as the host's. */
export function hostError(code: string, doing: string): Error {
  return Object.assign(new Error(`${code}: ${doing}`), { code });
}

/** What the host says of a fault. */
export function hostErrorOf(fault: StorageFault, doing: string): Error {
  return hostError(MEANINGS[fault].hostCode, `a planned fault (${fault}), ${doing}`);
}

/** What a store says of a fault. */
export function storeErrorOf(fault: StorageFault, doing: string): CheckpointError {
  const { code, hostCode } = MEANINGS[fault];
  return new CheckpointError(`A planned fault of the store (${fault}): ${doing}.`, {
    code,
    details: { fault, doing, hostCode },
    cause: hostErrorOf(fault, doing),
  });
}
