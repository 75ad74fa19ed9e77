import { encodeTexts } from "../encode-texts.js";
import {
  type ArrowBatch,
  type ArrowColumn,
  type ArrowType,
  bitmap,
  bytesOf,
  NO_BYTES,
  nullColumn,
  type RowColumns,
  replaceSurrogates,
} from "./columns.js";
import { fieldOf, flattened } from "./infer.js";

/** A column has 32-bit offsets. */
const OFFSET_MAX = 2 ** 31 - 1;

/** Text or bytes of a column are more than offsets can say. */
class TooLarge extends RangeError {}

/** Rows as batches: one, or more where the text of a column is too much for one. */
export function encodeBatches({ form, fields }: RowColumns, rows: readonly unknown[]): ArrowBatch[] {
  try {
    if (form === "value") return [{ rows: rows.length, columns: [encodeColumn(fields[0]!.type, rows)] }];
    const struct = { kind: "struct", isTuple: form === "tuple", fields } as const;
    return [{ rows: rows.length, columns: encodeColumn(struct, rows).children }];
  } catch (error) {
    if (!(error instanceof TooLarge) || rows.length < 2) throw error;
    const half = rows.length >>> 1;
    return [
      ...encodeBatches({ form, fields }, rows.slice(0, half)),
      ...encodeBatches({ form, fields }, rows.slice(half)),
    ];
  }
}

/** The values of a column, all of which are null, undefined or of its type. */
export function encodeColumn(type: ArrowType, values: readonly unknown[]): ArrowColumn {
  const { length } = values;
  const isNull = (row: number) => values[row] === null || values[row] === undefined;
  let nullCount = 0;
  for (let row = 0; row < length; row++) if (isNull(row)) nullCount += 1;
  if (nullCount === length) return nullColumn(type, length);
  const validity = nullCount > 0 ? bitmap(length, (row) => !isNull(row)) : NO_BYTES;
  const column = (buffers: readonly Uint8Array[], children: readonly ArrowColumn[] = []): ArrowColumn => ({
    length,
    nullCount,
    buffers: [validity, ...buffers],
    children,
  });
  switch (type.kind) {
    case "utf8":
      return column(textBuffers(values as ReadonlyArray<string | null | undefined>));
    case "f64":
      return column([bytesOf(Float64Array.from(values, (value) => (value as number | null) ?? 0))]);
    case "bool":
      return column([bitmap(length, (row) => values[row] === true)]);
    case "i64":
      return column([bytesOf(BigInt64Array.from(values, (value) => (value as bigint | null) ?? 0n))]);
    case "timestamp":
      return column([bytesOf(BigInt64Array.from(values, (value) => BigInt((value as Date | null)?.getTime() ?? 0)))]);
    case "binary":
      return column(binaryBuffers(values as ReadonlyArray<Uint8Array | null | undefined>));
    case "list": {
      const arrays = values as ReadonlyArray<readonly unknown[] | null | undefined>;
      const offsets = offsetsOf(arrays);
      return column([bytesOf(offsets)], [encodeColumn(type.of, flattened(arrays.map((array) => array ?? [])))]);
    }
    case "struct": {
      const { fields, isTuple } = type;
      const itemOf = isTuple
        ? (value: unknown, i: number) => (value as readonly unknown[])[i]
        : (value: unknown, i: number) => fieldOf(value as object, fields[i]!.name);
      const children = fields.map((field, i) =>
        encodeColumn(
          field.type,
          values.map((value) => (value === null || value === undefined ? undefined : itemOf(value, i))),
        ),
      );
      return column([], children);
    }
    default:
      return nullColumn(type, length);
  }
}

function textBuffers(values: ReadonlyArray<string | null | undefined>): Uint8Array[] {
  const encoded = encodeTexts(values.map((value) => value ?? ""));
  if (encoded === undefined) throw new TooLarge("A column of text is too long for one batch of Arrow.");
  replaceSurrogates(encoded.bytes);
  return [bytesOf(encoded.offsets), encoded.bytes];
}

function binaryBuffers(values: ReadonlyArray<Uint8Array | null | undefined>): Uint8Array[] {
  const offsets = offsetsOf(values);
  const bytes = new Uint8Array(offsets[values.length]!);
  values.forEach((value, row) => {
    if (value) bytes.set(value, offsets[row]!);
  });
  return [bytesOf(offsets), bytes];
}

/** Where each of some values begins when they lie one after the other, and where the last one ends. */
function offsetsOf(values: ReadonlyArray<{ readonly length: number } | null | undefined>): Int32Array {
  const offsets = new Int32Array(values.length + 1);
  let end = 0;
  for (let row = 0; row < values.length; row++) {
    end += values[row]?.length ?? 0;
    if (end > OFFSET_MAX) throw new TooLarge("A column of bytes or arrays is too long for one batch of Arrow.");
    offsets[row + 1] = end;
  }
  return offsets;
}
