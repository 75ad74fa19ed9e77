import type { Kernel } from "./kernel.js";
import type { ProgramState } from "./program.js";

/** The state of an instruction that takes a sample (assembly/ops/sample.ts): its generator of random numbers. **Errors:** `KernelError` "memory-limit". */
export class SampleState implements ProgramState {
  readonly instruction: number;
  readonly statePtr: number;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, instruction: number, seed: number) {
    this.instruction = instruction;
    this.#kernel = kernel;
    this.statePtr = kernel.memory.allocate(4);
    kernel.memory.view.setInt32(this.statePtr, seed, true);
  }

  serve(): void {}

  free(): void {
    this.#kernel.memory.free(this.statePtr);
  }
}
