import { abi } from "#kernel";
import type { Kernel } from "./kernel.js";
import { powersOfFivePtr } from "./powers-of-five.js";
import type { KernelProgram, ProgramState } from "./program.js";
import { type VectorValue, writeValue } from "./vector.js";

const WORD_BYTES = 4;
const INSTRUCTION_WORDS = 8;
const DATA_ALIGNMENT = 8;
const ARENA_BYTES_AT_FIRST = 65_536;

/** Programs that a kernel keeps while no task runs them, and the bytes that they may have together. */
const KEPT_MAX = 32;
const KEPT_BYTES_MAX = 4 * 2 ** 20;

/**
 * A program in the memory of a kernel (assembly/program.ts): its header, instructions, data, registers with the constants in place, and an arena. It is run by
 * one run at a time, any number of times.
 */
export class LoadedProgram {
  readonly statePtr: number;
  readonly program: KernelProgram;
  /** Bytes of regions, without the arena. */
  bytes = 0;
  readonly #kernel: Kernel;
  readonly #regions: number[] = [];
  readonly #instructionsPtr: number;
  readonly #dataPtr: number;
  readonly #registersPtr: number;
  readonly #assistRowsPtr: number;
  readonly #readsNumbers: boolean;
  #arenaPtr = 0;
  #arenaBytes = 0;

  /** **Errors:** `KernelError` "memory-limit". */
  constructor(kernel: Kernel, program: KernelProgram) {
    const { instructions, data, registers, constants } = program;
    const { memory } = kernel;
    this.#kernel = kernel;
    this.program = program;
    this.#readsNumbers = readsNumbers(instructions);
    try {
      this.statePtr = this.#take(abi.PROGRAM_HEADER_BYTES);
      this.#instructionsPtr = this.#take(instructions.length * WORD_BYTES);
      this.#dataPtr = this.#take(Math.max(DATA_ALIGNMENT, data.length));
      this.#registersPtr = this.#take(registers * abi.VECTOR_BYTES);
      this.#assistRowsPtr = this.#take(2 * abi.VECTOR_ROWS);
      const { buffer, byteOffset, byteLength } = instructions;
      memory.region(this.#instructionsPtr, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
      memory.region(this.#dataPtr, data.length).set(data);
      for (const { register, value } of constants) {
        this.#splat(this.#registersPtr + register * abi.VECTOR_BYTES, value);
      }
    } catch (error) {
      this.free();
      throw error;
    }
  }

  /** Makes it ready for a run from the start, with states of its own. */
  begin(states: readonly ProgramState[]): void {
    const { memory } = this.#kernel;
    this.#kernel.call("programInit", this.statePtr);
    this.#set(abi.PROGRAM_INSTRUCTIONS, this.#instructionsPtr);
    this.#set(abi.PROGRAM_DATA, this.#dataPtr);
    this.#set(abi.PROGRAM_REGISTERS, this.#registersPtr);
    this.#set(abi.PROGRAM_ASSIST_ROWS, this.#assistRowsPtr);
    // JSON and CSV have numbers of any form; other programs get the table when they need it.
    if (this.#readsNumbers) this.#set(abi.PROGRAM_POWERS, powersOfFivePtr(this.#kernel));
    for (const { instruction, statePtr } of states) {
      const at = this.#instructionsPtr + (instruction * INSTRUCTION_WORDS + INSTRUCTION_WORDS - 1) * WORD_BYTES;
      memory.view.setUint32(at, statePtr, true);
    }
    if (this.#arenaPtr === 0) this.#replaceArena(ARENA_BYTES_AT_FIRST);
    else this.#setArena();
  }

  /** Another arena of this many bytes at least; the old one is the caller's from here on, as what lies in it is still read. */
  enlarge(bytesNeeded: number): number {
    const old = this.#arenaPtr;
    this.#replaceArena(Math.max(2 * this.#arenaBytes, 2 * bytesNeeded));
    return old;
  }

  /** Gives back what it would not have had before its first run. */
  shrink(): void {
    if (this.#arenaBytes <= ARENA_BYTES_AT_FIRST) return;
    this.#kernel.memory.free(this.#arenaPtr);
    this.#arenaPtr = 0;
    this.#arenaBytes = 0;
  }

  free(): void {
    const { memory } = this.#kernel;
    if (this.#arenaPtr !== 0) memory.free(this.#arenaPtr);
    this.#arenaPtr = 0;
    for (const ptr of this.#regions.splice(0)) memory.free(ptr);
  }

  #replaceArena(bytes: number): void {
    this.#arenaPtr = this.#kernel.memory.allocate(bytes);
    this.#arenaBytes = bytes;
    this.#setArena();
  }

  #setArena(): void {
    this.#set(abi.PROGRAM_ARENA, this.#arenaPtr);
    this.#set(abi.PROGRAM_ARENA_NEXT, this.#arenaPtr);
    this.#set(abi.PROGRAM_ARENA_END, this.#arenaPtr + this.#arenaBytes);
  }

  #set(offset: number, value: number): void {
    this.#kernel.memory.view.setUint32(this.statePtr + offset, value, true);
  }

  #splat(ptr: number, value: VectorValue): void {
    const { memory } = this.#kernel;
    writeValue(memory, ptr, 0, value, (bytes) => this.#take(bytes));
    const payloads = new BigUint64Array(memory.memory.buffer, ptr, abi.VECTOR_ROWS);
    payloads.fill(payloads[0]!);
    const tags = memory.region(ptr + abi.VECTOR_TAGS, abi.VECTOR_ROWS);
    tags.fill(tags[0]!);
  }

  #take(bytes: number): number {
    const ptr = this.#kernel.memory.allocate(bytes);
    this.#regions.push(ptr);
    this.bytes += bytes;
    return ptr;
  }
}

function readsNumbers(instructions: Int32Array): boolean {
  for (let at = 0; at < instructions.length; at += INSTRUCTION_WORDS) {
    if (instructions[at] === abi.OP_JSON_FIELDS || instructions[at] === abi.OP_CSV_FIELDS) return true;
    if (instructions[at] === abi.OP_EXPAND && instructions[at + INSTRUCTION_WORDS - 1] === abi.EXPAND_JSON) return true;
  }
  return false;
}

/** The programs in the memory of a kernel that no run has now, by their numbers; those used last at the end. */
class LoadedPrograms {
  readonly #kept = new Map<number, LoadedProgram>();
  #bytes = 0;

  take(id: number): LoadedProgram | undefined {
    const loaded = this.#kept.get(id);
    if (loaded) this.#forget(id, loaded);
    return loaded;
  }

  /** False where it is not kept. */
  keep(id: number, loaded: LoadedProgram): boolean {
    if (loaded.bytes > KEPT_BYTES_MAX / 2 || this.#kept.has(id)) return false;
    loaded.shrink();
    this.#kept.set(id, loaded);
    this.#bytes += loaded.bytes;
    for (const [oldest, other] of this.#kept) {
      if (this.#kept.size <= KEPT_MAX && this.#bytes <= KEPT_BYTES_MAX) break;
      this.#forget(oldest, other);
      other.free();
    }
    return true;
  }

  /** Gives all of them back; false where there were none. */
  clear(): boolean {
    const hadSome = this.#kept.size > 0;
    for (const [id, loaded] of [...this.#kept]) {
      this.#forget(id, loaded);
      loaded.free();
    }
    return hadSome;
  }

  #forget(id: number, loaded: LoadedProgram): void {
    this.#kept.delete(id);
    this.#bytes -= loaded.bytes;
  }
}

const programsOf = new WeakMap<Kernel, LoadedPrograms>();

/** A program in a kernel's memory: one that a run before has left there, or loaded now. It is the caller's alone until `leaveProgram`. */
export function loadProgram(kernel: Kernel, program: KernelProgram): LoadedProgram {
  const loaded = program.id === undefined ? undefined : programsOf.get(kernel)?.take(program.id);
  return loaded ?? new LoadedProgram(kernel, program);
}

/**
 * Leaves a program in the memory for runs to come, where it has a number and did not fail; else gives it back. A kernel that is short of memory gives back
 * all that was left there.
 */
export function leaveProgram(kernel: Kernel, loaded: LoadedProgram, isSound: boolean): void {
  const { id } = loaded.program;
  if (isSound && id !== undefined) {
    let programs = programsOf.get(kernel);
    if (programs === undefined) {
      const made = new LoadedPrograms();
      programs = made;
      programsOf.set(kernel, made);
      kernel.memory.setReclaim(() => made.clear());
    }
    if (programs.keep(id, loaded)) return;
  }
  loaded.free();
}
