import { SourceError } from "../../errors.js";

/** Longer text is read by the host's decoder, which costs more to call and less a byte. */
const BYTES_BY_HAND_MAX = 16;
const WORD = 2 ** 32;
/** A continuation byte without its mark has six bits; what has more is none. */
const NO_CONTINUATION = 0x40;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the parts that CBOR's items are made of, never beyond the end. **Errors:** `SourceError` "damaged-rows". */
export class Reader {
  /** Offset of the next byte. */
  at = 0;
  readonly end: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    // Never a Node Buffer, whose slice() shares its memory.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.length;
  }

  float64(): number {
    this.need(8);
    const value = this.#view.getFloat64(this.at);
    this.at += 8;
    return value;
  }

  /** Whether the next bytes are those from `begin` to `end`; if so, they are read. */
  repeats(begin: number, end: number): boolean {
    const bytes = this.#bytes;
    const distance = this.at - begin;
    // Beyond the end of the bytes all is undefined, and not the same.
    for (let index = begin; index < end; index++) if (bytes[index] !== bytes[index + distance]) return false;
    this.at += end - begin;
    return true;
  }

  /** Text from UTF-16 units, which may be no Unicode. */
  textOfUnits(length: number): string {
    const bytes = this.take(length);
    if (bytes.length % 2 !== 0) throw this.damaged("text with half a unit");
    let text = "";
    for (let index = 0; index < bytes.length; index += 2) {
      text += String.fromCharCode(bytes[index]! | (bytes[index + 1]! << 8));
    }
    return text;
  }

  /** Text from UTF-8. */
  text(length: number): string {
    this.need(length);
    if (length <= BYTES_BY_HAND_MAX) {
      const text = this.#shortAscii(length) ?? this.#shortText(length);
      if (text !== undefined) return text;
    }
    try {
      return utf8.decode(this.take(length));
    } catch {
      throw this.damaged("text that is not UTF-8");
    }
  }

  /** Four units a call; undefined, and nothing read, where one is not ASCII. */
  #shortAscii(length: number): string | undefined {
    const bytes = this.#bytes;
    const end = this.at + length;
    let at = this.at;
    let text = "";
    for (; at + 4 <= end; at += 4) {
      const a = bytes[at]!;
      const b = bytes[at + 1]!;
      const c = bytes[at + 2]!;
      const d = bytes[at + 3]!;
      if ((a | b | c | d) >= 0x80) return undefined;
      text += String.fromCharCode(a, b, c, d);
    }
    for (; at < end; at++) {
      const unit = bytes[at]!;
      if (unit >= 0x80) return undefined;
      text += String.fromCharCode(unit);
    }
    this.at = end;
    return text;
  }

  /** Sequences of one to three bytes; undefined, and nothing read, for all else, also what is wrong: the host's decoder knows. */
  #shortText(length: number): string | undefined {
    const bytes = this.#bytes;
    const end = this.at + length;
    let text = "";
    for (let at = this.at; at < end; ) {
      const lead = bytes[at++]!;
      let unit = lead;
      if (lead >= 0x80) {
        const second = at < end ? bytes[at++]! ^ 0x80 : NO_CONTINUATION;
        const isLong = lead >= 0xe0;
        const third = !isLong ? 0 : at < end ? bytes[at++]! ^ 0x80 : NO_CONTINUATION;
        if (lead < 0xc2 || lead >= 0xf0 || (second | third) >= NO_CONTINUATION) return undefined;
        unit = isLong ? ((lead & 0x0f) << 12) | (second << 6) | third : ((lead & 0x1f) << 6) | second;
        if (isLong && (unit < 0x800 || (unit & 0xf800) === 0xd800)) return undefined;
      }
      text += String.fromCharCode(unit);
    }
    this.at = end;
    return text;
  }

  /** The argument of the next item, which must be of this major type. */
  expect(major: number): number {
    const initial = this.byte();
    if (initial >> 5 !== major) throw this.damaged(`major type ${initial >> 5} in place of ${major}`);
    return this.argument(initial);
  }

  /** The argument of an initial byte that has been read. */
  argument(initial: number): number {
    const short = initial & 31;
    if (short < 24) return short;
    if (short === 24) return this.byte();
    const at = this.at;
    if (short === 25) {
      this.need(2);
      this.at += 2;
      return this.#view.getUint16(at);
    }
    if (short === 26) {
      this.need(4);
      this.at += 4;
      return this.#view.getUint32(at);
    }
    if (short !== 27) throw this.damaged("an item of unknown length");
    this.need(8);
    const value = this.#view.getUint32(at) * WORD + this.#view.getUint32(at + 4);
    if (!Number.isSafeInteger(value)) throw this.damaged("a number beyond 2^53 - 1");
    this.at += 8;
    return value;
  }

  /** A view of the next bytes. */
  take(length: number): Uint8Array {
    this.need(length);
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  byte(): number {
    this.need(1);
    return this.#bytes[this.at++]!;
  }

  need(bytes: number): void {
    if (bytes > this.end - this.at) throw this.damaged("an end in the middle of a value");
  }

  damaged(what: string): SourceError {
    return new SourceError(
      `Encoded rows must be whole and unchanged, but at byte ${this.at} of ${this.end} there is ${what}; read them from an intact copy.`,
      { code: "damaged-rows", details: { offset: this.at, bytes: this.end, what } },
    );
  }
}
