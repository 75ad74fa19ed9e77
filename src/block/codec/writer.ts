import { PlanError } from "../../errors.js";
import {
  CHUNK_BYTES_MAX,
  FLOAT_64,
  MAJOR_BYTES,
  MAJOR_NEGATIVE,
  MAJOR_TAG,
  MAJOR_TEXT,
  MAJOR_UNSIGNED,
  TAG_BIGINT,
  TAG_BIGINT_NEGATIVE,
  TAG_LONE_SURROGATES,
} from "./tags.js";

/** An initial byte and a 64-bit argument: the most that comes before content. */
export const HEAD_BYTES_MAX = 9;
/** Longer text is written by the host's encoder, which costs more to call and less a unit. */
const UNITS_BY_HAND_MAX = 48;
/** A UTF-16 unit takes at most three bytes of UTF-8. */
const BYTES_PER_UNIT_MAX = 3;
const WORD = 2 ** 32;
/** Hosts may give a NaN any of its bit patterns; the same rows are the same bytes everywhere. */
const NAN_BITS = 0x7ff8000000000000n;

const utf8 = new TextEncoder();

/** Writes the parts that CBOR's items are made of. **Errors:** `PlanError` "rows-too-large" beyond `CHUNK_BYTES_MAX`. */
export class Writer {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;

  /** Room for so many bytes at first; what is written comes after `head` others. */
  constructor(bytes: number, head = 0) {
    this.#bytes = new Uint8Array(Math.min(head + bytes, CHUNK_BYTES_MAX));
    this.#view = new DataView(this.#bytes.buffer);
    this.#at = head;
  }

  /** What was written, with the head, where it lies. */
  whole(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Of what was written, with the head. */
  get length(): number {
    return this.#at;
  }

  /** Forgets what was written beyond so many bytes. */
  rewind(length: number): void {
    this.#at = length;
  }

  /** Writes an initial byte and its argument so that they end at `end`, over what is there. Where they begin. */
  headBefore(end: number, major: number, argument: number): number {
    const length = this.#at;
    this.#at = end - headBytes(argument);
    this.head(major, argument);
    this.#at = length;
    return end - headBytes(argument);
  }

  /** A copy, without the room that was not needed. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  number(value: number): void {
    if (Number.isSafeInteger(value) && (value !== 0 || 1 / value > 0)) {
      if (value >= 0) this.head(MAJOR_UNSIGNED, value);
      else this.head(MAJOR_NEGATIVE, -1 - value);
    } else {
      this.#reserve(HEAD_BYTES_MAX);
      this.#bytes[this.#at] = FLOAT_64;
      if (Number.isNaN(value)) this.#view.setBigUint64(this.#at + 1, NAN_BITS);
      else this.#view.setFloat64(this.#at + 1, value);
      this.#at += HEAD_BYTES_MAX;
    }
  }

  bigint(value: bigint): void {
    const isNegative = value < 0n;
    this.head(MAJOR_TAG, isNegative ? TAG_BIGINT_NEGATIVE : TAG_BIGINT);
    const magnitude = isNegative ? -1n - value : value;
    let digits = magnitude === 0n ? "" : magnitude.toString(16);
    if (digits.length % 2 === 1) digits = `0${digits}`;
    this.head(MAJOR_BYTES, digits.length / 2);
    this.#reserve(digits.length / 2);
    for (let index = 0; index < digits.length; index += 2) {
      this.#bytes[this.#at++] = Number.parseInt(digits.slice(index, index + 2), 16);
    }
  }

  text(text: string): void {
    const units = text.length;
    if (units > UNITS_BY_HAND_MAX) {
      this.#textByHost(text);
      return;
    }
    this.#reserve(units + HEAD_BYTES_MAX);
    const before = this.#at;
    this.head(MAJOR_TEXT, units);
    const bytes = this.#bytes;
    const at = this.#at;
    for (let index = 0; index < units; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) {
        this.#at = before;
        this.#textByHost(text);
        return;
      }
      bytes[at + index] = unit;
    }
    this.#at = at + units;
  }

  #textByHost(text: string): void {
    if (!text.isWellFormed()) {
      this.#textOfUnits(text);
      return;
    }
    this.#reserve(text.length * BYTES_PER_UNIT_MAX + HEAD_BYTES_MAX);
    // Written where it belongs if it is ASCII, and moved if its length then takes more bytes.
    const begin = this.#at + headBytes(text.length);
    const { written } = utf8.encodeInto(text, this.#bytes.subarray(begin));
    this.#bytes.copyWithin(this.#at + headBytes(written), begin, begin + written);
    this.head(MAJOR_TEXT, written);
    this.#at += written;
  }

  #textOfUnits(text: string): void {
    this.head(MAJOR_TAG, TAG_LONE_SURROGATES);
    this.head(MAJOR_BYTES, text.length * 2);
    this.#reserve(text.length * 2);
    for (let index = 0; index < text.length; index++, this.#at += 2) {
      this.#view.setUint16(this.#at, text.charCodeAt(index), true);
    }
  }

  byteString(bytes: Uint8Array): void {
    this.head(MAJOR_BYTES, bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = byte;
  }

  /** The initial byte and its argument, a whole number up to 2^53 - 1, in as few bytes as can be. */
  head(major: number, argument: number): void {
    this.#reserve(HEAD_BYTES_MAX);
    const bytes = this.#bytes;
    if (argument < 24) {
      bytes[this.#at++] = (major << 5) | argument;
    } else if (argument < 0x100) {
      bytes[this.#at++] = (major << 5) | 24;
      bytes[this.#at++] = argument;
    } else if (argument < 0x10000) {
      bytes[this.#at++] = (major << 5) | 25;
      bytes[this.#at++] = argument >> 8;
      bytes[this.#at++] = argument;
    } else if (argument < WORD) {
      bytes[this.#at] = (major << 5) | 26;
      this.#view.setUint32(this.#at + 1, argument);
      this.#at += 5;
    } else {
      bytes[this.#at] = (major << 5) | 27;
      this.#view.setUint32(this.#at + 1, Math.floor(argument / WORD));
      this.#view.setUint32(this.#at + 5, argument % WORD);
      this.#at += 9;
    }
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes > this.#bytes.length) this.#grow(this.#at + bytes);
  }

  #grow(bytesNeeded: number): void {
    if (bytesNeeded > CHUNK_BYTES_MAX) {
      throw new PlanError(
        `Rows that are encoded together must take at most ${CHUNK_BYTES_MAX} bytes, these take more: use more partitions or smaller rows.`,
        { code: "rows-too-large", details: { bytesMax: CHUNK_BYTES_MAX } },
      );
    }
    const grown = new Uint8Array(Math.min(Math.max(bytesNeeded, this.#bytes.length * 2), CHUNK_BYTES_MAX));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Bytes of the initial byte and its argument. */
function headBytes(argument: number): number {
  return argument < 24 ? 1 : argument < 0x100 ? 2 : argument < 0x10000 ? 3 : 5;
}
