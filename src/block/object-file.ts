/**
 * The object file: rows of any value in a file, so that damage of any kind is found. All numbers are little-endian.
 *
 *     header      magic 8 bytes | version u32 | CRC-32C u32 of the 12 bytes before
 *     chunk       length u32 | row count u32 | CRC-32C u32 of the 8 bytes before and the payload | payload: `length` bytes of `encodeRows`
 *     ...         any number of chunks
 *     end mark    0xffffffff u32 | rows in all u64 | CRC-32C u32 of the 12 bytes before
 *
 * Nothing follows the end mark. docs/formats.md is the specification.
 */
import { MillraceError, SourceError } from "../errors.js";
import { CHUNK_BYTES_MAX } from "./codec/tags.js";
import { decodeRows } from "./codec.js";
import { crc32c } from "./crc32c.js";
import { PieceReader } from "./piece-reader.js";
import { chunksOf, type RowChunk } from "./row-chunks.js";

/** Not text, and changed by whatever rewrites line ends. */
const MAGIC = Uint8Array.of(0x89, 0x4d, 0x52, 0x52, 0x4f, 0x57, 0x53, 0x0a);
const VERSION = 1;
const HEADER_BYTES = 16;
const CHUNK_HEAD_BYTES = 12;
const END_MARK = 0xffffffff;
const END_MARK_BYTES = 16;
/** Of the header and of the end mark: where their checksum begins. */
const CRC_OFFSET = 12;

/**
 * The bytes of an object file with these rows, a piece at a time; each batch is cut into chunks of about a megabyte, and the rows of no
 * two batches are in one. **Errors:** as `encodeRows`.
 */
export function* objectFilePieces(batches: Iterable<readonly unknown[]>): Generator<Uint8Array, void, void> {
  yield* objectFileOf(chunksOfAll(batches));
}

/** The bytes of an object file with these chunks. */
export function* objectFileOf(chunks: Iterable<RowChunk>): Generator<Uint8Array, void, void> {
  yield header();
  let rowCount = 0;
  for (const chunk of chunks) {
    yield chunkHead(chunk);
    yield chunk.bytes;
    rowCount += chunk.rowCount;
  }
  yield endMark(rowCount);
}

/**
 * The rows of an object file, a chunk at a time, each checked before it is given out. `name` is what messages call the file.
 *
 * **Errors:** `SourceError` "not-an-object-file" where it does not begin as one, "object-file-version" where a later version wrote it,
 * "damaged-file" where it was cut short, lengthened or changed: rows of intact chunks before the damage have been given out by then.
 */
export async function* readObjectFile(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name = "the file",
): AsyncGenerator<unknown[], void, void> {
  const reader = new PieceReader(pieces);
  try {
    await readHeader(reader, name);
    let rowsRead = 0;
    for (;;) {
      const length = viewOf(await take(reader, 4, name)).getUint32(0, true);
      if (length === END_MARK) return await readEnd(reader, rowsRead, name);
      const rows = await readChunk(reader, length, name);
      rowsRead += rows.length;
      yield rows;
    }
  } finally {
    await reader.close();
  }
}

function* chunksOfAll(batches: Iterable<readonly unknown[]>): Iterable<RowChunk> {
  for (const rows of batches) yield* chunksOf(rows);
}

function header(): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  bytes.set(MAGIC);
  viewOf(bytes).setUint32(MAGIC.length, VERSION, true);
  return sealed(bytes);
}

function chunkHead({ rowCount, bytes }: RowChunk): Uint8Array {
  const head = new Uint8Array(CHUNK_HEAD_BYTES);
  const view = viewOf(head);
  view.setUint32(0, bytes.length, true);
  view.setUint32(4, rowCount, true);
  view.setUint32(8, crc32c(bytes, crc32c(head.subarray(0, 8))), true);
  return head;
}

function endMark(rowCount: number): Uint8Array {
  const bytes = new Uint8Array(END_MARK_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, END_MARK, true);
  view.setBigUint64(4, BigInt(rowCount), true);
  return sealed(bytes);
}

function sealed(bytes: Uint8Array): Uint8Array {
  viewOf(bytes).setUint32(CRC_OFFSET, crc32c(bytes.subarray(0, CRC_OFFSET)), true);
  return bytes;
}

function isSealed(bytes: Uint8Array): boolean {
  return viewOf(bytes).getUint32(CRC_OFFSET, true) === crc32c(bytes.subarray(0, CRC_OFFSET));
}

async function readHeader(reader: PieceReader, name: string): Promise<void> {
  const magic = await reader.take(MAGIC.length);
  if (!magic?.every((byte, index) => byte === MAGIC[index])) {
    throw new SourceError(
      `An object file begins with the bytes ${hexOf(MAGIC)}, but ${name} begins with ${hexOf(magic ?? reader.rest()) || "nothing"}: ` +
        "give the path of a file that saveAsObjectFile or saveAsObjectFiles wrote.",
      { code: "not-an-object-file", details: { name } },
    );
  }
  const rest = await take(reader, HEADER_BYTES - MAGIC.length, name);
  const version = viewOf(rest).getUint32(0, true);
  if (!isSealed(Uint8Array.of(...magic, ...rest)))
    throw damaged(name, reader, "its header does not match its checksum");
  if (version !== VERSION) {
    throw new SourceError(
      `Object files of version ${VERSION} can be read, but ${name} has version ${version}: read it with the release that wrote it.`,
      { code: "object-file-version", details: { name, version, known: VERSION } },
    );
  }
}

async function readChunk(reader: PieceReader, length: number, name: string): Promise<unknown[]> {
  const begin = reader.offset - 4;
  if (length > CHUNK_BYTES_MAX)
    throw damaged(name, reader, `the chunk at byte ${begin} says that it has ${length} bytes`);
  const rest = await take(reader, 8, name);
  const [rowCount, crc] = [viewOf(rest).getUint32(0, true), viewOf(rest).getUint32(4, true)];
  const payload = await take(reader, length, name);
  const head = new Uint8Array(8);
  viewOf(head).setUint32(0, length, true);
  viewOf(head).setUint32(4, rowCount, true);
  if (crc32c(payload, crc32c(head)) !== crc) {
    throw damaged(name, reader, `the chunk at byte ${begin} does not match its checksum`);
  }
  const rows = decode(payload, begin, reader, name);
  if (rows.length === rowCount) return rows;
  throw damaged(name, reader, `the chunk at byte ${begin} has ${rows.length} rows, its head says ${rowCount}`);
}

function decode(payload: Uint8Array, begin: number, reader: PieceReader, name: string): unknown[] {
  try {
    return decodeRows(payload);
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== "damaged-rows") throw error;
    throw damaged(name, reader, `the chunk at byte ${begin} has no rows that can be read`, error);
  }
}

async function readEnd(reader: PieceReader, rowsRead: number, name: string): Promise<void> {
  const rest = await take(reader, END_MARK_BYTES - 4, name);
  if (!isSealed(Uint8Array.of(0xff, 0xff, 0xff, 0xff, ...rest))) {
    throw damaged(name, reader, "its end mark does not match its checksum");
  }
  const rowCount = viewOf(rest).getBigUint64(0, true);
  if (rowCount !== BigInt(rowsRead))
    throw damaged(name, reader, `it has ${rowsRead} rows, its end mark says ${rowCount}`);
  if ((await reader.take(1)) !== undefined) throw damaged(name, reader, "there are bytes after its end mark");
}

async function take(reader: PieceReader, length: number, name: string): Promise<Uint8Array> {
  const bytes = await reader.take(length);
  if (bytes === undefined) throw damaged(name, reader, "it ends before its end mark");
  return bytes;
}

function damaged(name: string, reader: PieceReader, what: string, cause?: unknown): SourceError {
  return new SourceError(
    `An object file must be whole and unchanged, but of ${name} ${what}: read an intact copy, or write it again.`,
    {
      code: "damaged-file",
      details: { name, what, offset: reader.offset },
      cause,
    },
  );
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
