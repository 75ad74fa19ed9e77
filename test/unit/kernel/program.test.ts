import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { ProgramRun } from "../../../src/kernel/program.js";
import { ARTEFACTS, newKernel, put } from "../../support/kernel.js";

const words = (...rows: number[][]) =>
  Int32Array.from(rows.flatMap((row) => [...row, ...Array(8 - row.length).fill(0)]));

describe.each(ARTEFACTS)("programs (%s)", (artefact) => {
  it("count the pieces of lines, more than a vector has", () => {
    const kernel = newKernel(artefact);
    const free = kernel.memory.bytesTaken;
    const text = `${Array.from({ length: 3000 }, (_, i) =>
      Array(i % 5)
        .fill("w")
        .join(" "),
    ).join("\n")}\n`;
    const { ptr, bytes } = put(kernel, text);
    const instructions = words([abi.OP_SOURCE, 0], [abi.OP_EXPAND, 1, 0, -1, -1, 0, 0, 32], [abi.OP_COUNT]);
    const run = new ProgramRun(
      kernel,
      { instructions, registers: 2, constants: [], data: new Uint8Array(0) },
      [],
      new Map(),
    );
    run.runLines(ptr, bytes);
    const pieces = text
      .slice(0, -1)
      .split("\n")
      .flatMap((line) => line.split(" ")).length;
    expect(run.counted).toBe(pieces);
    run.free();
    kernel.memory.free(ptr);
    expect(kernel.memory.bytesTaken).toBe(free);
  });

  it("keep the rows for which a boolean is true", () => {
    const kernel = newKernel(artefact);
    const instructions = words([abi.OP_SOURCE, 0], [abi.OP_FILTER, -1, 0, -1, -1, 1, 0], [abi.OP_COUNT]);
    const data = new Uint8Array(Int32Array.of(1).buffer);
    const run = new ProgramRun(kernel, { instructions, registers: 2, constants: [], data }, [], new Map());
    run.runValues([
      { register: 0, values: [true, false, true] },
      { register: 1, values: ["a", 2, "\ud83d\ude00\ud800"] },
    ]);
    expect(run.counted).toBe(2);
    expect(run.valuesOf(1, 2)).toEqual(["a", "\ud83d\ude00\ud800"]);
    run.free();
  });
});
