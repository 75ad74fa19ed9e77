/** The type of a column that is written. Every column may have nulls. */
export type ArrowType =
  | { readonly kind: "null" | "utf8" | "f64" | "bool" | "i64" | "binary" | "timestamp" }
  | ListType
  | StructType;

export interface ListType {
  readonly kind: "list";
  readonly of: ArrowType;
}

export interface StructType {
  readonly kind: "struct";
  /** Its values are arrays, whose items have the names `_1`, `_2`... */
  readonly isTuple: boolean;
  readonly fields: readonly ArrowField[];
}

export interface ArrowField {
  readonly name: string;
  readonly type: ArrowType;
}

/** Values of a column as Arrow lays them out. */
export interface ArrowColumn {
  readonly length: number;
  readonly nullCount: number;
  /** Validity, which is empty where nothing is null; then what the type has. A column of nulls has none. */
  readonly buffers: readonly Uint8Array[];
  readonly children: readonly ArrowColumn[];
}

/** What rows are in columns: records by name, tuples as `_1`, `_2`..., anything else as `value`. */
export interface RowColumns {
  readonly form: "value" | "tuple" | "record";
  readonly fields: readonly ArrowField[];
}

/** Rows as the columns of their type. */
export interface ArrowBatch {
  readonly rows: number;
  readonly columns: readonly ArrowColumn[];
}

export const NULLS: ArrowType = { kind: "null" };
export const NO_BYTES = new Uint8Array(0);

/** The name of an item of a tuple, as Spark has it. */
export function itemName(index: number): string {
  return `_${index + 1}`;
}

/** A column of a type in which everything is null. */
export function nullColumn(type: ArrowType, length: number): ArrowColumn {
  if (type.kind === "null") return { length, nullCount: length, buffers: [], children: [] };
  const validity = new Uint8Array(Math.ceil(length / 8));
  const column = (buffers: Uint8Array[], children: ArrowColumn[] = []): ArrowColumn => ({
    length,
    nullCount: length,
    buffers: [validity, ...buffers],
    children,
  });
  const offsets = () => new Uint8Array(4 * (length + 1));
  switch (type.kind) {
    case "utf8":
    case "binary":
      return column([offsets(), NO_BYTES]);
    case "bool":
      return column([new Uint8Array(Math.ceil(length / 8))]);
    case "list":
      return column([offsets()], [nullColumn(type.of, 0)]);
    case "struct":
      return column(
        [],
        type.fields.map((field) => nullColumn(field.type, length)),
      );
    default:
      return column([new Uint8Array(8 * length)]);
  }
}

/** A bit for each row, the first one lowest. */
export function bitmap(length: number, isSet: (row: number) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(length / 8));
  for (let row = 0; row < length; row++) if (isSet(row)) bits[row >> 3]! |= 1 << (row & 7);
  return bits;
}

const SURROGATE_LEAD = 0xed;
const SURROGATE_SECOND_MIN = 0xa0;

/** Makes UTF-8 of WTF-8, in place: a lone surrogate and U+FFFD, which it becomes, have three bytes each. */
export function replaceSurrogates(bytes: Uint8Array): void {
  for (let at = bytes.indexOf(SURROGATE_LEAD); at >= 0; at = bytes.indexOf(SURROGATE_LEAD, at + 1)) {
    if ((bytes[at + 1] ?? 0) < SURROGATE_SECOND_MIN) continue;
    bytes[at] = 0xef;
    bytes[at + 1] = 0xbf;
    bytes[at + 2] = 0xbd;
  }
}

export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
