import { abi } from "#kernel";
import type { KernelProgram, LookUpRows, ProgramConstant } from "../../kernel/program.js";
import type { LiteralValue } from "../expression.js";

/** What computes a value, or several: an instruction of the program to be. Ids of values are virtual registers. */
export interface Computation {
  readonly op: number;
  /** Values that it reads as operands a, b, c; -1: none. */
  readonly operands: readonly number[];
  readonly imm: number | ((isRead: (value: number) => boolean) => number);
  /** Values that it makes; the first is its dst. More can be asked for as long as nothing is built. */
  readonly outputs: number[];
  /** It must happen though nobody reads what it makes. */
  readonly isEffect: boolean;
  /** What the instruction has in the program's data, once registers are known. */
  /** The rows that it looks up in; then it has a dst even where nobody reads it. */
  readonly lookUp?: LookUpRows;
  readonly data?: (registerOf: (value: number) => number, isRead: (value: number) => boolean) => Uint8Array;
}

/** What stands between two stretches of computations: fewer rows come out, or more. */
export type Barrier =
  | { readonly kind: "filter"; readonly test: number }
  | {
      readonly kind: "expand";
      /** What is expanded, and its pieces. */
      readonly of: number;
      readonly piece: number;
      readonly extra: number;
      readonly data: Uint8Array;
    }
  /** A row for each of some items: of each of their leaves the value, and the values in the items that it is taken from. */
  | {
      readonly kind: "items";
      readonly leaves: ReadonlyArray<{ readonly value: number; readonly from: readonly number[] }>;
    };

interface Level {
  readonly computations: Computation[];
  /** What the rows of this level came through. */
  readonly barrier: Barrier | undefined;
}

const WORDS = 8;
const NONE = -1;

/**
 * A program as a graph of values over rows, cut into levels by filters and expansions. What is computed twice is computed once; what nobody reads is not
 * computed; a value lives in a register up to its last use.
 */
export class ProgramGraph {
  readonly #sourceValues: number[];
  readonly #isLines: boolean;
  readonly #levels: Level[] = [{ computations: [], barrier: undefined }];
  readonly #constants = new Map<number, LiteralValue>();
  readonly #constantIds = new Map<string, number>();
  readonly #known = new Map<string, number>();
  #values = 0;

  /** Values of lines: one; of frames: one for each column. */
  constructor(isLines: boolean, columns: number) {
    this.#isLines = isLines;
    this.#sourceValues = Array.from({ length: columns }, () => this.newValue());
  }

  get sourceValues(): readonly number[] {
    return this.#sourceValues;
  }

  newValue(): number {
    return this.#values++;
  }

  constant(value: LiteralValue): number {
    const key = `${typeof value}:${Object.is(value, -0) ? "-0" : String(value)}`;
    let id = this.#constantIds.get(key);
    if (id === undefined) {
      id = this.newValue();
      this.#constantIds.set(key, id);
      this.#constants.set(id, value);
    }
    return id;
  }

  constantOf(value: number): { readonly value: LiteralValue } | undefined {
    return this.#constants.has(value) ? { value: this.#constants.get(value) } : undefined;
  }

  /** The value that an operation makes of others. */
  compute(op: number, operands: readonly number[], imm = 0, key = ""): number {
    const known = `${op}|${operands.join()}|${imm}|${key}`;
    let value = this.#known.get(known);
    if (value === undefined) {
      value = this.newValue();
      this.#known.set(known, value);
      this.add({ op, operands, imm, outputs: [value], isEffect: false });
    }
    return value;
  }

  add(computation: Computation): void {
    this.#levels.at(-1)!.computations.push(computation);
  }

  bar(barrier: Barrier): void {
    this.#levels.push({ computations: [], barrier });
  }

  /** Calls `body` and forgets what must happen in it; returns whether there was something. */
  withoutEffects(body: () => void): boolean {
    const { computations } = this.#levels.at(-1)!;
    const before = computations.length;
    body();
    const made = computations.splice(before);
    computations.push(...made.filter(({ isEffect }) => !isEffect));
    return made.some(({ isEffect }) => isEffect);
  }

  /** The program that ends with a sink, which reads `inputs`. */
  build(op: number, inputs: readonly number[]): { program: KernelProgram; inputs: number[]; sink: number } {
    const plan = this.#plan(inputs);
    const writer = new Writer(this.#constants);
    const columns = this.#sourceValues.flatMap((value, i) => (this.#isLines || plan.isRead(value) ? [i] : []));
    const sourceRegisters = columns.map((i) => writer.place(this.#sourceValues[i]!));
    const list = this.#isLines ? [] : columns;
    writer.emit(abi.OP_SOURCE, [sourceRegisters[0] ?? 0], list.length, writer.data(words(list)));
    if (sourceRegisters.length === 0 && !this.#isLines) writer.reserve();
    for (const [index, { barrier }] of this.#levels.entries()) {
      if (barrier) writer.emitBarrier(barrier, plan.across[index]!, plan);
      for (const computation of plan.placed[index]!) writer.emitComputation(computation, plan);
    }
    const registers = inputs.map((value) => writer.registerOf(value));
    writer.emit(op, [NONE], 0, 0);
    return { program: writer.program(), inputs: registers, sink: writer.count - 1 };
  }

  #plan(inputs: readonly number[]): Plan {
    const placed = this.#place(inputs);
    const live = new Set(inputs.filter((value) => !this.#constants.has(value)));
    const across: number[][] = [];
    const lastUse = new Map<number, Computation | Barrier>();
    const read = (value: number, by: Computation | Barrier) => {
      if (value === NONE || this.#constants.has(value)) return;
      if (!live.has(value)) lastUse.set(value, by);
      live.add(value);
    };
    const levelOf = new Map<number, number>(this.#sourceValues.map((value) => [value, 0]));
    for (const [index, { barrier }] of this.#levels.entries()) {
      for (const value of barrier ? madeBy(barrier) : []) levelOf.set(value, index);
      for (const { outputs } of placed[index]!) for (const value of outputs) levelOf.set(value, index);
    }
    for (let index = this.#levels.length - 1; index >= 0; index--) {
      for (const computation of [...placed[index]!].reverse()) {
        for (const value of computation.operands) read(value, computation);
      }
      const { barrier } = this.#levels[index]!;
      if (!barrier) continue;
      across[index] = [...live].filter((value) => levelOf.get(value)! < index);
      for (const value of readBy(barrier)) read(value, barrier);
    }
    return { placed, across, lastUse, isRead: (value) => live.has(value) };
  }

  /** Of each level the computations that are needed, in order. What only rows after a filter need is computed after it. */
  #place(inputs: readonly number[]): Computation[][] {
    const last = this.#levels.length - 1;
    const neededAt = new Map<number, number>(inputs.map((value) => [value, last]));
    // From the last one to the first: readers come before what they read.
    const placed: Computation[][] = this.#levels.map(() => []);
    for (let index = last; index >= 0; index--) {
      const { computations, barrier } = this.#levels[index]!;
      for (const computation of [...computations].reverse()) {
        const readers = computation.outputs.map((value) => neededAt.get(value) ?? Number.POSITIVE_INFINITY);
        const needed = Math.min(Number.POSITIVE_INFINITY, ...readers);
        if (!computation.isEffect && needed === Number.POSITIVE_INFINITY) continue;
        let level = index;
        if (!computation.isEffect) {
          while (level < needed && this.#levels[level + 1]!.barrier?.kind === "filter") level++;
        }
        placed[level]!.push(computation);
        for (const value of computation.operands) neededAt.set(value, Math.min(level, neededAt.get(value) ?? level));
      }
      for (const value of barrier ? readBy(barrier) : []) neededAt.set(value, index - 1);
    }
    return placed.map((computations) => computations.reverse());
  }
}

function readBy(barrier: Barrier): readonly number[] {
  switch (barrier.kind) {
    case "filter":
      return [barrier.test];
    case "expand":
      return [barrier.of];
    case "items":
      return barrier.leaves.flatMap(({ from }) => from);
  }
}

function madeBy(barrier: Barrier): readonly number[] {
  switch (barrier.kind) {
    case "filter":
      return [];
    case "expand":
      return [barrier.piece];
    case "items":
      return barrier.leaves.map(({ value }) => value);
  }
}

interface Plan {
  /** By level: what is computed there, in order. */
  readonly placed: ReadonlyArray<readonly Computation[]>;
  /** By level: the values from before its barrier that are read after it. */
  readonly across: ReadonlyArray<readonly number[]>;
  /** What reads a value last; absent for what the sink reads. */
  readonly lastUse: ReadonlyMap<number, Computation | Barrier>;
  readonly isRead: (value: number) => boolean;
}

/** Writes instructions and hands out registers. */
class Writer {
  readonly #constants: ReadonlyMap<number, LiteralValue>;
  readonly #instructions: number[] = [];
  readonly #data: number[] = [];
  readonly #registers = new Map<number, number>();
  readonly #placed = new Map<number, ProgramConstant>();
  readonly #lookUps: LookUpRows[] = [];
  /** Registers that nobody reads any more. */
  readonly #free: number[] = [];
  #registerCount = 0;
  /** An expansion comes back to what lies before it: from then on older registers are not given out again. */
  #pinnedBelow = 0;

  constructor(constants: ReadonlyMap<number, LiteralValue>) {
    this.#constants = constants;
  }

  get count(): number {
    return this.#instructions.length / WORDS;
  }

  reserve(): number {
    return this.#registerCount++;
  }

  /** A register for a value. */
  place(value: number): number {
    const register = this.#free.pop() ?? this.reserve();
    this.#registers.set(value, register);
    return register;
  }

  registerOf(value: number): number {
    if (value === NONE) return NONE;
    const register = this.#registers.get(value);
    if (register !== undefined) return register;
    if (!this.#constants.has(value)) throw new Error(`Value ${value} of the program has no register.`);
    const constant = this.reserve();
    this.#registers.set(value, constant);
    this.#placed.set(value, { register: constant, value: this.#constants.get(value) as ProgramConstant["value"] });
    return constant;
  }

  data(bytes: Uint8Array): number {
    while (this.#data.length % WORDS !== 0) this.#data.push(0);
    const offset = this.#data.length;
    for (const byte of bytes) this.#data.push(byte);
    return offset;
  }

  /** `registers`: dst, a, b, c. */
  emit(op: number, registers: readonly number[], imm: number, data: number, extra = 0): void {
    const [dst = NONE, a = NONE, b = NONE, c = NONE] = registers;
    this.#instructions.push(op, dst, a, b, c, imm, data, extra);
  }

  emitComputation(computation: Computation, plan: Plan): void {
    const { op, operands, outputs, imm, data, lookUp } = computation;
    const read = operands.map((value) => this.registerOf(value));
    // Results lie in registers of their own: no operation writes what it reads.
    for (const value of outputs) if (plan.isRead(value)) this.place(value);
    const offset = data ? this.data(data((value) => this.registerOf(value), plan.isRead)) : 0;
    const first = outputs[0];
    const dst = first !== undefined && plan.isRead(first) ? this.registerOf(first) : lookUp ? this.reserve() : NONE;
    if (lookUp) this.#lookUps.push({ ...lookUp, instruction: this.count });
    this.emit(op, [dst, ...read], typeof imm === "number" ? imm : imm(plan.isRead), offset);
    this.#release(operands, computation, plan);
  }

  emitBarrier(barrier: Barrier, across: readonly number[], plan: Plan): void {
    if (barrier.kind === "filter") {
      const list = across.map((value) => this.registerOf(value));
      const test = this.registerOf(barrier.test);
      // The test is read while the others move: it is the last to do so.
      const ordered = list.includes(test) ? [...list.filter((register) => register !== test), test] : list;
      this.emit(abi.OP_FILTER, [NONE, test], ordered.length, this.data(words(ordered)));
      this.#release([barrier.test], barrier, plan);
      return;
    }
    const from = across.map((value) => this.registerOf(value));
    const sources = readBy(barrier).map((value) => this.registerOf(value));
    this.#pinnedBelow = this.#registerCount;
    this.#free.length = 0;
    const pairs = across.flatMap((value, i) => [from[i]!, this.place(value)]);
    if (barrier.kind === "expand") {
      const offset = this.data(new Uint8Array([...words(pairs), ...barrier.data]));
      this.emit(abi.OP_EXPAND, [this.place(barrier.piece), sources[0]!], across.length, offset, barrier.extra);
      return;
    }
    const { leaves } = barrier;
    const items = leaves[0]!.from.length;
    const lists = leaves.flatMap(({ value }, i) => [this.place(value), ...sources.slice(i * items, (i + 1) * items)]);
    const offset = this.data(words([...pairs, items, leaves.length, ...lists]));
    this.emit(abi.OP_EXPAND, [NONE], across.length, offset, abi.EXPAND_ITEMS);
  }

  #release(values: readonly number[], by: Computation | Barrier, plan: Plan): void {
    for (const value of new Set(values)) {
      const register = this.#registers.get(value);
      if (register === undefined || this.#placed.has(value) || register < this.#pinnedBelow) continue;
      if (plan.lastUse.get(value) === by) this.#free.push(register);
    }
  }

  program(): KernelProgram {
    return {
      instructions: Int32Array.from(this.#instructions),
      registers: Math.max(1, this.#registerCount),
      constants: [...this.#placed.values()],
      data: Uint8Array.from(this.#data),
      lookUps: this.#lookUps,
    };
  }
}

function words(values: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}
