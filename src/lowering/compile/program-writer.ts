import { abi } from "#kernel";
import type { KernelProgram, LookUpRows, ProgramConstant } from "../../kernel/program.js";
import type { LiteralValue } from "../expression.js";
import type { BuiltProgram } from "./kernel-rows.js";
import { type Barrier, type Computation, type Plan, readBy } from "./program-plan.js";

const WORDS = 8;
const NONE = -1;

/** Programs so far: each has a number of its own. */
let programs = 0;

/** Writes instructions and hands out registers. */
export class ProgramWriter {
  readonly #constants: ReadonlyMap<number, LiteralValue>;
  readonly #instructions: number[] = [];
  readonly #data: number[] = [];
  readonly #registers = new Map<number, number>();
  readonly #placed = new Map<number, ProgramConstant>();
  readonly #lookUps: LookUpRows[] = [];
  readonly #states: number[] = [];
  readonly #tables: number[] = [];
  readonly #samples: number[] = [];
  /** Registers that nobody reads any more. */
  readonly #free: number[] = [];
  #registerCount = 0;
  #fold: BuiltProgram["fold"];
  /** An expansion comes back to what lies before it: from then on older registers are not given out again. */
  #pinnedBelow = 0;

  constructor(constants: ReadonlyMap<number, LiteralValue>) {
    this.#constants = constants;
  }

  get count(): number {
    return this.#instructions.length / WORDS;
  }

  /** Where the program folds, if it does. */
  get fold(): BuiltProgram["fold"] {
    return this.#fold;
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
    if (lookUp === "table") this.#tables.push(this.count);
    else if (lookUp) this.#lookUps.push({ ...lookUp, instruction: this.count });
    if (op === abi.OP_SAMPLE) this.#samples.push(this.count);
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
    if (barrier.kind === "returns") {
      this.#emitReturn(barrier, across);
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
    if (barrier.kind === "fold") {
      const states = barrier.states.map((value) => (plan.isRead(value) ? this.place(value) : NONE));
      this.#fold = { instruction: this.count, registers: sources };
      this.emit(abi.OP_FOLD, [NONE], across.length, this.data(words([...pairs, ...states])));
      return;
    }
    if (barrier.kind === "elements") {
      const to = barrier.leaves.flatMap(({ value, column }) => [this.place(value), column]);
      const offset = this.data(words([...pairs, barrier.leaves.length, ...to]));
      this.emit(abi.OP_EXPAND, [NONE, sources[0]!], across.length, offset, abi.EXPAND_LISTS);
      return;
    }
    if (barrier.kind === "turns") {
      const exists = this.place(barrier.exists);
      const state = barrier.leaves.map((value) => (plan.isRead(value) ? this.place(value) : NONE));
      const offset = this.data(words([...pairs, sources.length, ...sources, ...state]));
      this.#states.push(this.count);
      this.emit(abi.OP_TURNS, [exists], across.length, offset);
      return;
    }
    const { leaves } = barrier;
    const items = leaves[0]!.from.length;
    const lists = leaves.flatMap(({ value }, i) => [this.place(value), ...sources.slice(i * items, (i + 1) * items)]);
    const offset = this.data(words([...pairs, items, leaves.length, ...lists]));
    this.emit(abi.OP_EXPAND, [NONE], across.length, offset, abi.EXPAND_ITEMS);
  }

  /** What comes back has registers of its own: turns that follow must not write to them. */
  #emitReturn({ put, remove, next, returned }: Extract<Barrier, { kind: "returns" }>, across: readonly number[]): void {
    const operands = [put, remove].map((value) => this.registerOf(value));
    const registers = next.map((value) => this.registerOf(value));
    const all = [...returned, ...across.map((value) => ({ value, from: value }))];
    const sources = all.map(({ from }) => this.registerOf(from));
    const pairs = all.flatMap(({ value }, i) => {
      const register = this.reserve();
      this.#registers.set(value, register);
      return [sources[i]!, register];
    });
    this.#states.push(this.count);
    this.emit(abi.OP_RETURN, [NONE, ...operands], all.length, this.data(words([...pairs, ...registers])));
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
      id: ++programs,
      instructions: Int32Array.from(this.#instructions),
      registers: Math.max(1, this.#registerCount),
      constants: [...this.#placed.values()],
      data: Uint8Array.from(this.#data),
      lookUps: this.#lookUps,
      ...(this.#states.length > 0 && { states: this.#states }),
      ...(this.#tables.length > 0 && { tables: this.#tables }),
      ...(this.#samples.length > 0 && { samples: this.#samples }),
    };
  }
}

/** Words as bytes. */
export function words(values: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}
