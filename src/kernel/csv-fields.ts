import { abi } from "#kernel";
import type { Assist } from "./program.js";
import { JsonSlice } from "./vector.js";
import { encodeWtf8 } from "./wtf8.js";

/** What a column of CSV may hold. */
export type CsvType = "utf8" | "f64" | "i64" | "i64.big" | "bool";

export interface CsvColumn {
  readonly name: string;
  readonly type: CsvType;
  /** Register of its values; none where it is only checked. */
  readonly register?: number | undefined;
}

/** What `OP_CSV_FIELDS` makes of lines. */
export interface CsvFields {
  /** In the order of the cells. */
  readonly columns: readonly CsvColumn[];
  /** One ASCII character. */
  readonly delimiter: string;
  /** One ASCII character, or "" for none. */
  readonly quote: string;
  /** Whether lines of the names of the columns are headers. */
  readonly header: boolean;
  /** Register: whether a line is a row or a header. */
  readonly ok?: number | undefined;
  /** Register: whether it is a row. */
  readonly kept?: number | undefined;
}

const NO_QUOTE = 256;
const KINDS: Readonly<Record<CsvType, number>> = {
  utf8: abi.CSV_UTF8,
  f64: abi.CSV_F64,
  i64: abi.CSV_I64,
  "i64.big": abi.CSV_I64_BIG,
  bool: abi.CSV_BOOLEAN,
};

/** The table of `OP_CSV_FIELDS` (assembly/ops/csv.ts), to be placed on a multiple of 8 in a program's data. */
export function csvFieldsTable({ columns, delimiter, quote, header, ok = -1, kept = -1 }: CsvFields): Uint8Array {
  // Text that nobody reads cannot be wrong either.
  const entries = columns.flatMap(({ type, register = -1 }, cell) =>
    type === "utf8" && register < 0 ? [] : [{ cell, kind: KINDS[type], register }],
  );
  const names = header ? columns.map(({ name }) => encodeWtf8(name)) : [];
  const cellsOffset = abi.CSV_HEADER_BYTES + entries.length * abi.CSV_ENTRY_BYTES;
  const namesOffset = cellsOffset + columns.length * abi.CSV_CELL_BYTES;
  const bytes = new Uint8Array(names.reduce((offset, name) => offset + nameRoom(name), namesOffset));
  const view = new DataView(bytes.buffer);
  const quoteCode = quote === "" ? NO_QUOTE : quote.charCodeAt(0);
  const words = [
    columns.length,
    delimiter.charCodeAt(0),
    quoteCode,
    ok,
    kept,
    entries.length,
    header ? namesOffset : 0,
  ];
  for (const [i, word] of words.entries()) view.setInt32(4 * i, word, true);
  for (const [i, { cell, kind, register }] of entries.entries()) {
    const at = abi.CSV_HEADER_BYTES + i * abi.CSV_ENTRY_BYTES;
    view.setUint32(at, cellsOffset + cell * abi.CSV_CELL_BYTES, true);
    view.setUint32(at + 4, kind, true);
    view.setInt32(at + 8, register, true);
  }
  let nameOffset = namesOffset;
  for (const name of names) {
    view.setUint32(nameOffset, name.length, true);
    bytes.set(name, nameOffset + 4);
    nameOffset += nameRoom(name);
  }
  return bytes;
}

/** Bytes of a name in the table: its length, and itself. */
function nameRoom(name: Uint8Array): number {
  return 4 + Math.ceil(name.length / 4) * 4;
}

/**
 * The assist of `OP_CSV_FIELDS`: the numbers of a row that the kernel could not read lie in their registers as if they were JSON text, which no cell is;
 * they are replaced by what JavaScript reads. All else in the row is right already.
 */
export const assistCsvFields: Assist = ({ kernel, rows, instructionPtr, dataPtr, read, write }) => {
  const tablePtr = dataPtr + kernel.memory.view.getUint32(instructionPtr + 24, true);
  const entries = kernel.memory.view.getUint32(tablePtr + 20, true);
  for (let index = 0; index < entries; index++) {
    // Writing may let the memory grow: its view is taken anew.
    const at = tablePtr + abi.CSV_HEADER_BYTES + index * abi.CSV_ENTRY_BYTES;
    const register = kernel.memory.view.getInt32(at + 8, true);
    if (register < 0 || kernel.memory.view.getUint32(at + 4, true) !== abi.CSV_F64) continue;
    for (const row of rows) {
      const value = read(register, row);
      if (value instanceof JsonSlice) write(register, row, Number(value.text));
    }
  }
};
