/** Bytes that crossed the border between JavaScript and a linear memory. */
export interface CopyCounters {
  bytesIn: number;
  bytesOut: number;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads a linear memory, its own thread's or another's. Bytes reach JavaScript only here, counted. A view is made anew whenever the memory has
 * grown and is never kept by callers.
 */
export class MemoryReader {
  readonly memory: WebAssembly.Memory;
  readonly counters: CopyCounters;
  #bytes: Uint8Array<ArrayBufferLike>;
  #view: DataView<ArrayBufferLike>;

  constructor(memory: WebAssembly.Memory, counters: CopyCounters = { bytesIn: 0, bytesOut: 0 }) {
    this.memory = memory;
    this.counters = counters;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  /** Bytes that the memory has now. */
  get bytes(): number {
    return this.whole().length;
  }

  /** The memory as numbers, little-endian. Valid until the next call that may grow it. */
  get view(): DataView<ArrayBufferLike> {
    this.whole();
    return this.#view;
  }

  /** A region as bytes, not copied. Valid until the next call that may grow the memory. */
  region(ptr: number, bytes: number): Uint8Array<ArrayBufferLike> {
    this.reach(ptr + bytes);
    return this.whole().subarray(ptr, ptr + bytes);
  }

  /**
   * Sees that the memory is known up to `end`: some hosts do not tell a thread that another one has grown a memory that both share, until it is asked to grow.
   * Throws a `RangeError` where the memory ends before.
   */
  reach(end: number): void {
    if (end <= this.whole().length) return;
    this.memory.grow(0);
    const { length } = this.whole();
    if (end > length)
      throw new RangeError(`A region that ends at byte ${end} is beyond the ${length} bytes of its memory.`);
  }

  /** A copy of a region, on the JavaScript heap. */
  copyOut(ptr: number, bytes: number): Uint8Array<ArrayBuffer> {
    this.counters.bytesOut += bytes;
    return new Uint8Array(this.region(ptr, bytes));
  }

  /** The text of a region of UTF-8. */
  decode(ptr: number, bytes: number): string {
    this.counters.bytesOut += bytes;
    const region = this.region(ptr, bytes);
    // Hosts differ on whether text in shared memory may be decoded in place.
    return decoder.decode(region.buffer instanceof ArrayBuffer ? region : new Uint8Array(region));
  }

  /** All bytes, not copied. */
  protected whole(): Uint8Array<ArrayBufferLike> {
    const { buffer } = this.memory;
    if (this.#bytes.buffer !== buffer) {
      this.#bytes = new Uint8Array(buffer);
      this.#view = new DataView(buffer);
    }
    return this.#bytes;
  }
}
