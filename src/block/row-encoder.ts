import { abi } from "#kernel";
import type { FinishedBlock } from "../kernel/frame.js";
import type { Kernel } from "../kernel/kernel.js";
import { tagOf, type VectorValue } from "../kernel/vector.js";
import { encodeTexts } from "./encode-texts.js";
import { patternOf } from "./row-builder.js";
import { columnKind, leavesOf, NUMBER, type RowType, type ScalarType } from "./row-type.js";

/** A column that will be in a frame: its kind, its buffers in their order. */
export interface EncodedColumn {
  readonly kind: number;
  readonly buffers: readonly Uint8Array[];
}

// Where a column of the directory has the offsets of its buffers.
const COLUMN_A = 4;
const COLUMN_BUFFER_BYTES = 8;

/** Values of one column, packed where all are numbers. */
type Values = readonly unknown[] | Float64Array;

/** Rows taken apart: the values of each leaf of their type, side by side. */
type Leaves =
  | { readonly kind: "scalar"; readonly type: ScalarType; readonly values: Values }
  | { readonly kind: "tuple"; readonly items: readonly Leaves[] }
  | { readonly kind: "record"; readonly fields: ReadonlyArray<readonly [name: string, leaves: Leaves]> };

/**
 * The type of rows that are JavaScript values; undefined where they have none, or there is no row. Scalars are strings, numbers, booleans, null,
 * undefined and bigints of 64 bits, and where they are mixed a type has them all; arrays of one length are tuples; plain objects with the same
 * properties in the same order are records. Anything else has no type: other classes, symbols and functions, empty arrays and objects, holes.
 *
 * **Limits:** properties that are named by symbols or not enumerable are not looked for. **Order:** each value is looked at once.
 */
export function typeOfRows(rows: readonly unknown[]): RowType | undefined {
  const leaves = leavesIn(rows);
  return leaves && typeOfLeaves(leaves);
}

/**
 * A sealed frame with these rows in the kernel's memory, which belongs to the caller; undefined where a row is not of the type, or they are too many
 * for one frame. JSON values and lists do not come from JavaScript.
 *
 * **Cost:** a look at each value, for each column of text a few encodes, a copy of all columns.
 */
export function encodeFrame(type: RowType, rows: readonly unknown[], kernel: Kernel): FinishedBlock | undefined {
  const leaves = leavesIn(rows);
  const columns: EncodedColumn[] = [];
  if (rows.length > 0 ? leaves === undefined || !encodeLeaves(type, leaves, columns) : !encodeNothing(type, columns)) {
    return undefined;
  }
  return writeFrame(columns, rows.length, kernel);
}

/** As `encodeFrame`, with the type that the rows are seen to have; undefined where they have none. */
export function encodeTyped(
  rows: readonly unknown[],
  kernel: Kernel,
): { readonly type: RowType; readonly frame: FinishedBlock } | undefined {
  const leaves = leavesIn(rows);
  if (leaves === undefined) return undefined;
  const type = typeOfLeaves(leaves);
  const columns: EncodedColumn[] = [];
  const frame = encodeLeaves(type, leaves, columns) ? writeFrame(columns, rows.length, kernel) : undefined;
  return frame && { type, frame };
}

/** As `typeOfRows`, of pairs whose halves are these columns. */
export function typeOfPairsOf(keys: Values, values: Values): RowType | undefined {
  const leaves = pairsOf(keys, values);
  return leaves && typeOfLeaves(leaves);
}

/** As `encodeFrame`, of pairs whose halves are these columns. */
export function encodePairs(type: RowType, keys: Values, values: Values, kernel: Kernel): FinishedBlock | undefined {
  const leaves = pairsOf(keys, values);
  const columns: EncodedColumn[] = [];
  return leaves && encodeLeaves(type, leaves, columns) ? writeFrame(columns, keys.length, kernel) : undefined;
}

function pairsOf(keys: Values, values: Values): Leaves | undefined {
  const items = [leavesIn(keys), leavesIn(values)];
  return items.every((item) => item !== undefined) ? { kind: "tuple", items } : undefined;
}

function typeOfLeaves(leaves: Leaves): RowType {
  switch (leaves.kind) {
    case "scalar":
      return leaves.type;
    case "tuple":
      return { kind: "tuple", items: leaves.items.map(typeOfLeaves) };
    case "record":
      return { kind: "record", fields: leaves.fields.map(([name, field]) => [name, typeOfLeaves(field)]) };
  }
}

function leavesIn(rows: Values): Leaves | undefined {
  if (rows instanceof Float64Array) return rows.length > 0 ? { kind: "scalar", type: NUMBER, values: rows } : undefined;
  const first = rows[0];
  if (typeof first !== "object" || first === null) return rows.length > 0 ? scalarsIn(rows) : undefined;
  if (Array.isArray(first)) {
    const length = first.length;
    if (length === 0 || !areTuples(rows, length)) return undefined;
    const items: Leaves[] = [];
    for (let i = 0; i < length; i++) {
      const item = leavesIn(rows.map((row) => row[i]));
      if (item === undefined) return undefined;
      items.push(item);
    }
    return { kind: "tuple", items };
  }
  const names = Object.keys(first);
  if (names.length === 0 || !areRecords(rows, names)) return undefined;
  const fields: Array<[string, Leaves]> = [];
  for (const name of names) {
    const field = leavesIn(rows.map((row) => row[name]));
    if (field === undefined) return undefined;
    fields.push([name, field]);
  }
  return { kind: "record", fields };
}

function scalarsIn(values: readonly unknown[]): Leaves | undefined {
  let tags = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    // What most values are, without a call.
    if (typeof value === "string") tags |= 1 << abi.TAG_STRING;
    else if (typeof value === "number") tags |= 1 << abi.TAG_NUMBER;
    else if (isScalar(value)) tags |= 1 << tagOf(value);
    else return undefined;
  }
  return { kind: "scalar", type: { kind: "scalar", tags }, values };
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
    let count = 0;
    // Faster than an array of names; what it would find in the prototype too are names too many.
    for (const name in row) if (name !== names[count++]) return false;
    if (count !== names.length) return false;
  }
  return true;
}

/** Adds the columns of rows as a type lays them out; false where a row is not of it. */
function encodeLeaves(type: RowType, leaves: Leaves, columns: EncodedColumn[]): boolean {
  if (type.kind === "scalar") {
    if (leaves.kind !== "scalar" || (leaves.type.tags & ~type.tags) !== 0) return false;
    const column = encodeScalars(type, leaves.values);
    if (column) columns.push(column);
    return column !== undefined;
  }
  if (type.kind === "tuple") {
    if (leaves.kind !== "tuple" || leaves.items.length !== type.items.length) return false;
    return type.items.every((item, i) => encodeLeaves(item, leaves.items[i]!, columns));
  }
  if (type.kind !== "record" || leaves.kind !== "record" || !isOrderOf(type, leaves.fields)) return false;
  const fields = new Map(leaves.fields);
  return type.fields.every(([name, field]) => encodeLeaves(field, fields.get(name)!, columns));
}

/** Whether an object of the type has its properties in this order: names that are numbers come first in any. */
function isOrderOf(
  type: Extract<RowType, { kind: "record" }>,
  fields: ReadonlyArray<readonly [string, Leaves]>,
): boolean {
  const names = Object.keys(patternOf(type.fields.map(([name]) => name)));
  return names.length === fields.length && names.every((name, i) => name === fields[i]![0]);
}

/** Adds the columns of a frame without rows. */
function encodeNothing(type: RowType, columns: EncodedColumn[]): boolean {
  if (type.kind === "list") return false;
  for (const leaf of leavesOf(type)) columns.push(encodeScalars(leaf, [])!);
  return true;
}

function encodeScalars(type: ScalarType, values: Values): EncodedColumn | undefined {
  const kind = columnKind(type);
  switch (kind) {
    case abi.COLUMN_UTF8: {
      const texts = encodeTexts(values as readonly string[]);
      return texts && { kind, buffers: [bytesOf(texts.offsets), texts.bytes] };
    }
    case abi.COLUMN_F64:
      return { kind, buffers: [bytesOf(new Float64Array(values as readonly number[]))] };
    case abi.COLUMN_BOOLEAN:
      return { kind, buffers: [Uint8Array.from(values, (value) => (value ? 1 : 0))] };
    case abi.COLUMN_I64:
      return { kind, buffers: [bytesOf(BigInt64Array.from(values as readonly bigint[]))] };
    default:
      return encodeMixed(values as ArrayLike<VectorValue>);
  }
}

function encodeMixed(values: ArrayLike<VectorValue>): EncodedColumn | undefined {
  const payloads = new ArrayBuffer(8 * values.length);
  const words = new Int32Array(payloads);
  const numbers = new Float64Array(payloads);
  const integers = new BigInt64Array(payloads);
  const tags = new Uint8Array(values.length);
  const texts: string[] = new Array(values.length).fill("");
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    tags[i] = tagOf(value);
    if (typeof value === "string") texts[i] = value;
    else if (typeof value === "number") numbers[i] = value;
    else if (typeof value === "bigint") integers[i] = value;
    else if (value === true) words[2 * i] = 1;
  }
  const encoded = encodeTexts(texts);
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

/** A sealed frame of these columns, which belongs to the caller; undefined where they are too many bytes for one. */
export function writeFrame(columns: readonly EncodedColumn[], rows: number, kernel: Kernel): FinishedBlock | undefined {
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
