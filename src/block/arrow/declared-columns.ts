import { type FieldType, isNested, type Schema } from "../../schema/field.js";
import { isScalar, type RowSchema } from "../../schema/row-schema.js";
import type { ReadType } from "./read-schema.js";
import type { TypedBatch } from "./read-stream.js";

/** Columns are not those that were declared. */
export class OtherSchema extends Error {}

/** Kinds of Arrow's columns whose values a field can hold. A column of nulls can stand for any. */
const KINDS: Readonly<Record<string, ReadonlyArray<ReadType["kind"]>>> = {
  utf8: ["utf8"],
  f64: ["float", "int"],
  i64: ["int"],
  "i64.big": ["int"],
  bool: ["bool"],
};

/**
 * The columns of a batch that a schema declares, in its order; others are left out. Throws `OtherSchema` where one is not there or of another type, and
 * where rows are no records of plain fields.
 */
export function declaredColumns({ fields, batch, bytes }: TypedBatch, schema: RowSchema): TypedBatch {
  if (isScalar(schema) || Array.isArray(schema)) throw new OtherSchema("a schema of records is wanted");
  const places = Object.entries(schema as Schema).map(([name, field]) => {
    const place = fields.findIndex((each) => each.name === name);
    if (place < 0) throw new OtherSchema(`column ${name} is not there`);
    const { type } = fields[place]!;
    const declared = typeWord(field);
    if (type.kind !== "null" && !KINDS[declared]?.includes(type.kind)) {
      throw new OtherSchema(`column ${name} is declared as ${declared}, and Arrow's is of type ${type.kind}`);
    }
    return { place, isBig: declared === "i64.big" };
  });
  return {
    fields: places.map(({ place, isBig }) => ({ ...fields[place]!, ...(isBig && { isBig }) })),
    batch: { rows: batch.rows, columns: places.map(({ place }) => batch.columns[place]!) },
    bytes,
  };
}

function typeWord(field: FieldType): string {
  return isNested(field) ? "an object" : field.type;
}
