import { abi } from "#kernel";

/** The part of a memory that decoding needs; the kernel's reader has it, and it counts. */
export interface BlockReader {
  copyOut(ptr: number, bytes: number): Uint8Array<ArrayBuffer>;
  decode(ptr: number, bytes: number): string;
}

/** Bytes of text decoded at once: small enough to stay in the cache, large enough to make the call's cost vanish. */
const TEXT_PIECE_BYTES = 256 * 1024;
/** Pairs decoded at once. */
const PAIRS_PIECE_ROWS = 1024;
const NEWLINE = 10;
/** Where a column of the directory has the offsets of its first and second buffer. */
const COLUMN_A = 4;
const COLUMN_B = 12;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The lines of clean text, a piece at a time. Order: as in the text. Cost: one decode and one split a piece.
 */
export function* decodeLines(
  reader: BlockReader & { region(ptr: number, bytes: number): Uint8Array<ArrayBufferLike> },
  ptr: number,
  bytes: number,
): Generator<string[]> {
  for (let done = 0; done < bytes; ) {
    let piece = Math.min(TEXT_PIECE_BYTES, bytes - done);
    if (done + piece < bytes) {
      const text = reader.region(ptr + done, bytes - done);
      const lastEnd = text.lastIndexOf(NEWLINE, piece - 1);
      piece = (lastEnd < 0 ? text.indexOf(NEWLINE, piece) : lastEnd) + 1;
    }
    const lines = reader.decode(ptr + done, piece).split("\n");
    lines.pop();
    yield lines;
    done += piece;
  }
}

/**
 * The pairs of a block, a piece at a time, the first of them no larger than `rowsWanted`, so that `take(10)` decodes ten rows.
 */
export function* decodePairs(
  reader: BlockReader,
  ptr: number,
  rows: number,
  rowsWanted = PAIRS_PIECE_ROWS,
): Generator<Array<[string, number]>> {
  const directory = new DataView(reader.copyOut(ptr + abi.BLOCK_HEADER_BYTES, 2 * abi.BLOCK_COLUMN_BYTES).buffer);
  const offsets = ptr + directory.getUint32(COLUMN_A, true);
  const keys = ptr + directory.getUint32(COLUMN_B, true);
  const values = ptr + directory.getUint32(abi.BLOCK_COLUMN_BYTES + COLUMN_A, true);
  for (let from = 0; from < rows; ) {
    const count = Math.min(rows - from, PAIRS_PIECE_ROWS, from === 0 ? Math.max(1, rowsWanted) : PAIRS_PIECE_ROWS);
    const ends = new Int32Array(reader.copyOut(offsets + 4 * from, 4 * (count + 1)).buffer);
    const numbers = new Float64Array(reader.copyOut(values + 8 * from, 8 * count).buffer);
    const begin = ends[0]!;
    const texts = decodeTexts(reader.copyOut(keys + begin, ends[count]! - begin), ends, begin);
    yield texts.map((text, i) => [text, numbers[i]!]);
    from += count;
  }
}

/** Cuts UTF-8 at the offsets. ASCII, the common case, is decoded at once and cut as a string. */
function decodeTexts(bytes: Uint8Array, ends: Int32Array, begin: number): string[] {
  const count = ends.length - 1;
  const texts: string[] = new Array(count);
  const whole = decoder.decode(bytes);
  const isAscii = whole.length === bytes.length;
  for (let i = 0; i < count; i++) {
    const from = ends[i]! - begin;
    const to = ends[i + 1]! - begin;
    texts[i] = isAscii ? whole.slice(from, to) : decoder.decode(bytes.subarray(from, to));
  }
  return texts;
}
