import type { RejectedRecords } from "../batch/stream-input.js";
import type { InputBlock } from "../block/block.js";
import { sliceOf } from "../engine/cut.js";
import type { LocalEngine } from "../engine/local-engine.js";
import { ConfigError, messageOf, SourceError } from "../errors.js";
import type { BatchScope } from "../plan/scope.js";
import { LineBuffer } from "../receiver/line-buffer.js";

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
  const read: FileFormat["read"] = async (bytes, _, scope) => {
    const lines = new LineBuffer(engine.threads, lineBytesMax);
    try {
      for await (const piece of bytes) lines.append(piece);
      lines.endLine();
      const blocks = lines.seal();
      for (const block of blocks) scope.own(block);
      const numRecords = blocks.reduce((sum, { rows }) => sum + rows, 0);
      return { blocks: blocks.map(sliceOf), numRecords, rejected: lines.rejects.take() };
    } finally {
      lines.free();
    }
  };
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
  const read: FileFormat["read"] = async (bytes, path) => {
    const rows: Uint8Array[] = [];
    let used = recordLength;
    for await (const piece of bytes) {
      for (let at = 0; at < piece.length; ) {
        if (used === recordLength) {
          rows.push(new Uint8Array(recordLength));
          used = 0;
        }
        const part = piece.subarray(at, at + recordLength - used);
        rows.at(-1)!.set(part, used);
        used += part.length;
        at += part.length;
      }
    }
    if (used < recordLength) {
      throw new SourceError(
        `The file ${path} must hold whole records of ${recordLength} bytes, but it ends ${used} bytes into record ${rows.length}.`,
        { code: "partial-record", details: { path, recordLength, bytesLeft: used } },
      );
    }
    return { blocks: [{ kind: "rows", rows }], numRecords: rows.length };
  };
  return { about: `records of ${recordLength} bytes, read from files`, holdsRows: true, read };
}

/** Rows that a function of the caller's makes of the bytes. What it throws is a `SourceError` "reader-failed" that names the file. */
export function customFormat(
  reader: (bytes: AsyncIterable<Uint8Array>, path: string) => AsyncIterable<unknown>,
): FileFormat {
  if (typeof reader !== "function") {
    throw new ConfigError(`fileStream needs a function that makes rows of the bytes of a file, got ${typeof reader}.`, {
      code: "not-a-function",
    });
  }
  const read: FileFormat["read"] = async (bytes, path) => {
    const source: { failure?: unknown } = {};
    const rows: unknown[] = [];
    try {
      for await (const row of reader(noting(bytes, source), path)) rows.push(row);
    } catch (cause) {
      // The file itself could not be read, which says more than what the reader made of it.
      if ("failure" in source) throw source.failure;
      throw new SourceError(`The reader of fileStream failed at ${path}: ${messageOf(cause)}`, {
        code: "reader-failed",
        details: { path },
        cause,
      });
    }
    return { blocks: [{ kind: "rows", rows }], numRecords: rows.length };
  };
  return { about: "rows read from files", holdsRows: true, read };
}

/** The same bytes; where they end with an error, `source` has it. */
async function* noting(bytes: AsyncIterable<Uint8Array>, source: { failure?: unknown }): AsyncIterable<Uint8Array> {
  const pieces = bytes[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await pieces.next().catch((error: unknown) => {
        source.failure = error;
        throw error;
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await pieces.return?.();
  }
}
