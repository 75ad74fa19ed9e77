import type { FlatTableReader } from "./flat-reader.js";
import * as format from "./format.js";

/** A type of columns that is read, and how wide its values are. */
export type ReadType =
  | { readonly kind: "utf8"; readonly isLarge: boolean }
  | { readonly kind: "float"; readonly bits: 32 | 64 }
  | { readonly kind: "int"; readonly bits: 8 | 16 | 32 | 64; readonly isSigned: boolean }
  | { readonly kind: "bool" | "null" };

export interface ReadField {
  readonly name: string;
  readonly type: ReadType;
  /** Its integers are wanted as such of 64 bits, not as numbers. */
  readonly isBig?: boolean;
  /** Of values that are indices into a dictionary: which one, and the type of the indices. */
  readonly dictionary?: { readonly id: number; readonly indices: ReadType };
}

/** What is not read of Arrow's format. */
export class Unsupported extends Error {}

const NAMES: Readonly<Record<number, string>> = {
  4: "Binary",
  7: "Decimal",
  8: "Date",
  9: "Time",
  10: "Timestamp",
  11: "Interval",
  12: "List",
  13: "Struct",
  14: "Union",
  15: "FixedSizeBinary",
  16: "FixedSizeList",
  17: "Map",
  18: "Duration",
  23: "BinaryView",
  24: "Utf8View",
};

/** The fields of a schema message. */
export function readSchema(schema: FlatTableReader): ReadField[] {
  if (schema.i16(0) !== 0) throw new Unsupported("big-endian numbers are not read");
  return schema.tables(1).map(readField);
}

function readField(field: FlatTableReader): ReadField {
  const name = field.text(0);
  const type = readType(name, field.u8(2), field.table(3));
  const dictionary = field.table(4);
  if (dictionary === undefined) return { name, type };
  if (type.kind !== "utf8") throw new Unsupported(`column ${name} has a dictionary of values that are no strings`);
  return { name, type, dictionary: { id: dictionary.i64(0), indices: indexType(dictionary.table(1)) } };
}

function indexType(int: FlatTableReader | undefined): ReadType {
  return int === undefined ? { kind: "int", bits: 32, isSigned: true } : intType(int);
}

function readType(name: string, id: number, details: FlatTableReader | undefined): ReadType {
  switch (id) {
    case format.TYPE_NULL:
      return { kind: "null" };
    case format.TYPE_BOOL:
      return { kind: "bool" };
    case format.TYPE_UTF8:
    case format.TYPE_LARGE_UTF8:
      return { kind: "utf8", isLarge: id === format.TYPE_LARGE_UTF8 };
    case format.TYPE_INT:
      return intType(details!);
    case format.TYPE_FLOAT: {
      const precision = details?.i16(0);
      if (precision === format.PRECISION_DOUBLE) return { kind: "float", bits: 64 };
      if (precision === format.PRECISION_SINGLE) return { kind: "float", bits: 32 };
      throw new Unsupported(`column ${name} has floats of 16 bits`);
    }
    default:
      throw new Unsupported(`column ${name} is of type ${NAMES[id] ?? `number ${id}`}`);
  }
}

function intType(details: FlatTableReader): ReadType {
  const bits = details.i32(0);
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64) throw new RangeError(`An integer has ${bits} bits.`);
  return { kind: "int", bits, isSigned: details.u8(1) !== 0 };
}
