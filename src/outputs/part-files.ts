/**
 * Folders of part files, as Hadoop names them:
 *
 *     FOLDER/part-00000 ...   one file a partition, by its index
 *     FOLDER/_SUCCESS         empty, written last: whoever finds it finds all parts
 *     FOLDER/_temporary/      parts that are being written; gone at the end
 *
 * All parts are complete and durable before the first one gets its name; each gets it at once. Until then an earlier run's parts stay as they are.
 */

import { messageOf, OutputError } from "../errors.js";
import type { Files } from "../host.js";

const SUCCESS = "_SUCCESS";
const TEMPORARY = "_temporary";
const PART_DIGITS = 5;
const PART_NAME = /^part-\d{5,}$/;

/** The part of an RDD that writing needs. */
export interface PartitionedRows {
  getNumPartitions(): number;
  /** Calls `fn` once for each partition, one after the other, and waits for it. */
  foreachPartition(fn: (values: Iterable<unknown>, partition: number) => unknown): Promise<void>;
}

export interface PartFilesOptions {
  readonly files: Files;
  readonly folder: string;
  /** The bytes of a part, a piece at a time. */
  readonly pieces: (rows: Iterable<unknown>) => Iterable<Uint8Array>;
  /** What a run before left: replaced, or an `OutputError` "output-exists" before anything runs. */
  readonly whenThere: "replace" | "refuse";
}

/**
 * Writes each partition as a part, an empty one too. What fails leaves no `_SUCCESS` where there was none, and no new part.
 *
 * **Errors:** `OutputError` "output-failed" with folder and cause where a file cannot be written; what the rows themselves throw, unchanged.
 */
export async function writePartFiles(rdd: PartitionedRows, options: PartFilesOptions): Promise<void> {
  const { files, folder, pieces, whenThere } = options;
  const writing = <R>(write: () => Promise<R>): Promise<R> =>
    write().catch((cause) => Promise.reject(failure(folder, cause)));
  if (whenThere === "refuse") await writing(() => assertFree(files, folder));
  const temporary = files.join(folder, TEMPORARY);
  await writing(() => files.remove(temporary));
  await writing(() => files.makeFolder(temporary));
  try {
    await rdd.foreachPartition((rows, partition) =>
      writeRows(rows, pieces, (bytes) => files.write(files.join(temporary, partName(partition)), bytes), writing),
    );
    await writing(() => commit(files, folder, rdd.getNumPartitions()));
  } catch (error) {
    // The error that counts is the first one.
    await files.remove(temporary).catch(() => {});
    throw error;
  }
}

/** Writes rows, whose own errors are no failures of the file. */
async function writeRows(
  rows: Iterable<unknown>,
  pieces: (rows: Iterable<unknown>) => Iterable<Uint8Array>,
  write: (bytes: Iterable<Uint8Array>) => Promise<void>,
  writing: (write: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const ofRows: { error?: unknown } = {};
  const watched = function* (): Iterable<Uint8Array> {
    try {
      yield* pieces(rows);
    } catch (error) {
      ofRows.error = error;
      throw error;
    }
  };
  try {
    await writing(() => write(watched()));
  } catch (error) {
    throw "error" in ofRows ? ofRows.error : error;
  }
}

/** Gives the parts their names. Parts of an earlier run are gone or replaced when `_SUCCESS` comes. */
async function commit(files: Files, folder: string, count: number): Promise<void> {
  await files.remove(files.join(folder, SUCCESS));
  const names = Array.from({ length: count }, (_, partition) => partName(partition));
  const current = new Set(names);
  for (const { name, path } of await files.list(folder)) {
    if (PART_NAME.test(name) && !current.has(name)) await files.remove(path);
  }
  for (const name of names) await files.rename(files.join(folder, TEMPORARY, name), files.join(folder, name));
  await files.remove(files.join(folder, TEMPORARY));
  await files.write(files.join(folder, SUCCESS), []);
}

async function assertFree(files: Files, folder: string): Promise<void> {
  const entry = await files.stat(folder);
  if (entry === undefined) return;
  if (entry.kind === "folder" && (await files.list(folder)).length === 0) return;
  throw new OutputError(`The output ${folder} already exists: give another path, or remove what is there before.`, {
    code: "output-exists",
    details: { folder },
  });
}

function partName(partition: number): string {
  return `part-${String(partition).padStart(PART_DIGITS, "0")}`;
}

function failure(folder: string, cause: unknown): OutputError {
  if (cause instanceof OutputError) return cause;
  return new OutputError(`The output ${folder} cannot be written: ${messageOf(cause)}`, {
    code: "output-failed",
    details: { folder },
    cause,
  });
}
