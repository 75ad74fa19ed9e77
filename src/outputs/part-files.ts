/**
 * Folders of part files, as Hadoop names them:
 *
 *     FOLDER/part-00000 ...   one file a partition, by its index
 *     FOLDER/_SUCCESS         empty, written last: whoever finds it finds all parts
 *     FOLDER/_temporary/N/    parts that attempt N is writing, then what they replace; gone at the end
 *
 * All parts are complete and durable before the first one gets its name; each gets it at once. Until then an earlier run's parts stay as they are. What an
 * earlier run left goes away by a move, not by removal: a move is durable when it has happened, so that no power cut brings a `_SUCCESS` back among
 * parts of two runs. An attempt begins by removing what those before it left half done.
 */

import { messageOf, OutputError } from "../errors.js";
import type { FileEntry, Files } from "../host.js";

const SUCCESS = "_SUCCESS";
const TEMPORARY = "_temporary";
const REPLACED = ".replaced";
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
  /** Which run of its batch writes: its unfinished files are its own. */
  readonly attempt: number;
}

/**
 * Writes each partition as a part, an empty one too. What fails leaves no `_SUCCESS` where there was none, and no new part.
 *
 * **Errors:** `OutputError` "output-failed" with folder and cause where a file cannot be written; what the rows themselves throw, unchanged.
 */
export async function writePartFiles(rdd: PartitionedRows, options: PartFilesOptions): Promise<void> {
  const { files, folder, pieces, whenThere, attempt } = options;
  const writing = <R>(write: () => Promise<R>): Promise<R> =>
    write().catch((cause) => Promise.reject(failure(folder, cause)));
  if (whenThere === "refuse") await writing(() => assertFree(files, folder));
  const unfinished = files.join(folder, TEMPORARY);
  const temporary = files.join(unfinished, String(attempt));
  await writing(() => files.remove(unfinished));
  await writing(() => files.makeFolder(temporary));
  try {
    await rdd.foreachPartition((rows, partition) =>
      writeRows(rows, pieces, (bytes) => files.write(files.join(temporary, partName(partition)), bytes), writing),
    );
    await writing(() => commit(files, folder, temporary, rdd.getNumPartitions()));
    await writing(() => files.remove(unfinished));
    await writing(() => files.write(files.join(folder, SUCCESS), []));
  } catch (error) {
    // The error that counts is the first one.
    await files.remove(unfinished).catch(() => {});
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

/** Gives the parts their names, after `_SUCCESS` and the parts of an earlier run that none of them replaces are out of the way. */
async function commit(files: Files, folder: string, temporary: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, partition) => partName(partition));
  const current = new Set(names);
  const earlier = await files.list(folder);
  const moveAway = ({ name, path }: FileEntry) => files.rename(path, files.join(temporary, `${name}${REPLACED}`));
  for (const entry of earlier) if (entry.name === SUCCESS) await moveAway(entry);
  for (const entry of earlier) if (PART_NAME.test(entry.name) && !current.has(entry.name)) await moveAway(entry);
  for (const name of names) await files.rename(files.join(temporary, name), files.join(folder, name));
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
