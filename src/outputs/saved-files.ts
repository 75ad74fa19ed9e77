import { objectFilePieces } from "../block/object-file.js";
import { ConfigError } from "../errors.js";
import type { Host } from "../host.js";
import { filesOf } from "../sources/find-files.js";
import type { Time } from "../time/time.js";
import { batchFolders, type PartitionedRows, writePartFiles } from "./part-files.js";
import { textPieces } from "./text-files.js";

/** What part files hold. */
export interface SavedForm {
  /** The method that saves an RDD; with an "s" the one that saves every batch of a stream. */
  readonly method: string;
  /** The bytes of a part, a piece at a time. */
  readonly pieces: (rows: Iterable<unknown>) => Iterable<Uint8Array>;
}

export const TEXT_FILE: SavedForm = { method: "saveAsTextFile", pieces: textPieces };
export const OBJECT_FILE: SavedForm = {
  method: "saveAsObjectFile",
  pieces: (rows) => objectFilePieces([Array.isArray(rows) ? rows : [...rows]]),
};

/**
 * Saves an RDD in a folder that must not be there, or be empty. **Errors:** `ConfigError` "no-files", "invalid-path"; `OutputError` "output-exists",
 * "output-failed".
 */
export async function saveRDD(rdd: PartitionedRows, host: Host, folder: string, form: SavedForm): Promise<void> {
  const files = filesOf(host, form.method, "send the rows elsewhere with foreachPartition()");
  if (typeof folder !== "string" || folder === "" || folder.includes("\0")) {
    throw new ConfigError(
      `${form.method} needs the path of a folder, got ${JSON.stringify(folder) ?? String(folder)}.`,
      {
        code: "invalid-path",
        details: { path: folder },
      },
    );
  }
  await writePartFiles(rdd, { files, folder, pieces: form.pieces, whenThere: "refuse" });
}

/**
 * What saves each batch of a stream in a folder of its own, which it replaces where it is there. **Errors:** at once `ConfigError` "no-files",
 * "invalid-prefix", "invalid-suffix"; with a batch `OutputError` "output-failed".
 */
export function batchSaver(
  host: Host,
  prefix: string,
  suffix: string | undefined,
  form: SavedForm,
): (rdd: PartitionedRows, time: Time) => Promise<void> {
  const method = `${form.method}s`;
  const files = filesOf(host, method, "send the rows elsewhere with foreachRDD()");
  const folderAt = batchFolders(method, prefix, suffix);
  return (rdd, { milliseconds }) =>
    writePartFiles(rdd, { files, folder: folderAt(milliseconds), pieces: form.pieces, whenThere: "replace" });
}
