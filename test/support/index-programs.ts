import { abi } from "#kernel";
import { decodeFrame } from "../../src/block/row-decoder.js";
import { columnKinds, type RowType } from "../../src/block/row-type.js";
import { CollectSink } from "../../src/kernel/collect-sink.js";
import type { Kernel } from "../../src/kernel/kernel.js";
import { ProgramRun, type ProgramState } from "../../src/kernel/program.js";

type Instruction = readonly number[];

/** Runs a program whose last instruction collects registers from 0 on as rows of `type`; returns them. */
export function collectRows(
  kernel: Kernel,
  type: RowType,
  instructions: readonly Instruction[],
  data: readonly number[],
  run: (program: ProgramRun) => void,
  states: readonly ProgramState[] = [],
): unknown[] {
  const kinds = columnKinds(type);
  const sink = new CollectSink(kernel, {
    instruction: instructions.length,
    columns: kinds.map((kind, register) => ({ register, kind })),
    partitioning: { by: "one" },
  });
  const words = [...instructions, [abi.OP_COLLECT]].flatMap((row) => [...row, ...Array(8 - row.length).fill(0)]);
  const program = new ProgramRun(
    kernel,
    {
      instructions: Int32Array.from(words),
      registers: 32,
      constants: [],
      data: new Uint8Array(Int32Array.from(data).buffer),
    },
    [...states, sink],
    new Map(),
  );
  try {
    run(program);
    const frames = sink.finish().flat();
    const rows = frames.flatMap(({ ptr, rows }) => [...decodeFrame(type, kernel.memory, ptr, rows)].flat());
    for (const { ptr } of frames) kernel.memory.free(ptr);
    return rows;
  } finally {
    program.free();
  }
}
