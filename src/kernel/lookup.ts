import type { Kernel } from "./kernel.js";
import type { ProgramState } from "./program.js";
import { RowIndex } from "./row-index.js";

/**
 * The rows of a frame by the key in their first column, for `OP_LOOKUP` (assembly/ops/lookup.ts): of a captured `Map` or `Set`, or of a small side of a
 * join whose keys are unique; of rows with the same key the first one is found. It is built once for a kernel and serves any number of programs there.
 *
 * **Ownership:** the frame is its own from here on; `free()` gives back both. **Errors:** as `RowIndex`.
 */
export class Lookup {
  readonly #kernel: Kernel;
  readonly #framePtr: number;
  readonly #index: RowIndex;

  constructor(kernel: Kernel, framePtr: number) {
    this.#kernel = kernel;
    this.#framePtr = framePtr;
    this.#index = new RowIndex(kernel, { sides: [{ frames: [framePtr], keys: [0] }], isScalarKey: true });
  }

  /** What a program needs for an instruction that looks up here. */
  state(instruction: number): ProgramState {
    return { instruction, statePtr: this.#index.ptr, serve: () => {}, free: () => {} };
  }

  free(): void {
    this.#index.free();
    this.#kernel.memory.free(this.#framePtr);
  }
}
