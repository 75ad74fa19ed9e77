import { PlanError } from "../errors.js";
import { checkedFields, checkedSchema } from "./check.js";
import { type FieldType, isNested, type ListField, type ScalarField, type Schema, type ValueOf } from "./field.js";

/** What rows are: objects of fields, arrays of so many items, or values of one type. */
export type RowSchema = FieldType | readonly FieldType[];

/** The rows that such a schema describes. */
export type RowOfSchema<S extends RowSchema> = S extends readonly FieldType[]
  ? { -readonly [I in keyof S]: ValueOf<S[I]> }
  : ValueOf<S>;

/** What is wrong with a row: where, and what should be there. */
export interface WrongRow {
  /** A field or item, or "" where the row itself is wrong. */
  readonly path: string;
  readonly expected: string;
  readonly got: unknown;
}

/** The schema of rows that a program gave, checked. **Errors:** `PlanError` "invalid-schema", naming the field. */
export function checkedRowSchema(operator: string, given: unknown): RowSchema {
  if (Array.isArray(given)) {
    if (given.length === 0) {
      throw new PlanError(`${operator}: a schema that is an array must have an item at least, got none.`, {
        code: "invalid-schema",
        details: { operator, got: given },
      });
    }
    checkedFields(operator, Object.fromEntries(given.entries()));
    return given as readonly FieldType[];
  }
  if (isScalar(given)) {
    checkedFields(operator, { row: given });
    return given as FieldType;
  }
  return checkedSchema(operator, given);
}

/** Whether a schema is that of values without names for their parts. */
export function isScalar(schema: unknown): schema is ScalarField<unknown> {
  return typeof (schema as { type?: unknown } | null)?.type === "string";
}

/** The fields of an object, or the items of an array, with their names. */
export function partsOf(schema: Schema | readonly FieldType[]): ReadonlyArray<readonly [string, FieldType]> {
  return Object.entries(schema);
}

/** A row with what its schema names and nothing else, or what is wrong with it. What is undefined or null is so in any field. */
export function readRow(schema: RowSchema, row: unknown): { readonly row: unknown } | { readonly wrong: WrongRow } {
  try {
    if (isScalar(schema)) return { row: readField(schema, row, "") };
    if (!Array.isArray(schema)) {
      if (!isObject(row)) throw new Wrong("", "an object", row);
      return { row: readFields(schema as Schema, row, "") };
    }
    if (!Array.isArray(row) || row.length !== schema.length) throw new Wrong("", `an array of ${schema.length}`, row);
    return { row: schema.map((field, i) => readField(field, row[i], `[${i}]`)) };
  } catch (error) {
    if (error instanceof Wrong) return { wrong: error };
    throw error;
  }
}

class Wrong implements WrongRow {
  readonly path: string;
  readonly expected: string;
  readonly got: unknown;

  constructor(path: string, expected: string, got: unknown) {
    this.path = path;
    this.expected = expected;
    this.got = got;
  }
}

function readFields(schema: Schema, row: object, path: string): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema)) {
    read[name] = readField(field, (row as Record<string, unknown>)[name], path === "" ? name : `${path}.${name}`);
  }
  return read;
}

function readField(field: FieldType, given: unknown, path: string): unknown {
  if (given === undefined || given === null) return given;
  if (isNested(field)) {
    if (!isObject(given)) throw new Wrong(path, "an object", given);
    return readFields(field, given, path);
  }
  if (field.type === "list") {
    if (!Array.isArray(given)) throw new Wrong(path, "an array", given);
    const { of } = field as ListField<unknown>;
    return Array.from(given, (item, i) => readField(of, item, `${path}[${i}]`));
  }
  if (!isOf(field.type, given)) throw new Wrong(path, field.type, given);
  // -0 is no integer of its own.
  return field.type === "i64" ? (given as number) + 0 : given;
}

/** Whether a value that is there is of a type without parts. */
export function isOf(type: ScalarField<unknown>["type"], given: unknown): boolean {
  switch (type) {
    case "utf8":
      return typeof given === "string";
    case "bool":
      return typeof given === "boolean";
    case "f64":
      return typeof given === "number";
    case "i64":
      return Number.isSafeInteger(given);
    case "i64.big":
      return typeof given === "bigint" && BigInt.asIntN(64, given) === given;
  }
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
