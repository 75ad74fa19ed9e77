import { beforeAll, describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { ASSISTS } from "../../../src/kernel/assist.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { isBail, type KernelProgram, ProgramRun } from "../../../src/kernel/program.js";
import { beginRows } from "../../../src/lowering/compile/begin-rows.js";
import { lower } from "../../../src/lowering/lower.js";
import { ensureParser } from "../../../src/lowering/parser.js";
import { ARTEFACTS, MIB, newKernel, put } from "../../support/kernel.js";

beforeAll(ensureParser);

/** Counts the lines for which a function is truthy. */
function counting(fn: (line: string) => unknown): KernelProgram {
  const rows = beginRows("lines");
  const lowering = lower(fn as never);
  if (!lowering.ok) throw new Error(lowering.reason);
  const test = rows.apply(lowering.expression, [rows.row]);
  if ("ok" in test) throw new Error(test.reason);
  rows.filter(test);
  return rows.build({ op: abi.OP_COUNT, inputs: [] }).program;
}

function countOf(kernel: Kernel, program: KernelProgram, text: string): number {
  const { ptr, bytes } = put(kernel, text);
  const run = new ProgramRun(kernel, program, [], ASSISTS);
  try {
    run.runLines(ptr, bytes);
    return run.counted;
  } finally {
    run.free();
    kernel.memory.free(ptr);
  }
}

describe.each(ARTEFACTS)("programs that stay in memory (%s)", (artefact) => {
  it("take no more room when they run again, and count anew", () => {
    const kernel = newKernel(artefact);
    const program = counting((line) => line.length > 1);
    expect(countOf(kernel, program, "a\nbb\nccc\n")).toBe(2);
    const { bytesTaken } = kernel.memory;
    expect(countOf(kernel, program, "aaaa\n")).toBe(1);
    // One that comes from another thread is a copy.
    expect(countOf(kernel, structuredClone(program), "bb\nbb\nbb\n")).toBe(3);
    expect(kernel.memory.bytesTaken).toBe(bytesTaken);
  });

  it("are loaded for each run where two go on at once", () => {
    const kernel = newKernel(artefact);
    const program = counting((line) => line !== "a");
    const first = new ProgramRun(kernel, program, [], ASSISTS);
    expect(countOf(kernel, program, "a\nb\n")).toBe(1);
    const { ptr, bytes } = put(kernel, "a\nb\nc\n");
    first.runLines(ptr, bytes);
    expect(first.counted).toBe(2);
    first.free();
    kernel.memory.free(ptr);
  });

  it("have an arena of the first size again after texts that needed more", () => {
    const kernel = newKernel(artefact);
    const program = counting((line) => `${line}${line}`.length > 3);
    countOf(kernel, program, "a\n");
    const { bytesTaken } = kernel.memory;
    expect(countOf(kernel, program, `${"x".repeat(200_000)}\nb\n`)).toBe(1);
    // The arena comes back with the next run.
    expect(kernel.memory.bytesTaken).toBeLessThanOrEqual(bytesTaken);
    expect(countOf(kernel, program, "abc\nb\n")).toBe(1);
  });

  it("do not stay where JavaScript has to do it", () => {
    const kernel = newKernel(artefact);
    const program = counting((line) => JSON.parse(line).x > 1);
    const bail = () => countOf(kernel, program, '{"x":2}\n{"x":\n');
    expect(bail).toThrow();
    expect(kernel.memory.reclaim()).toBe(false);
    try {
      bail();
    } catch (error) {
      expect(isBail(error)).toBe(true);
    }
    expect(countOf(kernel, program, '{"x":2}\n')).toBe(1);
  });

  it("are given back, oldest first, beyond a limit, and all where room is short", () => {
    const kernel = newKernel(artefact, 8 * MIB);
    const before = kernel.memory.bytesTaken;
    for (let i = 0; i < 40; i++)
      expect(
        countOf(
          kernel,
          counting((line) => line > "a"),
          "a\nb\n",
        ),
      ).toBe(1);
    expect(kernel.memory.bytesTaken - before).toBeLessThan(4.5 * MIB);
    const room = kernel.memory.bytesMax - before - 4 * 65_536;
    const ptr = kernel.memory.allocate(room);
    expect(kernel.memory.bytesTaken - before).toBeGreaterThanOrEqual(room);
    kernel.memory.free(ptr);
    expect(kernel.memory.reclaim()).toBe(false);
  });
});
