import type { KernelProgram } from "../../kernel/program.js";
import type { RowType } from "../../plan/row-type.js";
import type { Expression, Refusal } from "../expression.js";

/** A value for each row of a program that is being built: scalars lie in registers, tuples and records are made of such values. */
export type KernelValue =
  | { readonly kind: "scalar"; readonly tags: number; readonly register: number }
  | { readonly kind: "tuple"; readonly items: readonly KernelValue[] }
  | { readonly kind: "record"; readonly fields: ReadonlyArray<readonly [name: string, value: KernelValue]> }
  /** What can only be expanded, or read by an expression: the pieces of a text, the elements of an array. */
  | { readonly kind: "list"; readonly list: unknown };

/** A program that is being built: what operators add their steps to. Registers are virtual until `build()`. */
export interface KernelRows {
  /** The row as the source gives it, then as `filter` and `expand` left it. */
  readonly row: KernelValue;
  /** Takes another row from here on. */
  setRow(row: KernelValue): void;
  /** What an expression is for each row, for arguments that are values of the program; or why it cannot be computed here. */
  apply(expression: Expression, args: readonly KernelValue[]): KernelValue | Refusal;
  /** Keeps the rows for which a value is truthy. */
  filter(test: KernelValue): Refusal | undefined;
  /** As many rows of each as a list has elements; `row` is then the element. Values made before stay usable. */
  expand(list: KernelValue): Refusal | undefined;
  /**
   * Ends the program with a sink that reads `inputs`, scalars; their registers are what `registersOf` gave once it is built. `op` is an operation's
   * number, `words` what its instruction holds besides (imm, data).
   */
  build(sink: { readonly op: number; readonly imm?: number; readonly inputs: readonly KernelValue[] }): BuiltProgram;
}

export interface BuiltProgram {
  readonly program: KernelProgram;
  /** Registers of the sink's inputs, in their order. */
  readonly inputs: readonly number[];
  /** Index of the sink's instruction. */
  readonly sink: number;
}

/** Begins a program over lines of text, or over frames whose columns are the leaves of `type`. */
export type BeginKernelRows = (source: "lines" | { readonly frame: RowType }) => KernelRows;
