import { type FieldType, isNested, type Schema } from "../schema/field.js";
import { isScalar, partsOf, type RowSchema } from "../schema/row-schema.js";
import { BIGINT, BOOLEAN, NULLISH, NUMBER, type RowType, STRING, scalarOf } from "./row-type.js";

const TAGS: Readonly<Record<string, number>> = {
  utf8: STRING.tags,
  f64: NUMBER.tags,
  i64: NUMBER.tags,
  "i64.big": BIGINT.tags,
  bool: BOOLEAN.tags,
};

/** The type of rows of a schema, in which anything may be missing; undefined where they have lists, which are not laid out in columns. */
export function declaredType(schema: RowSchema): RowType | undefined {
  if (isScalar(schema)) return typeOfField(schema);
  const parts = partsOf(schema as Schema).map(([name, field]) => [name, typeOfField(field)] as const);
  if (parts.some(([, type]) => type === undefined)) return undefined;
  const known = parts as ReadonlyArray<readonly [string, RowType]>;
  return Array.isArray(schema)
    ? { kind: "tuple", items: known.map(([, type]) => type) }
    : { kind: "record", fields: known };
}

function typeOfField(field: FieldType): RowType | undefined {
  if (isNested(field)) {
    const of = declaredType(field);
    return of && { kind: "optional", of, missing: NULLISH };
  }
  const tags = TAGS[field.type];
  return tags === undefined ? undefined : scalarOf(tags | NULLISH);
}
