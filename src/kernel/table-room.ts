import { abi } from "#kernel";
import { KernelError } from "../errors.js";
import type { Kernel } from "./kernel.js";

/** Slots at first: 2^10 of 4 bytes stay in the first-level cache; most batches of a small program need no more. */
const SLOT_BITS_AT_FIRST = 10;
/** Bytes of a segment of entries or of text. Never moved, so that a table never needs twice its size at once; the more there is, the larger the next. */
const SEGMENT_BYTES_AT_FIRST = 65_536;
const SEGMENT_BYTES_MAX = 4 * 2 ** 20;
/** A new segment adds this part to what there is. */
const SEGMENT_PART = 8;
/** How a table begins. */
export interface TableStart {
  /** Keys that will come at least, where that is known. */
  readonly keysExpected?: number;
  /** Slots are 2 to the power of this at first, if no more are expected. */
  readonly slotBits?: number;
  /** Bytes of the first segments. */
  readonly segmentBytes?: number;
}

/** Codes of errors for lack of room. */
const LIMITS: ReadonlySet<string> = new Set(["table-limit", "memory-limit", "memory-refused"]);

/**
 * A table of the kernel (assembly/table.ts) with the room that it is given as it grows: `serve` gives what it stopped for, `free` takes all back.
 *
 * **Errors:** `KernelError` "table-limit" past `2 ** (TABLE_SLOT_BITS_MAX - 1)` keys, "memory-limit" where there is no room; both say how many keys the
 * table has and how many bytes.
 */
export class TableRoom {
  readonly statePtr: number;
  readonly #kernel: Kernel;
  readonly #regions: number[] = [];
  readonly #segmentBytes: number;
  #slotsPtr: number;
  #slotBits: number;
  #bytes = 0;
  #entryBytes = 0;
  #textBytes = 0;

  /** `init` makes the empty table at `statePtr`, of `stateBytes` bytes. */
  constructor(
    kernel: Kernel,
    stateBytes: number,
    init: (statePtr: number, slotsPtr: number, slotBits: number) => void,
    { keysExpected = 0, slotBits = SLOT_BITS_AT_FIRST, segmentBytes = SEGMENT_BYTES_AT_FIRST }: TableStart = {},
  ) {
    this.#kernel = kernel;
    this.#segmentBytes = segmentBytes;
    const bitsHalfFull = Math.ceil(Math.log2(keysExpected + 1)) + 1;
    const bitsExpected = bitsHalfFull < abi.TABLE_SLOT_BITS_SPARSE ? bitsHalfFull + 1 : bitsHalfFull;
    this.#slotBits = Math.min(abi.TABLE_SLOT_BITS_MAX, Math.max(slotBits, bitsExpected));
    this.statePtr = this.take(stateBytes);
    try {
      this.#slotsPtr = kernel.memory.allocate(4 << this.#slotBits);
    } catch (error) {
      kernel.memory.free(this.statePtr);
      throw error;
    }
    this.#bytes += 4 << this.#slotBits;
    init(this.statePtr, this.#slotsPtr, this.#slotBits);
  }

  /** Keys in the table. */
  get count(): number {
    return this.header(abi.TABLE_COUNT);
  }

  /** Bytes that the table has been given. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A word of the table's header. */
  header(offset: number): number {
    return this.#kernel.memory.view.getUint32(this.statePtr + offset, true);
  }

  /** A region that is freed with the table. */
  take(bytes: number): number {
    const ptr = this.#kernel.memory.allocate(bytes);
    this.#regions.push(ptr);
    this.#bytes += bytes;
    return ptr;
  }

  /** Gives the table what it stopped for. */
  serve(need: number): void {
    try {
      if (need === abi.NEED_SLOTS) this.#doubleSlots();
      else if (need === abi.NEED_ENTRIES) {
        const least = abi.TABLE_SEGMENT_HEADER_BYTES + this.header(abi.TABLE_STRIDE);
        const bytes = Math.max(this.#nextSegment(this.#entryBytes), least);
        this.#kernel.call("tableAddEntries", this.statePtr, this.take(bytes), bytes);
        this.#entryBytes += bytes;
      } else {
        const bytes = Math.max(this.#nextSegment(this.#textBytes), this.header(abi.TABLE_NEED_BYTES));
        this.#kernel.call("tableAddBytes", this.statePtr, this.take(bytes), bytes);
        this.#textBytes += bytes;
      }
    } catch (error) {
      throw error instanceof KernelError && LIMITS.has(error.code) ? this.#withFigures(error) : error;
    }
  }

  free(): void {
    for (const region of this.#regions.splice(0)) this.#kernel.memory.free(region);
    this.#kernel.memory.free(this.#slotsPtr);
  }

  #doubleSlots(): void {
    const { memory } = this.#kernel;
    if (this.#slotBits === abi.TABLE_SLOT_BITS_MAX) {
      const keysMax = 2 ** (abi.TABLE_SLOT_BITS_MAX - 1);
      throw new KernelError(`A table holds ${keysMax} keys at most: use more partitions.`, {
        code: "table-limit",
        details: { keysMax },
      });
    }
    const bytes = 4 << this.#slotBits;
    const slotsPtr = memory.allocate(2 * bytes);
    this.#kernel.call("tableRehash", this.statePtr, slotsPtr, this.#slotBits + 1);
    memory.free(this.#slotsPtr);
    this.#slotsPtr = slotsPtr;
    this.#slotBits += 1;
    this.#bytes += bytes;
  }

  #withFigures({ message, code, details, cause }: KernelError): KernelError {
    return new KernelError(message, { code, details: { ...details, keys: this.count, bytes: this.#bytes }, cause });
  }

  #nextSegment(bytesSoFar: number): number {
    const wanted = Math.ceil(bytesSoFar / SEGMENT_PART / this.#segmentBytes) * this.#segmentBytes;
    return Math.min(SEGMENT_BYTES_MAX, Math.max(this.#segmentBytes, wanted));
  }
}
