import { abi } from "#kernel";
import type { BuiltProgram } from "../lowering/compile/kernel-rows.js";
import type { KernelEnd } from "../plan/operator.js";

/** A program that cuts lines into pieces, if at all, and does nothing with these but count them or add a number for each: it runs as one loop. */
export interface FusedWords {
  readonly op: "sum-words" | "count-words";
  /** An ASCII code. */
  readonly separator: number;
  readonly value: number;
}

const WORDS = 8;
const LINE_END = 10;

/** A program over lines as one loop; undefined where it is another one. */
export function fusedWords({ program, inputs }: BuiltProgram, end: KernelEnd): FusedWords | undefined {
  const { instructions, constants } = program;
  const at = (index: number) => instructions.subarray(index * WORDS, (index + 1) * WORDS);
  const dst = at(0)[1];
  let piece = dst!;
  let separator = LINE_END;
  const count = instructions.length / WORDS;
  if (count === 3) {
    const [expand, pieces, of, , , carried, , extra] = at(1);
    if (expand !== abi.OP_EXPAND || of !== dst || carried !== 0 || extra! >= 128) return undefined;
    piece = pieces!;
    separator = extra!;
  } else if (count !== 2) return undefined;
  if (end.kind === "count") return { op: "count-words", separator, value: 0 };
  if (end.kind !== "group" || end.key?.kind !== "scalar" || end.aggregates.length !== 1 || end.folded) return undefined;
  const [key, first, value] = inputs;
  const constant = constants.find(({ register }) => register === value)?.value;
  if (key !== piece || first !== value || end.aggregates[0]!.op !== "sum" || typeof constant !== "number")
    return undefined;
  return { op: "sum-words", separator, value: constant };
}
