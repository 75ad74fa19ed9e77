import { abi } from "#kernel";
import type { MemoryReader } from "./reader.js";
import { decodeWtf8, encodeWtf8 } from "./wtf8.js";

/** The text of a JSON object or array, as a vector holds it. */
export class JsonSlice {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value of a vector. */
export type VectorValue = string | number | boolean | bigint | null | undefined | JsonSlice;

/** The value of a row of the vector at `ptr`. */
export function readValue(memory: MemoryReader, ptr: number, row: number): VectorValue {
  return readTagged(memory, ptr + 8 * row, memory.view.getUint8(ptr + abi.VECTOR_TAGS + row));
}

/** The value whose payload lies at `at`. */
export function readTagged(memory: MemoryReader, at: number, tag: number): VectorValue {
  const { view } = memory;
  switch (tag) {
    case abi.TAG_UNDEFINED:
      return undefined;
    case abi.TAG_NULL:
      return null;
    case abi.TAG_BOOLEAN:
      return view.getUint8(at) !== 0;
    case abi.TAG_NUMBER:
      return view.getFloat64(at, true);
    case abi.TAG_STRING:
      return textAt(memory, at);
    case abi.TAG_BIGINT:
      return view.getBigInt64(at, true);
    default:
      return new JsonSlice(textAt(memory, at));
  }
}

function textAt(memory: MemoryReader, at: number): string {
  const { view } = memory;
  return decodeWtf8(memory.copyOut(view.getUint32(at, true), view.getUint32(at + 4, true)));
}

/**
 * Writes a value to a row of the vector at `ptr`. `textRoom` gives the address of that many bytes for a string; it may let the memory grow.
 */
export function writeValue(
  memory: MemoryReader,
  ptr: number,
  row: number,
  value: VectorValue,
  textRoom: (bytes: number) => number,
): void {
  const at = ptr + 8 * row;
  const tag = tagOf(value);
  if (typeof value === "string" || value instanceof JsonSlice) {
    const bytes = encodeWtf8(typeof value === "string" ? value : value.text);
    const textPtr = textRoom(bytes.length);
    memory.region(textPtr, bytes.length).set(bytes);
    memory.view.setUint32(at, textPtr, true);
    memory.view.setUint32(at + 4, bytes.length, true);
  } else if (typeof value === "number") memory.view.setFloat64(at, value, true);
  else memory.view.setBigInt64(at, typeof value === "bigint" ? value : value === true ? 1n : 0n, true);
  memory.view.setUint8(ptr + abi.VECTOR_TAGS + row, tag);
}

/** The tag of a value. */
export function tagOf(value: VectorValue): number {
  switch (typeof value) {
    case "undefined":
      return abi.TAG_UNDEFINED;
    case "boolean":
      return abi.TAG_BOOLEAN;
    case "number":
      return abi.TAG_NUMBER;
    case "string":
      return abi.TAG_STRING;
    case "bigint":
      return abi.TAG_BIGINT;
    default:
      return value === null ? abi.TAG_NULL : abi.TAG_JSON;
  }
}
