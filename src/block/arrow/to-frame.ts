import { abi } from "#kernel";
import type { EncodedColumn } from "../row-encoder.js";
import { BIGINT, BOOLEAN, NULL, NUMBER, type RowType, type ScalarType, STRING, scalarOf } from "../row-type.js";
import { bytesOf } from "./columns.js";
import type { ReadBatch, ReadColumn, ReadValues } from "./read-batch.js";
import { type ReadField, Unsupported } from "./read-schema.js";

/** An integer that a JavaScript number cannot hold. */
export class UnsafeInteger extends Error {}

/** Rows that become columns of a frame. */
interface Span {
  readonly from: number;
  readonly count: number;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Some rows of a batch as the columns of a frame of records; numbers are Float64 there. No row is made. Throws `Unsupported`, `UnsafeInteger`, and a
 * `RangeError` or `TypeError` where text is no UTF-8.
 */
export function frameColumns(
  fields: readonly ReadField[],
  batch: ReadBatch,
  span: Span,
): { readonly type: RowType; readonly columns: readonly EncodedColumn[] } {
  const names = new Set(fields.map(({ name }) => name));
  if (names.size < fields.length) throw new Unsupported("two columns have one name");
  if (names.size === 0) throw new Unsupported("rows without columns");
  const types: Array<readonly [string, ScalarType]> = [];
  const columns: EncodedColumn[] = [];
  batch.columns.forEach((column, i) => {
    const { type, encoded } = encode(column, span, fields[i]!);
    types.push([fields[i]!.name, type]);
    columns.push(encoded);
  });
  return { type: { kind: "record", fields: types }, columns };
}

function encode(
  { validity, values }: ReadColumn,
  span: Span,
  { name, isBig = false }: ReadField,
): { readonly type: ScalarType; readonly encoded: EncodedColumn } {
  const isNull = validity && ((row: number) => !isSet(validity, row));
  switch (values.kind) {
    case "texts": {
      const { offsets, bytes } = textsOf(values, span, isNull);
      if (!isNull) {
        return { type: STRING, encoded: { kind: abi.COLUMN_UTF8, buffers: [bytesOf(offsets), bytes] } };
      }
      const words = new Int32Array(2 * span.count);
      for (let row = 0; row < span.count; row++) {
        words[2 * row] = offsets[row]!;
        words[2 * row + 1] = offsets[row + 1]! - offsets[row]!;
      }
      return nullable(STRING, abi.TAG_STRING, words, bytes, span, isNull);
    }
    case "numbers":
    case "bigints": {
      if (isBig) {
        const integers = integersOf(values, span, name, isNull);
        if (!isNull) return { type: BIGINT, encoded: { kind: abi.COLUMN_I64, buffers: [bytesOf(integers)] } };
        return nullable(BIGINT, abi.TAG_BIGINT, integers, new Uint8Array(0), span, isNull);
      }
      const numbers = numbersOf(values, span, name, isNull);
      if (!isNull) return { type: NUMBER, encoded: { kind: abi.COLUMN_F64, buffers: [bytesOf(numbers)] } };
      return nullable(NUMBER, abi.TAG_NUMBER, numbers, new Uint8Array(0), span, isNull);
    }
    case "bits": {
      const bits = Uint8Array.from({ length: span.count }, (_, i) => (isSet(values.bits, span.from + i) ? 1 : 0));
      if (!isNull) return { type: BOOLEAN, encoded: { kind: abi.COLUMN_BOOLEAN, buffers: [bits] } };
      const words = new Int32Array(2 * span.count);
      bits.forEach((bit, row) => {
        words[2 * row] = bit;
      });
      return nullable(BOOLEAN, abi.TAG_BOOLEAN, words, new Uint8Array(0), span, isNull);
    }
    default:
      return nullable(NULL, abi.TAG_NULL, new Float64Array(span.count), new Uint8Array(0), span, () => true);
  }
}

/** A column of values of one type and nulls, whose payloads are 0. */
function nullable(
  type: ScalarType,
  tag: number,
  payloads: Int32Array | Float64Array | BigInt64Array,
  text: Uint8Array,
  { from, count }: Span,
  isNull: (row: number) => boolean,
): { readonly type: ScalarType; readonly encoded: EncodedColumn } {
  const bytes = bytesOf(payloads);
  const tags = new Uint8Array(count).fill(tag);
  for (let row = 0; row < count; row++) {
    if (!isNull(from + row)) continue;
    tags[row] = abi.TAG_NULL;
    bytes.fill(0, 8 * row, 8 * row + 8);
  }
  return {
    type: scalarOf(type.tags | NULL.tags),
    encoded: { kind: abi.COLUMN_ANY, buffers: [bytes, text, tags] },
  };
}

function numbersOf(
  values: Extract<ReadValues, { kind: "numbers" | "bigints" }>,
  { from, count }: Span,
  name: string,
  isNull: ((row: number) => boolean) | undefined,
): Float64Array {
  const numbers = new Float64Array(count);
  if (values.kind === "numbers") {
    for (let row = 0; row < count; row++) numbers[row] = values.numbers[from + row]!;
    return numbers;
  }
  for (let row = 0; row < count; row++) {
    const number = Number(values.bigints[from + row]);
    // What lies below a null means nothing.
    if (!Number.isSafeInteger(number) && !isNull?.(from + row)) {
      throw new UnsafeInteger(`column ${name} has ${values.bigints[from + row]} in row ${from + row}`);
    }
    numbers[row] = number;
  }
  return numbers;
}

function integersOf(
  values: Extract<ReadValues, { kind: "numbers" | "bigints" }>,
  { from, count }: Span,
  name: string,
  isNull: ((row: number) => boolean) | undefined,
): BigInt64Array {
  const integers = new BigInt64Array(count);
  for (let row = 0; row < count; row++) {
    const integer = values.kind === "bigints" ? values.bigints[from + row]! : BigInt(values.numbers[from + row]!);
    if (BigInt.asIntN(64, integer) !== integer && !isNull?.(from + row)) {
      throw new UnsafeInteger(`column ${name} has ${integer} in row ${from + row}`);
    }
    integers[row] = integer;
  }
  return integers;
}

/** The texts of some rows, checked to be UTF-8, each. */
function textsOf(
  { offsets, bytes, indices }: Extract<ReadValues, { kind: "texts" }>,
  { from, count }: Span,
  isNull: ((row: number) => boolean) | undefined,
): { readonly offsets: Int32Array; readonly bytes: Uint8Array } {
  const own = new Int32Array(count + 1);
  let text: Uint8Array;
  if (indices === undefined) {
    const begin = offsets[from]!;
    for (let row = 0; row <= count; row++) own[row] = offsets[from + row]! - begin;
    text = bytes.subarray(begin, offsets[from + count]!);
  } else {
    const parts: Uint8Array[] = [];
    for (let row = 0; row < count; row++) {
      const index = indices[from + row]!;
      const isThere = !isNull?.(from + row);
      if (isThere && !(index >= 0 && index < offsets.length - 1)) {
        throw new RangeError(`Index ${index} is not in the dictionary.`);
      }
      const part = isThere ? bytes.subarray(offsets[index]!, offsets[index + 1]!) : new Uint8Array(0);
      parts.push(part);
      own[row + 1] = own[row]! + part.length;
    }
    text = new Uint8Array(own[count]!);
    parts.forEach((part, row) => {
      text.set(part, own[row]!);
    });
  }
  // Hosts differ on whether text in shared memory may be decoded in place.
  decoder.decode(text.buffer instanceof ArrayBuffer ? text : new Uint8Array(text));
  for (const offset of own) {
    if (offset < text.length && (text[offset]! & 0xc0) === 0x80)
      throw new RangeError("A text begins within a character.");
  }
  return { offsets: own, bytes: text };
}

function isSet(bits: Uint8Array, row: number): boolean {
  return (bits[row >> 3]! & (1 << (row & 7))) !== 0;
}
