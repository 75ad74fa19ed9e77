import { abi } from "#kernel";
import type { FrameReader } from "../row-decoder.js";
import { BIGINT, BOOLEAN, NULLISH, NUMBER, presenceOf, type RowType, type ScalarType, STRING } from "../row-type.js";
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
const COLUMN_C = 20;

/**
 * The columns that rows of a type have in a frame as in Arrow; undefined where a column of the frame has values of several types, or where it depends
 * on the values what a row is there: lists, and tuples within rows.
 */
export function columnsOfType(type: RowType): RowColumns | undefined {
  if (type.kind === "list" || type.kind === "optional") return undefined;
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
  // Nulls within an object that may be null itself are told apart by its validity.
  if (type.kind === "optional") return type.of.kind === "record" ? arrowType(type.of) : undefined;
  if (type.kind !== "scalar") return undefined;
  switch (type.tags & ~NULLISH) {
    case STRING.tags:
      return { kind: "utf8" };
    case NUMBER.tags:
      return { kind: "f64" };
    case BOOLEAN.tags:
      return { kind: "bool" };
    case BIGINT.tags:
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

/** The rows of a frame of a type whose columns in Arrow are `columns`, its buffers copied: no value is made. */
export function batchOfFrame(
  type: RowType,
  columns: RowColumns,
  reader: FrameReader,
  ptr: number,
  rows: number,
): ArrowBatch {
  const frame = new FrameBuffers(reader, ptr, rows);
  const next = (part: RowType): ArrowColumn => {
    switch (part.kind) {
      case "scalar":
        return frame.next(part);
      case "optional": {
        const { nullCount, buffers } = frame.next(presenceOf(part));
        return { length: rows, nullCount, buffers: [buffers[0]!], children: childrenOf(part.of).map(next) };
      }
      default:
        return { length: rows, nullCount: 0, buffers: [NO_BYTES], children: childrenOf(part).map(next) };
    }
  };
  return { rows, columns: columns.form === "value" ? [next(type)] : childrenOf(type).map(next) };
}

function childrenOf(type: RowType): readonly RowType[] {
  if (type.kind === "tuple") return type.items;
  return type.kind === "record" ? type.fields.map(([, field]) => field) : [];
}

/** The columns of a frame, one after the other. */
class FrameBuffers {
  readonly #reader: FrameReader;
  readonly #ptr: number;
  readonly #rows: number;
  #index = 0;

  constructor(reader: FrameReader, ptr: number, rows: number) {
    this.#reader = reader;
    this.#ptr = ptr;
    this.#rows = rows;
  }

  /** The next column, which holds scalars of one type, and maybe nulls. */
  next(type: ScalarType): ArrowColumn {
    const entry = this.#ptr + abi.BLOCK_HEADER_BYTES + this.#index * abi.BLOCK_COLUMN_BYTES;
    this.#index += 1;
    const directory = new DataView(this.#reader.copyOut(entry, abi.BLOCK_COLUMN_BYTES).buffer);
    const [a, b, c] = [COLUMN_A, COLUMN_B, COLUMN_C].map((at) => this.#ptr + directory.getUint32(at, true));
    const rows = this.#rows;
    const kind = directory.getUint32(0, true);
    if (kind === abi.COLUMN_ANY) return this.#mixed(type, a!, b!, c!);
    const column = (...buffers: Uint8Array[]): ArrowColumn => ({
      length: rows,
      nullCount: 0,
      buffers: [NO_BYTES, ...buffers],
      children: [],
    });
    if (kind === abi.COLUMN_UTF8) {
      const offsets = new Int32Array(this.#reader.copyOut(a!, 4 * (rows + 1)).buffer);
      const begin = offsets[0]!;
      const text = this.#reader.copyOut(b! + begin, offsets[rows]! - begin);
      replaceSurrogates(text);
      return column(bytesOf(begin === 0 ? offsets : offsets.map((offset) => offset - begin)), text);
    }
    if (kind === abi.COLUMN_BOOLEAN) {
      const bytes = this.#reader.copyOut(a!, rows);
      return column(bitmap(rows, (row) => bytes[row] !== 0));
    }
    return column(this.#reader.copyOut(a!, 8 * rows));
  }

  #mixed({ tags: possible }: ScalarType, a: number, b: number, c: number): ArrowColumn {
    const rows = this.#rows;
    const payloads = this.#reader.copyOut(a, 8 * rows);
    const tags = this.#reader.copyOut(c, rows);
    const isNull = (row: number) => ((1 << tags[row]!) & NULLISH) !== 0;
    let nullCount = 0;
    for (let row = 0; row < rows; row++) if (isNull(row)) nullCount += 1;
    const validity = nullCount > 0 ? bitmap(rows, (row) => !isNull(row)) : NO_BYTES;
    const column = (...buffers: Uint8Array[]): ArrowColumn => ({
      length: rows,
      nullCount,
      buffers: [validity, ...buffers],
      children: [],
    });
    switch (possible & ~NULLISH) {
      case STRING.tags:
        return column(...this.#texts(new Int32Array(payloads.buffer), isNull, b));
      case BOOLEAN.tags:
        return column(bitmap(rows, (row) => payloads[8 * row] === 1));
      default:
        return column(payloads);
    }
  }

  /** Texts that lie anywhere, one behind the other: their offsets and bytes. */
  #texts(words: Int32Array, isNull: (row: number) => boolean, b: number): readonly [Uint8Array, Uint8Array] {
    const rows = this.#rows;
    const offsets = new Int32Array(rows + 1);
    let low = 2 ** 31 - 1;
    let high = 0;
    for (let row = 0; row < rows; row++) {
      const length = isNull(row) ? 0 : words[2 * row + 1]!;
      offsets[row + 1] = offsets[row]! + length;
      if (length === 0) continue;
      low = Math.min(low, words[2 * row]!);
      high = Math.max(high, words[2 * row]! + length);
    }
    const from = high > 0 ? this.#reader.copyOut(b + low, high - low) : NO_BYTES;
    const text = new Uint8Array(offsets[rows]!);
    for (let row = 0; row < rows; row++) {
      const length = offsets[row + 1]! - offsets[row]!;
      if (length === 0) continue;
      const begin = words[2 * row]! - low;
      text.set(from.subarray(begin, begin + length), offsets[row]!);
    }
    replaceSurrogates(text);
    return [bytesOf(offsets), text];
  }
}
