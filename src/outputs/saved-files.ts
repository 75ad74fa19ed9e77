import { Door } from "../door.js";
import { ConfigError } from "../errors.js";
import { type Guarantee, type Safety, wholeBatches } from "../guarantee.js";
import type { Host } from "../host.js";
import { filesOf } from "../sources/path-pattern.js";
import type { Time } from "../time/time.js";
import { batchFolders } from "./batch-folders.js";
import type { PartFilesOptions, PartitionedRows } from "./part-files.js";

const writingFiles = /* @__PURE__ */ new Door("writes files", () => import("./writing-files.js"));
type WritingFiles = typeof import("./writing-files.js");

/** What part files hold. */
export interface SavedForm {
  /** The method that saves an RDD; with an "s" the one that saves every batch of a stream. */
  readonly method: string;
  /** What makes the bytes of a part, a piece at a time. */
  readonly pieces: (writing: WritingFiles) => PartFilesOptions["pieces"];
}

export const TEXT_FILE: SavedForm = { method: "saveAsTextFile", pieces: ({ textPieces }) => textPieces };
export const OBJECT_FILE: SavedForm = {
  method: "saveAsObjectFile",
  pieces: ({ objectPieces }) => objectPieces,
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
  await write(rdd, form, { files, folder, whenThere: "refuse", attempt: 1 });
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
): (rdd: PartitionedRows, time: Time, run: { readonly attempt: number }) => Promise<void> {
  const method = `${form.method}s`;
  const files = filesOf(host, method, "send the rows elsewhere with foreachRDD()");
  const folderAt = batchFolders(method, prefix, suffix);
  return (rdd, { milliseconds }, { attempt }) =>
    write(rdd, form, { files, folder: folderAt(milliseconds), whenThere: "replace", attempt });
}

/** What saved batches promise. */
export function inFolders(safety: Safety): Guarantee {
  return wholeBatches("a folder a batch, which shows _SUCCESS when it is whole", safety);
}

async function write(rdd: PartitionedRows, form: SavedForm, options: Omit<PartFilesOptions, "pieces">): Promise<void> {
  const writing = await writingFiles.open();
  await writing.writePartFiles(rdd, { ...options, pieces: form.pieces(writing) });
}
