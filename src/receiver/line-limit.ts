import type { RejectedRecord, RejectedRecords } from "../batch/stream-input.js";
import { crc32c } from "../block/crc32c.js";

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

/** Records that are kept between two calls of `take`: those that come after them push the oldest out. */
const RECORDS_MAX = 256;

/** Counts the lines that are set aside, and the one that is being skipped. */
export class Rejects {
  readonly #reason: string;
  #count = 0;
  /** Of the first line that was counted since the last call of `take`. */
  #sample: Uint8Array = new Uint8Array(0);
  #isFirst = false;
  /** Lines that have ended. */
  #records: RejectedRecord[] = [];
  /** The line that is being skipped, up to now. */
  #open: RejectedRecord | undefined;

  constructor(lineBytesMax: number) {
    this.#reason = `longer than lineBytesMax, ${lineBytesMax} bytes`;
  }

  /** What is known of the line that is being skipped, where there is one. */
  get open(): RejectedRecord | undefined {
    return this.#open;
  }

  /** A line that is too long has begun and not ended: its bytes are dropped as they come. */
  get isSkipping(): boolean {
    return this.#open !== undefined;
  }

  /** A line is too long, of which `bytes` came before. */
  begin(bytes: Uint8Array): void {
    const sample = bytes.slice(0, SAMPLE_BYTES_MAX);
    this.#isFirst = this.#count === 0;
    this.#count += 1;
    this.#goesOn({ bytes: bytes.length, crc32c: crc32c(bytes), sample });
  }

  /** More of the line that is being skipped. */
  skip(bytes: Uint8Array): void {
    const { bytes: before, crc32c: checksum, sample } = this.#open!;
    const missing = SAMPLE_BYTES_MAX - sample.length;
    this.#goesOn({
      bytes: before + bytes.length,
      crc32c: crc32c(bytes, checksum),
      sample: missing > 0 ? joined(sample, bytes.subarray(0, missing)) : sample,
    });
  }

  /** The line that is skipped began before, and was counted then. */
  resume(open: RejectedRecord): void {
    this.#isFirst = false;
    this.#open = open;
  }

  /** The line that is being skipped, where there is one, has ended. */
  end(): void {
    if (this.#open === undefined) return;
    this.#isFirst = false;
    this.#records.push(this.#open);
    if (this.#records.length > RECORDS_MAX) this.#records.shift();
    this.#open = undefined;
  }

  /** What was set aside since the last call. */
  take(): RejectedRecords | undefined {
    const records = this.#records;
    if (this.#count === 0 && records.length === 0) return undefined;
    const rejected = { count: this.#count, reason: this.#reason, sample: this.#sample, records };
    this.#count = 0;
    this.#isFirst = false;
    this.#records = [];
    return rejected;
  }

  #goesOn(open: RejectedRecord): void {
    this.#open = open;
    if (this.#isFirst) this.#sample = open.sample;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
