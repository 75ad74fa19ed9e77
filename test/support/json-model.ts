import type { JsonType } from "../../src/kernel/json-fields.js";
import { JsonSlice, type VectorValue } from "../../src/kernel/vector.js";

/** What `JSON.parse` makes of the text, or nothing where it refuses it. */
export function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The own property at the end of a path; undefined where there is none. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
      return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** A value of a vector as text that tells values apart: -0 from 0, undefined from null. */
export function shownVector(value: VectorValue): string {
  if (value instanceof JsonSlice) return shown(JSON.parse(value.text));
  return typeof value === "bigint" ? `${value}n` : shown(value);
}

export function shown(value: unknown): string {
  if (value === undefined) return "undefined";
  return JSON.stringify(value, (_, each) => {
    if (typeof each === "number" && (Object.is(each, -0) || !Number.isFinite(each)))
      return `number ${Object.is(each, -0) ? "-0" : each}`;
    return each;
  });
}

/** Whether a value fits a declared type; what is null or missing always does. */
export function fits(value: unknown, type: JsonType): boolean {
  if (value === undefined || value === null || type === "any") return true;
  if (typeof type === "object") {
    if ("list" in type) return Array.isArray(value) && value.every((each) => fits(each, type.list));
    if (typeof value !== "object" || Array.isArray(value)) return false;
    return type.record.every(([name, each]) => fits(valueAt(value, [name]), each));
  }
  if (type === "utf8") return typeof value === "string";
  if (type === "boolean") return typeof value === "boolean";
  return typeof value === "number" && (type === "f64" || Number.isSafeInteger(value));
}
