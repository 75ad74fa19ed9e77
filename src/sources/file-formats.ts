import type { RejectedRecords } from "../batch/stream-input.js";
import type { InputBlock } from "../block/block.js";
import { Door } from "../door.js";
import type { LocalEngine } from "../engine/local-engine.js";
import { ConfigError } from "../errors.js";
import type { BatchScope } from "../plan/scope.js";

/** What finds and reads files: it comes when the first one is looked for. */
export const readingFiles = /* @__PURE__ */ new Door("reads files", () => import("./reading-files.js"));

/** A function of the caller's that makes rows of the bytes of a file. */
export type FileReader = (bytes: AsyncIterable<Uint8Array>, path: string) => AsyncIterable<unknown>;

/** The rows of one file. */
export interface FileRows {
  readonly blocks: readonly InputBlock[];
  readonly numRecords: number;
  readonly rejected?: RejectedRecords | undefined;
}

/** What the bytes of a file mean. */
export interface FileFormat {
  /** The rows, in words. */
  readonly about: string;
  /** They are JavaScript values, not text in the kernel's memory. */
  readonly holdsRows: boolean;
  /** Makes rows of the bytes of a file; blocks in kernel memory belong to `scope` from the moment they are made. */
  read(bytes: AsyncIterable<Uint8Array>, path: string, scope: BatchScope): Promise<FileRows>;
}

/** Lines of UTF-8 text in kernel memory. */
export function textFormat(engine: LocalEngine, lineBytesMax?: number): FileFormat {
  const read: FileFormat["read"] = async (bytes, _, scope) =>
    (await readingFiles.open()).textRows(bytes, scope, engine, lineBytesMax);
  return { about: "lines of UTF-8, read from files into kernel memory", holdsRows: false, read };
}

/** Records of `recordLength` bytes, each an array of its own. A file that ends inside one is a `SourceError` "partial-record". */
export function binaryFormat(recordLength: number): FileFormat {
  if (!Number.isSafeInteger(recordLength) || recordLength < 1) {
    throw new ConfigError(
      `recordLength of binaryRecordsStream must be a whole number of bytes from 1, got ${String(recordLength)}.`,
      { code: "invalid-record-length", details: { recordLength } },
    );
  }
  const read: FileFormat["read"] = async (bytes, path) =>
    (await readingFiles.open()).binaryRows(bytes, path, recordLength);
  return { about: `records of ${recordLength} bytes, read from files`, holdsRows: true, read };
}

/** Rows that a function of the caller's makes of the bytes. What it throws is a `SourceError` "reader-failed" that names the file. */
export function customFormat(reader: FileReader): FileFormat {
  if (typeof reader !== "function") {
    throw new ConfigError(`fileStream needs a function that makes rows of the bytes of a file, got ${typeof reader}.`, {
      code: "not-a-function",
    });
  }
  const read: FileFormat["read"] = async (bytes, path) => (await readingFiles.open()).customRows(bytes, path, reader);
  return { about: "rows read from files", holdsRows: true, read };
}
