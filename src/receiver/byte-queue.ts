/**
 * Bytes that arrive on their own, for somebody who asks for them. `isEmpty` and `wanted` tell the side that brings them when to pause.
 */
export class ByteQueue implements AsyncIterableIterator<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  readonly #wanted: () => void;
  #isEnded = false;
  #deliver: ((result: IteratorResult<Uint8Array, undefined>) => void) | undefined;

  /** `wanted` is called when more is asked for than there is. */
  constructor(wanted: () => void) {
    this.#wanted = wanted;
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Copies `bytes`. Dropped once nobody reads any more. */
  add(bytes: Uint8Array): void {
    if (this.#isEnded) return;
    const copy = bytes.slice();
    if (this.#deliver) this.#resolve({ done: false, value: copy });
    else this.#chunks.push(copy);
  }

  /** No more bytes come; those that are here can still be read. */
  end(): void {
    this.#isEnded = true;
    this.#resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const value = this.#chunks.shift();
    if (value) return Promise.resolve({ done: false, value });
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#deliver = resolve;
      this.#wanted();
    });
  }

  /** The reader has read enough. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#chunks.length = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #resolve(result: IteratorResult<Uint8Array, undefined>): void {
    const deliver = this.#deliver;
    this.#deliver = undefined;
    deliver?.(result);
  }
}
