import type { Cell, Table } from "../messages.js";
import type { ReadRows } from "./desk.js";

const CELL_CHARACTERS_MAX = 120;

/** Rows of an output as a table: a pair is a key and what its value is made of, a record its fields, anything else one column. */
export function tableOf({ rows, printed, hasMore }: ReadRows): Table {
  const first = rows[0];
  if (isPair(first)) {
    const columns = ["key", ...columnsOf(first[1], "value")];
    const cells = rows.map((row) => (isPair(row) ? [cellOf(row[0]), ...cellsOf(row[1], columns, 1)] : [cellOf(row)]));
    return { columns, rows: cells, printed, hasMore };
  }
  const columns = columnsOf(first, "value");
  return { columns, rows: rows.map((row) => cellsOf(row, columns, 0)), printed, hasMore };
}

function isPair(row: unknown): row is readonly [unknown, unknown] {
  return Array.isArray(row) && row.length === 2;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function columnsOf(value: unknown, name: string): string[] {
  if (isRecord(value)) return Object.keys(value);
  if (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= 4 &&
    !value.some((each) => typeof each === "object")
  ) {
    return value.map((_, index) => `${name} ${index + 1}`);
  }
  return [name];
}

function cellsOf(value: unknown, columns: readonly string[], from: number): Cell[] {
  const count = columns.length - from;
  if (count === 1 && !isRecord(value)) return [cellOf(value)];
  if (isRecord(value)) return columns.slice(from).map((name) => cellOf(value[name]));
  return Array.isArray(value) ? Array.from({ length: count }, (_, index) => cellOf(value[index])) : [cellOf(value)];
}

function cellOf(value: unknown): Cell {
  if (typeof value === "number") return value;
  const text = typeof value === "string" ? value : textOf(value);
  return text.length > CELL_CHARACTERS_MAX ? `${text.slice(0, CELL_CHARACTERS_MAX)}…` : text;
}

function textOf(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "bigint") return String(value);
  return JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each)) ?? String(value);
}
