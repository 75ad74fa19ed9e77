import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { assistCsvFields, type CsvFields, csvFieldsTable } from "../../../src/kernel/csv-fields.js";
import type { Kernel } from "../../../src/kernel/kernel.js";
import { ProgramRun } from "../../../src/kernel/program.js";
import type { VectorValue } from "../../../src/kernel/vector.js";
import type { CheckedCsv } from "../../../src/schema/csv-options.js";
import { readCsv } from "../../../src/schema/read-csv.js";
import { CsvLines, type CsvTestType } from "../../support/csv-lines.js";
import { ARTEFACTS, newKernel } from "../../support/kernel.js";
import { check, random } from "../../support/property.js";

type TestSchema = Readonly<Record<string, { readonly type: CsvTestType }>>;
const DEFAULTS: CheckedCsv = { header: false, delimiter: ",", quote: '"' };

/** Registers 1 (ok), 2 (kept) and those of the columns from 3 on, row by row. */
function readFields(kernel: Kernel, fields: CsvFields, registers: number, lines: readonly string[]): VectorValue[][] {
  const instructions = Int32Array.of(
    ...[abi.OP_SOURCE, 0, 0, 0, 0, 0, 0, 0],
    ...[abi.OP_CSV_FIELDS, -1, 0, -1, -1, 0, 0, 0],
    ...[abi.OP_COUNT, 0, 0, 0, 0, 0, 0, 0],
  );
  const program = { instructions, registers, constants: [], data: csvFieldsTable({ ...fields, ok: 1, kept: 2 }) };
  const run = new ProgramRun(kernel, program, [], new Map([[abi.OP_CSV_FIELDS, assistCsvFields]]));
  try {
    run.runValues([{ register: 0, values: lines }]);
    const values = Array.from({ length: registers - 1 }, (_, i) => run.valuesOf(i + 1, lines.length));
    return lines.map((_, row) => values.map((column) => column[row]));
  } finally {
    run.free();
  }
}

/** What the kernel must make of a line: whether it is a row or header, whether it is a row, the values that are read. */
function expected(schema: TestSchema, options: CheckedCsv, line: string, read: readonly string[]): unknown[] {
  const made = readCsv(schema, options, line);
  const row = made && "row" in made ? made.row : undefined;
  return [made === undefined || row !== undefined, row !== undefined, ...read.map((name) => row?.[name])];
}

function compare(
  kernel: Kernel,
  schema: TestSchema,
  options: CheckedCsv,
  lines: readonly string[],
  read: readonly string[],
) {
  const columns = Object.entries(schema).map(([name, { type }]) => ({
    name,
    type,
    ...(read.includes(name) && { register: 3 + read.indexOf(name) }),
  }));
  const rows = readFields(kernel, { columns, ...options }, 3 + read.length, lines);
  // `toEqual` tells -0 from 0.
  lines.forEach((line, i) => {
    expect([line, ...rows[i]!]).toEqual([line, ...expected(schema, options, line, read)]);
  });
}

describe.each(ARTEFACTS)("CSV_FIELDS (%s)", (artefact) => {
  it("reads what readCsv reads, and refuses what it refuses", () => {
    const kernel = newKernel(artefact);
    const free = kernel.memory.bytesTaken;
    check(
      fc.property(fc.integer(), (seed) => {
        const texts = new CsvLines(random(seed));
        const schema = texts.schema();
        const options = texts.options();
        const lines = Array.from({ length: 40 }, () => texts.line(schema, options));
        const read = Object.keys(schema).filter(() => texts.below(3) > 0);
        compare(kernel, schema, options, lines, read);
      }),
      { numRuns: 400 },
    );
    // The table of powers stays.
    expect(kernel.memory.bytesTaken - free).toBeLessThan(16_384);
  });

  it("makes room for a full vector of long cells with quotes in them", () => {
    const schema = { a: { type: "utf8" }, n: { type: "f64" }, b: { type: "utf8" } } as const;
    const lines = Array.from(
      { length: abi.VECTOR_ROWS },
      (_, i) => `"${'""x'.repeat(i % 300)}",0.${"12345".repeat(i % 30)}1,"${"y".repeat(i)}"`,
    );
    compare(newKernel(artefact), schema, DEFAULTS, lines, ["a", "n", "b"]);
  });

  it("finds headers by all of their names, quoted or not", () => {
    const schema = { id: { type: "utf8" }, 'a"b': { type: "utf8" }, é: { type: "utf8" } } as const;
    const lines = ['id,a"b,é', '"id","a""b","é"', "id,a,é", 'id,a"b', 'id,a"b,é,', 'id,a"b,e', 'id,a"b,"é', "a,b,c"];
    const headers = lines.map((line) => readCsv(schema, { ...DEFAULTS, header: true }, line) === undefined);
    expect(headers).toEqual([true, true, false, false, false, false, false, false]);
    for (const header of [true, false]) compare(newKernel(artefact), schema, { ...DEFAULTS, header }, lines, ["id"]);
  });

  it("has no values where a line is no row", () => {
    const schema = { a: { type: "utf8" }, n: { type: "i64" } } as const;
    const lines = ["first,1", "second,x", "third", '"fourth', "fifth,5"];
    compare(newKernel(artefact), schema, DEFAULTS, lines, ["a", "n"]);
  });
});
