/** What an argument of a generated lambda is like. */
export type ArgumentType =
  | { readonly kind: "string" | "number" | "boolean" }
  /** Any primitive value. */
  | { readonly kind: "scalar" }
  /** A text that `JSON.parse` takes, most of the time. */
  | { readonly kind: "jsonText" }
  /** What `JSON.parse` gives. */
  | { readonly kind: "json" }
  | { readonly kind: "tuple"; readonly items: readonly ArgumentType[] }
  | { readonly kind: "record"; readonly fields: ReadonlyArray<readonly [name: string, type: ArgumentType]> }
  | { readonly kind: "list"; readonly of: ArgumentType };

export const STRING: ArgumentType = { kind: "string" };
export const NUMBER: ArgumentType = { kind: "number" };
export const BOOLEAN: ArgumentType = { kind: "boolean" };
export const SCALAR: ArgumentType = { kind: "scalar" };
export const JSON_TEXT: ArgumentType = { kind: "jsonText" };
export const JSON_VALUE: ArgumentType = { kind: "json" };

/** The names of fields, in records and in JSON. */
export const FIELD_NAMES = ["id", "name", "price", "tags", "user", "ok", "n", "a-b"] as const;
