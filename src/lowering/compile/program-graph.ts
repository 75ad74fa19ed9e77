import { abi } from "#kernel";
import type { LiteralValue } from "../expression.js";
import type { BuiltProgram } from "./kernel-rows.js";
import { type Barrier, type Computation, type Plan, readBy } from "./program-plan.js";
import { ProgramWriter, words } from "./program-writer.js";

interface Level {
  readonly computations: Computation[];
  /** What the rows of this level came through. */
  readonly barrier: Barrier | undefined;
}

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
  #trials = 0;

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

  /** Whether what must happen is forgotten. */
  get isTrial(): boolean {
    return this.#trials > 0;
  }

  /** Calls `body` and forgets what must happen in it; returns whether there was something. */
  withoutEffects(body: () => void): boolean {
    const { computations } = this.#levels.at(-1)!;
    const before = computations.length;
    this.#trials++;
    try {
      body();
    } finally {
      this.#trials--;
    }
    const made = computations.splice(before);
    computations.push(...made.filter(({ isEffect }) => !isEffect));
    return made.some(({ isEffect }) => isEffect);
  }

  /** The program that ends with a sink, which reads `inputs`. */
  build(op: number, inputs: readonly number[]): BuiltProgram {
    const plan = this.#plan(inputs);
    const writer = new ProgramWriter(this.#constants);
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
    writer.emit(op, [NONE], 0, op === abi.OP_FOLD_END ? writer.data(words(registers)) : 0);
    const { fold } = writer;
    return { program: writer.program(), inputs: registers, sink: writer.count - 1, ...(fold && { fold }) };
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

function madeBy(barrier: Barrier): readonly number[] {
  switch (barrier.kind) {
    case "filter":
      return [];
    case "expand":
      return [barrier.piece];
    case "items":
    case "elements":
      return barrier.leaves.map(({ value }) => value);
    case "fold":
      return barrier.states;
    case "turns":
      return [barrier.exists, ...barrier.leaves];
    case "returns":
      return barrier.returned.map(({ value }) => value);
  }
}
