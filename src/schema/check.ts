import { PlanError } from "../errors.js";
import { type FieldType, isNested, type Schema } from "./field.js";

/** Fields that a schema has at most, those inside of others with it. */
export const FIELDS_MAX = 1000;
/** Objects inside one another in a schema. */
export const FIELD_DEPTH_MAX = 16;
const SCALARS = ["utf8", "f64", "i64", "i64.big", "bool"];
/** Names that every object inherits would be found where a field is missing. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

/**
 * The schema that a program gave, checked. **Errors:** `PlanError` "invalid-schema", naming the field.
 */
export function checkedSchema(operator: string, given: unknown, { nested = true }: { nested?: boolean } = {}): Schema {
  if (!isPlainObject(given))
    throw invalid(operator, "the schema", "an object of fields such as { id: utf8, price: f64 }", given);
  const count = checkFields(operator, given, [], nested);
  if (count === 0) throw invalid(operator, "the schema", "at least one field", given);
  if (count > FIELDS_MAX) throw invalid(operator, "the schema", `at most ${FIELDS_MAX} fields`, count);
  return given as Schema;
}

/** The fields of a schema that may have no field at all, checked; returns how many they are. **Errors:** as `checkedSchema`. */
export function checkedFields(operator: string, fields: Readonly<Record<string, unknown>>): number {
  const count = checkFields(operator, fields, [], true);
  if (count > FIELDS_MAX) throw invalid(operator, "the schema", `at most ${FIELDS_MAX} fields`, count);
  return count;
}

function checkFields(
  operator: string,
  fields: Readonly<Record<string, unknown>>,
  path: readonly string[],
  nested: boolean,
): number {
  let count = 0;
  for (const [name, field] of Object.entries(fields)) {
    count += checkField(operator, field, [...path, name], nested);
  }
  return count;
}

function checkField(operator: string, field: unknown, path: readonly string[], nested: boolean): number {
  const name = path.at(-1)!;
  const subject = `the field ${JSON.stringify(path.join("."))}`;
  if (INHERITED.has(name)) throw invalid(operator, subject, "a name that objects do not inherit", name);
  if (path.length > FIELD_DEPTH_MAX)
    throw invalid(operator, subject, `at most ${FIELD_DEPTH_MAX} objects inside one another`, path.length);
  if (!isPlainObject(field)) throw invalid(operator, subject, EXPECTED, field);
  const { type } = field;
  if (typeof type === "string") {
    if (SCALARS.includes(type)) return 1;
    if (type === "list" && nested) return checkField(operator, field.of, [...path, "[]"], nested);
    throw invalid(operator, subject, nested ? EXPECTED : "utf8, f64, i64, i64.big or bool", type);
  }
  if (!nested) throw invalid(operator, subject, "utf8, f64, i64, i64.big or bool", "an object");
  return 1 + checkFields(operator, field, path, nested);
}

const EXPECTED = "utf8, f64, i64, i64.big, bool, list(...) or an object of fields";

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(operator: string, subject: string, expected: string, got: unknown): PlanError {
  const shown = typeof got === "object" && got !== null ? "an object" : String(got);
  return new PlanError(`${operator}: ${subject} must be ${expected}, got ${shown}.`, {
    code: "invalid-schema",
    details: { operator, got },
  });
}

/** The paths to the fields of a schema that have no parts, depth first, with their types. */
export function leafFields(
  schema: Schema,
): Array<readonly [path: readonly string[], field: Exclude<FieldType, Schema>]> {
  return Object.entries(schema).flatMap(([name, field]) =>
    isNested(field)
      ? leafFields(field).map(([path, leaf]) => [[name, ...path], leaf] as const)
      : [[[name], field as Exclude<FieldType, Schema>] as const],
  );
}
