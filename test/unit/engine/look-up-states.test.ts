import { describe, expect, test } from "vitest";
import { lookUpStates } from "../../../src/engine/look-up-states.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import type { KernelProgram, LookUpRows } from "../../../src/kernel/program.js";
import { newKernel } from "../../support/kernel.js";

type Rows = LookUpRows["rows"];

const rowsOf = (name: string): Rows => Array.from({ length: 1000 }, (_, i) => [`${name} ${i}`, i]);

function programOf(...lookUps: Rows[]): KernelProgram {
  return {
    instructions: new Int32Array(8),
    registers: 1,
    constants: [],
    data: new Uint8Array(),
    lookUps: lookUps.map((rows, instruction) => ({ instruction, rows })),
  };
}

const addresses = (kernel: Kernel, ...rows: Rows[]) =>
  lookUpStates(kernel, programOf(...rows)).map(({ statePtr }) => statePtr);

describe("the indexes of look-ups", () => {
  test("are built once for each kernel, also where two instructions look up in the same rows", () => {
    const kernel = newKernel();
    const [first, second] = [rowsOf("a"), rowsOf("b")];
    const [a, b] = addresses(kernel, first, second);
    expect(a).not.toBe(b);
    const before = kernel.memory.bytesTaken;
    expect(addresses(kernel, second, first, second)).toEqual([b, a, b]);
    expect(kernel.memory.bytesTaken).toBe(before);
    const other = newKernel();
    expect(addresses(other, first)).toHaveLength(1);
    expect(other.memory.bytesTaken).toBeGreaterThan(10_000);
  });

  test("survive the states of a program, and are given back when enough others came after them", () => {
    const kernel = newKernel();
    const first = rowsOf("first");
    for (const state of lookUpStates(kernel, programOf(first))) state.free();
    const [address] = addresses(kernel, first);
    const taken: number[] = [];
    for (let i = 0; i < 40; i++) {
      addresses(kernel, rowsOf(`${i % 10} other`));
      if (i === 5) expect(addresses(kernel, first)).toEqual([address]);
      taken.push(kernel.memory.bytesTaken);
    }
    expect(Math.max(...taken.slice(10))).toBeLessThan(1.1 * taken[10]!);
  });

  test("are all there for a program that looks up in more than are kept", () => {
    const kernel = newKernel();
    const rows = Array.from({ length: 20 }, (_, i) => rowsOf(String(i)));
    const found = addresses(kernel, ...rows);
    expect(new Set(found).size).toBe(20);
    expect(addresses(kernel, ...rows)).toEqual(found);
  });
});
