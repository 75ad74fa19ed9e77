import { PlanError } from "../../errors.js";
import { type ArrowField, type ArrowType, itemName, NULLS, type RowColumns } from "./columns.js";

/** Why values have no type: at which column, and what was found there. */
interface Conflict {
  readonly kind: "conflict";
  readonly path: string;
  readonly found: string;
}

const I64_BITS = 64;
/** How kinds are called in messages. */
const WORDS: Readonly<Record<string, string>> = {
  utf8: "strings",
  f64: "numbers",
  bool: "booleans",
  i64: "bigints",
  binary: "bytes",
  timestamp: "dates",
  list: "arrays",
  struct: "objects",
};

/** The columns that rows which are JavaScript values have; none where there is no row. Throws a `PlanError` "not-columnar". */
export function columnsOfRows(rows: readonly unknown[]): RowColumns | undefined {
  if (rows.length === 0) return undefined;
  const hasObjects = rows.some((row) => kindOf(row) === "struct");
  const hasArrays = rows.some((row) => kindOf(row) === "list");
  if (!hasObjects && !hasArrays)
    return { form: "value", fields: [{ name: "value", type: checked(infer(rows, "value")) }] };
  const others = new Set(rows.map((row) => kindWord(row)));
  if (others.size > 1) throw notColumnar({ kind: "conflict", path: "", found: [...others].join(" and ") });
  const struct = checked(
    hasArrays ? tupleOf(rows as readonly unknown[][], "") : structOf(rows as readonly object[], ""),
  );
  return { form: hasArrays ? "tuple" : "record", fields: struct.kind === "struct" ? struct.fields : [] };
}

/** Columns that hold the rows of both. Throws a `PlanError` "not-columnar". */
export function mergeColumns(a: RowColumns, b: RowColumns): RowColumns {
  if (a.form !== b.form) throw notColumnar({ kind: "conflict", path: "", found: `${formWord(a)} and ${formWord(b)}` });
  const fields = mergeFields(a.fields, b.fields, "");
  if ("kind" in fields) throw notColumnar(fields);
  return { form: a.form, fields };
}

function formWord({ form, fields }: RowColumns): string {
  if (form === "value") return WORDS[fields[0]!.type.kind] ?? "null";
  return form === "tuple" ? "arrays" : "objects";
}

function merge(a: ArrowType, b: ArrowType, path: string): ArrowType | Conflict {
  if (a.kind === "null") return b;
  if (b.kind === "null") return a;
  if (a.kind === "list" && b.kind === "list") {
    const of = merge(a.of, b.of, path);
    return of.kind === "conflict" ? of : { kind: "list", of };
  }
  if (a.kind === "struct" && b.kind === "struct" && a.isTuple === b.isTuple) {
    const fields = mergeFields(a.fields, b.fields, path);
    return "kind" in fields ? fields : { kind: "struct", isTuple: a.isTuple, fields };
  }
  if (a.kind === b.kind && a.kind !== "struct") return a;
  return { kind: "conflict", path, found: `${WORDS[a.kind]} and ${WORDS[b.kind]}` };
}

function mergeFields(a: readonly ArrowField[], b: readonly ArrowField[], path: string): ArrowField[] | Conflict {
  const fields = new Map(a.map(({ name, type }) => [name, type]));
  for (const { name, type } of b) {
    const merged = merge(fields.get(name) ?? NULLS, type, within(path, name));
    if (merged.kind === "conflict") return merged;
    fields.set(name, merged);
  }
  return [...fields].map(([name, type]) => ({ name, type }));
}

/** The type of the values of a column. */
function infer(values: readonly unknown[], path: string): ArrowType | Conflict {
  let kind: string | undefined;
  for (const value of values) {
    const each = kindOf(value);
    if (each === kind || each === undefined) continue;
    if (!(each in WORDS)) return { kind: "conflict", path, found: each };
    if (kind !== undefined) return { kind: "conflict", path, found: `${WORDS[kind]} and ${WORDS[each]}` };
    kind = each;
  }
  if (kind === undefined) return NULLS;
  const present = values.filter((value) => value !== null && value !== undefined);
  if (kind === "list") return listOf(present as unknown as readonly unknown[][], path);
  if (kind === "struct") return structOf(present as readonly object[], path);
  return { kind } as ArrowType;
}

/** Arrays are lists; those of one length whose items have several types are tuples. */
function listOf(arrays: readonly unknown[][], path: string): ArrowType | Conflict {
  const of = infer(flattened(arrays), path);
  if (of.kind !== "conflict") return { kind: "list", of };
  const { length } = arrays[0]!;
  return arrays.every((array) => array.length === length) ? tupleOf(arrays, path) : of;
}

function tupleOf(arrays: readonly unknown[][], path: string): ArrowType | Conflict {
  const length = arrays.reduce((most, array) => Math.max(most, array.length), 0);
  const fields: ArrowField[] = [];
  for (let i = 0; i < length; i++) {
    const name = itemName(i);
    const type = infer(
      arrays.map((array) => array[i]),
      within(path, name),
    );
    if (type.kind === "conflict") return type;
    fields.push({ name, type });
  }
  return { kind: "struct", isTuple: true, fields };
}

function structOf(objects: readonly object[], path: string): ArrowType | Conflict {
  const names = new Set<string>();
  for (const object of objects) for (const name of Object.keys(object)) names.add(name);
  const fields: ArrowField[] = [];
  for (const name of names) {
    const type = infer(
      objects.map((object) => fieldOf(object, name)),
      within(path, name),
    );
    if (type.kind === "conflict") return type;
    fields.push({ name, type });
  }
  return { kind: "struct", isTuple: false, fields };
}

/** An own field of a record; what only its prototype has is not there. */
export function fieldOf(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}

export function flattened(arrays: ReadonlyArray<readonly unknown[]>): unknown[] {
  const items: unknown[] = [];
  for (const array of arrays) for (let i = 0; i < array.length; i++) items.push(array[i]);
  return items;
}

/** The kind of type that a value has; undefined where it is null, and in words, which are no kind, where it can be in no column. */
function kindOf(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return "utf8";
    case "number":
      return "f64";
    case "boolean":
      return "bool";
    case "bigint":
      return BigInt.asIntN(I64_BITS, value) === value ? "i64" : "a bigint of more than 64 bits";
    case "undefined":
      return undefined;
    case "object":
      return value === null ? undefined : objectKind(value);
    default:
      return `a ${typeof value}`;
  }
}

function objectKind(value: object): string {
  if (Array.isArray(value)) return "list";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid Date" : "timestamp";
  if (value instanceof Uint8Array) return "binary";
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return "struct";
  return `an object of class ${String(prototype.constructor?.name || "without a name")}`;
}

function kindWord(value: unknown): string {
  const kind = kindOf(value);
  return kind === undefined ? "null" : (WORDS[kind] ?? kind);
}

function within(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function checked(type: ArrowType | Conflict): ArrowType {
  if (type.kind === "conflict") throw notColumnar(type);
  return type;
}

function notColumnar({ path, found }: Conflict): PlanError {
  const subject = path === "" ? "The rows of toArrowIPC" : `Column ${path} of toArrowIPC`;
  return new PlanError(
    `${subject} must be of one type that Arrow has: strings, numbers, booleans, bigints of 64 bits, dates, bytes, arrays or plain objects; ` +
      `there is ${found}. Map the rows to values of one type first.`,
    { code: "not-columnar", details: { column: path, found } },
  );
}
