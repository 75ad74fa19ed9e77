import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { type KernelProgram, ProgramRun } from "../../../src/kernel/program.js";
import { JsonSlice, type VectorValue } from "../../../src/kernel/vector.js";
import { shown, shownVector } from "../../support/json-model.js";
import { JsonTexts } from "../../support/json-texts.js";
import { ARTEFACTS, newKernel, thrownBy } from "../../support/kernel.js";
import { random } from "../../support/property.js";

const words = (...rows: number[][]) =>
  Int32Array.from(rows.flatMap((row) => [...row, ...Array(8 - row.length).fill(0)]));

describe.each(ARTEFACTS)("arrays as JSON text (%s)", (artefact) => {
  const run = (instructions: Int32Array, data: Int32Array, values: readonly VectorValue[]) => {
    const program: KernelProgram = { instructions, registers: 3, constants: [], data: new Uint8Array(data.buffer) };
    const programRun = new ProgramRun(newKernel(artefact), program, [], new Map());
    programRun.runValues([{ register: 0, values }]);
    return programRun;
  };
  /** Register 1: the elements; register 2: the array that each comes from. */
  const elements = (values: readonly VectorValue[]) =>
    run(
      words([abi.OP_SOURCE, 0], [abi.OP_EXPAND, 1, 0, -1, -1, 1, 0, abi.EXPAND_JSON], [abi.OP_COUNT]),
      Int32Array.of(0, 2),
      values,
    );
  const lengths = (values: readonly VectorValue[]) =>
    run(words([abi.OP_SOURCE, 0], [abi.OP_JSON_LENGTH, 1, 0], [abi.OP_COUNT]), Int32Array.of(), values).valuesOf(
      1,
      values.length,
    );

  it("have elements, as many as a length", () => {
    const texts = new JsonTexts(random(7));
    for (let round = 0; round < 60; round++) {
      const arrays = Array.from(
        { length: 20 },
        () => `[${Array.from({ length: texts.below(6) }, () => texts.value(2)).join(" , ")}]`,
      );
      const expected = arrays.flatMap((array) =>
        (JSON.parse(array) as unknown[]).map((element) => [element, JSON.parse(array)]),
      );
      const slices = arrays.map((text) => new JsonSlice(text));
      const found = elements(slices);
      expect(found.counted).toBe(expected.length);
      expect(found.valuesOf(1, expected.length).map(shownVector)).toEqual(expected.map(([element]) => shown(element)));
      expect(found.valuesOf(2, expected.length).map(shownVector)).toEqual(expected.map(([, array]) => shown(array)));
      expect(lengths(slices)).toEqual(arrays.map((array) => JSON.parse(array).length));
    }
  });

  it("may have more elements than a vector, and texts longer than the arena", () => {
    const long = `[${Array.from({ length: 3000 }, (_, i) => `"\\u0061${"x".repeat(40)}${i}"`).join()}]`;
    const found = elements([new JsonSlice("[]"), new JsonSlice(long), new JsonSlice("[1]")]);
    expect(found.counted).toBe(3001);
    const last = Array.from({ length: 3000 }, (_, i) => `a${"x".repeat(40)}${i}`).slice(2048);
    expect(found.valuesOf(1, 953)).toEqual([...last, 1]);
  });

  it("bail where it is another thing", () => {
    for (const value of [undefined, "text", 5, new JsonSlice("{}")])
      expect(thrownBy(() => elements([value]))).toBeInstanceOf(Error);
    expect(lengths([undefined, null, 5, true])).toEqual([undefined, undefined, undefined, undefined]);
    for (const value of ["text", new JsonSlice('{"length":1}')])
      expect(thrownBy(() => lengths([value]))).toBeInstanceOf(Error);
  });
});
