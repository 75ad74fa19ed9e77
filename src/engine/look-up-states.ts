import { encodeTyped } from "../block/row-encoder.js";
import type { Kernel } from "../kernel/kernel.js";
import { Lookup } from "../kernel/lookup.js";
import type { KernelProgram, LookUpRows, ProgramState } from "../kernel/program.js";

type Rows = LookUpRows["rows"];

/** Indexes that stay in a kernel's memory when no program needs them. */
const KEPT_MAX = 8;

/** The indexes in the memory of a kernel, those used last at the end. */
const kept = new WeakMap<Kernel, Map<Rows, Lookup>>();

/**
 * The states that the look-ups of a program need: an index of the rows of each, which stays in the kernel's memory for tasks that come later.
 *
 * **Errors:** `KernelError` "memory-limit". **Order:** each row once for each kernel, as long as no more than a few others are looked up in meanwhile.
 */
export function lookUpStates(kernel: Kernel, { lookUps = [] }: KernelProgram): ProgramState[] {
  if (lookUps.length === 0) return [];
  const indexes = kept.get(kernel) ?? new Map<Rows, Lookup>();
  kept.set(kernel, indexes);
  const states = lookUps.map(({ instruction, rows }) => {
    const index = indexes.get(rows) ?? indexOf(kernel, rows);
    indexes.delete(rows);
    indexes.set(rows, index);
    return index.state(instruction);
  });
  const others = indexes.size - Math.max(KEPT_MAX, lookUps.length);
  for (const [rows, index] of [...indexes].slice(0, Math.max(0, others))) {
    indexes.delete(rows);
    index.free();
  }
  return states;
}

function indexOf(kernel: Kernel, rows: Rows): Lookup {
  const typed = encodeTyped(rows, kernel);
  if (typed === undefined) throw new Error("The rows of a look-up have no type.");
  try {
    return new Lookup(kernel, typed.frame.ptr);
  } catch (error) {
    kernel.memory.free(typed.frame.ptr);
    throw error;
  }
}
