import { encodeTyped } from "../block/row-encoder.js";
import type { Kernel } from "../kernel/kernel.js";
import { Lookup } from "../kernel/lookup.js";
import type { KernelProgram, ProgramState } from "../kernel/program.js";

/**
 * The states that the look-ups of a program need: an index of the rows of each. They belong to the run that they are given to.
 *
 * **Errors:** `KernelError` "memory-limit". **Order:** each row once.
 */
export function lookUpStates(kernel: Kernel, { lookUps = [] }: KernelProgram): ProgramState[] {
  const made: ProgramState[] = [];
  try {
    for (const { instruction, rows } of lookUps) {
      const typed = encodeTyped(rows, kernel);
      if (typed === undefined) throw new Error("The rows of a look-up have no type.");
      const lookup = new Lookup(kernel, typed.frame.ptr);
      made.push({ ...lookup.state(instruction), free: () => lookup.free() });
    }
    return made;
  } catch (error) {
    for (const state of made) state.free();
    throw error;
  }
}
