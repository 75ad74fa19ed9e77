import { abi } from "#kernel";
import { columnKinds, leavesOf, type RowType } from "../block/row-type.js";
import { CollectSink } from "../kernel/collect-sink.js";
import type { FinishedBlock } from "../kernel/frame.js";
import type { Kernel } from "../kernel/kernel.js";
import { bail, type KernelProgram, ProgramRun } from "../kernel/program.js";
import { RowIndex } from "../kernel/row-index.js";
import type { JoinWork, ListsWork } from "./task.js";

const NONE = -1;
/** A join makes at most so many rows of each row that it reads, and some more; one that makes more is left to JavaScript, which makes them as they are read. */
const ROWS_MADE_OF_ONE_MAX = 16;
const ROWS_MADE_MORE = 65_536;

/**
 * Sealed frames with the rows of a join, in the order of its keys' arrival, left rows outermost. `frames`: addresses in this kernel's memory.
 *
 * **Errors:** `KernelError` "bail" where a key is JSON, or the join has very many rows; "memory-limit".
 */
export function joinedFrames(
  kernel: Kernel,
  { sides, key, keeps, values, type }: JoinWork,
  frames: readonly number[],
): FinishedBlock[] {
  const index = indexOf(kernel, key, sides, frames);
  try {
    index.join(keeps);
    if (index.pairs > ROWS_MADE_OF_ONE_MAX * index.rows + ROWS_MADE_MORE) throw bail("A join has very many rows.");
    const kinds = columnKinds(type);
    const sink = new CollectSink(kernel, {
      instruction: 1,
      columns: kinds.map((kind, register) => ({ register, kind })),
      partitioning: { by: "one" },
    });
    const run = new ProgramRun(kernel, programOf(leavesOf(key).length, values), [sink], new Map());
    try {
      run.runJoin(index.ptr);
      return sink.finish()[0]!;
    } finally {
      run.free();
    }
  } finally {
    index.free();
  }
}

/** Sealed frames with the keys of all rows and the lists of their values, in order of first arrival. `frames` and errors as of `joinedFrames`. */
export function listedFrames(
  kernel: Kernel,
  { sides, key, columns }: ListsWork,
  frames: readonly number[],
): FinishedBlock[] {
  const index = indexOf(kernel, key, sides, frames);
  try {
    return index.lists(columns);
  } finally {
    index.free();
  }
}

/** The rows of all sides by key. `counts`: frames of each. */
function indexOf(kernel: Kernel, key: RowType, counts: readonly number[], frames: readonly number[]): RowIndex {
  const keys = leavesOf(key).map((_, i) => i);
  let end = 0;
  const sides = counts.map((count) => {
    end += count;
    return { frames: frames.slice(end - count, end), keys };
  });
  return new RowIndex(kernel, { sides, isScalarKey: key.kind === "scalar" });
}

/** Key, value of the left side, value of the right one: as the join gives them. */
function programOf(keys: number, [left, right]: JoinWork["values"]): KernelProgram {
  const columns = (of: number, first: number, count: number) =>
    Array.from({ length: count }, (_, i) => [of, first + i]);
  const sources = [
    ...columns(abi.JOIN_KEY, 0, keys),
    ...columns(abi.JOIN_LEFT, keys, left),
    ...columns(abi.JOIN_RIGHT, keys, right),
  ];
  const source = [abi.OP_SOURCE, 0, NONE, NONE, NONE, sources.length, 0, 0];
  const sink = [abi.OP_COLLECT, NONE, NONE, NONE, NONE, 0, 0, 0];
  return {
    instructions: Int32Array.from([...source, ...sink]),
    registers: sources.length,
    constants: [],
    data: new Uint8Array(Int32Array.from(sources.flat()).buffer),
  };
}
