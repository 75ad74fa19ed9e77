import type { FlatTableReader } from "./flat-reader.js";
import { type ReadField, type ReadType, Unsupported } from "./read-schema.js";

/** Text as offsets and UTF-8. */
export interface Texts {
  readonly offsets: ArrayLike<number>;
  readonly bytes: Uint8Array;
}

/** A column as it lies in the stream: nothing is decoded, nothing copied unless it has to be aligned. */
export interface ReadColumn {
  readonly type: ReadType;
  readonly rows: number;
  /** A bit for each row that is not null; undefined where none is. */
  readonly validity: Uint8Array | undefined;
  readonly values: ReadValues;
}

export type ReadValues =
  | ({ readonly kind: "texts"; readonly indices?: ArrayLike<number> } & Texts)
  | { readonly kind: "numbers"; readonly numbers: ArrayLike<number> }
  | { readonly kind: "bigints"; readonly bigints: ArrayLike<bigint> }
  | { readonly kind: "bits"; readonly bits: Uint8Array }
  | { readonly kind: "nulls" };

export interface ReadBatch {
  readonly rows: number;
  readonly columns: readonly ReadColumn[];
}

/** `length` bytes from `at` on. Throws a `RangeError` where there are fewer. */
function regionOf(bytes: Uint8Array, at: number, length: number): Uint8Array {
  if (length < 0 || at < 0 || at + length > bytes.length) {
    throw new RangeError(`The stream ends at byte ${bytes.length}, and ${length} bytes from ${at} on are asked for.`);
  }
  return bytes.subarray(at, at + length);
}

/** Reads the columns of a batch, whose metadata are `header`, from its body. */
export class BatchReader {
  readonly #header: FlatTableReader;
  readonly #body: Uint8Array;
  readonly #dictionaries: ReadonlyMap<number, Texts>;
  readonly #nodes: ReadonlyArray<readonly [number, number]>;
  readonly #buffers: ReadonlyArray<readonly [number, number]>;
  #node = 0;
  #buffer = 0;

  constructor(header: FlatTableReader, body: Uint8Array, dictionaries: ReadonlyMap<number, Texts>) {
    if (header.table(3) !== undefined) throw new Unsupported("compressed batches are not read");
    this.#header = header;
    this.#body = body;
    this.#dictionaries = dictionaries;
    this.#nodes = header.pairs(1);
    this.#buffers = header.pairs(2);
  }

  columns(fields: readonly ReadField[]): ReadBatch {
    const rows = this.#header.i64(0);
    const columns = fields.map((field) => this.#column(field));
    if (columns.some((column) => column.rows !== rows)) throw new RangeError(`Not every column has ${rows} rows.`);
    return { rows, columns };
  }

  /** The values of a dictionary. */
  dictionary({ name, type }: ReadField): Texts {
    const { values, validity } = this.#column({ name, type });
    if (validity !== undefined) throw new Unsupported(`the dictionary of column ${name} has a null`);
    return values as Texts & ReadValues;
  }

  #column({ name, type, dictionary }: ReadField): ReadColumn {
    const node = this.#nodes[this.#node++];
    if (node === undefined) throw new RangeError(`The batch has no column ${name}.`);
    const [rows, nullCount] = node;
    if (!Number.isSafeInteger(rows) || rows < 0) throw new RangeError(`Column ${name} has ${rows} rows.`);
    if (type.kind === "null") return { type, rows, validity: undefined, values: { kind: "nulls" } };
    const bits = this.#next(1);
    const validity = nullCount > 0 ? bits : undefined;
    if (validity && validity.length < Math.ceil(rows / 8))
      throw new RangeError(`Column ${name} says not what is null.`);
    if (dictionary === undefined) return { type, rows, validity, values: this.#values(type, rows) };
    const indices = this.#values(dictionary.indices, rows);
    const texts = this.#dictionaries.get(dictionary.id);
    if (texts === undefined || indices.kind === "nulls") throw new RangeError(`Column ${name} has no dictionary.`);
    const numbers =
      indices.kind === "bigints"
        ? Array.from(indices.bigints, Number)
        : (indices as { numbers: ArrayLike<number> }).numbers;
    return {
      type,
      rows,
      validity,
      values: { kind: "texts", offsets: texts.offsets, bytes: texts.bytes, indices: numbers },
    };
  }

  #values(type: ReadType, rows: number): ReadValues {
    switch (type.kind) {
      case "bool":
        return { kind: "bits", bits: checked(this.#next(1), Math.ceil(rows / 8)) };
      case "utf8": {
        const width = type.isLarge ? 8 : 4;
        // Offsets may be left out where there is no row.
        const raw = this.#next(width);
        const offsets = rows === 0 ? new Int32Array(1) : offsetsOf(raw, type.isLarge, rows);
        return { kind: "texts", offsets, bytes: checked(this.#next(1), offsets[rows]!) };
      }
      case "float": {
        const bytes = checked(this.#next(type.bits / 8), (rows * type.bits) / 8);
        const { buffer, byteOffset } = bytes;
        const numbers =
          type.bits === 64 ? new Float64Array(buffer, byteOffset, rows) : new Float32Array(buffer, byteOffset, rows);
        return { kind: "numbers", numbers };
      }
      case "int": {
        const bytes = checked(this.#next(type.bits / 8), (rows * type.bits) / 8);
        return integers(type, bytes, rows);
      }
      default:
        return { kind: "nulls" };
    }
  }

  /** The next buffer, at an address that is a multiple of `alignment`. */
  #next(alignment: number): Uint8Array {
    const place = this.#buffers[this.#buffer++];
    if (place === undefined) throw new RangeError("The batch has too few buffers.");
    const bytes = regionOf(this.#body, ...place);
    return bytes.byteOffset % alignment === 0 ? bytes : bytes.slice();
  }
}

function integers(type: ReadType & { kind: "int" }, { buffer, byteOffset }: Uint8Array, rows: number): ReadValues {
  const { bits, isSigned } = type;
  if (bits === 64) {
    const bigints = isSigned
      ? new BigInt64Array(buffer, byteOffset, rows)
      : new BigUint64Array(buffer, byteOffset, rows);
    return { kind: "bigints", bigints };
  }
  const arrays = isSigned
    ? ({ 8: Int8Array, 16: Int16Array, 32: Int32Array } as const)
    : ({ 8: Uint8Array, 16: Uint16Array, 32: Uint32Array } as const);
  return { kind: "numbers", numbers: new arrays[bits](buffer as ArrayBuffer, byteOffset, rows) };
}

/** Offsets that never fall, from 0 up to what 31 bits can say. */
function offsetsOf(bytes: Uint8Array, isLarge: boolean, rows: number): ArrayLike<number> {
  checked(bytes, (rows + 1) * (isLarge ? 8 : 4));
  const { buffer, byteOffset } = bytes;
  const offsets = isLarge
    ? Float64Array.from(new BigInt64Array(buffer, byteOffset, rows + 1), Number)
    : new Int32Array(buffer, byteOffset, rows + 1);
  let last = 0;
  for (let row = 0; row <= rows; row++) {
    if (!(offsets[row]! >= last)) throw new RangeError("The offsets of a column of text fall.");
    last = offsets[row]!;
  }
  return offsets;
}

function checked(bytes: Uint8Array, needed: number): Uint8Array {
  if (bytes.length < needed) throw new RangeError(`A buffer has ${bytes.length} bytes, ${needed} are needed.`);
  return bytes;
}
