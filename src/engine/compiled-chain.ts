import { abi } from "#kernel";
import type { RowType } from "../block/row-type.js";
import {
  type BuiltProgram,
  type KernelRows,
  type KernelValue,
  scalarsOf,
  typeOf,
} from "../lowering/compile/kernel-rows.js";
import { type ChainEnd, type KernelSource, kernelChain, narrow } from "../plan/kernel-chain.js";
import type { KernelEnd, NarrowOperator } from "../plan/operator.js";
import { type FusedWords, fusedWords } from "./fused-words.js";

/** A chain of operators as a kernel program, as far as the kernel does them. */
export interface CompiledChain {
  /** Operators that the program does; an end that is wanted comes on top. */
  readonly prefix: number;
  readonly built: BuiltProgram;
  readonly end: KernelEnd;
  /** Of the rows that the program makes; undefined where it counts. */
  readonly type: RowType | undefined;
  /** The same as one loop. */
  readonly words: FusedWords | undefined;
}

/** Of operators that end in a map side or a reducer, the program that does all of it; of others the prefix that is worth it. Undefined where there is none. */
export function compileChain(
  source: KernelSource,
  operators: readonly NarrowOperator[],
  chainEnd: ChainEnd,
): CompiledChain | undefined {
  const chain = kernelChain(source, operators, chainEnd);
  if (chain.end) return compiled(source, chain.rows, chain.prefix, chain.end);
  if (chainEnd.kind !== "none" || chain.paysUntil === 0) return undefined;
  const { rows } = kernelChain(source, operators.slice(0, chain.paysUntil), chainEnd);
  narrow(rows, operators[chain.paysUntil]);
  return compiled(source, rows, chain.paysUntil, { kind: "rows", deal: "none", how: "decoded" });
}

function compiled(source: KernelSource, rows: KernelRows, prefix: number, end: KernelEnd): CompiledChain {
  const { row } = rows;
  const built = rows.build({ op: sinkOf(end), inputs: inputsOf(end, row) });
  const type = end.kind === "group" ? end.type : end.kind === "rows" ? typeOf(row) : undefined;
  return { prefix, built, end, type, words: source === "lines" ? fusedWords(built, end) : undefined };
}

function sinkOf(end: KernelEnd): number {
  if (end.kind === "group") return end.folded ? abi.OP_FOLD_END : abi.OP_GROUP;
  return end.kind === "rows" ? abi.OP_COLLECT : abi.OP_COUNT;
}

/** What the sink reads: of groups the key, then of each leaf what it begins with and what is brought in, or what was folded; of rows their leaves. */
function inputsOf(end: KernelEnd, row: KernelValue): KernelValue[] {
  switch (end.kind) {
    case "count":
      return [];
    case "rows":
      return scalarsOf(row);
    case "group":
      if (end.folded) return [...end.folded];
      return [...(end.key ? scalarsOf(end.key) : []), ...end.aggregates.flatMap(({ first, value }) => [first, value])];
  }
}
