/** The part of a memory that decoding needs; the kernel's reader has it, and it counts. */
export interface BlockReader {
  copyOut(ptr: number, bytes: number): Uint8Array<ArrayBuffer>;
  decode(ptr: number, bytes: number): string;
}

/** Bytes of text decoded at once: small enough to stay in the cache, large enough to make the call's cost vanish. */
const TEXT_PIECE_BYTES = 256 * 1024;
const NEWLINE = 10;

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
