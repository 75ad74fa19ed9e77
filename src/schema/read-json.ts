import { type FieldType, isNested, type ListField, type Schema } from "./field.js";
import { JsonNumber, JsonTextError, parseJsonText } from "./json-text.js";

/** Why a line is no row of a schema. */
export interface Rejection {
  readonly reason: string;
  /** Index of the character at which the line stops being what it must be, in UTF-16 units; undefined where a whole field is wrong. */
  readonly position: number | undefined;
}

/** The row of a line, or why it is none. */
export type ReadRow = { readonly row: Record<string, unknown> } | { readonly rejection: Rejection };

const INTEGER = /^-?\d+$/;
const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;

/**
 * The row that a line of JSON is by a schema: the declared fields in their order; one that is missing is `undefined`, `null` is `null` everywhere, the last
 * of two with one name counts, others are left out.
 */
export function readJson(schema: Schema, line: string): ReadRow {
  let value: unknown;
  try {
    value = hasBigInteger(schema) ? parseJsonText(line) : JSON.parse(line);
  } catch {
    return { rejection: { reason: "not JSON", position: positionOf(line) } };
  }
  if (!isObject(value)) return { rejection: { reason: `an object expected, got ${nameOf(value)}`, position: 0 } };
  const row: Record<string, unknown> = {};
  const reason = readFields(schema, value, "", row);
  return reason === undefined ? { row } : { rejection: { reason, position: undefined } };
}

function positionOf(line: string): number {
  try {
    parseJsonText(line);
  } catch (error) {
    if (error instanceof JsonTextError) return error.position;
  }
  return 0;
}

/** Fills `row`; returns what is wrong with the first field that is. */
function readFields(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  path: string,
  row: Record<string, unknown>,
): string | undefined {
  for (const [name, field] of Object.entries(schema)) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    const read = readField(field, given, path + name);
    if (typeof read === "string") return read;
    row[name] = read.value;
  }
  return undefined;
}

function readField(field: FieldType, given: unknown, path: string): { readonly value: unknown } | string {
  if (given === undefined || given === null) return { value: given };
  if (isNested(field)) {
    if (!isObject(given)) return wrong(path, "an object", given);
    const value: Record<string, unknown> = {};
    return readFields(field, given, `${path}.`, value) ?? { value };
  }
  switch (field.type) {
    case "utf8":
      return typeof given === "string" ? { value: given } : wrong(path, "utf8", given);
    case "bool":
      return typeof given === "boolean" ? { value: given } : wrong(path, "bool", given);
    case "list":
      return readList(field as ListField<unknown>, given, path);
    default:
      return readNumber(field.type, given, path);
  }
}

function readList({ of }: ListField<unknown>, given: unknown, path: string): { readonly value: unknown } | string {
  if (!Array.isArray(given)) return wrong(path, "a list", given);
  const value: unknown[] = [];
  for (const [i, item] of given.entries()) {
    const read = readField(of, item, `${path}[${i}]`);
    if (typeof read === "string") return read;
    value.push(read.value);
  }
  return { value };
}

function readNumber(
  type: "f64" | "i64" | "i64.big",
  given: unknown,
  path: string,
): { readonly value: unknown } | string {
  const isNumber = typeof given === "number" || given instanceof JsonNumber;
  if (!isNumber) return wrong(path, type, given);
  const number = given instanceof JsonNumber ? Number(given.text) : given;
  if (type === "f64") return { value: number };
  if (type === "i64") {
    // -0 is no integer of its own.
    if (Number.isSafeInteger(number)) return { value: number + 0 };
    return `${path}: i64 expected, got ${String(number)}${Number.isInteger(number) ? ", beyond 2^53 - 1 (declare i64.big)" : ""}`;
  }
  const text = given instanceof JsonNumber ? given.text : String(given);
  const value = INTEGER.test(text) ? BigInt(text) : Number.isSafeInteger(number) ? BigInt(number) : undefined;
  if (value === undefined || value < I64_MIN || value > I64_MAX) return `${path}: i64.big expected, got ${text}`;
  return { value };
}

function wrong(path: string, expected: string, given: unknown): string {
  return `${path}: ${expected} expected, got ${nameOf(given)}`;
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (value instanceof JsonNumber) return "number";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `${typeof value}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}

const bigIntegers = new WeakMap<Schema, boolean>();

/** Whether a schema has integers that a double cannot hold. */
function hasBigInteger(schema: Schema): boolean {
  let known = bigIntegers.get(schema);
  if (known === undefined) {
    known = Object.values(schema).some(isBig);
    bigIntegers.set(schema, known);
  }
  return known;
}

function isBig(field: FieldType): boolean {
  if (isNested(field)) return hasBigInteger(field);
  return field.type === "list" ? isBig((field as ListField<unknown>).of) : field.type === "i64.big";
}
