import { PlanError } from "../../errors.js";
import { containsItself, hidesItsValue, refusal } from "./refuse.js";
import {
  FALSE,
  MAJOR_ARRAY,
  MAJOR_MAP,
  MAJOR_TAG,
  NULL,
  TAG_DATA_VIEW,
  TAG_EPOCH,
  TAG_MAP,
  TAG_SET,
  TRUE,
  TYPED_ARRAYS,
  UNDEFINED,
  VALUE_DEPTH_MAX,
} from "./tags.js";
import { HEAD_BYTES_MAX, Writer } from "./writer.js";

const BYTES_INITIAL = 1024;
/** What a row takes, for the first guess. */
const BYTES_PER_ROW = 16;
/** The first depth at which a value is suspected of containing itself, before it has grown much. */
const SUSPICIOUS_DEPTH = 16;

const TYPED_ARRAY_TAGS: ReadonlyMap<string, number> = new Map(TYPED_ARRAYS.map(({ name, tag }) => [name, tag]));

/** The classes whose objects come back as what they were; null is that of objects without one, which come back plain. */
const KEPT: ReadonlySet<unknown> = new Set([
  null,
  ...[Object, Array, Date, Map, Set, ArrayBuffer, DataView].map(({ prototype }) => prototype as object),
  ...TYPED_ARRAYS.flatMap(({ make }) => (make as { readonly prototype: object } | undefined)?.prototype ?? []),
]);

/** A value that has no bytes; where it is, is looked for by whoever encodes the rows. */
const UNSUPPORTED = Symbol("unsupported");

/**
 * The rows as one chunk of bytes; `decodeRows` gives them back. Values are kept by type and to the bit, with these exceptions: a hole
 * in an array comes back as undefined, an object of a class as a plain object of its own enumerable properties, a Node `Buffer` as a
 * `Uint8Array`, a `SharedArrayBuffer` as an `ArrayBuffer`; properties named by symbols, and those of an array besides its elements, are
 * left out; what is there twice comes back as two.
 *
 * **Limits:** `VALUE_DEPTH_MAX` levels a row; `CHUNK_BYTES_MAX` bytes.
 * **Errors:** `PlanError` "unsupported-value" for functions, symbols, values that contain themselves or are deeper, and objects that
 * hide what they are: errors, and those of a class without an enumerable property (`RegExp`, `Promise`, `URL` ...). It says where;
 * `firstIndex` is what it calls the first row.
 * `PlanError` "rows-too-large" over the limit of bytes. **Order:** linear in the size of the rows.
 */
export function encodeRows(rows: readonly unknown[], firstIndex = 0): Uint8Array {
  const encoder = new Encoder(BYTES_INITIAL + BYTES_PER_ROW * rows.length);
  try {
    encoder.array(rows, 0);
  } catch (error) {
    throw error === UNSUPPORTED ? refusal(rows, firstIndex) : error;
  }
  return encoder.bytes();
}

/**
 * As `encodeRows`, for rows that must come back as they are: an object of any class but the language's own for data (a `Buffer` too) is a `PlanError`,
 * "inexact-value".
 */
export function encodeExactly(rows: readonly unknown[], firstIndex = 0): Uint8Array {
  const encoder = new Encoder(BYTES_INITIAL + BYTES_PER_ROW * rows.length, true);
  try {
    encoder.array(rows, 0);
  } catch (error) {
    throw error === UNSUPPORTED ? refusal(rows, firstIndex) : error;
  }
  return encoder.bytes();
}

/**
 * A chunk that rows are added to one by one, in one buffer: nothing is copied a second time. `decodeRows` gives back all of them.
 *
 * **Errors and limits:** those of `encodeRows`, by `add`, which leaves the chunk as it was.
 */
export class ChunkBuilder {
  readonly #head: number;
  readonly #encoder: Encoder;
  #count = 0;

  /** `head`: bytes before the chunk for whoever writes there; `bytesExpected`: what the rows take, about. */
  constructor(head: number, bytesExpected: number) {
    this.#head = head;
    this.#encoder = new Encoder(BYTES_INITIAL + bytesExpected, false, head + HEAD_BYTES_MAX);
  }

  /** Of rows. */
  get count(): number {
    return this.#count;
  }

  add(row: unknown): void {
    const before = this.#encoder.length;
    try {
      this.#encoder.value(row, 0);
    } catch (error) {
      this.#encoder.rewind(before);
      throw error === UNSUPPORTED ? refusal([row], this.#count) : error;
    }
    this.#count++;
  }

  /** The head and the chunk, where they lie: they stay as they are until `clear`, and nothing may be added before. */
  whole(): Uint8Array {
    const begin = this.#encoder.headBefore(this.#head + HEAD_BYTES_MAX, MAJOR_ARRAY, this.#count);
    return this.#encoder.whole().subarray(begin - this.#head);
  }

  /** No rows again, in the same buffer. */
  clear(): void {
    this.#encoder.rewind(this.#head + HEAD_BYTES_MAX);
    this.#count = 0;
  }
}

class Encoder extends Writer {
  readonly #isExact: boolean;

  constructor(bytes: number, isExact = false, head = 0) {
    super(bytes, head);
    this.#isExact = isExact;
  }

  /** `depth` is the level of the array's elements. */
  array(values: readonly unknown[], depth: number): void {
    const count = values.length;
    this.head(MAJOR_ARRAY, count);
    for (let index = 0; index < count; index++) this.value(values[index], depth);
  }

  value(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        this.text(value);
        return;
      case "number":
        this.number(value);
        return;
      case "boolean":
        this.byte(value ? TRUE : FALSE);
        return;
      case "undefined":
        this.byte(UNDEFINED);
        return;
      case "bigint":
        this.bigint(value);
        return;
      case "object":
        if (value === null) this.byte(NULL);
        else this.#object(value, depth + 1);
        return;
      default:
        throw UNSUPPORTED;
    }
  }

  #object(value: object, depth: number): void {
    if (depth >= SUSPICIOUS_DEPTH) checkDepth(value, depth);
    if (this.#isExact && !KEPT.has(Object.getPrototypeOf(value))) throw inexact(value);
    if (Array.isArray(value)) this.array(value, depth);
    else if (Object.getPrototypeOf(value) === Object.prototype) this.#properties(value, depth);
    else this.#special(value, depth);
  }

  #special(value: object, depth: number): void {
    if (value instanceof Date) {
      this.head(MAJOR_TAG, TAG_EPOCH);
      this.number(value.getTime() / 1000);
    } else if (value instanceof Map) {
      this.head(MAJOR_TAG, TAG_MAP);
      this.head(MAJOR_MAP, value.size);
      for (const [key, item] of value) {
        this.value(key, depth);
        this.value(item, depth);
      }
    } else if (value instanceof Set) {
      this.head(MAJOR_TAG, TAG_SET);
      this.head(MAJOR_ARRAY, value.size);
      for (const item of value) this.value(item, depth);
    } else if (ArrayBuffer.isView(value)) {
      const tag = TYPED_ARRAY_TAGS.get(
        (value as unknown as { readonly [Symbol.toStringTag]: string })[Symbol.toStringTag],
      );
      this.head(MAJOR_TAG, tag ?? TAG_DATA_VIEW);
      this.byteString(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    } else if (isBuffer(value)) {
      this.byteString(new Uint8Array(value));
    } else if (hidesItsValue(value)) {
      throw UNSUPPORTED;
    } else {
      this.#properties(value, depth);
    }
  }

  #properties(value: object, depth: number): void {
    const names = Object.keys(value);
    this.head(MAJOR_MAP, names.length);
    for (let index = 0; index < names.length; index++) {
      const name = names[index]!;
      this.text(name);
      this.value((value as Record<string, unknown>)[name], depth);
    }
  }
}

/** What contains itself is found long before the limit: with much in it, its thousandth copy would need more memory than there is. */
function checkDepth(value: object, depth: number): void {
  if (depth > VALUE_DEPTH_MAX || (depth === SUSPICIOUS_DEPTH && containsItself(value))) throw UNSUPPORTED;
}

function inexact(value: object): PlanError {
  const name = String(value.constructor?.name);
  return new PlanError(`An object of class ${name} would come back as another one: map the rows to plain data first.`, {
    code: "inexact-value",
    details: { class: name },
  });
}

function isBuffer(value: object): value is ArrayBufferLike {
  if (value instanceof ArrayBuffer) return true;
  return typeof SharedArrayBuffer !== "undefined" && value instanceof SharedArrayBuffer;
}
