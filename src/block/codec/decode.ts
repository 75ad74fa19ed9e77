import { SourceError } from "../../errors.js";
import { Reader } from "./reader.js";
import {
  FALSE,
  FLOAT_64,
  MAJOR_ARRAY,
  MAJOR_BYTES,
  MAJOR_MAP,
  MAJOR_NEGATIVE,
  MAJOR_TAG,
  MAJOR_TEXT,
  MAJOR_UNSIGNED,
  NULL,
  TAG_BIGINT,
  TAG_BIGINT_NEGATIVE,
  TAG_DATA_VIEW,
  TAG_EPOCH,
  TAG_LONE_SURROGATES,
  TAG_MAP,
  TAG_SET,
  TRUE,
  TYPED_ARRAYS,
  UNDEFINED,
  VALUE_DEPTH_MAX,
} from "./tags.js";

const TYPED_ARRAY_OF_TAG = new Map(TYPED_ARRAYS.map((kind) => [kind.tag, kind]));

/** A property's name, and where its bytes lie: the next object's name at the same place is most likely the same. */
interface Name {
  readonly begin: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The rows of a chunk that `encodeRows` made. **Ownership:** nothing of them lies in `bytes`.
 * **Errors:** `SourceError` "damaged-rows" for anything else: truncated, followed by other bytes, or not what `encodeRows` writes; it says
 * at which byte. `SourceError` "no-float16" for a `Float16Array` where the host has none. **Order:** time and memory linear in the bytes.
 */
export function decodeRows(bytes: Uint8Array): unknown[] {
  return new Decoder(bytes).rows();
}

class Decoder extends Reader {
  /** Names of the properties of the last object at each depth, in their order. */
  readonly #names: Name[][] = [];

  rows(): unknown[] {
    const count = this.expect(MAJOR_ARRAY);
    const rows: unknown[] = [];
    for (let index = 0; index < count; index++) rows.push(this.#value(0));
    if (this.at < this.end) throw this.damaged("bytes after the last row");
    return rows;
  }

  #value(depth: number): unknown {
    const initial = this.byte();
    const major = initial >> 5;
    switch (major) {
      case MAJOR_UNSIGNED:
      case MAJOR_NEGATIVE:
        return this.#integer(initial);
      case MAJOR_BYTES:
        return this.take(this.argument(initial)).slice().buffer;
      case MAJOR_TEXT:
        return this.text(this.argument(initial));
      case MAJOR_ARRAY:
        return this.#array(this.argument(initial), this.#deeper(depth));
      case MAJOR_MAP:
        return this.#object(this.argument(initial), this.#deeper(depth));
      case MAJOR_TAG:
        return this.#tagged(this.argument(initial), depth);
      default:
        return this.#simple(initial);
    }
  }

  #integer(initial: number): number {
    const argument = this.argument(initial);
    return initial >> 5 === MAJOR_UNSIGNED ? argument : -1 - argument;
  }

  #simple(initial: number): unknown {
    switch (initial) {
      case FLOAT_64:
        return this.float64();
      case UNDEFINED:
        return undefined;
      case NULL:
        return null;
      case TRUE:
        return true;
      case FALSE:
        return false;
      default:
        throw this.damaged("an unknown simple value");
    }
  }

  /** The array grows as elements are there: its count alone is not to be believed. */
  #array(count: number, depth: number): unknown[] {
    if (count === 2) return [this.#value(depth), this.#value(depth)];
    const values: unknown[] = [];
    for (let index = 0; index < count; index++) values.push(this.#value(depth));
    return values;
  }

  #object(count: number, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#names[depth] ??= [];
    const names = this.#names[depth];
    for (let index = 0; index < count; index++) {
      const name = this.#name(names[index]);
      names[index] = name;
      const value = this.#value(depth);
      if (name.text === "__proto__") defineOwn(object, name.text, value);
      else object[name.text] = value;
    }
    return object;
  }

  /** The name that comes next; `known` is what the last object had in its place. */
  #name(known: Name | undefined): Name {
    if (known !== undefined && this.repeats(known.begin, known.end)) return known;
    const begin = this.at;
    const initial = this.byte();
    if (initial >> 5 === MAJOR_TEXT) return { begin, text: this.text(this.argument(initial)), end: this.at };
    if (initial >> 5 === MAJOR_TAG && this.argument(initial) === TAG_LONE_SURROGATES) {
      return { begin, text: this.textOfUnits(this.expect(MAJOR_BYTES)), end: this.at };
    }
    throw this.damaged("a property whose name is no text");
  }

  #tagged(tag: number, depth: number): unknown {
    switch (tag) {
      case TAG_EPOCH:
        return this.#date();
      case TAG_BIGINT:
        return this.#magnitude();
      case TAG_BIGINT_NEGATIVE:
        return -1n - this.#magnitude();
      case TAG_SET:
        return this.#set(this.expect(MAJOR_ARRAY), this.#deeper(depth));
      case TAG_MAP:
        return this.#map(this.expect(MAJOR_MAP), this.#deeper(depth));
      case TAG_LONE_SURROGATES:
        return this.textOfUnits(this.expect(MAJOR_BYTES));
      case TAG_DATA_VIEW:
        return new DataView(this.take(this.expect(MAJOR_BYTES)).slice().buffer);
      default:
        return this.#typedArray(tag);
    }
  }

  /** Whole seconds and the rest apart, which gives back each millisecond that a `Date` can have: their product would not. */
  #date(): Date {
    const initial = this.byte();
    if (initial >> 5 > MAJOR_NEGATIVE && initial !== FLOAT_64) throw this.damaged("a date that is no number");
    const seconds = initial === FLOAT_64 ? this.float64() : this.#integer(initial);
    const whole = Math.floor(seconds);
    return new Date(whole * 1000 + Math.round((seconds - whole) * 1000));
  }

  #magnitude(): bigint {
    const bytes = this.take(this.expect(MAJOR_BYTES));
    let digits = "0x0";
    for (let index = 0; index < bytes.length; index++) digits += bytes[index]!.toString(16).padStart(2, "0");
    try {
      return BigInt(digits);
    } catch {
      throw this.damaged("a bigint of more digits than the host can have");
    }
  }

  #set(count: number, depth: number): Set<unknown> {
    const set = new Set<unknown>();
    for (let index = 0; index < count; index++) set.add(this.#value(depth));
    return set;
  }

  #map(count: number, depth: number): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    for (let index = 0; index < count; index++) {
      const key = this.#value(depth);
      map.set(key, this.#value(depth));
    }
    return map;
  }

  #typedArray(tag: number): ArrayBufferView {
    const kind = TYPED_ARRAY_OF_TAG.get(tag);
    if (!kind) throw this.damaged(`the unknown tag ${tag}`);
    const bytes = this.take(this.expect(MAJOR_BYTES));
    if (bytes.length % kind.elementBytes !== 0) throw this.damaged(`a ${kind.name} with part of an element`);
    if (kind.make === undefined) {
      throw new SourceError(
        "The rows have a Float16Array, which this host does not know: read them on a newer one, or write a Float32Array.",
        { code: "no-float16", details: { offset: this.at } },
      );
    }
    return new kind.make(bytes.slice().buffer);
  }

  #deeper(depth: number): number {
    if (depth >= VALUE_DEPTH_MAX) throw this.damaged(`values nested deeper than ${VALUE_DEPTH_MAX} levels`);
    return depth + 1;
  }
}

/** Assigning would change the object's prototype. */
function defineOwn(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
}
