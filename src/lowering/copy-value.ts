import { ConfigError } from "../errors.js";
import { SharedValue } from "./broadcast.js";

/** How deep captured values may nest. */
export const VALUE_DEPTH_MAX = 500;

/**
 * A deep copy of a captured value: primitives, arrays, plain objects, `Map` and `Set`, cycles and shared parts kept. A `Broadcast` stays as it is.
 * **Limits**: `VALUE_DEPTH_MAX`.
 * **Errors**: `ConfigError` `capture-value`, naming where in the value the trouble is.
 */
export function copyValue<V>(value: V): V {
  return copy(value, [], new Map()) as V;
}

type Path = readonly string[];

function copy(value: unknown, path: Path, copies: Map<object, object>): unknown {
  if (typeof value === "symbol") throw valueError(path, "a symbol");
  if (typeof value === "function")
    throw valueError(path, value.name === "" ? "a function" : `the function ${value.name}`);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof SharedValue) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (path.length > VALUE_DEPTH_MAX) throw valueError(path.slice(0, 3), `values nested deeper than ${VALUE_DEPTH_MAX}`);

  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value) && prototype === Array.prototype) return copyArray(value, path, copies);
  if (value instanceof Map && prototype === Map.prototype) return copyMap(value, path, copies);
  if (value instanceof Set && prototype === Set.prototype) return copySet(value, path, copies);
  if (prototype === Object.prototype || prototype === null) return copyObject(value, path, copies);
  throw valueError(path, describeObject(value));
}

function copyArray(value: readonly unknown[], path: Path, copies: Map<object, object>): unknown[] {
  const result: unknown[] = new Array(value.length);
  copies.set(value, result);
  for (let i = 0; i < value.length; i++) if (i in value) result[i] = copy(value[i], [...path, String(i)], copies);
  return result;
}

function copyMap(value: ReadonlyMap<unknown, unknown>, path: Path, copies: Map<object, object>): Map<unknown, unknown> {
  const result = new Map<unknown, unknown>();
  copies.set(value, result);
  for (const [key, item] of value) {
    result.set(copy(key, [...path, "(a key)"], copies), copy(item, [...path, labelOf(key)], copies));
  }
  return result;
}

function copySet(value: ReadonlySet<unknown>, path: Path, copies: Map<object, object>): Set<unknown> {
  const result = new Set<unknown>();
  copies.set(value, result);
  for (const item of value) result.add(copy(item, [...path, "(an element)"], copies));
  return result;
}

function copyObject(value: object, path: Path, copies: Map<object, object>): object {
  if (Object.getOwnPropertySymbols(value).length > 0) throw valueError(path, "an object with a symbol for a key");
  const result: object = Object.create(Object.getPrototypeOf(value));
  copies.set(value, result);
  for (const [key, item] of Object.entries(value)) {
    // Assigning would call the setter of "__proto__".
    Object.defineProperty(result, key, {
      value: copy(item, [...path, key], copies),
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return result;
}

function labelOf(key: unknown): string {
  return typeof key === "string" || typeof key === "number" ? String(key) : "(a value)";
}

/** What an object is, for messages, with its article: "a Map", "an array", "a plain object". */
export function describeObject(value: object): string {
  if (Array.isArray(value)) return "an array";
  const maker: unknown = value.constructor;
  const name = typeof maker === "function" && maker !== Object && maker.name !== "" ? maker.name : "plain object";
  return `${/^[aeiou]/i.test(name) ? "an" : "a"} ${name}`;
}

function valueError(path: Path, got: string): ConfigError {
  const subject = path.length === 0 ? "the values" : JSON.stringify(path.join("."));
  return new ConfigError(
    `capture: ${subject} must be made of primitives, arrays, plain objects, Map, Set and Broadcast, got ${got}: hand in plain data and build the rest inside the factory.`,
    { code: "capture-value", details: { path: path.join("."), got } },
  );
}
