import { abi } from "#kernel";

/**
 * What the kernel knows of rows: leaves are scalars, of which the tags are known that they can have (a set of bits `1 << tag`). Between stages rows
 * lie as columns, one a leaf, depth first.
 */
export type RowType =
  | ScalarType
  | { readonly kind: "tuple"; readonly items: readonly RowType[] }
  | { readonly kind: "record"; readonly fields: ReadonlyArray<readonly [name: string, type: RowType]> }
  /** An array or object, undefined or null elsewhere, as `missing` says. In columns: one that is true where it is there, then its own, which mean nothing elsewhere. */
  | OptionalType
  /** An array of any length. In columns: one of offsets, then those of its elements. */
  | { readonly kind: "list"; readonly of: RowType };

export interface ScalarType {
  readonly kind: "scalar";
  readonly tags: number;
}

export interface OptionalType {
  readonly kind: "optional";
  /** A tuple, a record or a list. */
  readonly of: RowType;
  /** The tags of what stands in its place. */
  readonly missing: number;
}

export const UNDEFINED: ScalarType = { kind: "scalar", tags: 1 << abi.TAG_UNDEFINED };
export const NULL: ScalarType = { kind: "scalar", tags: 1 << abi.TAG_NULL };
export const BOOLEAN: ScalarType = { kind: "scalar", tags: 1 << abi.TAG_BOOLEAN };
export const NUMBER: ScalarType = { kind: "scalar", tags: 1 << abi.TAG_NUMBER };
export const STRING: ScalarType = { kind: "scalar", tags: 1 << abi.TAG_STRING };
export const BIGINT: ScalarType = { kind: "scalar", tags: 1 << abi.TAG_BIGINT };
/** The tags of what is not there. */
export const NULLISH = UNDEFINED.tags | NULL.tags;
/** What the library alone has in rows: what sketches are sealed as. */
export const BYTES: ScalarType = { kind: "scalar", tags: 1 << abi.TAG_BYTES };
/** What `JSON.parse` can give. */
export const JSON_VALUE: ScalarType = {
  kind: "scalar",
  tags: NULL.tags | BOOLEAN.tags | NUMBER.tags | STRING.tags | (1 << abi.TAG_JSON),
};
/** What a field of such a value can be. */
export const JSON_FIELD: ScalarType = { kind: "scalar", tags: JSON_VALUE.tags | UNDEFINED.tags };

export function scalarOf(tags: number): ScalarType {
  return { kind: "scalar", tags };
}

/** The type of the column that says where an optional value is there. */
export function presenceOf({ missing }: OptionalType): ScalarType {
  return scalarOf(BOOLEAN.tags | missing);
}

/** The types of the columns that rows of a type are laid out in. */
export function leavesOf(type: RowType): ScalarType[] {
  switch (type.kind) {
    case "scalar":
      return [type];
    case "tuple":
      return type.items.flatMap(leavesOf);
    case "record":
      return type.fields.flatMap(([, field]) => leavesOf(field));
    case "optional":
      return [presenceOf(type), ...leavesOf(type.of)];
    case "list":
      throw new Error("A list is not laid out in columns.");
  }
}

/** The kind of column that holds values of a type. */
export function columnKind({ tags }: ScalarType): number {
  switch (tags) {
    case STRING.tags:
      return abi.COLUMN_UTF8;
    case NUMBER.tags:
      return abi.COLUMN_F64;
    case BOOLEAN.tags:
      return abi.COLUMN_BOOLEAN;
    case BIGINT.tags:
      return abi.COLUMN_I64;
    case BYTES.tags:
      return abi.COLUMN_BYTES;
    default:
      return abi.COLUMN_ANY;
  }
}

/** The kinds of the columns that a frame of rows of a type has. */
export function columnKinds(type: RowType): number[] {
  switch (type.kind) {
    case "scalar":
      return [columnKind(type)];
    case "tuple":
      return type.items.flatMap(columnKinds);
    case "record":
      return type.fields.flatMap(([, field]) => columnKinds(field));
    case "optional":
      return [columnKind(presenceOf(type)), ...columnKinds(type.of)];
    case "list":
      return [abi.COLUMN_LIST, ...columnKinds(type.of)];
  }
}

/** The type of rows that are of one of two types; undefined where those have different shapes. */
export function eitherType(a: RowType, b: RowType): RowType | undefined {
  if (a.kind === "scalar" && b.kind === "scalar") return scalarOf(a.tags | b.tags);
  if (a.kind === "optional" && b.kind === "optional") {
    const of = eitherType(a.of, b.of);
    return of && { kind: "optional", of, missing: a.missing | b.missing };
  }
  if (a.kind === "list" && b.kind === "list") {
    const of = eitherType(a.of, b.of);
    return of && { kind: "list", of };
  }
  if (a.kind === "tuple" && b.kind === "tuple" && a.items.length === b.items.length) {
    const items = a.items.map((item, i) => eitherType(item, b.items[i]!));
    return items.every((item) => item !== undefined) ? { kind: "tuple", items } : undefined;
  }
  if (a.kind !== "record" || b.kind !== "record" || a.fields.length !== b.fields.length) return undefined;
  const fields: Array<readonly [string, RowType]> = [];
  for (const [i, [name, type]] of a.fields.entries()) {
    const [otherName, otherType] = b.fields[i]!;
    const either = name === otherName ? eitherType(type, otherType) : undefined;
    if (either === undefined) return undefined;
    fields.push([name, either]);
  }
  return { kind: "record", fields };
}

/** Whether two types say the same of rows. */
export function sameType(a: RowType | undefined, b: RowType | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  switch (a.kind) {
    case "scalar":
      return b.kind === "scalar" && a.tags === b.tags;
    case "optional":
      return b.kind === "optional" && a.missing === b.missing && sameType(a.of, b.of);
    case "list":
      return b.kind === "list" && sameType(a.of, b.of);
    case "tuple":
      return (
        b.kind === "tuple" &&
        a.items.length === b.items.length &&
        a.items.every((item, i) => sameType(item, b.items[i]!))
      );
    case "record":
      return (
        b.kind === "record" &&
        a.fields.length === b.fields.length &&
        a.fields.every(([name, type], i) => name === b.fields[i]![0] && sameType(type, b.fields[i]![1]))
      );
  }
}

/** Whether values of both types have the same parts, of whatever types these are. */
export function haveSameShape(a: RowType, b: RowType): boolean {
  return sameType(shapeOf(a), shapeOf(b));
}

function shapeOf(type: RowType): RowType {
  switch (type.kind) {
    case "scalar":
      return UNDEFINED;
    case "optional":
    case "list":
      return { ...type, of: shapeOf(type.of) };
    case "tuple":
      return { kind: "tuple", items: type.items.map(shapeOf) };
    case "record":
      return { kind: "record", fields: type.fields.map(([name, field]) => [name, shapeOf(field)]) };
  }
}

/** Whether values of a type are scalars, or tuples and records of such, with parts. */
export function isOfScalars(type: RowType): boolean {
  switch (type.kind) {
    case "scalar":
      return true;
    case "tuple":
      return type.items.length > 0 && type.items.every(isOfScalars);
    case "record":
      return type.fields.length > 0 && type.fields.every(([, field]) => isOfScalars(field));
    default:
      return false;
  }
}
