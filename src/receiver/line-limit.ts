import type { RejectedRecords } from "../batch/stream-input.js";

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** Bytes of a record set aside that are kept as a sample. */
export const SAMPLE_BYTES_MAX = 1024;

/** Index of the first line end in `bytes`, or -1. */
export function lineEndIn(bytes: Uint8Array): number {
  const newline = bytes.indexOf(NEWLINE);
  const before = newline < 0 ? bytes : bytes.subarray(0, newline);
  const carriageReturn = before.indexOf(CARRIAGE_RETURN);
  return carriageReturn < 0 ? newline : carriageReturn;
}

/**
 * Where the first line of more than `lineBytesMax` bytes begins in `bytes`, or -1; `bytesOpen` bytes of the first line came before. Line ends do not count. A
 * line that has not ended and is not too long yet is none. Cost: a look backwards from each multiple of the limit, not a look at every byte.
 */
export function firstLongLine(bytes: Uint8Array, bytesOpen: number, lineBytesMax: number): number {
  let begin = 0;
  let room = lineBytesMax - bytesOpen;
  while (bytes.length - begin > room) {
    let end = begin + room;
    while (end >= begin && bytes[end] !== NEWLINE && bytes[end] !== CARRIAGE_RETURN) end -= 1;
    if (end < begin) return begin;
    begin = end + 1;
    room = lineBytesMax;
  }
  return -1;
}

/** Counts the lines that are set aside, and the one that is being skipped. */
export class Rejects {
  readonly #reason: string;
  #count = 0;
  #sample: Uint8Array = new Uint8Array(0);
  #isSkipping = false;

  constructor(lineBytesMax: number) {
    this.#reason = `longer than lineBytesMax, ${lineBytesMax} bytes`;
  }

  /** A line that is too long has begun and not ended: its bytes are dropped as they come. */
  get isSkipping(): boolean {
    return this.#isSkipping;
  }

  begin(sample: () => Uint8Array): void {
    if (this.#count === 0) this.#sample = sample();
    this.#count += 1;
    this.#isSkipping = true;
  }

  end(): void {
    this.#isSkipping = false;
  }

  /** What was set aside since the last call. */
  take(): RejectedRecords | undefined {
    if (this.#count === 0) return undefined;
    const rejected = { count: this.#count, reason: this.#reason, sample: this.#sample };
    this.#count = 0;
    return rejected;
  }
}
