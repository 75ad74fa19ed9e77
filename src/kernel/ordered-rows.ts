import { abi } from "#kernel";
import { CollectSink } from "./collect-sink.js";
import type { FinishedBlock } from "./frame.js";
import type { Kernel } from "./kernel.js";
import { ORDER_RULES, type OrderKey } from "./order-key.js";
import { bail, ProgramRun } from "./program.js";

const NONE = -1;
const REFERENCE_BYTES = 8;
const PAIR_BYTES = 16;

/** Some of the rows of a frame. */
export interface RowRange {
  readonly ptr: number;
  readonly begin: number;
  readonly end: number;
}

/** All rows of frames. */
export function allRows(frames: ReadonlyArray<{ readonly ptr: number; readonly rows: number }>): RowRange[] {
  return frames.map(({ ptr, rows }) => ({ ptr, begin: 0, end: rows }));
}

/**
 * The rows of frames in the order of some keys, the first of them most significant (assembly/order/order.ts): numbers, booleans and null as numbers, texts by
 * units of UTF-16, bigints; NaN and undefined last, also where it descends. Rows with equal keys keep the order of frames and rows. The frames must stay where
 * they are; `free()` gives back the order alone.
 *
 * **Cost:** 40 bytes of memory a row; rows that come in a few runs which are in order are merged, others sorted. **Errors:** `KernelError` "bail" where values of a key have no order, "memory-limit".
 */
export class OrderedRows {
  readonly rows: number;
  readonly #kernel: Kernel;
  readonly #ptr: number;
  readonly #regions: number[] = [];

  constructor(kernel: Kernel, frames: readonly RowRange[], keys: readonly OrderKey[]) {
    this.#kernel = kernel;
    this.rows = frames.reduce((sum, { begin, end }) => sum + end - begin, 0);
    try {
      this.#ptr = this.#take(abi.ORDER_BYTES);
      this.#set(abi.ORDER_FRAMES, this.#words(frames.flatMap(({ ptr, begin, end }) => [ptr, begin, end])));
      this.#set(abi.ORDER_FRAME_COUNT, frames.length);
      this.#set(abi.ORDER_ROWS, this.rows);
      this.#set(abi.ORDER_REFS, this.#take(REFERENCE_BYTES * this.rows));
      const words = keys.map(({ column, descends, by }) => [column, descends ? 1 : 0, ORDER_RULES[by], 0]);
      this.#set(abi.ORDER_KEYS, this.#words(words.flat()));
      this.#set(abi.ORDER_KEY_COUNT, keys.length);
      const room = [this.#take(PAIR_BYTES * this.rows), this.#take(PAIR_BYTES * this.rows)] as const;
      this.#set(abi.ORDER_PAIRS, room[0]);
      this.#set(abi.ORDER_OTHER_PAIRS, room[1]);
      if (kernel.call("orderRows", this.#ptr) !== 0) throw bail("Values of a key have no order in the kernel.");
      for (const ptr of room) this.#give(ptr);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  /** Sealed frames of some of the rows, in order: columns of these kinds, from column `first` on. They belong to the caller. */
  gather(begin: number, end: number, kinds: readonly number[], first = 0): FinishedBlock[] {
    if (begin === end) return [];
    this.#set(abi.ORDER_NEXT, begin);
    this.#set(abi.ORDER_END, end);
    return gatheredRows(this.#kernel, this.#ptr, kinds, first);
  }

  free(): void {
    for (const ptr of this.#regions.splice(0)) this.#kernel.memory.free(ptr);
  }

  #take(bytes: number): number {
    const ptr = this.#kernel.memory.allocate(bytes);
    this.#regions.push(ptr);
    return ptr;
  }

  #give(ptr: number): void {
    this.#regions.splice(this.#regions.indexOf(ptr), 1);
    this.#kernel.memory.free(ptr);
  }

  #words(words: readonly number[]): number {
    const ptr = this.#take(4 * words.length);
    for (const [i, word] of words.entries()) this.#kernel.memory.view.setUint32(ptr + 4 * i, word, true);
    return ptr;
  }

  #set(offset: number, value: number): void {
    this.#kernel.memory.view.setUint32(this.#ptr + offset, value, true);
  }
}

/** Sealed frames of the rows of the order at `ptr`, from `ORDER_NEXT` to `ORDER_END`: as `OrderedRows.gather`. */
export function gatheredRows(kernel: Kernel, ptr: number, kinds: readonly number[], first = 0): FinishedBlock[] {
  const sink = new CollectSink(kernel, {
    instruction: 1,
    columns: kinds.map((kind, register) => ({ register, kind })),
    partitioning: { by: "one" },
  });
  const columns = Int32Array.from(kinds, (_, column) => first + column);
  const source = [abi.OP_SOURCE, 0, NONE, NONE, NONE, kinds.length, 0, 0];
  const program = {
    instructions: Int32Array.from([...source, abi.OP_COLLECT, NONE, NONE, NONE, NONE, 0, 0, 0]),
    registers: kinds.length,
    constants: [],
    data: new Uint8Array(columns.buffer),
  };
  const run = new ProgramRun(kernel, program, [sink], new Map());
  try {
    run.runOrder(ptr);
    return sink.finish()[0]!;
  } finally {
    run.free();
  }
}
