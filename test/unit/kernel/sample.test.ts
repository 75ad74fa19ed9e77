import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { decodeFrame } from "../../../src/block/row-decoder.js";
import { columnKinds } from "../../../src/block/row-type.js";
import { ASSISTS } from "../../../src/kernel/assist.js";
import { CollectSink } from "../../../src/kernel/collect-sink.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { ProgramRun } from "../../../src/kernel/program.js";
import { SampleState } from "../../../src/kernel/sample-state.js";
import { beginRows } from "../../../src/lowering/compile/begin-rows.js";
import { typeOf } from "../../../src/lowering/compile/kernel-rows.js";
import { ensureParser } from "../../../src/lowering/parser.js";
import { SampleOperator } from "../../../src/operators/sample.js";
import { withSteps } from "../../support/chains.js";
import { putFrame } from "../../support/frames.js";
import { ARTEFACTS, newKernel } from "../../support/kernel.js";
import { typeOfColumns } from "../../support/orders.js";
import { check } from "../../support/property.js";

beforeAll(ensureParser);

type Row = [string, number];

const rowsOf = (count: number): Row[] => Array.from({ length: count }, (_, i) => [`row ${i % 50}`, i]);
const isOdd = ([, n]: Row) => n % 2 === 1;

/** A sample, then those that are odd, then a sample of these. */
function inJavaScript(rows: readonly Row[], operators: readonly SampleOperator[], partition: number): Row[] {
  const sampled = (given: readonly Row[], operator: SampleOperator): Row[] => {
    const made: Row[] = [];
    const sink = operator.connect({ push: (row) => void made.push(row as Row), end: () => {} }, undefined, partition);
    for (const row of given) sink.push(row);
    return made;
  };
  const [first, second] = operators;
  return sampled(sampled(rows, first!).filter(isOdd), second!);
}

/** The same in the kernel, the rows in frames of so many. */
function inKernel(
  kernel: Kernel,
  rows: readonly Row[],
  operators: readonly SampleOperator[],
  partition: number,
  frameRows: number,
): unknown[] {
  const type = typeOfColumns(rows, 2);
  const program = beginRows({ frame: type });
  const [first, second] = operators;
  expect(first!.addTo(program).ok).toBe(true);
  withSteps(program, [["filter", isOdd as never]]);
  expect(second!.addTo(program).ok).toBe(true);
  const made = typeOf(program.row);
  const built = program.build({ op: abi.OP_COLLECT, inputs: [program.row] });
  const columns = columnKinds(made).map((kind, i) => ({ register: built.inputs[i]!, kind }));
  const collect = new CollectSink(kernel, { instruction: built.sink, columns, partitioning: { by: "one" } });
  const samples = built.program.samples!.map((at, i) => new SampleState(kernel, at, operators[i]!.seedOf(partition)));
  const run = new ProgramRun(kernel, built.program, [collect, ...samples], ASSISTS);
  try {
    for (let begin = 0; begin < rows.length; begin += frameRows) {
      const { ptr } = putFrame(kernel, type, rows.slice(begin, begin + frameRows));
      run.runFrame(ptr);
      kernel.memory.free(ptr);
    }
    const frames = collect.finish().flat();
    const result = frames.flatMap(({ ptr, rows: count }) => [...decodeFrame(made, kernel.memory, ptr, count)].flat());
    for (const { ptr } of frames) kernel.memory.free(ptr);
    return result;
  } finally {
    run.free();
  }
}

const sampleOf: fc.Arbitrary<[boolean, number]> = fc.oneof(
  fc.tuple(fc.constant(false), fc.constantFrom(0, 1e-3, 0.3, 0.5, 0.999, 1)),
  fc.tuple(fc.constant(true), fc.constantFrom(0, 0.01, 0.7, 1, 2.5, 40, 1e4, Number.MAX_VALUE)),
);
const seeds = fc.oneof(fc.integer(), fc.maxSafeInteger());

describe.each(ARTEFACTS)("samples (%s)", (artefact) => {
  const kernel = newKernel(artefact);

  it("are those that JavaScript draws, row by row", () => {
    const cases = fc.tuple(
      sampleOf,
      sampleOf,
      seeds,
      fc.nat(5),
      fc.constantFrom(1, 30, 3000),
      fc.constantFrom(7, 5000),
    );
    check(
      fc.property(cases, ([one, two, seed, partition, count, frameRows]) => {
        // Two samples with replacement of many rows each would be millions.
        const isLarge = one[0] && two[0] && one[1] * two[1] > 100;
        const rows = rowsOf(isLarge ? 2 : count);
        const operators = [new SampleOperator(...one, seed), new SampleOperator(...two, seed + 1)];
        const expected = inJavaScript(rows, operators, partition);
        expect(inKernel(kernel, rows, operators, partition, frameRows)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("go on where an input ends, and begin anew in the next task", () => {
    const rows = rowsOf(4000);
    const operators = [new SampleOperator(false, 0.5, 3), new SampleOperator(true, 1.5, 4)];
    const whole = inKernel(kernel, rows, operators, 1, rows.length);
    expect(whole).toEqual(inJavaScript(rows, operators, 1));
    expect(inKernel(kernel, rows, operators, 1, 333)).toEqual(whole);
    expect(inKernel(kernel, rows, operators, 2, 333)).not.toEqual(whole);
  });

  it("are refused without a seed", () => {
    const program = beginRows({ frame: typeOfColumns(rowsOf(1), 2) });
    new SampleOperator(false, 0.5, 1).addTo(program);
    const built = program.build({ op: abi.OP_COUNT, inputs: [] });
    expect(() => new ProgramRun(kernel, built.program, [], ASSISTS)).toThrow("was given no seed");
  });
});
