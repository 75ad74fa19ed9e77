import type { LookUpRows } from "../../kernel/program.js";

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
  /** The rows that it looks up in, or a table that is given later; then it has a dst even where nobody reads it. */
  readonly lookUp?: LookUpRows | "table";
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
  /** A row for each element of a list in a column: of each leaf of the elements the value, and its column. */
  | {
      readonly kind: "elements";
      readonly of: number;
      readonly leaves: ReadonlyArray<{ readonly value: number; readonly column: number }>;
    }
  /** A row for each of some items: of each of their leaves the value, and the values in the items that it is taken from. */
  | {
      readonly kind: "items";
      readonly leaves: ReadonlyArray<{ readonly value: number; readonly from: readonly number[] }>;
    }
  /** The rows of each key in turn: what it groups by and begins with, and the values that stand for what a key has so far. */
  | { readonly kind: "fold"; readonly reads: readonly number[]; readonly states: readonly number[] }
  /** Rows of one key go on one after the other, with the state of the key: whether there is one, and its leaves. */
  | {
      readonly kind: "turns";
      readonly keys: readonly number[];
      readonly exists: number;
      readonly leaves: readonly number[];
    }
  /** They have changed it, and come back to their places with what was made of them. */
  | {
      readonly kind: "returns";
      readonly put: number;
      readonly remove: number;
      readonly next: readonly number[];
      readonly returned: ReadonlyArray<{ readonly value: number; readonly from: number }>;
    };

/** The values that a barrier reads. */
export function readBy(barrier: Barrier): readonly number[] {
  switch (barrier.kind) {
    case "filter":
      return [barrier.test];
    case "expand":
    case "elements":
      return [barrier.of];
    case "items":
      return barrier.leaves.flatMap(({ from }) => from);
    case "fold":
      return barrier.reads;
    case "turns":
      return barrier.keys;
    case "returns":
      return [barrier.put, barrier.remove, ...barrier.next, ...barrier.returned.map(({ from }) => from)];
  }
}

/** What a program computes, where. */
export interface Plan {
  /** By level: what is computed there, in order. */
  readonly placed: ReadonlyArray<readonly Computation[]>;
  /** By level: the values from before its barrier that are read after it. */
  readonly across: ReadonlyArray<readonly number[]>;
  /** What reads a value last; absent for what the sink reads. */
  readonly lastUse: ReadonlyMap<number, Computation | Barrier>;
  readonly isRead: (value: number) => boolean;
}
