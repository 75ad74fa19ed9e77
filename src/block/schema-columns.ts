import { type FieldType, isNested, type Schema } from "../schema/field.js";
import { isObject, isScalar, partsOf, type RowSchema } from "../schema/row-schema.js";
import { LeafBuilder } from "./leaf-builder.js";
import type { EncodedColumn } from "./row-encoder.js";
import { BOOLEAN, type RowType } from "./row-type.js";

/** Columns, and the type of their rows. */
export interface BuiltRows {
  readonly type: RowType;
  readonly columns: readonly EncodedColumn[];
}

/** A part of rows: takes the value that each row has there. */
interface PartBuilder {
  /** False where the value is not of the part's type: then some leaves may have it. */
  add(value: unknown): boolean;
  truncate(rows: number): void;
  /** Adds its columns; undefined where they are too much for a frame. */
  build(columns: EncodedColumn[]): RowType | undefined;
}

/**
 * Rows of a schema without lists, taken apart as they come: of each leaf a column. What a type says of them is what they are, not all that the schema
 * allows. **Order:** each value is looked at once.
 */
export class SchemaColumns {
  readonly #root: PartBuilder;
  #rows = 0;

  constructor(schema: RowSchema) {
    this.#root = isScalar(schema) ? new ScalarPart(schema.type) : new RowPart(schema as Schema);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Adds a row; false, and nothing is added, where it is none of the schema. */
  add(row: unknown): boolean {
    if (!this.#root.add(row)) {
      this.#root.truncate(this.#rows);
      return false;
    }
    this.#rows += 1;
    return true;
  }

  /** Takes back the rows after the first `rows`. */
  truncate(rows: number): void {
    this.#root.truncate(rows);
    this.#rows = rows;
  }

  /** All rows; undefined where a column is too much for one frame. */
  build(): BuiltRows | undefined {
    const columns: EncodedColumn[] = [];
    const type = this.#root.build(columns);
    return type && { type, columns };
  }
}

class ScalarPart implements PartBuilder {
  readonly #leaf: LeafBuilder;

  constructor(type: ConstructorParameters<typeof LeafBuilder>[0]) {
    this.#leaf = new LeafBuilder(type);
  }

  add(value: unknown): boolean {
    return this.#leaf.add(value);
  }

  truncate(rows: number): void {
    this.#leaf.truncate(rows);
  }

  build(columns: EncodedColumn[]): RowType | undefined {
    const built = this.#leaf.build();
    if (built) columns.push(built.column);
    return built?.type;
  }
}

/** An object or array that is there. */
class RowPart implements PartBuilder {
  readonly #names: readonly string[];
  readonly #parts: readonly PartBuilder[];
  readonly #isTuple: boolean;

  constructor(schema: Schema | readonly FieldType[]) {
    const parts = partsOf(schema);
    this.#isTuple = Array.isArray(schema);
    this.#names = parts.map(([name]) => name);
    this.#parts = parts.map(([, field]) => partOf(field));
  }

  add(value: unknown): boolean {
    const names = this.#names;
    if (this.#isTuple ? !(Array.isArray(value) && value.length === names.length) : !isObject(value)) return false;
    for (let i = 0; i < names.length; i++) {
      if (!this.#parts[i]!.add((value as Record<string, unknown>)[names[i]!])) return false;
    }
    return true;
  }

  /** Adds a row whose parts are all undefined. */
  addNothing(): void {
    for (const part of this.#parts) part.add(undefined);
  }

  truncate(rows: number): void {
    for (const part of this.#parts) part.truncate(rows);
  }

  build(columns: EncodedColumn[]): RowType | undefined {
    const types: RowType[] = [];
    for (const part of this.#parts) {
      const type = part.build(columns);
      if (type === undefined) return undefined;
      types.push(type);
    }
    if (this.#isTuple) return { kind: "tuple", items: types };
    return { kind: "record", fields: this.#names.map((name, i) => [name, types[i]!] as const) };
  }
}

/** An object that may be missing. */
class OptionalPart implements PartBuilder {
  readonly #presence = new LeafBuilder("bool");
  readonly #inner: RowPart;

  constructor(schema: Schema) {
    this.#inner = new RowPart(schema);
  }

  add(value: unknown): boolean {
    if (value === undefined || value === null) {
      this.#inner.addNothing();
      return this.#presence.add(value);
    }
    return this.#inner.add(value) && this.#presence.add(true);
  }

  truncate(rows: number): void {
    this.#presence.truncate(rows);
    this.#inner.truncate(rows);
  }

  build(columns: EncodedColumn[]): RowType | undefined {
    const { column, type } = this.#presence.build()!;
    columns.push(column);
    const of = this.#inner.build(columns);
    return of && { kind: "optional", of, missing: type.tags & ~BOOLEAN.tags };
  }
}

function partOf(field: FieldType): PartBuilder {
  if (isNested(field)) return new OptionalPart(field);
  if (field.type === "list") throw new Error("Lists are not laid out in columns.");
  return new ScalarPart(field.type);
}
