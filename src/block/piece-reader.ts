/** Takes bytes in the lengths that are asked for from pieces as they come. It holds what has come and was not taken, nothing more. */
export class PieceReader {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #taken = 0;
  #ended = false;

  constructor(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#pieces = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  }

  /** Bytes that were taken. */
  get offset(): number {
    return this.#taken;
  }

  /** The next `length` bytes, valid for ever if the pieces are; undefined, with nothing taken, where there are fewer. */
  async take(length: number): Promise<Uint8Array | undefined> {
    while (this.#waitingBytes < length) {
      const next = this.#ended ? undefined : await this.#pieces.next();
      if (next === undefined || next.done) {
        this.#ended = true;
        return undefined;
      }
      if (next.value.length > 0) this.#waiting.push(next.value);
      this.#waitingBytes += next.value.length;
    }
    const bytes = this.#cut(length);
    this.#taken += length;
    return bytes;
  }

  /** What has come and was not taken. */
  rest(): Uint8Array {
    return this.#joined(this.#waitingBytes);
  }

  /** Tells the pieces that no more of them are wanted. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#pieces.return?.();
    this.#ended = true;
  }

  #cut(length: number): Uint8Array {
    const first = this.#waiting[0];
    if (first === undefined) return new Uint8Array(0);
    const bytes = first.length >= length ? first.subarray(0, length) : this.#joined(length);
    let left = length;
    let whole = 0;
    while (whole < this.#waiting.length && this.#waiting[whole]!.length <= left) left -= this.#waiting[whole++]!.length;
    this.#waiting = this.#waiting.slice(whole);
    if (left > 0) this.#waiting[0] = this.#waiting[0]!.subarray(left);
    this.#waitingBytes -= length;
    return bytes;
  }

  #joined(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const piece of this.#waiting) {
      if (at === length) break;
      const part = piece.subarray(0, length - at);
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}
