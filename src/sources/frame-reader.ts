import { SourceError } from "../errors.js";

/** Length of a frame: 4 bytes, big-endian, signed as in Java. */
const LENGTH_BYTES = 4;

/**
 * Cuts the bytes of a connection into frames, each after its length. Memory is taken as bytes come, not as a length promises.
 *
 * **Errors:** `SourceError` "protocol" for a length below 0 or above `frameBytesMax`; what comes after it has no meaning.
 */
export class FrameReader {
  readonly #frameBytesMax: number;
  readonly #length = new Uint8Array(LENGTH_BYTES);
  #lengthBytes = 0;
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  /** Bytes of the open frame, once its length is known. */
  #frameBytes = -1;

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** Bytes of the frame that is not whole, its length not counted. */
  get bytesOpen(): number {
    return this.#partBytes;
  }

  /** A frame has begun and is not whole. */
  get isOpen(): boolean {
    return this.#lengthBytes > 0;
  }

  /** The frames that are whole now, in order; what is kept is copied. */
  *read(bytes: Uint8Array): Generator<Uint8Array> {
    let rest = bytes;
    while (rest.length > 0) {
      rest = this.#frameBytes < 0 ? this.#readLength(rest) : this.#readPart(rest);
      if (this.#frameBytes >= 0 && this.#partBytes === this.#frameBytes) yield this.#frame();
    }
  }

  #readLength(bytes: Uint8Array): Uint8Array {
    const part = bytes.subarray(0, LENGTH_BYTES - this.#lengthBytes);
    this.#length.set(part, this.#lengthBytes);
    this.#lengthBytes += part.length;
    if (this.#lengthBytes === LENGTH_BYTES) {
      const length = new DataView(this.#length.buffer).getInt32(0);
      if (length < 0 || length > this.#frameBytesMax) throw this.#lies(length);
      this.#frameBytes = length;
    }
    return bytes.subarray(part.length);
  }

  #readPart(bytes: Uint8Array): Uint8Array {
    const part = bytes.slice(0, this.#frameBytes - this.#partBytes);
    this.#parts.push(part);
    this.#partBytes += part.length;
    return bytes.subarray(part.length);
  }

  #frame(): Uint8Array {
    const frame = this.#parts.length === 1 ? this.#parts[0]! : joined(this.#parts, this.#frameBytes);
    this.#parts = [];
    this.#partBytes = 0;
    this.#lengthBytes = 0;
    this.#frameBytes = -1;
    return frame;
  }

  #lies(length: number): SourceError {
    return new SourceError(
      `A block of ${length} bytes was announced; lengths are from 0 to receivedBytesMax, ${this.#frameBytesMax} bytes.`,
      { code: "protocol", details: { length, bytesMax: this.#frameBytesMax } },
    );
  }
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
