import { abi } from "#kernel";
import { tagOf, type VectorValue } from "../kernel/vector.js";
import { isOf } from "../schema/row-schema.js";
import { encodeTexts } from "./encode-texts.js";
import type { EncodedColumn } from "./row-encoder.js";
import { BIGINT, BOOLEAN, NUMBER, type ScalarType, STRING, scalarOf } from "./row-type.js";

const ROWS_AT_FIRST = 64;
const PAYLOAD_BYTES = 8;

type Type = Parameters<typeof isOf>[0];

/** A column, and what its values are. */
export interface BuiltColumn {
  readonly column: EncodedColumn;
  readonly type: ScalarType;
}

const KINDS = {
  utf8: { kind: abi.COLUMN_UTF8, type: STRING },
  f64: { kind: abi.COLUMN_F64, type: NUMBER },
  i64: { kind: abi.COLUMN_F64, type: NUMBER },
  "i64.big": { kind: abi.COLUMN_I64, type: BIGINT },
  bool: { kind: abi.COLUMN_BOOLEAN, type: BOOLEAN },
} as const;

/** A column of values of a declared type that grows value by value. Where one was undefined or null it has tags, otherwise none. */
export class LeafBuilder {
  readonly #type: Type;
  readonly #tag: number;
  #payloads = new DataView(new ArrayBuffer(ROWS_AT_FIRST * PAYLOAD_BYTES));
  #rowsMax = ROWS_AT_FIRST;
  /** Of a column of text. */
  #texts: string[] = [];
  /** Of the values so far; undefined as long as all of them are there. */
  #tags: Uint8Array | undefined;
  #rows = 0;

  constructor(type: Type) {
    this.#type = type;
    this.#tag = 31 - Math.clz32(KINDS[type].type.tags);
  }

  /** Adds a value; false, and nothing is added, where it is not of the type. */
  add(value: unknown): boolean {
    const isThere = value !== undefined && value !== null;
    if (isThere && !isOf(this.#type, value)) return false;
    if (this.#rows === this.#rowsMax) this.#grow();
    const at = this.#rows++;
    if (!isThere) this.#tags ??= new Uint8Array(this.#rowsMax).fill(this.#tag, 0, at);
    if (this.#tags) this.#tags[at] = isThere ? this.#tag : tagOf(value as VectorValue);
    if (this.#type === "utf8") this.#texts.push(isThere ? (value as string) : "");
    else this.#put(PAYLOAD_BYTES * at, isThere ? value : undefined);
    return true;
  }

  #put(at: number, value: unknown): void {
    if (typeof value === "number") this.#payloads.setFloat64(at, this.#type === "i64" ? value + 0 : value, true);
    else if (typeof value === "bigint") this.#payloads.setBigInt64(at, value, true);
    else this.#payloads.setBigUint64(at, value === true ? 1n : 0n, true);
  }

  #grow(): void {
    this.#rowsMax *= 2;
    const payloads = new Uint8Array(this.#rowsMax * PAYLOAD_BYTES);
    payloads.set(new Uint8Array(this.#payloads.buffer));
    this.#payloads = new DataView(payloads.buffer);
    if (this.#tags === undefined) return;
    const tags = new Uint8Array(this.#rowsMax);
    tags.set(this.#tags);
    this.#tags = tags;
  }

  /** Takes the values back that were added after the first `rows`. */
  truncate(rows: number): void {
    this.#rows = rows;
    this.#texts.length = Math.min(this.#texts.length, rows);
  }

  /** The column so far; undefined where its text is too much for one. */
  build(): BuiltColumn | undefined {
    const rows = this.#rows;
    const tags = this.#tags?.subarray(0, rows);
    const { kind, type } = KINDS[this.#type];
    const payloads = new Uint8Array(this.#payloads.buffer, 0, PAYLOAD_BYTES * rows);
    const seen = tags?.reduce((bits, tag) => bits | (1 << tag), 0) ?? type.tags;
    const isPlain = tags === undefined || seen === type.tags;
    if (this.#type === "utf8") return this.#buildTexts(isPlain ? undefined : tags, seen);
    if (!isPlain) {
      const column = { kind: abi.COLUMN_ANY, buffers: [payloads, new Uint8Array(0), tags!] };
      return { column, type: scalarOf(seen) };
    }
    const buffer =
      this.#type === "bool" ? Uint8Array.from({ length: rows }, (_, i) => payloads[PAYLOAD_BYTES * i]!) : payloads;
    return { column: { kind, buffers: [buffer] }, type };
  }

  #buildTexts(tags: Uint8Array | undefined, seen: number): BuiltColumn | undefined {
    const encoded = encodeTexts(this.#texts);
    if (encoded === undefined) return undefined;
    const { offsets, bytes } = encoded;
    const { buffer, byteOffset, byteLength } = offsets;
    if (tags === undefined) {
      return {
        column: { kind: abi.COLUMN_UTF8, buffers: [new Uint8Array(buffer, byteOffset, byteLength), bytes] },
        type: STRING,
      };
    }
    const words = new Int32Array(2 * this.#rows);
    for (let row = 0; row < this.#rows; row++) {
      if (tags[row] !== abi.TAG_STRING) continue;
      words[2 * row] = offsets[row]!;
      words[2 * row + 1] = offsets[row + 1]! - offsets[row]!;
    }
    return {
      column: { kind: abi.COLUMN_ANY, buffers: [new Uint8Array(words.buffer), bytes, tags] },
      type: scalarOf(seen),
    };
  }
}
