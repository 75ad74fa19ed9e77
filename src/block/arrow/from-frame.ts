import { abi } from "#kernel";
import type { FrameReader } from "../row-decoder.js";
import { columnKind, type RowType } from "../row-type.js";
import {
  type ArrowBatch,
  type ArrowColumn,
  type ArrowType,
  bitmap,
  bytesOf,
  itemName,
  NO_BYTES,
  type RowColumns,
  replaceSurrogates,
} from "./columns.js";

// Where a column of the directory has the offsets of its buffers.
const COLUMN_A = 4;
const COLUMN_B = 12;

/**
 * The columns that rows of a type have in a frame as in Arrow; undefined where a column of the frame has values of several types, or where it depends
 * on the values what a row is there: lists, and tuples within rows.
 */
export function columnsOfType(type: RowType): RowColumns | undefined {
  if (type.kind === "list") return undefined;
  if (type.kind === "scalar") {
    const value = arrowType(type);
    return value && { form: "value", fields: [{ name: "value", type: value }] };
  }
  const isTuple = type.kind === "tuple";
  const named: ReadonlyArray<readonly [string, RowType]> = isTuple
    ? type.items.map((item, i) => [itemName(i), item] as const)
    : type.fields;
  const fields = namedFields(named);
  return fields && { form: isTuple ? "tuple" : "record", fields };
}

function arrowType(type: RowType): ArrowType | undefined {
  if (type.kind === "record") {
    const fields = namedFields(type.fields);
    return fields && { kind: "struct", isTuple: false, fields };
  }
  if (type.kind !== "scalar") return undefined;
  switch (columnKind(type)) {
    case abi.COLUMN_UTF8:
      return { kind: "utf8" };
    case abi.COLUMN_F64:
      return { kind: "f64" };
    case abi.COLUMN_BOOLEAN:
      return { kind: "bool" };
    case abi.COLUMN_I64:
      return { kind: "i64" };
    default:
      return undefined;
  }
}

function namedFields(named: ReadonlyArray<readonly [string, RowType]>): RowColumns["fields"] | undefined {
  const fields: Array<RowColumns["fields"][number]> = [];
  for (const [name, type] of named) {
    const field = arrowType(type);
    if (field === undefined) return undefined;
    fields.push({ name, type: field });
  }
  return fields;
}

/** The rows of a frame whose columns are `columns`, its buffers copied: no value is made. */
export function batchOfFrame(columns: RowColumns, reader: FrameReader, ptr: number, rows: number): ArrowBatch {
  let index = 0;
  const next = (type: ArrowType): ArrowColumn => {
    if (type.kind !== "struct") return copied(reader, ptr, index++, rows);
    return { length: rows, nullCount: 0, buffers: [NO_BYTES], children: type.fields.map((field) => next(field.type)) };
  };
  return { rows, columns: columns.fields.map(({ type }) => next(type)) };
}

function copied(reader: FrameReader, ptr: number, index: number, rows: number): ArrowColumn {
  const entry = ptr + abi.BLOCK_HEADER_BYTES + index * abi.BLOCK_COLUMN_BYTES;
  const { buffer } = reader.copyOut(entry, abi.BLOCK_COLUMN_BYTES);
  const directory = new DataView(buffer);
  const kind = directory.getUint32(0, true);
  const a = ptr + directory.getUint32(COLUMN_A, true);
  const buffers: Uint8Array[] = [NO_BYTES];
  if (kind === abi.COLUMN_UTF8) {
    const offsets = new Int32Array(reader.copyOut(a, 4 * (rows + 1)).buffer);
    const begin = offsets[0]!;
    const text = reader.copyOut(ptr + directory.getUint32(COLUMN_B, true) + begin, offsets[rows]! - begin);
    replaceSurrogates(text);
    buffers.push(bytesOf(begin === 0 ? offsets : offsets.map((offset) => offset - begin)), text);
  } else if (kind === abi.COLUMN_BOOLEAN) {
    const bytes = reader.copyOut(a, rows);
    buffers.push(bitmap(rows, (row) => bytes[row] !== 0));
  } else buffers.push(reader.copyOut(a, 8 * rows));
  return { length: rows, nullCount: 0, buffers, children: [] };
}
