/**
 * What the row codec takes from CBOR (RFC 8949), and what it adds. docs/formats.md has it byte by byte.
 *
 *     chunk      array of the rows
 *     undefined, null, booleans      simple values 23, 22, 21 and 20
 *     number     integer, where it is a whole number up to 2^53 - 1 and not -0; otherwise a 64-bit float
 *     bigint     tag 2 or 3, byte string                        string     text string; with lone surrogates LONE_SURROGATES
 *     Date       tag 1, seconds (NaN where invalid)             array      array
 *     Set        tag 258, array                                 object     map from its properties' names
 *     Map        tag 259, map                                   ArrayBuffer    byte string
 *     typed array    tags of RFC 8746, little-endian            DataView   DATA_VIEW
 */

export const MAJOR_UNSIGNED = 0;
export const MAJOR_NEGATIVE = 1;
export const MAJOR_BYTES = 2;
export const MAJOR_TEXT = 3;
export const MAJOR_ARRAY = 4;
export const MAJOR_MAP = 5;
export const MAJOR_TAG = 6;

/** Initial bytes of what has no more to say, and of a 64-bit float. */
export const FALSE = 0xf4;
export const TRUE = 0xf5;
export const NULL = 0xf6;
export const UNDEFINED = 0xf7;
export const FLOAT_64 = 0xfb;

export const TAG_EPOCH = 1;
export const TAG_BIGINT = 2;
export const TAG_BIGINT_NEGATIVE = 3;
export const TAG_SET = 258;
export const TAG_MAP = 259;
/** Private: a byte string of the UTF-16 units, little-endian, of a string that UTF-8 cannot express. "mr" and a number. */
export const TAG_LONE_SURROGATES = 0x6d720001;
/** Private: a byte string, the bytes that a DataView shows. */
export const TAG_DATA_VIEW = 0x6d720002;

/** Arrays, objects, maps and sets inside one another that a row may have. */
export const VALUE_DEPTH_MAX = 1000;
/** Bytes of one chunk, so that a length always fits a 32-bit number. */
export const CHUNK_BYTES_MAX = 2 ** 31 - 1;

type TypedArrayConstructor = new (buffer: ArrayBuffer) => ArrayBufferView & { readonly BYTES_PER_ELEMENT: number };

interface TypedArrayKind {
  /** As `Symbol.toStringTag` says it; a Node `Buffer` says "Uint8Array". */
  readonly name: string;
  readonly tag: number;
  readonly elementBytes: number;
  /** Absent where the host does not have it. */
  readonly make: TypedArrayConstructor | undefined;
}

/** RFC 8746, section 2.1. WebAssembly, and with it this library, knows little-endian hosts only. */
export const TYPED_ARRAYS: readonly TypedArrayKind[] = [
  { name: "Uint8Array", tag: 64, elementBytes: 1, make: Uint8Array },
  { name: "Uint8ClampedArray", tag: 68, elementBytes: 1, make: Uint8ClampedArray },
  { name: "Uint16Array", tag: 69, elementBytes: 2, make: Uint16Array },
  { name: "Uint32Array", tag: 70, elementBytes: 4, make: Uint32Array },
  { name: "BigUint64Array", tag: 71, elementBytes: 8, make: BigUint64Array },
  { name: "Int8Array", tag: 72, elementBytes: 1, make: Int8Array },
  { name: "Int16Array", tag: 77, elementBytes: 2, make: Int16Array },
  { name: "Int32Array", tag: 78, elementBytes: 4, make: Int32Array },
  { name: "BigInt64Array", tag: 79, elementBytes: 8, make: BigInt64Array },
  { name: "Float16Array", tag: 84, elementBytes: 2, make: float16Array() },
  { name: "Float32Array", tag: 85, elementBytes: 4, make: Float32Array },
  { name: "Float64Array", tag: 86, elementBytes: 8, make: Float64Array },
];

/** Newer than the oldest hosts. */
function float16Array(): TypedArrayConstructor | undefined {
  return (globalThis as { readonly Float16Array?: TypedArrayConstructor }).Float16Array;
}
