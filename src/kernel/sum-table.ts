import { abi } from "#kernel";
import { KernelError } from "../errors.js";
import type { FinishedBlock } from "./frame.js";
import { GroupSink } from "./group-sink.js";
import type { Kernel } from "./kernel.js";

const COLUMN_KINDS: readonly number[] = [abi.COLUMN_UTF8, abi.COLUMN_F64];

/**
 * A table of sums by text key: a sink that groups, filled without a program (assembly/sum.ts). `free()` gives all of it back; the blocks that
 * `finish` made stay.
 *
 * Cost: one call of the kernel for each update and for each enlargement.
 */
export class SumTable {
  readonly #kernel: Kernel;
  readonly #sink: GroupSink;

  /** `keysExpected`: keys that will come at least, where that is known. */
  constructor(kernel: Kernel, keysExpected = 0) {
    this.#kernel = kernel;
    const spec = {
      key: { kind: "scalar" },
      keyRegisters: [0],
      aggregates: [{ op: "sum", first: 1, value: 1 }],
    } as const;
    this.#sink = new GroupSink(kernel, spec, 0, { keysExpected });
  }

  /** Keys in the table. */
  get count(): number {
    return this.#sink.count;
  }

  /** Adds `value` for each piece of clean text, cut at `separator` (an ASCII code) and at line ends. */
  updateText(ptr: number, bytes: number, separator: number, value: number): void {
    const { statePtr } = this.#sink;
    for (let done = 0; done < bytes; ) {
      done += this.#kernel.call("sumUpdateText", statePtr, ptr + done, bytes - done, separator, value);
      if (done < bytes) this.#enlarge();
    }
  }

  /** Adds the rows of a block of (text, number). */
  merge(blockPtr: number, rows: number): void {
    for (let done = 0; done < rows; ) {
      done += this.#kernel.call("sumMerge", this.#sink.statePtr, blockPtr, done);
      if (done < rows) this.#enlarge();
    }
  }

  /** A sealed block for each of `partitions`, keys in order of first arrival. The blocks belong to the caller. */
  finish(partitions: number): FinishedBlock[] {
    return this.#sink.finish(partitions, COLUMN_KINDS);
  }

  free(): void {
    this.#sink.free();
  }

  #enlarge(): void {
    const { need } = this.#sink;
    if (need === abi.NEED_NOTHING) {
      throw new KernelError("The kernel left a part of the text: it must end with a line end.", { code: "open-line" });
    }
    this.#sink.serve(need);
  }
}
