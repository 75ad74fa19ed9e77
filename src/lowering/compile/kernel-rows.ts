import { abi } from "#kernel";
import type { KernelProgram } from "../../kernel/program.js";
import { type RowType, type ScalarType, scalarOf } from "../../plan/row-type.js";
import type { LineFormat } from "../../schema/format.js";
import type { Expression, Refusal } from "../expression.js";
import type { Sampling } from "./sample-rows.js";
import type { StateChange } from "./turns.js";

/** A value for each row of a program that is being built: scalars lie in registers, tuples and records are made of such values. */
export type KernelValue =
  | { readonly kind: "scalar"; readonly tags: number; readonly register: number }
  | { readonly kind: "tuple"; readonly items: readonly KernelValue[] }
  | { readonly kind: "record"; readonly fields: ReadonlyArray<readonly [name: string, value: KernelValue]> }
  /** What can only be expanded, or read by an expression: the pieces of a text, the elements of an array; or an object or array that may be missing. */
  | { readonly kind: "list"; readonly list: unknown; readonly laidOut?: LaidOut };

/** An object or array that may be missing, as it lies in columns. */
interface LaidOut {
  readonly value: KernelValue;
  /** The tags of what stands in its place. */
  readonly missing: number;
  /** What says where it is there, then the leaves of `value`. */
  leaves(): Scalar[];
}

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
  /** Keeps a random sample of the rows. */
  sample(sampling: Sampling): Refusal | undefined;
  /** Takes the rows of a key in turn: what a key has from then on is what the expression gives for what it has and what is brought in. */
  fold(fold: KernelFold): Scalars | Refusal;
  /**
   * Lets rows of one key go through `change` one after the other, which is given the state of the key, of this type, undefined where there is none; `row`
   * is then the result. Values made before are lost.
   */
  inTurns(key: KernelValue, state: RowType, change: (state: KernelValue) => StateChange | Refusal): Refusal | undefined;
  /** Columns of the row of a table that has a key, which is in its first column, where there is one. Whoever runs the program gives the table. */
  find(key: KernelValue, columns: readonly ScalarType[]): FoundRow | Refusal;
  /** Makes of rows that are text the rows of a schema; those that are none go, and are counted. */
  read(format: LineFormat): Refusal | undefined;
  /** Makes of rows that are text those that are no rows of a schema. */
  rejectsOf(format: LineFormat): Refusal | undefined;
  /**
   * Ends the program with a sink that reads `inputs`, scalars; their registers are what `registersOf` gave once it is built. `op` is an operation's
   * number, `words` what its instruction holds besides (imm, data).
   */
  build(sink: { readonly op: number; readonly imm?: number; readonly inputs: readonly KernelValue[] }): BuiltProgram;
}

/** What a table has for a key: whether a row, and its columns behind the key, undefined where there is none. */
export interface FoundRow {
  readonly isThere: KernelValue;
  readonly columns: readonly KernelValue[];
}

/** A fold from the left by key. */
export interface KernelFold {
  /** Nothing: all rows are of one key. */
  readonly key: KernelValue | undefined;
  /** What a key begins with. */
  readonly first: KernelValue;
  /** What is brought in from then on. */
  readonly value: KernelValue;
  /** Of what the key has, and of what is brought in. */
  readonly expression: Expression;
}

export interface BuiltProgram {
  readonly program: KernelProgram;
  /** Registers of the sink's inputs, in their order. */
  readonly inputs: readonly number[];
  /** Index of the sink's instruction. */
  readonly sink: number;
  /** Where it folds: the instruction, and registers of the leaves of the key and of what it begins with. */
  readonly fold?: { readonly instruction: number; readonly registers: readonly number[] };
}

/** Begins a program over lines of text, or over frames whose columns are the leaves of `type`. */
export type BeginKernelRows = (source: "lines" | { readonly frame: RowType }) => KernelRows;

/** The type of a value. */
export function typeOf(value: KernelValue): RowType {
  switch (value.kind) {
    case "scalar":
      return scalarOf(value.tags);
    case "tuple":
      return { kind: "tuple", items: value.items.map(typeOf) };
    case "record":
      return { kind: "record", fields: value.fields.map(([name, field]) => [name, typeOf(field)] as const) };
    case "list": {
      const { laidOut } = value;
      if (laidOut) return { kind: "optional", of: typeOf(laidOut.value), missing: laidOut.missing };
      return { kind: "list", of: scalarOf(0) };
    }
  }
}

type Scalar = Extract<KernelValue, { kind: "scalar" }>;
export type Scalars = readonly Scalar[];

/** The scalars of a value, depth first. */
export function scalarsOf(value: KernelValue): Scalar[] {
  switch (value.kind) {
    case "scalar":
      return [value];
    case "tuple":
      return value.items.flatMap(scalarsOf);
    case "record":
      return value.fields.flatMap(([, field]) => scalarsOf(field));
    case "list":
      return value.laidOut?.leaves() ?? [];
  }
}

/** Whether rows that are such values can be laid out in columns. */
export function hasColumns(value: KernelValue): boolean {
  switch (value.kind) {
    case "scalar":
      return true;
    case "tuple":
      return value.items.every(hasColumns);
    case "record":
      return value.fields.every(([, field]) => hasColumns(field));
    case "list":
      return value.laidOut !== undefined && hasColumns(value.laidOut.value);
  }
}

/** Whether there is a list in a value, or what may be missing as a whole. */
export function hasList(value: KernelValue): boolean {
  switch (value.kind) {
    case "scalar":
      return false;
    case "tuple":
      return value.items.some(hasList);
    case "record":
      return value.fields.some(([, field]) => hasList(field));
    case "list":
      return true;
  }
}

/** Whether a value may be an object or array of JSON text as it stands. */
export function hasJson(value: KernelValue): boolean {
  return scalarsOf(value).some(({ tags }) => (tags & (1 << abi.TAG_JSON)) !== 0);
}
