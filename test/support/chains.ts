import { abi } from "#kernel";
import { decodeFrame } from "../../src/block/row-decoder.js";
import { encodeTyped } from "../../src/block/row-encoder.js";
import { columnKind, leavesOf } from "../../src/block/row-type.js";
import { lookUpStates } from "../../src/engine/look-up-states.js";
import { ASSISTS } from "../../src/kernel/assist.js";
import { CollectSink } from "../../src/kernel/collect-sink.js";
import type { Kernel } from "../../src/kernel/kernel.js";
import { ProgramRun } from "../../src/kernel/program.js";
import { beginRows } from "../../src/lowering/compile/begin-rows.js";
import { type KernelRows, type KernelValue, typeOf } from "../../src/lowering/compile/kernel-rows.js";
import type { Refusal } from "../../src/lowering/expression.js";
import { lower } from "../../src/lowering/lower.js";
import { put } from "./kernel.js";

/** A function of the rows of a chain, by what is done with its results. */
export type Step = readonly [kind: "map" | "filter" | "flatMap", fn: (row: never) => unknown];

/** What a chain makes of rows in JavaScript. */
export function plainly(rows: readonly unknown[], steps: readonly Step[]): unknown[] {
  return steps.reduce<unknown[]>(
    (before, [kind, fn]) => {
      const call = (row: unknown) => fn(row as never);
      if (kind === "flatMap") return before.flatMap(call);
      return kind === "map" ? before.map(call) : before.filter(call);
    },
    [...rows],
  );
}

/** Adds the steps to a program that begins; throws where one of them is refused. */
export function withSteps(rows: KernelRows, steps: readonly Step[]): KernelRows {
  for (const [kind, fn] of steps) {
    const lowering = lower(fn as never);
    if (!lowering.ok) throw new Error(lowering.reason);
    const value = accepted(rows.apply(lowering.expression, [rows.row]));
    if (kind === "map") rows.setRow(value);
    else accepted(kind === "filter" ? rows.filter(value) : rows.expand(value));
  }
  return rows;
}

function accepted<T extends KernelValue | undefined>(result: T | Refusal): T {
  if (result !== undefined && "ok" in result) throw new Error(result.reason);
  return result as T;
}

/** What the program of a chain makes of lines of text. */
export function ofLines(kernel: Kernel, lines: readonly string[], steps: readonly Step[]): unknown[] {
  const { ptr, bytes } = put(kernel, lines.map((line) => `${line}\n`).join(""));
  try {
    return collected(kernel, withSteps(beginRows("lines"), steps), (run) => run.runLines(ptr, bytes));
  } finally {
    kernel.memory.free(ptr);
  }
}

/** What the program of a chain makes of rows, given as a frame. */
export function ofRows(kernel: Kernel, rows: readonly unknown[], steps: readonly Step[]): unknown[] {
  const { type, frame } = encodeTyped(rows, kernel)!;
  try {
    return collected(kernel, withSteps(beginRows({ frame: type }), steps), (run) => run.runFrame(frame.ptr));
  } finally {
    kernel.memory.free(frame.ptr);
  }
}

function collected(kernel: Kernel, rows: KernelRows, feed: (run: ProgramRun) => void): unknown[] {
  const type = typeOf(rows.row);
  const { program, inputs, sink } = rows.build({ op: abi.OP_COLLECT, inputs: [rows.row] });
  const kinds = leavesOf(type).map(columnKind);
  const columns = inputs.map((register, i) => ({ register, kind: kinds[i]! }));
  const collect = new CollectSink(kernel, { instruction: sink, columns, partitioning: { by: "one" } });
  const run = new ProgramRun(kernel, program, [collect, ...lookUpStates(kernel, program)], ASSISTS);
  try {
    feed(run);
    const frames = collect.finish().flat();
    const result = frames.flatMap(({ ptr, rows: count }) => [...decodeFrame(type, kernel.memory, ptr, count)].flat());
    for (const { ptr } of frames) kernel.memory.free(ptr);
    return result;
  } finally {
    run.free();
  }
}
