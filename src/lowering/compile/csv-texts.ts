import { abi } from "#kernel";
import { BIGINT, BOOLEAN, NUMBER, STRING, UNDEFINED } from "../../block/row-type.js";
import { type CsvType, csvFieldsTable } from "../../kernel/csv-fields.js";
import type { LineFormat } from "../../schema/format.js";
import type { KernelValue } from "./kernel-rows.js";
import type { Scalar, Scalars } from "./scalars.js";

/** Rows that lines are made into. */
export interface ReadTexts {
  readonly row: KernelValue;
  /** Whether a line is as its schema wants it. */
  readonly ok: Scalar;
  /** Whether it is a row, where a line may be as it should be without being one: a header. */
  readonly isRow?: Scalar;
}

const TAGS: Readonly<Record<CsvType, number>> = {
  utf8: STRING.tags,
  f64: NUMBER.tags | UNDEFINED.tags,
  i64: NUMBER.tags | UNDEFINED.tags,
  "i64.big": BIGINT.tags | UNDEFINED.tags,
  bool: BOOLEAN.tags | UNDEFINED.tags,
};

/** The rows that lines of CSV are by a schema. Columns that nobody reads are checked. */
export function readCsvTexts(
  { graph }: Scalars,
  text: Scalar,
  { schema, options }: Extract<LineFormat, { kind: "csv" }>,
): ReadTexts {
  const ok = graph.newValue();
  const isRow = options.header ? graph.newValue() : undefined;
  const columns = Object.entries(schema).map(([name, { type }]) => ({
    name,
    type: type as CsvType,
    value: graph.newValue(),
  }));
  graph.add({
    op: abi.OP_CSV_FIELDS,
    operands: [text.register],
    imm: 0,
    outputs: [ok, ...(isRow === undefined ? [] : [isRow]), ...columns.map(({ value }) => value)],
    isEffect: false,
    data: (registerOf, isRead) => {
      const wanted = (value: number) => (isRead(value) ? registerOf(value) : undefined);
      return csvFieldsTable({
        ...options,
        columns: columns.map(({ name, type, value }) => ({ name, type, register: wanted(value) })),
        ok: wanted(ok),
        kept: isRow === undefined ? undefined : wanted(isRow),
      });
    },
  });
  const boolean = (register: number): Scalar => ({ kind: "scalar", tags: BOOLEAN.tags, register });
  const fields = columns.map(
    ({ name, type, value }) => [name, { kind: "scalar", tags: TAGS[type], register: value }] as const,
  );
  return { row: { kind: "record", fields }, ok: boolean(ok), ...(isRow !== undefined && { isRow: boolean(isRow) }) };
}
