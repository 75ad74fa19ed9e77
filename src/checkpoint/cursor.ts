import { decodeRows } from "../block/codec.js";
import { messageOf } from "../errors.js";
import { damaged } from "./sealed.js";

/** Reads the values of a payload one after the other, each checked to be of the kind that is asked for. */
export class Cursor {
  readonly #key: string;
  readonly #values: readonly unknown[];
  #next = 0;

  /** `key`: where the values were found. */
  constructor(key: string, values: readonly unknown[]) {
    this.#key = key;
    this.#values = values;
  }

  /** **Errors:** `CheckpointError` "checkpoint-damaged". */
  static of(key: string, payload: Uint8Array): Cursor {
    try {
      return new Cursor(key, decodeRows(payload));
    } catch (error) {
      throw damaged(key, `has a payload that cannot be read: ${messageOf(error)}`, 0, error);
    }
  }

  get isAtEnd(): boolean {
    return this.#next >= this.#values.length;
  }

  /** Any value. */
  value(): unknown {
    if (this.isAtEnd) throw this.wrong("one value more");
    return this.#values[this.#next++];
  }

  number(): number {
    const value = this.value();
    if (typeof value === "number") return value;
    throw this.wrong("a number");
  }

  /** A whole number that is not negative. */
  count(): number {
    const value = this.number();
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw this.wrong("a whole number");
  }

  text(): string {
    const value = this.value();
    if (typeof value === "string") return value;
    throw this.wrong("a text");
  }

  flag(): boolean {
    const value = this.value();
    if (typeof value === "boolean") return value;
    throw this.wrong("true or false");
  }

  numbers(): Float64Array {
    const value = this.value();
    if (value instanceof Float64Array) return value;
    throw this.wrong("numbers");
  }

  texts(): string[] {
    const values = this.list();
    if (values.every((value) => typeof value === "string")) return values as string[];
    throw this.wrong("a list of texts");
  }

  bytes(): Uint8Array {
    const value = this.value();
    if (value instanceof Uint8Array) return value;
    throw this.wrong("bytes");
  }

  bytesList(): Uint8Array[] {
    const values = this.list();
    if (values.every((value) => value instanceof Uint8Array)) return values as Uint8Array[];
    throw this.wrong("a list of bytes");
  }

  /** As many values as are asked for, packed or not. */
  column(length: number): ArrayLike<unknown> {
    const value = this.value();
    if ((Array.isArray(value) || value instanceof Float64Array) && value.length === length) return value;
    throw this.wrong(`${length} values`);
  }

  list(): readonly unknown[] {
    const value = this.value();
    if (Array.isArray(value)) return value;
    throw this.wrong("a list");
  }

  /** Each element of a list is a list that `read` reads. */
  each<R>(read: (fields: Cursor) => R): R[] {
    return this.list().map((fields) => {
      if (!Array.isArray(fields)) throw this.wrong("a list of lists");
      return read(new Cursor(this.#key, fields));
    });
  }

  /** All that are left are lists that `read` reads. */
  eachLeft<R>(read: (fields: Cursor) => R): R[] {
    const left = new Cursor(this.#key, [this.#values.slice(this.#next)]);
    this.#next = this.#values.length;
    return left.each(read);
  }

  /** That the value read last is none of what was wanted. */
  wrong(wanted: string): Error {
    return damaged(this.#key, `has no ${wanted} as value ${this.#next} of its payload`, 0);
  }
}
