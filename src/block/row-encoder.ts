import { abi } from "#kernel";
import type { FinishedBlock } from "../kernel/frame.js";
import type { Kernel } from "../kernel/kernel.js";
import { tagOf, type VectorValue } from "../kernel/vector.js";
import { type EncodedTexts, encodeTexts } from "./encode-texts.js";
import { patternOf } from "./row-builder.js";
import { columnKind, type RowType, type ScalarType } from "./row-type.js";

/** A column that will be in a frame: its kind, its buffers in their order. */
interface EncodedColumn {
  readonly kind: number;
  readonly buffers: readonly Uint8Array[];
}

// Where a column of the directory has the offsets of its buffers.
const COLUMN_A = 4;
const COLUMN_BUFFER_BYTES = 8;

/**
 * The type of rows that are JavaScript values; undefined where they have none, or there is no row. Scalars are strings, numbers, booleans, null,
 * undefined and bigints of 64 bits, and where they are mixed a type has them all; arrays of one length are tuples; plain objects with the same
 * properties in the same order are records. Anything else has no type: other classes, symbols and functions, empty arrays and objects, holes.
 *
 * **Order:** each value is looked at once.
 */
export function typeOfRows(rows: readonly unknown[]): RowType | undefined {
  const first = rows[0];
  if (typeof first !== "object" || first === null) return rows.length > 0 ? typeOfScalars(rows) : undefined;
  if (Array.isArray(first)) {
    const length = first.length;
    if (length === 0 || !areTuples(rows, length)) return undefined;
    const items: RowType[] = [];
    for (let i = 0; i < length; i++) {
      const item = typeOfRows(itemsOf(rows, i));
      if (item === undefined) return undefined;
      items.push(item);
    }
    return { kind: "tuple", items };
  }
  const names = Object.keys(first);
  if (names.length === 0 || !areRecords(rows, names)) return undefined;
  const fields: Array<[string, RowType]> = [];
  for (const name of names) {
    const field = typeOfRows(fieldsOf(rows, name));
    if (field === undefined) return undefined;
    fields.push([name, field]);
  }
  return { kind: "record", fields };
}

function typeOfScalars(values: readonly unknown[]): ScalarType | undefined {
  let tags = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    // What most values are, without a call.
    if (typeof value === "string") tags |= 1 << abi.TAG_STRING;
    else if (typeof value === "number") tags |= 1 << abi.TAG_NUMBER;
    else if (isScalar(value)) tags |= 1 << tagOf(value);
    else return undefined;
  }
  return { kind: "scalar", tags };
}

function isScalar(value: unknown): value is VectorValue {
  switch (typeof value) {
    case "object":
      return value === null;
    case "bigint":
      return BigInt.asIntN(64, value) === value;
    case "symbol":
    case "function":
      return false;
    default:
      return true;
  }
}

function areTuples(rows: readonly unknown[], length: number): rows is ReadonlyArray<readonly unknown[]> {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!Array.isArray(row) || row.length !== length || Object.getPrototypeOf(row) !== Array.prototype) return false;
    // A hole reads as undefined.
    for (let j = 0; j < length; j++) if (row[j] === undefined && !Object.hasOwn(row, j)) return false;
  }
  return true;
}

function areRecords(
  rows: readonly unknown[],
  names: readonly string[],
): rows is ReadonlyArray<Record<string, unknown>> {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (typeof row !== "object" || row === null || Object.getPrototypeOf(row) !== Object.prototype) return false;
    const own = Object.keys(row);
    if (own.length !== names.length) return false;
    for (let j = 0; j < own.length; j++) if (own[j] !== names[j]) return false;
    if (Object.getOwnPropertySymbols(row).length > 0) return false;
  }
  return true;
}

function itemsOf(rows: readonly unknown[], index: number): unknown[] {
  const items: unknown[] = new Array(rows.length);
  for (let i = 0; i < rows.length; i++) items[i] = (rows[i] as readonly unknown[])[index];
  return items;
}

function fieldsOf(rows: readonly unknown[], name: string): unknown[] {
  const fields: unknown[] = new Array(rows.length);
  for (let i = 0; i < rows.length; i++) fields[i] = (rows[i] as Record<string, unknown>)[name];
  return fields;
}

/**
 * A sealed frame with these rows in the kernel's memory, which belongs to the caller; undefined where a row is not of the type, or they are too many
 * for one frame. JSON values and lists do not come from JavaScript.
 *
 * **Cost:** a look at each value, for each column of text one join and one encode, a copy of all columns.
 */
export function encodeFrame(type: RowType, rows: readonly unknown[], kernel: Kernel): FinishedBlock | undefined {
  const columns: EncodedColumn[] = [];
  if (!encodeColumns(type, rows, columns)) return undefined;
  return writeFrame(columns, rows.length, kernel);
}

/** Adds the columns of the values of a type; false where a value is not of it. */
function encodeColumns(type: RowType, values: readonly unknown[], columns: EncodedColumn[]): boolean {
  switch (type.kind) {
    case "scalar": {
      const column = encodeScalars(type, values);
      if (column) columns.push(column);
      return column !== undefined;
    }
    case "tuple":
      return (
        areTuples(values, type.items.length) &&
        type.items.every((item, i) => encodeColumns(item, itemsOf(values, i), columns))
      );
    case "record": {
      const names = Object.keys(patternOf(type.fields.map(([name]) => name)));
      return (
        areRecords(values, names) &&
        type.fields.every(([name, field]) => encodeColumns(field, fieldsOf(values, name), columns))
      );
    }
    case "list":
      return false;
  }
}

function encodeScalars(type: ScalarType, values: readonly unknown[]): EncodedColumn | undefined {
  const kind = columnKind(type);
  switch (kind) {
    case abi.COLUMN_UTF8: {
      for (let i = 0; i < values.length; i++) if (typeof values[i] !== "string") return undefined;
      const texts = encodeTexts(values as readonly string[]);
      return texts && { kind, buffers: [bytesOf(texts.offsets), texts.bytes] };
    }
    case abi.COLUMN_F64: {
      const numbers = new Float64Array(values.length);
      for (let i = 0; i < values.length; i++) {
        const value = values[i];
        if (typeof value !== "number") return undefined;
        numbers[i] = value;
      }
      return { kind, buffers: [bytesOf(numbers)] };
    }
    case abi.COLUMN_BOOLEAN: {
      const booleans = new Uint8Array(values.length);
      for (let i = 0; i < values.length; i++) {
        if (typeof values[i] !== "boolean") return undefined;
        booleans[i] = values[i] ? 1 : 0;
      }
      return { kind, buffers: [booleans] };
    }
    case abi.COLUMN_I64: {
      const integers = new BigInt64Array(values.length);
      for (let i = 0; i < values.length; i++) {
        const value = values[i];
        if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) return undefined;
        integers[i] = value;
      }
      return { kind, buffers: [bytesOf(integers)] };
    }
    default:
      return encodeMixed(type, values);
  }
}

function encodeMixed({ tags: tagsAllowed }: ScalarType, values: readonly unknown[]): EncodedColumn | undefined {
  const payloads = new ArrayBuffer(8 * values.length);
  const words = new Int32Array(payloads);
  const numbers = new Float64Array(payloads);
  const integers = new BigInt64Array(payloads);
  const tags = new Uint8Array(values.length);
  const texts: string[] = new Array(values.length).fill("");
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!isScalar(value)) return undefined;
    const tag = tagOf(value);
    if ((tagsAllowed & (1 << tag)) === 0) return undefined;
    tags[i] = tag;
    if (typeof value === "string") texts[i] = value;
    else if (typeof value === "number") numbers[i] = value;
    else if (typeof value === "bigint") integers[i] = value;
    else if (value === true) words[2 * i] = 1;
  }
  const encoded: EncodedTexts | undefined = encodeTexts(texts);
  if (encoded === undefined) return undefined;
  const { offsets, bytes } = encoded;
  for (let i = 0; i < values.length; i++) {
    if (tags[i] !== abi.TAG_STRING) continue;
    words[2 * i] = offsets[i]!;
    words[2 * i + 1] = offsets[i + 1]! - offsets[i]!;
  }
  return { kind: abi.COLUMN_ANY, buffers: [new Uint8Array(payloads), bytes, tags] };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function writeFrame(columns: readonly EncodedColumn[], rows: number, kernel: Kernel): FinishedBlock | undefined {
  const textBytesOf = ({ buffers }: EncodedColumn) => buffers[1]?.length ?? 0;
  let bytes = abi.BLOCK_HEADER_BYTES + Math.ceil((columns.length * abi.BLOCK_COLUMN_BYTES) / 64) * 64;
  for (const column of columns) bytes += kernel.call("frameColumnBytes", column.kind, rows, textBytesOf(column));
  if (bytes >= 2 ** 31) return undefined;
  const { memory } = kernel;
  const ptr = memory.allocate(bytes);
  let at = kernel.call("frameInit", ptr, bytes, rows, columns.length);
  for (const [index, column] of columns.entries()) {
    const entry = ptr + abi.BLOCK_HEADER_BYTES + index * abi.BLOCK_COLUMN_BYTES + COLUMN_A;
    kernel.call("frameColumn", ptr, index, column.kind, rows, textBytesOf(column), at);
    column.buffers.forEach((buffer, i) => {
      memory.copyIn(ptr + memory.view.getUint32(entry + i * COLUMN_BUFFER_BYTES, true), buffer);
    });
    // Once more, for what `copyIn` wrote behind the bytes.
    at = kernel.call("frameColumn", ptr, index, column.kind, rows, textBytesOf(column), at);
  }
  kernel.call("blockSeal", ptr);
  return { ptr, bytes, rows };
}
