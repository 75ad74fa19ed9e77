import { MillraceError, messageOf, SourceError } from "../errors.js";
import type { FileEntry, Files } from "../host.js";
import { gunzipped } from "./gunzip.js";

/** Whether a file is decompressed as it is read. */
export function isGzip({ name }: FileEntry): boolean {
  return name.endsWith(".gz");
}

/**
 * What `read` makes of the bytes of a file that was found before, decompressed where its name ends in ".gz"; from `fromByte` on, which a compressed file
 * does not know.
 *
 * **Errors:** `SourceError`, each naming the file: "file-vanished", "file-changed" where it is not the one that was found, even if that shows only after
 * it was read, and "file-unreadable" for any other error that is none of this library's.
 */
export async function readFile<R>(
  files: Files,
  entry: FileEntry,
  read: (bytes: AsyncIterable<Uint8Array>) => Promise<R>,
  fromByte = 0,
): Promise<R> {
  let outcome: { readonly result: R } | { readonly cause: unknown };
  try {
    outcome = { result: await read(bytesOf(files, entry, fromByte)) };
  } catch (cause) {
    outcome = { cause };
  }
  // A file that was replaced meanwhile explains whatever else went wrong.
  await assertUnchanged(files, entry, "cause" in outcome ? outcome.cause : undefined);
  if ("result" in outcome) return outcome.result;
  const { cause } = outcome;
  if (cause instanceof MillraceError) throw cause;
  throw new SourceError(`The file ${entry.path} cannot be read: ${messageOf(cause)}`, {
    code: "file-unreadable",
    details: { path: entry.path },
    cause,
  });
}

function bytesOf(files: Files, entry: FileEntry, fromByte: number): AsyncIterable<Uint8Array> {
  if (!isGzip(entry)) return files.read(entry.path, fromByte);
  if (typeof DecompressionStream === "function") return gunzipped(files.read(entry.path));
  throw new SourceError(
    `The file ${entry.path} is compressed, and this host has no DecompressionStream to read it: put it there decompressed.`,
    { code: "no-gzip", details: { path: entry.path } },
  );
}

async function assertUnchanged(files: Files, entry: FileEntry, cause: unknown): Promise<void> {
  const { path, bytes, modifiedMs } = entry;
  const now = await files.stat(path).catch(() => entry);
  if (now?.kind === "file" && now.bytes === bytes && now.modifiedMs === modifiedMs) return;
  const rule = "a file must stay as it is from when it is found until the batches that read it are processed";
  if (now === undefined) {
    throw new SourceError(`The file ${path} has vanished: ${rule}.`, {
      code: "file-vanished",
      details: { path },
      cause,
    });
  }
  throw new SourceError(
    `The file ${path} has changed: ${rule}. It had ${bytes} bytes of ${modifiedMs} ms, now ${now.bytes} of ${now.modifiedMs} ms: write it elsewhere and move it in when it is complete.`,
    {
      code: "file-changed",
      details: { path, bytes, modifiedMs, bytesNow: now.bytes, modifiedMsNow: now.modifiedMs },
      cause,
    },
  );
}
