import { abi } from "#kernel";
import { columnKind, type RowType, scalarOf } from "../block/row-type.js";
import type { OrderKey } from "../kernel/order-key.js";
import {
  type BuiltProgram,
  type KernelRows,
  type KernelValue,
  scalarsOf,
  typeOf,
} from "../lowering/compile/kernel-rows.js";
import { type ChainEnd, type KernelSource, kernelChain, narrow } from "../plan/kernel-chain.js";
import type { KernelEnd, NarrowOperator, OrderedBy } from "../plan/operator.js";
import { type FusedWords, fusedWords } from "./fused-words.js";

/** A chain of operators as a kernel program, as far as the kernel does them. */
export interface CompiledChain {
  /** Operators that the program does; an end that is wanted comes on top. */
  readonly prefix: number;
  readonly built: BuiltProgram;
  readonly end: KernelEnd;
  /** Of the rows that the program makes; undefined where it counts. */
  readonly type: RowType | undefined;
  /** Columns of what ends in an order. */
  readonly order: OrderColumns | undefined;
  /** The same as one loop. */
  readonly words: FusedWords | undefined;
}

/** Rows and what they are ordered by: columns of the rows first, then keys that are none of these. */
export interface OrderColumns {
  readonly rowColumns: number;
  readonly kinds: readonly number[];
  readonly keys: readonly OrderKey[];
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
  const words = source === "lines" ? fusedWords(built, end) : undefined;
  return { prefix, built, end, type: typeMade(end, row), order: orderOf(end, row), words };
}

function sinkOf(end: KernelEnd): number {
  if (end.kind === "group") return end.folded ? abi.OP_FOLD_END : abi.OP_GROUP;
  return end.kind === "count" ? abi.OP_COUNT : abi.OP_COLLECT;
}

function typeMade(end: KernelEnd, row: KernelValue): RowType | undefined {
  switch (end.kind) {
    case "count":
      return undefined;
    case "group":
      return end.type;
    case "keyed":
      return { kind: "tuple", items: [typeOf(row), ...keysBeside(row, end.keys).map(typeOf)] };
    default:
      return typeOf(row);
  }
}

function orderOf(end: KernelEnd, row: KernelValue): OrderColumns | undefined {
  if (end.kind !== "first" && end.kind !== "keyed") return undefined;
  const columns = [row, ...keysBeside(row, end.keys)].flatMap(scalarsOf);
  const registers = columns.map(({ register }) => register);
  const keys = end.keys.map(({ value, descends, by }) => ({
    column: registers.indexOf(scalarsOf(value)[0]!.register),
    descends,
    by,
  }));
  return { rowColumns: scalarsOf(row).length, kinds: columns.map(({ tags }) => columnKind(scalarOf(tags))), keys };
}

/** The keys that are no columns of the rows, each once. */
function keysBeside(row: KernelValue, keys: readonly OrderedBy[]): KernelValue[] {
  const known = new Set(scalarsOf(row).map(({ register }) => register));
  return keys
    .map(({ value }) => value)
    .filter((value) => {
      const { register } = scalarsOf(value)[0]!;
      const isNew = !known.has(register);
      known.add(register);
      return isNew;
    });
}

/** What the sink reads: of groups the key, then of each leaf what it begins with and what is brought in, or what was folded; of rows their leaves. */
function inputsOf(end: KernelEnd, row: KernelValue): KernelValue[] {
  switch (end.kind) {
    case "count":
      return [];
    case "rows":
      return scalarsOf(row);
    case "first":
    case "keyed":
      return [row, ...keysBeside(row, end.keys)].flatMap(scalarsOf);
    case "group":
      if (end.folded) return [...end.folded];
      return [...(end.key ? scalarsOf(end.key) : []), ...end.aggregates.flatMap(({ first, value }) => [first, value])];
  }
}
