import { abi } from "#kernel";
import { decodeFrame, type FrameReader } from "../../src/block/row-decoder.js";
import { NUMBER, type RowType, STRING } from "../../src/block/row-type.js";
import type { KernelWork } from "../../src/engine/task.js";

const SPACE = 0x20;

/** What the sums of words are. */
export const WORD_SUMS: RowType = { kind: "tuple", items: [STRING, NUMBER] };

/** The pairs of a frame of texts and numbers. */
export function decodePairs(
  reader: FrameReader,
  ptr: number,
  rows: number,
  rowsWanted?: number,
): Generator<Array<[string, number]>> {
  return decodeFrame(WORD_SUMS, reader, ptr, rows, rowsWanted) as Generator<Array<[string, number]>>;
}

/** Counts the words of text, with 1 for each. */
export function sumWords(reducers = 1): KernelWork {
  return { op: "sum-words", separator: SPACE, value: 1, reducers, keysExpected: 0, type: WORD_SUMS };
}

/** The number of words of text. */
export const COUNT_WORDS: KernelWork = { op: "count-words", separator: SPACE };

/** Merges frames of sums. */
export const mergeSums = (reducers = 1): KernelWork => ({
  op: "program",
  program: {
    instructions: Int32Array.of(abi.OP_SOURCE, 0, -1, -1, -1, 2, 0, 0, abi.OP_GROUP, -1, -1, -1, -1, 0, 0, 0),
    registers: 2,
    constants: [],
    data: new Uint8Array(Int32Array.of(0, 1).buffer),
  },
  seeds: [],
  sink: {
    kind: "group",
    instruction: 1,
    spec: {
      key: { kind: "scalar" },
      keyRegisters: [0],
      aggregates: [{ op: "sum", first: 1, value: 1, isNumber: true }],
    },
    reducers,
    keysExpected: 0,
    type: WORD_SUMS,
  },
});
