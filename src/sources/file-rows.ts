/** The rows of one file, by what its bytes mean. */
import { sliceOf } from "../engine/cut.js";
import type { LocalEngine } from "../engine/local-engine.js";
import { messageOf, SourceError } from "../errors.js";
import type { BatchScope } from "../plan/scope.js";
import { LineBuffer } from "../receiver/line-buffer.js";
import type { FileReader, FileRows } from "./file-formats.js";

/** Lines of UTF-8 text in kernel memory. */
export async function textRows(
  bytes: AsyncIterable<Uint8Array>,
  scope: BatchScope,
  engine: LocalEngine,
  lineBytesMax?: number,
): Promise<FileRows> {
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
}

/** Records of `recordLength` bytes, each an array of its own. A file that ends inside one is a `SourceError` "partial-record". */
export async function binaryRows(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  recordLength: number,
): Promise<FileRows> {
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
}

/** Rows that a function of the caller's makes of the bytes. What it throws is a `SourceError` "reader-failed" that names the file. */
export async function customRows(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  reader: FileReader,
): Promise<FileRows> {
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
