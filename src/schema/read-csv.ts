import type { CheckedCsv } from "./csv-options.js";
import type { Schema } from "./field.js";
import type { ReadRow } from "./read-json.js";

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const WHOLE = /^[+-]?\d+$/;
const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;

/**
 * The row that a line of CSV is by a schema (RFC 4180, but a cell holds no line end), undefined for a header. Columns come in the order of the schema, as many
 * as it has. An empty cell without quotes is `undefined`, in a column of text "". Numbers are decimal, without space; `bool` is `true` or `false`.
 */
export function readCsv(schema: Schema, options: CheckedCsv, line: string): ReadRow | undefined {
  const names = Object.keys(schema);
  const cells = cutCells(options, line);
  if (typeof cells === "number")
    return { rejection: { reason: "a quote that does not end its cell", position: cells } };
  if (options.header && cells.length === names.length && cells.every(({ text }, i) => text === names[i]))
    return undefined;
  if (cells.length !== names.length) {
    return { rejection: { reason: `${names.length} cells expected, got ${cells.length}`, position: undefined } };
  }
  const row: Record<string, unknown> = {};
  for (const [i, name] of names.entries()) {
    const type = (schema[name] as { type: string }).type;
    const { text, position, quoted } = cells[i]!;
    const value = text === "" && !quoted && type !== "utf8" ? undefined : readCell(type, text);
    if (value === INVALID) {
      return { rejection: { reason: `${name}: ${type} expected, got ${JSON.stringify(text.slice(0, 40))}`, position } };
    }
    row[name] = value;
  }
  return { row };
}

interface Cell {
  readonly text: string;
  readonly position: number;
  readonly quoted: boolean;
}

/** The cells of a line; the position of a quote that stands where none may. */
function cutCells({ delimiter, quote }: CheckedCsv, line: string): Cell[] | number {
  const cells: Cell[] = [];
  for (let position = 0; ; position++) {
    const begin = position;
    let text = "";
    const quoted = quote !== "" && line[position] === quote;
    if (quoted) {
      for (position += 1; ; ) {
        const end = line.indexOf(quote, position);
        if (end < 0) return begin;
        text += line.slice(position, end);
        position = end + 1;
        if (line[position] !== quote) break;
        text += quote;
        position += 1;
      }
      if (position < line.length && line[position] !== delimiter) return position;
    } else {
      const end = line.indexOf(delimiter, position);
      position = end < 0 ? line.length : end;
      text = line.slice(begin, position);
    }
    cells.push({ text, position: begin, quoted });
    if (position >= line.length) return cells;
  }
}

const INVALID = Symbol("invalid");

function readCell(type: string, text: string): unknown {
  switch (type) {
    case "utf8":
      return text;
    case "f64":
      return DECIMAL.test(text) ? Number(text) : INVALID;
    case "i64": {
      const value = WHOLE.test(text) ? Number(text) : Number.NaN;
      return Number.isSafeInteger(value) ? value + 0 : INVALID;
    }
    case "i64.big": {
      if (!WHOLE.test(text)) return INVALID;
      const value = BigInt(text.replace("+", ""));
      return value < I64_MIN || value > I64_MAX ? INVALID : value;
    }
    default:
      return text === "true" ? true : text === "false" ? false : INVALID;
  }
}
