import { KernelError } from "../errors.js";
import { PAGE_BYTES, PAGES_MAX } from "./pages.js";
import { type CopyCounters, MemoryReader } from "./reader.js";

export interface MemoryOptions {
  readonly shared: boolean;
  /** Bytes that the memory may grow to. */
  readonly bytesMax: number;
  /** Bytes at the start that hold no region. */
  readonly reservedBytes: number;
  /** Regions start at multiples of this, a power of two. */
  readonly alignment: number;
  /** Moves bytes within the memory, fast. */
  readonly move: (toPtr: number, fromPtr: number, bytes: number) => void;
  /** Bytes readable past the end of each region. */
  readonly readAhead: number;
  readonly counters?: CopyCounters;
}

interface Range {
  ptr: number;
  bytes: number;
}

/**
 * A linear memory and its regions: first fit over the free ranges in order of address, neighbours joined when freed. Its thread is the
 * only one that takes and gives back regions; others read through a `MemoryReader`.
 */
export class LinearMemory extends MemoryReader {
  readonly bytesMax: number;
  readonly #alignment: number;
  readonly #readAhead: number;
  readonly #move: MemoryOptions["move"];
  /** In order of address, never touching each other. */
  readonly #free: Range[];
  readonly #taken = new Map<number, number>();
  #bytesTaken = 0;
  #reclaim: (() => boolean) | undefined;

  constructor({ shared, bytesMax, reservedBytes, alignment, readAhead, move, counters }: MemoryOptions) {
    const maximum = Math.min(PAGES_MAX, Math.floor(bytesMax / PAGE_BYTES));
    const initial = reservedBytes / PAGE_BYTES + 4;
    if (maximum < initial) {
      throw new KernelError(
        `A kernel's memory needs at least ${initial * PAGE_BYTES} bytes, kernelBytesMax is ${bytesMax}: raise it.`,
        { code: "memory-limit", details: { bytesMax, bytesMin: initial * PAGE_BYTES } },
      );
    }
    super(newMemory({ initial, maximum, shared }), counters);
    this.bytesMax = maximum * PAGE_BYTES;
    this.#alignment = alignment;
    this.#readAhead = readAhead;
    this.#move = move;
    this.#free = [{ ptr: reservedBytes, bytes: initial * PAGE_BYTES - reservedBytes }];
  }

  /** Writes `bytes` at `ptr`; up to 7 bytes behind them are overwritten too, which every region has to spare. */
  copyIn(ptr: number, bytes: Uint8Array): void {
    this.counters.bytesIn += bytes.length;
    this.#write(ptr, bytes);
  }

  /** Copies a region of another memory to `ptr`, as `copyIn` does. */
  copyFrom(source: MemoryReader, sourcePtr: number, bytes: number, ptr: number): void {
    this.#write(ptr, source.region(sourcePtr, bytes));
  }

  /** Bytes in regions that are in use. */
  get bytesTaken(): number {
    return this.#bytesTaken;
  }

  /** Address of a new region of `bytes` bytes, not cleared. Throws a `KernelError` "memory-limit" or "memory-refused". */
  allocate(bytes: number): number {
    const size = this.#sizeOf(bytes);
    let index = this.#free.findIndex((range) => range.bytes >= size);
    if (index < 0) {
      try {
        this.#grow(size);
      } catch (error) {
        if (!this.reclaim()) throw error;
        return this.allocate(bytes);
      }
      index = this.#free.length - 1;
    }
    const range = this.#free[index]!;
    const { ptr } = range;
    if (range.bytes === size) this.#free.splice(index, 1);
    else {
      range.ptr += size;
      range.bytes -= size;
    }
    this.#taken.set(ptr, size);
    this.#bytesTaken += size;
    return ptr;
  }

  /** Sets what gives back regions that are only there to save work, and returns whether there were any: it is asked where there is no room. */
  setReclaim(reclaim: () => boolean): void {
    this.#reclaim = reclaim;
  }

  /** Gives back regions that are only there to save work; false where there were none. */
  reclaim(): boolean {
    return this.#reclaim?.() ?? false;
  }

  /** Whether a region of `bytes` bytes is within the limit; the host may still refuse to grow the memory for it. */
  hasRoom(bytes: number): boolean {
    const size = this.#sizeOf(bytes);
    if (this.#free.some((range) => range.bytes >= size)) return true;
    return size - this.#tailBytes() <= this.bytesMax - this.bytes;
  }

  /** Gives a region back. */
  free(ptr: number): void {
    const bytes = this.#taken.get(ptr);
    if (bytes === undefined) throw new Error(`No region starts at ${ptr}: it was freed already, or never taken.`);
    this.#taken.delete(ptr);
    this.#bytesTaken -= bytes;
    this.#release({ ptr, bytes });
  }

  /** Gives back what a region has beyond its first `bytes` bytes. */
  shrink(ptr: number, bytes: number): void {
    const taken = this.#taken.get(ptr);
    const size = this.#sizeOf(bytes);
    if (taken === undefined || taken <= size) return;
    this.#taken.set(ptr, size);
    this.#bytesTaken -= taken - size;
    this.#release({ ptr: ptr + size, bytes: taken - size });
  }

  #sizeOf(bytes: number): number {
    return Math.ceil((bytes + this.#readAhead) / this.#alignment) * this.#alignment;
  }

  #write(ptr: number, bytes: Uint8Array): void {
    const whole = this.whole();
    const isShared = !(whole.buffer instanceof ArrayBuffer && bytes.buffer instanceof ArrayBuffer);
    // Into or out of shared memory V8 copies word by word where both addresses are alike modulo 8, else byte by byte, many times slower.
    const shift = isShared ? (bytes.byteOffset - ptr) & 7 : 0;
    whole.set(bytes, ptr + shift);
    if (shift > 0) this.#move(ptr, ptr + shift, bytes.length);
  }

  #release(range: Range): void {
    let low = 0;
    let high = this.#free.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#free[middle]!.ptr < range.ptr) low = middle + 1;
      else high = middle;
    }
    const before = this.#free[low - 1];
    const after = this.#free[low];
    const joinsBefore = before !== undefined && before.ptr + before.bytes === range.ptr;
    const joinsAfter = after !== undefined && range.ptr + range.bytes === after.ptr;
    if (joinsBefore) {
      before.bytes += range.bytes + (joinsAfter ? after.bytes : 0);
      if (joinsAfter) this.#free.splice(low, 1);
    } else if (joinsAfter) {
      after.ptr = range.ptr;
      after.bytes += range.bytes;
    } else this.#free.splice(low, 0, range);
  }

  /** Adds pages so that the last free range has `size` bytes; by a quarter more than asked, so that growing stays rare. */
  #grow(size: number): void {
    const bytesNow = this.bytes;
    const pagesNeeded = Math.ceil((size - this.#tailBytes()) / PAGE_BYTES);
    const pagesLeft = this.bytesMax / PAGE_BYTES - bytesNow / PAGE_BYTES;
    const figures = { bytesAsked: size, bytesTaken: this.#bytesTaken, bytesMax: this.bytesMax };
    if (pagesNeeded > pagesLeft) {
      throw new KernelError(
        `The kernel's memory is full: a region of ${size} bytes does not fit beside ${this.#bytesTaken} bytes in use, ` +
          `kernelBytesMax is ${this.bytesMax}. Raise it, or give each batch less.`,
        { code: "memory-limit", details: figures },
      );
    }
    const pagesWanted = Math.min(pagesLeft, Math.max(pagesNeeded, bytesNow >>> 18));
    const pages = [pagesWanted, pagesNeeded].find((count) => this.#growBy(count));
    if (pages === undefined) {
      throw new KernelError(
        `The host refused ${pagesNeeded * PAGE_BYTES} bytes more for the kernel's memory of ${bytesNow} bytes. ` +
          "Lower kernelBytesMax, or give each batch less.",
        { code: "memory-refused", details: figures },
      );
    }
    this.#release({ ptr: bytesNow, bytes: pages * PAGE_BYTES });
  }

  /** Free bytes at the end of the memory. */
  #tailBytes(): number {
    const last = this.#free.at(-1);
    return last !== undefined && last.ptr + last.bytes === this.bytes ? last.bytes : 0;
  }

  #growBy(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }
}

function newMemory(descriptor: WebAssembly.MemoryDescriptor): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory(descriptor);
  } catch (cause) {
    const bytesMax = descriptor.maximum! * PAGE_BYTES;
    throw new KernelError(
      `The host refused a kernel's memory of up to ${bytesMax} bytes. Lower kernelBytesMax, or use fewer threads.`,
      { code: "memory-refused", details: { bytesMax }, cause },
    );
  }
}
