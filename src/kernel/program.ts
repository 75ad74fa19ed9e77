import { abi } from "#kernel";
import { KernelError } from "../errors.js";
import type { Kernel } from "./kernel.js";
import { type LoadedProgram, leaveProgram, loadProgram } from "./loaded-program.js";
import { powersOfFivePtr } from "./powers-of-five.js";
import { readValue, type VectorValue, writeValue } from "./vector.js";
import { decodeWtf8 } from "./wtf8.js";

/** What a constant register holds in every row. */
export interface ProgramConstant {
  readonly register: number;
  readonly value: VectorValue;
}

/** A program (assembly/program.ts) as data, so that it can be sent to any thread. */
export interface KernelProgram {
  /** Programs with the same number are the same: one that has run may stay in a kernel's memory. */
  readonly id?: number;
  /** Eight words each. */
  readonly instructions: Int32Array;
  readonly registers: number;
  readonly constants: readonly ProgramConstant[];
  readonly data: Uint8Array;
  readonly lookUps?: readonly LookUpRows[];
  /** Instructions that take a sample, in their order: each run gives each of them a seed (sample-state.ts). */
  readonly samples?: readonly number[];
  /** Instructions that read or change the state of the program (state-table.ts). */
  readonly states?: readonly number[];
  /** Instructions that look up in a table, which whoever runs the program gives: an index of rows (row-index.ts). */
  readonly tables?: readonly number[];
}

/** The rows that an instruction looks up in: tuples of a key and what is found, of the type that their frame has. */
export interface LookUpRows {
  readonly instruction: number;
  readonly rows: ReadonlyArray<readonly unknown[]>;
}

/** What a sink, and anything else that has tables of its own, is for a program that runs. */
export interface ProgramState {
  /** Index of the instruction whose `extra` is the address of the state. */
  readonly instruction: number;
  readonly statePtr: number;
  /** Gives what the program stopped for: one of `NEED_SLOTS`, `NEED_ENTRIES`, `NEED_BYTES`, `NEED_OUTPUT`. */
  serve(need: number): void;
  free(): void;
}

/** Computes in JavaScript the rows of an instruction that the kernel has left to it. */
export type Assist = (access: AssistAccess) => void;

/** What an assist sees: the rows, and the registers of its instruction. */
export interface AssistAccess {
  readonly kernel: Kernel;
  readonly rows: readonly number[];
  /** Address of the instruction. */
  readonly instructionPtr: number;
  /** Address of the program's data. */
  readonly dataPtr: number;
  read(register: number, row: number): VectorValue;
  write(register: number, row: number, value: VectorValue): void;
}

/** The error that says that a stage has to run as JavaScript. */
export function bail(message: string): KernelError {
  return new KernelError(message, { code: "bail" });
}

/** Whether an error says that a stage has to run as JavaScript: the kernel stops where JavaScript would throw, and where it cannot know. */
export function isBail(error: unknown): boolean {
  return error instanceof KernelError && error.code === "bail";
}

/**
 * A program in the memory of a kernel: loaded once, then run over any number of inputs. `free()` gives all of it back, its states too; the program itself may
 * stay for runs to come.
 *
 * **Errors:** `KernelError` "bail" (see `isBail`), and as `Kernel.call`, and "memory-limit" where there is no room.
 */
export class ProgramRun {
  readonly #kernel: Kernel;
  readonly #states: readonly ProgramState[];
  readonly #assists: ReadonlyMap<number, Assist>;
  readonly #loaded: LoadedProgram;
  readonly #statePtr: number;
  /** Arenas that were too small, whose texts are still read. */
  #oldArenas: number[] = [];
  #rejected: { readonly count: number; readonly first: string } | undefined;
  /** It has not stopped in the middle. */
  #isSound = true;

  /** `assists` are by number of operation. States belong to the run from here on. */
  constructor(
    kernel: Kernel,
    program: KernelProgram,
    states: readonly ProgramState[],
    assists: ReadonlyMap<number, Assist>,
  ) {
    this.#kernel = kernel;
    this.#states = states;
    this.#assists = assists;
    let loaded: LoadedProgram | undefined;
    try {
      const isSeeded = (sample: number) => states.some(({ instruction }) => instruction === sample);
      if (program.samples?.every(isSeeded) === false)
        throw new Error("A program that takes a sample was given no seed.");
      loaded = loadProgram(kernel, program);
      loaded.begin(states);
    } catch (error) {
      loaded?.free();
      for (const state of states) state.free();
      throw error;
    }
    this.#loaded = loaded;
    this.#statePtr = loaded.statePtr;
  }

  /** Rows that the COUNT sink has seen. */
  get counted(): number {
    return this.#kernel.memory.view.getFloat64(this.#statePtr + abi.PROGRAM_COUNTED, true);
  }

  /** Rows that were none of a schema, and the text of the first one; undefined where there were none. */
  get rejected(): { readonly count: number; readonly first: string } | undefined {
    return this.#rejected;
  }

  /** Runs over clean text: whole lines. */
  runLines(ptr: number, bytes: number): void {
    if (bytes > 0) this.#runSource(abi.SOURCE_LINES, ptr, ptr + bytes);
  }

  /** Runs over the rows of a frame, from a row on. */
  runFrame(ptr: number, from = 0): void {
    this.#runSource(abi.SOURCE_FRAME, from, ptr);
  }

  /** Runs over the rows of a join, given its index (row-index.ts). */
  runJoin(indexPtr: number): void {
    this.#runSource(abi.SOURCE_JOIN, 0, indexPtr);
  }

  /** Runs over the entries of a state, those that its table has selected. */
  runState(statePtr: number): void {
    this.#header(abi.PROGRAM_SOURCE_ROW, 0);
    this.#runSource(abi.SOURCE_STATE, 0, statePtr);
  }

  /** Runs over rows of an order, given its address (ordered-rows.ts). */
  runOrder(orderPtr: number): void {
    this.#runSource(abi.SOURCE_ORDER, 0, orderPtr);
  }

  /** Runs over rows given as values: of each register its values, at most `VECTOR_ROWS`. */
  runValues(columns: ReadonlyArray<{ readonly register: number; readonly values: readonly VectorValue[] }>): void {
    const rows = columns[0]?.values.length ?? 0;
    if (rows === 0) return;
    this.#header(abi.PROGRAM_ARENA_NEXT, this.#word(abi.PROGRAM_ARENA));
    const regions: number[] = [];
    const room = (bytes: number) => {
      const ptr = this.#kernel.memory.allocate(bytes);
      regions.push(ptr);
      return ptr;
    };
    try {
      for (const { register, values } of columns) {
        const ptr = this.#registerPtr(register);
        for (let row = 0; row < rows; row++) writeValue(this.#kernel.memory, ptr, row, values[row], room);
      }
      this.#runSource(0, 0, rows);
    } finally {
      for (const ptr of regions) this.#kernel.memory.free(ptr);
    }
  }

  /** The values of a register, as the last rows left it. */
  valuesOf(register: number, rows: number): VectorValue[] {
    const ptr = this.#registerPtr(register);
    return Array.from({ length: rows }, (_, row) => readValue(this.#kernel.memory, ptr, row));
  }

  free(): void {
    for (const state of this.#states) state.free();
    this.#freeOldArenas();
    leaveProgram(this.#kernel, this.#loaded, this.#isSound);
  }

  #word(offset: number): number {
    return this.#kernel.memory.view.getUint32(this.#statePtr + offset, true);
  }

  #header(offset: number, value: number): void {
    this.#kernel.memory.view.setUint32(this.#statePtr + offset, value, true);
  }

  #registerPtr(register: number): number {
    return this.#word(abi.PROGRAM_REGISTERS) + register * abi.VECTOR_BYTES;
  }

  #runSource(source: number, next: number, end: number): void {
    this.#header(abi.PROGRAM_COUNTER, 0);
    this.#header(abi.PROGRAM_DEPTH, 0);
    this.#header(abi.PROGRAM_SINK_ROW, 0);
    this.#header(abi.PROGRAM_SOURCE, source);
    this.#header(abi.PROGRAM_SOURCE_NEXT, next);
    this.#header(abi.PROGRAM_SOURCE_END, end);
    this.#isSound = false;
    for (;;) {
      const need = this.#kernel.call("programRun", this.#statePtr);
      if (need === 0) break;
      this.#serve(need);
    }
    this.#isSound = true;
    this.#freeOldArenas();
    this.#keepRejected();
  }

  /** The text of the first row lies in the input, which is not there for ever. */
  #keepRejected(): void {
    const count = this.#word(abi.PROGRAM_REJECTED);
    if (count === 0) return;
    const { memory } = this.#kernel;
    const first =
      this.#rejected?.first ??
      decodeWtf8(memory.copyOut(this.#word(abi.PROGRAM_REJECT), this.#word(abi.PROGRAM_REJECT + 4)));
    this.#rejected = { count, first };
  }

  #serve(need: number): void {
    switch (need) {
      case abi.NEED_ARENA:
        this.#addArena(this.#word(abi.PROGRAM_NEED_BYTES));
        break;
      case abi.NEED_ASSIST:
        this.#assist();
        break;
      case abi.NEED_BAIL:
        throw bail("The kernel leaves these rows to JavaScript.");
      default: {
        const statePtr = this.#word(abi.PROGRAM_NEED_STATE);
        const state = this.#states.find((each) => each.statePtr === statePtr);
        if (!state) throw new Error(`No state of the program is at ${statePtr}.`);
        state.serve(need);
      }
    }
  }

  /** What is in the old region stays valid until the next rows; from then on the new, larger one is the arena. */
  #addArena(bytesNeeded: number): void {
    this.#oldArenas.push(this.#loaded.enlarge(bytesNeeded));
  }

  #freeOldArenas(): void {
    for (const ptr of this.#oldArenas.splice(0)) this.#kernel.memory.free(ptr);
  }

  #assist(): void {
    const { memory } = this.#kernel;
    const counter = this.#word(abi.PROGRAM_COUNTER);
    const instructionPtr = this.#word(abi.PROGRAM_INSTRUCTIONS) + counter * abi.INSTRUCTION_BYTES;
    const op = memory.view.getUint32(instructionPtr, true);
    const assist = this.#assists.get(op);
    if (!assist) throw new KernelError(`The kernel's operation ${op} has no JavaScript form.`, { code: "no-assist" });
    const listPtr = this.#word(abi.PROGRAM_ASSIST_ROWS);
    const count = this.#word(abi.PROGRAM_ASSIST_COUNT);
    const rows = Array.from({ length: count }, (_, i) => memory.view.getUint16(listPtr + 2 * i, true));
    assist({
      kernel: this.#kernel,
      rows,
      instructionPtr,
      dataPtr: this.#word(abi.PROGRAM_DATA),
      read: (register, row) => readValue(memory, this.#registerPtr(register), row),
      write: (register, row, value) =>
        writeValue(memory, this.#registerPtr(register), row, value, (bytes) => this.#arenaRoom(bytes)),
    });
    this.#header(abi.PROGRAM_ASSIST_COUNT, 0);
    // What numbers the kernel could not do without the table it can from now on.
    this.#header(abi.PROGRAM_POWERS, powersOfFivePtr(this.#kernel));
    this.#header(abi.PROGRAM_COUNTER, counter + 1);
  }

  #arenaRoom(bytes: number): number {
    const size = bytes + abi.READ_AHEAD;
    if (this.#word(abi.PROGRAM_ARENA_NEXT) + size > this.#word(abi.PROGRAM_ARENA_END)) this.#addArena(size);
    const ptr = this.#word(abi.PROGRAM_ARENA_NEXT);
    this.#header(abi.PROGRAM_ARENA_NEXT, ptr + bytes);
    return ptr;
  }
}
