import { abi } from "#kernel";
import { KernelError } from "../errors.js";
import type { Kernel } from "./kernel.js";

/** Slots at first: 2^10 of 4 bytes stay in the first-level cache; most batches of a small program need no more. */
const SLOT_BITS_AT_FIRST = 10;
/** Bytes of a segment of entries or of long keys. Fixed, so that a table never needs twice its size at once. */
const SEGMENT_BYTES = 65_536;
const SIZES_BYTES = 8;
const POINTER_BYTES = 4;
const ID_BYTES = 2;

/** A finished block in the memory of the kernel that made it. */
export interface FinishedBlock {
  readonly ptr: number;
  readonly bytes: number;
  readonly rows: number;
}

/**
 * A table of sums by text key (assembly/sum.ts) with the room it is given as it grows. `free()` gives all of it back; the blocks that
 * `finish` made stay.
 *
 * Cost: one call of the kernel for each update and for each enlargement; 32 bytes a key, 4 to 8 bytes of slots, keys over 16 bytes.
 */
export class SumTable {
  readonly #kernel: Kernel;
  readonly #regions: number[] = [];
  readonly #statePtr: number;
  #slotsPtr: number;
  #slotBits: number;

  /** `keysExpected`: keys that will come at least, where that is known. */
  constructor(kernel: Kernel, keysExpected = 0) {
    this.#kernel = kernel;
    const bitsExpected = Math.ceil(Math.log2(keysExpected + 1)) + 1;
    this.#slotBits = Math.min(abi.TABLE_SLOT_BITS_MAX, Math.max(SLOT_BITS_AT_FIRST, bitsExpected));
    this.#statePtr = this.#take(kernel.call("tableBytes"));
    try {
      this.#slotsPtr = kernel.memory.allocate(4 << this.#slotBits);
    } catch (error) {
      kernel.memory.free(this.#statePtr);
      throw error;
    }
    kernel.call("tableInit", this.#statePtr, kernel.probeSeedPtr, this.#slotsPtr, this.#slotBits);
  }

  /** Keys in the table. */
  get count(): number {
    return this.#header(abi.TABLE_COUNT);
  }

  /** Adds `value` for each piece of clean text, cut at `separator` (an ASCII code) and at line ends. */
  updateText(ptr: number, bytes: number, separator: number, value: number): void {
    for (let done = 0; done < bytes; ) {
      done += this.#kernel.call("sumUpdateText", this.#statePtr, ptr + done, bytes - done, separator, value);
      if (done < bytes) this.#enlarge();
    }
  }

  /** Adds the rows of a block of (text, number). */
  merge(blockPtr: number, rows: number): void {
    for (let done = 0; done < rows; ) {
      done += this.#kernel.call("sumMerge", this.#statePtr, blockPtr, done);
      if (done < rows) this.#enlarge();
    }
  }

  /** A sealed block for each of `partitions`, keys in order of first arrival. The blocks belong to the caller. */
  finish(partitions: number): FinishedBlock[] {
    const { memory } = this.#kernel;
    const idsPtr = this.#take(Math.max(1, this.count) * ID_BYTES);
    const sizesPtr = this.#take(partitions * SIZES_BYTES);
    const blocksPtr = this.#take(partitions * POINTER_BYTES);
    this.#kernel.call("sumPartition", this.#statePtr, partitions, idsPtr, sizesPtr);
    const blocks: FinishedBlock[] = [];
    try {
      for (let i = 0; i < partitions; i++) {
        const rows = memory.view.getUint32(sizesPtr + i * SIZES_BYTES, true);
        const keyBytes = memory.view.getUint32(sizesPtr + i * SIZES_BYTES + 4, true);
        const bytes = this.#kernel.call("blockBytes", rows, keyBytes);
        const ptr = memory.allocate(bytes);
        blocks.push({ ptr, bytes, rows });
        memory.view.setUint32(blocksPtr + i * POINTER_BYTES, ptr, true);
      }
      this.#kernel.call("sumFinish", this.#statePtr, partitions, idsPtr, sizesPtr, blocksPtr);
      for (const block of blocks) this.#kernel.call("blockSeal", block.ptr);
      return blocks;
    } catch (error) {
      for (const block of blocks) memory.free(block.ptr);
      throw error;
    }
  }

  free(): void {
    for (const region of this.#regions) this.#kernel.memory.free(region);
    this.#regions.length = 0;
    this.#kernel.memory.free(this.#slotsPtr);
  }

  #take(bytes: number): number {
    const ptr = this.#kernel.memory.allocate(bytes);
    this.#regions.push(ptr);
    return ptr;
  }

  /** Gives the table what it stopped for. */
  #enlarge(): void {
    const need = this.#header(abi.TABLE_NEED);
    if (need === abi.NEED_SLOTS) this.#doubleSlots();
    else if (need === abi.NEED_ENTRIES) {
      this.#kernel.call("tableAddEntries", this.#statePtr, this.#take(SEGMENT_BYTES), SEGMENT_BYTES);
    } else if (need === abi.NEED_BYTES) {
      const bytes = Math.max(SEGMENT_BYTES, this.#header(abi.TABLE_NEED_BYTES));
      this.#kernel.call("tableAddBytes", this.#statePtr, this.#take(bytes), bytes);
    } else {
      throw new KernelError("The kernel left a part of the text: it must end with a line end.", { code: "open-line" });
    }
  }

  #doubleSlots(): void {
    const { memory } = this.#kernel;
    if (this.#slotBits === abi.TABLE_SLOT_BITS_MAX) {
      const keysMax = 2 ** (abi.TABLE_SLOT_BITS_MAX - 1);
      throw new KernelError(`A table holds ${keysMax} keys at most: use more partitions.`, {
        code: "table-limit",
        details: { keys: this.count, keysMax },
      });
    }
    const slotsPtr = memory.allocate(4 << (this.#slotBits + 1));
    this.#kernel.call("tableRehash", this.#statePtr, slotsPtr, this.#slotBits + 1);
    memory.free(this.#slotsPtr);
    this.#slotsPtr = slotsPtr;
    this.#slotBits += 1;
  }

  #header(offset: number): number {
    return this.#kernel.memory.view.getUint32(this.#statePtr + offset, true);
  }
}
