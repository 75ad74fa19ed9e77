/** What a declared column holds: `utf8`, `f64`, `i64`, `i64.big`, `bool`, a list of one of these, or an object of fields. */
export type FieldType = ScalarField<unknown> | ListField<unknown> | Schema;

/** A column of values without parts. */
export interface ScalarField<T> {
  /** What kind of column it is. */
  readonly type: "utf8" | "f64" | "i64" | "i64.big" | "bool";
  /** Never there: the type of its values. */
  readonly value?: T;
}

/** A column of arrays. */
export interface ListField<T> {
  /** What kind of column it is. */
  readonly type: "list";
  /** What its elements are. */
  readonly of: FieldType;
  /** Never there: the type of its elements. */
  readonly value?: readonly T[];
}

/** Names and types of the fields of a row. */
export interface Schema {
  /** The type of each field, by its name. */
  readonly [name: string]: FieldType;
}

/** The values of a field. One that a row lacks is `undefined`, and JSON's `null` is `null`: the type does not say so, for convenience. */
export type ValueOf<F> = F extends { readonly type: "list"; readonly of: infer E }
  ? Array<ValueOf<E>>
  : F extends ScalarField<infer T>
    ? T
    : F extends Schema
      ? RowOf<F>
      : never;

/** The rows that a schema describes. */
export type RowOf<S extends Schema> = { -readonly [K in keyof S]: ValueOf<S[K]> };

/** Text. */
export const utf8: ScalarField<string> = Object.freeze({ type: "utf8" });

/** Numbers, as JavaScript has them. */
export const f64: ScalarField<number> = Object.freeze({ type: "f64" });

/** Whole numbers: as `number`, beyond 2^53 - 1 in size rejected; `i64.big` as `bigint`, beyond 64 bits rejected. */
export const i64: ScalarField<number> & { readonly big: ScalarField<bigint> } = Object.freeze({
  type: "i64",
  big: Object.freeze({ type: "i64.big" } as const),
});

/** `true` and `false`. */
export const bool: ScalarField<boolean> = Object.freeze({ type: "bool" });

/** Arrays whose elements are of one type. */
export function list<F extends FieldType>(of: F): { readonly type: "list"; readonly of: F } {
  return Object.freeze({ type: "list", of });
}

/** Whether a field is an array of any length. */
export function isList(field: FieldType): field is ListField<unknown> {
  return (field as { type?: unknown }).type === "list";
}

/** Whether a field is an object of fields. */
export function isNested(field: FieldType): field is Schema {
  return typeof (field as { type?: unknown }).type !== "string";
}
