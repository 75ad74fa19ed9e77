import { abi } from "#kernel";
import { assistJsonFields, type JsonFields, jsonFieldsTable } from "../../src/kernel/json-fields.js";
import type { Kernel } from "../../src/kernel/kernel.js";
import { ProgramRun } from "../../src/kernel/program.js";
import type { VectorValue } from "../../src/kernel/vector.js";

const ASSISTS = new Map([[abi.OP_JSON_FIELDS, assistJsonFields]]);

/** Registers from 1 on of JSON_FIELDS over texts (register 0), row by row. Throws what the run throws. */
export function readFields(
  kernel: Kernel,
  fields: JsonFields,
  columns: number,
  texts: readonly VectorValue[],
): VectorValue[][] {
  const instructions = Int32Array.of(
    ...[abi.OP_SOURCE, 0, 0, 0, 0, 0, 0, 0],
    ...[abi.OP_JSON_FIELDS, -1, 0, -1, -1, 0, 0, 0],
    ...[abi.OP_COUNT, 0, 0, 0, 0, 0, 0, 0],
  );
  const program = { instructions, registers: columns + 1, constants: [], data: jsonFieldsTable(fields) };
  const run = new ProgramRun(kernel, program, [], ASSISTS);
  try {
    run.runValues([{ register: 0, values: texts }]);
    const values = Array.from({ length: columns }, (_, i) => run.valuesOf(i + 1, texts.length));
    return texts.map((_, row) => values.map((column) => column[row]));
  } finally {
    run.free();
  }
}
