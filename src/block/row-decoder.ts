import { abi } from "#kernel";
import { cutTexts } from "./cut-texts.js";
import { buildRecords, buildTuples, type Column } from "./row-builder.js";
import { columnKinds, type RowType } from "./row-type.js";

/** The part of a memory that decoding needs; the kernel's reader has it, and it counts. */
export interface FrameReader {
  copyOut(ptr: number, bytes: number): Uint8Array<ArrayBuffer>;
}

/** Rows decoded at once. */
const PIECE_ROWS = 1024;

// Where a column of the directory has the offsets of its buffers.
const COLUMN_A = 4;
const COLUMN_B = 12;
const COLUMN_C = 20;

/**
 * The rows of a frame (assembly/block.ts) of this type as JavaScript values, a piece at a time, the first of them no larger than `rowsWanted`, so
 * that `take(10)` decodes ten rows. Tuples and lists are arrays, records plain objects with their fields in order, those that are `undefined` too;
 * JSON text is parsed. What may be missing is what its first column says where that is not true.
 *
 * Order: as in the frame. Cost: a copy of the columns, one decode for each column of text, one array or object for each row.
 */
export function* decodeFrame(
  type: RowType,
  reader: FrameReader,
  ptr: number,
  rows: number,
  rowsWanted = PIECE_ROWS,
): Generator<readonly unknown[]> {
  const frame = new FrameColumns(reader, ptr, columnKinds(type).length);
  for (let from = 0; from < rows; ) {
    const count = Math.min(rows - from, PIECE_ROWS, from === 0 ? Math.max(1, rowsWanted) : PIECE_ROWS);
    frame.go(0);
    const values = valuesOf(type, frame, from, count);
    yield values instanceof Float64Array ? Array.from(values) : (values as readonly unknown[]);
    from += count;
  }
}

/** As `decodeFrame`, of pairs: all of their first halves, and all of their second ones, as columns. */
export function decodePairs(
  type: RowType,
  reader: FrameReader,
  ptr: number,
  rows: number,
): readonly [keys: Column, values: Column] {
  const [key, value] = (type as Extract<RowType, { kind: "tuple" }>).items;
  const frame = new FrameColumns(reader, ptr, columnKinds(type).length);
  return [valuesOf(key!, frame, 0, rows), valuesOf(value!, frame, 0, rows)];
}

/** Reads single values of a column of a frame, which holds scalars. */
export function cellsOf(reader: FrameReader, ptr: number, column: number): (row: number) => unknown {
  const frame = new FrameColumns(reader, ptr, column + 1);
  return (row) => {
    frame.go(column);
    return frame.next(row, 1)[0];
  };
}

/** The values of `count` rows from `from` on: of a type, whose columns are the next ones of the frame. */
function valuesOf(type: RowType, frame: FrameColumns, from: number, count: number): Column {
  switch (type.kind) {
    case "scalar":
      return frame.next(from, count);
    case "tuple":
      return buildTuples(
        type.items.map((item) => valuesOf(item, frame, from, count)),
        count,
      );
    case "record":
      return buildRecords(
        type.fields.map(([name]) => name),
        type.fields.map(([, field]) => valuesOf(field, frame, from, count)),
        count,
      );
    case "optional": {
      const presence = frame.next(from, count);
      const values = valuesOf(type.of, frame, from, count);
      return Array.from(presence, (is, row) => (is === true ? values[row] : is));
    }
    case "list": {
      const offsets = frame.nextOffsets(from, count);
      const begin = offsets[0]!;
      const elements = valuesOf(type.of, frame, begin, offsets[count]! - begin);
      return Array.from({ length: count }, (_, row) =>
        Array.from(elements.slice(offsets[row]! - begin, offsets[row + 1]! - begin)),
      );
    }
  }
}

/** The columns of a frame, one after the other. */
class FrameColumns {
  readonly #reader: FrameReader;
  readonly #ptr: number;
  readonly #directory: DataView;
  #index = 0;

  constructor(reader: FrameReader, ptr: number, columns: number) {
    this.#reader = reader;
    this.#ptr = ptr;
    const directory = reader.copyOut(ptr + abi.BLOCK_HEADER_BYTES, columns * abi.BLOCK_COLUMN_BYTES);
    this.#directory = new DataView(directory.buffer);
  }

  /** The next column is this one. */
  go(column: number): void {
    this.#index = column;
  }

  /** Rows of the next column, which holds scalars. */
  next(from: number, count: number): Column {
    const kind = this.#field(0);
    const a = this.#buffer(COLUMN_A);
    let values: Column;
    if (kind === abi.COLUMN_UTF8) values = this.#texts(a, from, count);
    else if (kind === abi.COLUMN_BYTES) values = this.#pieces(a, from, count);
    else if (kind === abi.COLUMN_F64) values = new Float64Array(this.#copy(a + 8 * from, 8 * count));
    else if (kind === abi.COLUMN_BOOLEAN) {
      values = Array.from(new Uint8Array(this.#copy(a + from, count)), (byte) => byte !== 0);
    } else if (kind === abi.COLUMN_I64) values = Array.from(new BigInt64Array(this.#copy(a + 8 * from, 8 * count)));
    else values = this.#any(a, from, count);
    this.#index += 1;
    return values;
  }

  /** Where the elements of each row of the next column, which holds lists, begin, and where the last ones end. */
  nextOffsets(from: number, count: number): Int32Array {
    const offsets = new Int32Array(this.#copy(this.#buffer(COLUMN_A) + 4 * from, 4 * (count + 1)));
    this.#index += 1;
    return offsets;
  }

  #texts(a: number, from: number, count: number): string[] {
    const { offsets, bytes } = this.#bytes(a, from, count);
    return cutTexts(bytes, offsets.subarray(0, count), offsets.subarray(1), offsets[0]!);
  }

  #pieces(a: number, from: number, count: number): Uint8Array[] {
    const { offsets, bytes } = this.#bytes(a, from, count);
    return Array.from({ length: count }, (_, row) =>
      bytes.slice(offsets[row]! - offsets[0]!, offsets[row + 1]! - offsets[0]!),
    );
  }

  #bytes(a: number, from: number, count: number): { readonly offsets: Int32Array; readonly bytes: Uint8Array } {
    const offsets = new Int32Array(this.#copy(a + 4 * from, 4 * (count + 1)));
    const begin = offsets[0]!;
    return { offsets, bytes: new Uint8Array(this.#copy(this.#buffer(COLUMN_B) + begin, offsets[count]! - begin)) };
  }

  #any(a: number, from: number, count: number): unknown[] {
    const payloads = this.#copy(a + 8 * from, 8 * count);
    const words = new Int32Array(payloads);
    const numbers = new Float64Array(payloads);
    const tags = new Uint8Array(this.#copy(this.#buffer(COLUMN_C) + from, count));
    const texts = this.#anyTexts(words, tags);
    const values: unknown[] = new Array(count);
    for (let row = 0; row < count; row++) {
      switch (tags[row]) {
        case abi.TAG_UNDEFINED:
          values[row] = undefined;
          break;
        case abi.TAG_NULL:
          values[row] = null;
          break;
        case abi.TAG_BOOLEAN:
          values[row] = words[2 * row] !== 0;
          break;
        case abi.TAG_NUMBER:
          values[row] = numbers[row]!;
          break;
        case abi.TAG_STRING:
          values[row] = texts[row]!;
          break;
        case abi.TAG_BIGINT:
          values[row] = new BigInt64Array(payloads, 8 * row, 1)[0];
          break;
        default:
          values[row] = JSON.parse(texts[row]!);
      }
    }
    return values;
  }

  /** The text of each row that has one, else "". */
  #anyTexts(words: Int32Array, tags: Uint8Array): readonly string[] {
    const count = tags.length;
    const begins = new Int32Array(count);
    const ends = new Int32Array(count);
    let low = 2 ** 31;
    let high = 0;
    for (let row = 0; row < count; row++) {
      if (tags[row] !== abi.TAG_STRING && tags[row] !== abi.TAG_JSON) continue;
      begins[row] = words[2 * row]!;
      ends[row] = begins[row]! + words[2 * row + 1]!;
      low = Math.min(low, begins[row]!);
      high = Math.max(high, ends[row]!);
    }
    if (high <= low) low = high;
    for (let row = 0; row < count; row++) if (begins[row] === ends[row]) begins[row] = ends[row] = low;
    return cutTexts(new Uint8Array(this.#copy(this.#buffer(COLUMN_B) + low, high - low)), begins, ends, low);
  }

  #field(offset: number): number {
    return this.#directory.getUint32(this.#index * abi.BLOCK_COLUMN_BYTES + offset, true);
  }

  #buffer(offset: number): number {
    return this.#ptr + this.#field(offset);
  }

  #copy(ptr: number, bytes: number): ArrayBuffer {
    return this.#reader.copyOut(ptr, bytes).buffer;
  }
}
