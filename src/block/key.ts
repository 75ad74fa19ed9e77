/**
 * Keys are compared by value.
 *
 * A primitive is its own identity, as in a `Map`. Any other key is told apart by its canonical string, which is also what the partition
 * hash reads (partition-hash.ts), so its form is part of the checkpoint format and never changes:
 *
 *     undefined  u                     array      [ value ... ]              a hole is undefined
 *     null       z                     object     { string value ... }      names in order of UTF-16 units, without undefined values
 *     true       t                     Date       d<getTime()>;              dNaN; for an invalid one
 *     false      f                     bytes      b<type>:<byte count>:<lower-case hex>      type: Uint8Array, ArrayBuffer, DataView ...
 *     number     n<String(x)>;         -0 as 0
 *     bigint     i<digits>;
 *     string     s<count of UTF-16 units>:<the string itself>
 *
 * Every form says where it ends, so two different keys never give the same string.
 */
import { PlanError } from "../errors.js";

/** A key that is its own identity. */
export type PrimitiveKey = string | number | bigint | boolean | null | undefined;

/** Arrays and objects inside one another that a key may have. */
export const KEY_DEPTH_MAX = 64;

/** What one key has: the key as it first arrived, and its value, which the owner of the map may change. */
export interface Entry<V> {
  readonly key: unknown;
  value: V;
}

type Step = string | number;

const HEX_DIGITS = "0123456789abcdef";

/** Whether a key is told apart as a `Map` does it, without a canonical string. */
export function isPrimitiveKey(key: unknown): key is PrimitiveKey {
  switch (typeof key) {
    case "object":
      return key === null;
    case "function":
    case "symbol":
      return false;
    default:
      return true;
  }
}

/** The bytes of a buffer, typed array or DataView, or undefined for anything else. **Ownership:** a view, not a copy. */
export function bytesOf(value: object): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return isBuffer(value) ? new Uint8Array(value) : undefined;
}

/**
 * The canonical string of a key: equal for two keys exactly when they are the same key.
 *
 * Arrays and plain objects count deeply, whatever the order of properties and without those that are `undefined`; other objects by
 * their own enumerable properties too, whatever their class; dates by time; buffers and typed arrays by type and bytes (a Node `Buffer`
 * is a `Uint8Array`). Properties named by symbols do not count, nor do those of an array besides its elements.
 *
 * **Limits:** `KEY_DEPTH_MAX` levels. **Errors:** `PlanError` "unsupported-key" for `Map`, `Set`, functions, symbols, cyclic or deeper
 * values, and objects that hide what they are: errors, and class instances without a property (`RegExp`, `URL`, `Promise` ...), which
 * would otherwise all be one key. It says where in the key.
 */
export function encodeKey(key: unknown): string {
  return encode(key, key, []);
}

/**
 * A map by value that keeps the order of first arrival and the key as it first arrived (-0 as 0, as in a `Map`).
 *
 * For a reducer, one look-up a row: `const e = map.entry(key); if (e) e.value += x; else map.add(key, x);`
 *
 * **Order:** one `Map` look-up for a primitive; one canonical string and one look-up for any other key.
 * **Errors:** `PlanError` "unsupported-key" as `encodeKey`.
 */
export class KeyMap<V> implements Iterable<Entry<V>> {
  /** In order of first arrival. **Ownership:** the map's; callers may change values, not the array. */
  readonly entries: Entry<V>[] = [];
  readonly #primitives = new Map<PrimitiveKey, Entry<V>>();
  readonly #composites = new Map<string, Entry<V>>();

  /** The number of keys. */
  get size(): number {
    return this.entries.length;
  }

  /** The entry of a key, or undefined. Its `value` may be assigned. */
  entry(key: unknown): Entry<V> | undefined {
    // Strings first: they are what most keys are, and one comparison tells.
    if (typeof key === "string" || isPrimitiveKey(key)) return this.#primitives.get(key);
    return this.#composites.get(encodeKey(key));
  }

  /** The new entry of a key that is known to be absent: `entry(key)` has just said so. */
  add(key: unknown, value: V): Entry<V> {
    const entry: Entry<V> = { key: key === 0 ? 0 : key, value };
    if (isPrimitiveKey(key)) this.#primitives.set(key, entry);
    else this.#composites.set(encodeKey(key), entry);
    this.entries.push(entry);
    return entry;
  }

  /** The value of a key, or undefined. */
  get(key: unknown): V | undefined {
    return this.entry(key)?.value;
  }

  /** Whether the key is there, whatever its value. */
  has(key: unknown): boolean {
    return this.entry(key) !== undefined;
  }

  /** Gives a key a value; a key that is there keeps its place and its first form. */
  set(key: unknown, value: V): this {
    const entry = this.entry(key);
    if (entry) entry.value = value;
    else this.add(key, value);
    return this;
  }

  /** The entries in order of first arrival. */
  [Symbol.iterator](): IterableIterator<Entry<V>> {
    return this.entries.values();
  }
}

/** `path` leads from `root` to `value`; it is there for the error message and to see cycles, both of which only a failure needs. */
function encode(value: unknown, root: unknown, path: Step[]): string {
  switch (typeof value) {
    case "string":
      return encodeString(value);
    case "number":
      return `n${value};`; // -0 prints as 0
    case "bigint":
      return `i${value};`;
    case "boolean":
      return value ? "t" : "f";
    case "undefined":
      return "u";
    case "object":
      return value === null ? "z" : encodeObject(value, root, path);
    default:
      throw unsupported(`a ${typeof value}`, path);
  }
}

function encodeString(text: string): string {
  return `s${text.length}:${text}`;
}

function encodeObject(value: object, root: unknown, path: Step[]): string {
  if (value instanceof Date) return `d${value.getTime()};`;
  const bytes = bytesOf(value);
  if (bytes) return encodeBytes(value, bytes);
  if (path.length >= KEY_DEPTH_MAX) throw tooDeep(root, path);
  if (Array.isArray(value)) return encodeArray(value, root, path);
  if (hidesItsValue(value)) throw unsupported(`an object of class ${value.constructor?.name}`, path);
  return encodeProperties(value as Record<string, unknown>, root, path);
}

function encodeArray(values: readonly unknown[], root: unknown, path: Step[]): string {
  let text = "[";
  for (let index = 0; index < values.length; index++) {
    path.push(index);
    text += encode(values[index], root, path);
    path.pop();
  }
  return `${text}]`;
}

function encodeProperties(value: Record<string, unknown>, root: unknown, path: Step[]): string {
  let text = "{";
  for (const name of Object.keys(value).sort()) {
    const property = value[name];
    if (property === undefined) continue;
    path.push(name);
    text += encodeString(name) + encode(property, root, path);
    path.pop();
  }
  return `${text}}`;
}

function encodeBytes(value: object, bytes: Uint8Array): string {
  const type = (value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag];
  let text = `b${type}:${bytes.length}:`;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]!;
    text += HEX_DIGITS[byte >> 4]! + HEX_DIGITS[byte & 15]!;
  }
  return text;
}

/** By their own properties, of which they have none or not those that matter, all such objects would be the same key. */
function hidesItsValue(value: object): boolean {
  if (value instanceof Map || value instanceof Set || value instanceof Error) return true;
  return !isPlain(value) && Object.keys(value).length === 0;
}

/** Also for an object of another realm, whose `Object.prototype` is another one. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isBuffer(value: object): value is ArrayBufferLike {
  if (value instanceof ArrayBuffer) return true;
  return typeof SharedArrayBuffer !== "undefined" && value instanceof SharedArrayBuffer;
}

/** A cycle is always met as too much depth, so that the usual key pays nothing for looking for one. */
function tooDeep(root: unknown, path: readonly Step[]): PlanError {
  const above = new Set<unknown>();
  let value = root;
  for (const step of path) {
    if (above.has(value)) break;
    above.add(value);
    value = (value as Record<Step, unknown> | undefined)?.[step];
  }
  if (!above.has(value)) return unsupported(`a value nested deeper than ${KEY_DEPTH_MAX} levels`, path);
  return unsupported("a value that contains itself", path.slice(0, above.size));
}

function unsupported(what: string, path: readonly Step[]): PlanError {
  const place = path.map((step) => (typeof step === "number" ? `[${step}]` : `[${JSON.stringify(step)}]`)).join("");
  return new PlanError(
    "A key must be a primitive, a date, bytes, or arrays and plain objects of these " +
      `at most ${KEY_DEPTH_MAX} levels deep, but key${place} is ${what}; ` +
      "use what identifies the row as its key, such as an id or an array of its fields.",
    { code: "unsupported-key", details: { what, path: [...path] } },
  );
}
