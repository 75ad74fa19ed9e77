import { CheckpointError, messageOf } from "../errors.js";

const IS_FOLDER = "EISDIR";

/** What the errors of hosts mean for who writes a checkpoint, and what to do; what is in no set is a disk that fails. */
const FAMILIES: ReadonlyArray<{ readonly code: string; readonly causes: ReadonlySet<string>; readonly says: string }> =
  [
    {
      code: "storage-full",
      causes: new Set(["ENOSPC", "EDQUOT"]),
      says: "has no room left: free some, or raise the quota; what failed may be tried again then",
    },
    {
      code: "fd-limit",
      causes: new Set(["EMFILE", "ENFILE"]),
      says: "cannot be used, as too many files are open: raise the limit (ulimit -n), or try again later",
    },
    {
      code: "checkpoint-gone",
      causes: new Set(["ENOENT", "ENOTDIR", "EROFS", "EACCES", "EPERM", "ESTALE"]),
      says: "is not there, or cannot be used: it must be neither removed nor replaced nor made read-only while a context runs",
    },
    {
      code: "invalid-key",
      causes: new Set([IS_FOLDER]),
      says: "has a folder where the file of that key should be: no key may be a folder of another one",
    },
    {
      code: "symbolic-link",
      causes: new Set(["ELOOP", "EMLINK"]),
      says: "has a symbolic link where a file of its own should be: such links are not followed; remove it",
    },
  ];
const FAILED = { code: "storage-failed", says: "failed: look at the disk; restart from the last checkpoint" };

/**
 * The `CheckpointError` for what the host said while the store in a folder did something for a key: "storage-full", "fd-limit", "checkpoint-gone",
 * "invalid-key", "symbolic-link", "storage-failed". An error that is a `CheckpointError` stays what it is.
 */
export function storageError(error: unknown, folder: string, doing: string): CheckpointError {
  if (error instanceof CheckpointError) return error;
  const cause = causeOf(error);
  const { code, says } = FAMILIES.find(({ causes }) => causes.has(cause)) ?? FAILED;
  return new CheckpointError(
    `The folder for checkpoints ${JSON.stringify(folder)} ${says} (${doing}: ${messageOf(error)}).`,
    { code, details: { folder, doing, hostCode: cause }, cause: error },
  );
}

/** The code of a host's error, such as "ENOSPC". */
export function causeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | undefined)?.code);
}

/** Says that a key is a folder of other keys, where the host does not say so itself. */
export function isFolderError(folder: string, doing: string): CheckpointError {
  return storageError(Object.assign(new Error("it is a folder"), { code: IS_FOLDER }), folder, doing);
}

/** Says that the folder is not the one it was when the store was opened. */
export function goneError(folder: string): CheckpointError {
  return new CheckpointError(
    `The folder for checkpoints ${JSON.stringify(folder)} is not there any more, or is another one than before: it must be neither removed nor replaced while a ` +
      "context runs. Restart from the last checkpoint.",
    { code: "checkpoint-gone", details: { folder } },
  );
}

/** Says that names in a folder are not known to be durable. */
export function deadError(given: string, folder: string): CheckpointError {
  return new CheckpointError(
    `The folder for checkpoints ${JSON.stringify(given)} failed to make names in ${JSON.stringify(folder)} durable, and takes no more of them: look at the disk; ` +
      "restart from the last checkpoint.",
    { code: FAILED.code, details: { folder } },
  );
}
