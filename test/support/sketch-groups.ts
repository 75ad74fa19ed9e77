import { abi } from "#kernel";
import { KeyMap } from "../../src/block/key.js";
import { decodeFrame } from "../../src/block/row-decoder.js";
import { BYTES, columnKinds, type RowType, scalarOf } from "../../src/block/row-type.js";
import type { FinishedBlock } from "../../src/kernel/frame.js";
import { GroupSink } from "../../src/kernel/group-sink.js";
import type { Kernel } from "../../src/kernel/kernel.js";
import { ProgramRun } from "../../src/kernel/program.js";
import type { TableStart } from "../../src/kernel/table-room.js";
import type { VectorValue } from "../../src/kernel/vector.js";
import type { Sketch, SketchKind } from "../../src/sketches/sketch.js";

export type SketchRow = readonly [key: VectorValue, value: VectorValue];
type Sealed = Array<[key: unknown, hex: string]>;

const SCALARS = scalarOf(0b111111);
const ROW: RowType = { kind: "tuple", items: [SCALARS, BYTES] };

/** A sink that keeps a sketch for each key, in a program whose registers are key and value. */
export class SketchRun {
  readonly run: ProgramRun;
  readonly sink: GroupSink;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, { form }: SketchKind<unknown>, op: "sketch" | "sketch-merge", start: TableStart = {}) {
    if (form === undefined) throw new Error("The kernel has no such sketch.");
    this.#kernel = kernel;
    const aggregates = [{ op, first: 1, value: 1, sketch: form }];
    this.sink = new GroupSink(kernel, { key: { kind: "scalar" }, keyRegisters: [0], aggregates }, 1, start);
    const instructions = [abi.OP_SOURCE, 0, 0, 0, 0, 2, 0, 0, abi.OP_GROUP, -1, -1, -1, -1, 0, 0, 0];
    const data = new Uint8Array(Int32Array.of(0, 1).buffer);
    this.run = new ProgramRun(
      kernel,
      { instructions: Int32Array.from(instructions), registers: 2, constants: [], data },
      [this.sink],
      new Map(),
    );
  }

  add(rows: readonly SketchRow[]): this {
    for (let from = 0; from < rows.length; from += abi.VECTOR_ROWS) {
      const part = rows.slice(from, from + abi.VECTOR_ROWS);
      this.run.runValues([0, 1].map((register) => ({ register, values: part.map((row) => row[register]) })));
    }
    return this;
  }

  /** One frame, which belongs to the caller; what runs is freed. */
  frame(): FinishedBlock {
    try {
      return this.sink.finish(1, columnKinds(ROW))[0]!;
    } finally {
      this.run.free();
    }
  }

  /** What is sealed for each key, in order of first arrival; all is freed. */
  sealed(): Sealed {
    const { ptr, rows } = this.frame();
    const decoded = [...decodeFrame(ROW, this.#kernel.memory, ptr, rows)].flat() as Array<[unknown, Uint8Array]>;
    this.#kernel.memory.free(ptr);
    return decoded.map(([key, bytes]) => [key, hex(bytes)]);
  }
}

/** The same as the models make it: `parts` one after the other, each as a task of its own would, and then merged; a single part is not merged. */
export function modelSealed(kind: SketchKind<unknown>, parts: ReadonlyArray<readonly SketchRow[]>): Sealed {
  const made = parts.map((rows) => {
    const sketches = new KeyMap<Sketch<unknown>>();
    for (const [key, value] of rows) (sketches.entry(key) ?? sketches.add(key, kind.make())).value.add(value);
    return sketches;
  });
  if (made.length === 1) return [...made[0]!].map(({ key, value }) => [key, hex(value.toBytes())]);
  const merged = new KeyMap<Sketch<unknown>>();
  for (const { key, value } of made.flatMap((sketches) => [...sketches])) {
    (merged.entry(key) ?? merged.add(key, kind.make())).value.merge(value.toBytes());
  }
  return [...merged].map(({ key, value }) => [key, hex(value.toBytes())]);
}

/** The same as the kernel makes it. */
export function kernelSealed(
  kernel: Kernel,
  kind: SketchKind<unknown>,
  parts: ReadonlyArray<readonly SketchRow[]>,
  start?: TableStart,
): Sealed {
  const runs = parts.map((rows) => new SketchRun(kernel, kind, "sketch", start).add(rows));
  if (runs.length === 1) return runs[0]!.sealed();
  const merging = new SketchRun(kernel, kind, "sketch-merge", start);
  for (const run of runs) {
    const { ptr } = run.frame();
    merging.run.runFrame(ptr);
    kernel.memory.free(ptr);
  }
  return merging.sealed();
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
