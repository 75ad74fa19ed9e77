import type { FrameBlock, InputBlock } from "../block/block.js";
import { declaredType } from "../block/declared-type.js";
import { formatRow } from "../block/format-row.js";
import { leavesOf, type RowType } from "../block/row-type.js";
import type { SchemaColumns } from "../block/schema-columns.js";
import { Door } from "../door.js";
import type { Threads } from "../engine/threads.js";
import { SourceError } from "../errors.js";
import { type FieldType, isList, type ListField, type Schema } from "../schema/field.js";
import { isScalar, partsOf, type RowSchema, readRow } from "../schema/row-schema.js";

/** Rows of a frame at most, as of those that Arrow brings. */
const FRAME_ROWS_MAX = 32_768;
/** Bytes of a frame, about: after so many the next one begins. */
const FRAME_BYTES_AIM = 2 ** 24;
const VALUE_BYTES = 9;
/** Characters of a value that a message shows. */
const SHOWN_MAX = 40;

/** What lays rows out; whoever adds rows sees to it that it is loaded. */
export const layingOut = /* @__PURE__ */ new Door("lays rows out in columns", () => import("./laying-out.js"));

/**
 * Rows of a declared schema that have come in: checked as they come, and laid out in columns where they have no lists; others stay values, with nothing but what
 * the schema names.
 */
export class DeclaredRows {
  readonly type: RowType | undefined;
  readonly #subject: string;
  readonly schema: RowSchema;
  readonly #leaves: number;
  readonly #units: ((row: unknown) => number) | undefined;
  #columns: SchemaColumns | undefined;
  #bytes = 0;
  /** Whole frames' worth of columns, and rows that stay values. */
  #built: Array<SchemaColumns> = [];
  #rows: unknown[] = [];

  /** `subject`: who brings them, for messages. */
  constructor(subject: string, schema: RowSchema) {
    this.#subject = subject;
    this.schema = schema;
    this.type = declaredType(schema);
    this.#units = unitsIn(schema);
    this.#leaves = this.type ? leavesOf(this.type).length : 1;
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0 && this.#built.length === 0 && (this.#columns?.rows ?? 0) === 0;
  }

  /** What rows count for against limits: nine bytes a value, and the units of texts, wherever in a row they are. */
  bytesOf(rows: readonly unknown[]): number {
    let bytes = rows.length * VALUE_BYTES * this.#leaves;
    const units = this.#units;
    if (units) for (const row of rows) bytes += units(row);
    return bytes;
  }

  /** Adds rows. **Errors:** `SourceError` "invalid-row" where one is none of the schema; then none of them is added. */
  add(rows: readonly unknown[], bytes: number): void {
    if (this.type === undefined) {
      this.#addValues(rows);
      return;
    }
    const { SchemaColumns } = layingOut.module;
    const first = this.#columns ?? new SchemaColumns(this.schema);
    const before = first.rows;
    const full: SchemaColumns[] = [];
    let columns = first;
    for (const [i, row] of rows.entries()) {
      if (columns.rows >= FRAME_ROWS_MAX) {
        full.push(columns);
        columns = new SchemaColumns(this.schema);
      }
      if (columns.add(row)) continue;
      first.truncate(before);
      throw this.#invalid(row, i);
    }
    for (const each of full) this.#built.push(each);
    this.#columns = columns;
    this.#bytes += bytes;
    if (this.#bytes >= FRAME_BYTES_AIM) this.#close();
  }

  /** What has come in, laid out; it is not here any more. */
  take(threads: Threads): InputBlock[] {
    this.#close();
    const blocks: InputBlock[] = this.#rows.length > 0 ? [{ kind: "rows", rows: this.#rows }] : [];
    this.#rows = [];
    const frames: FrameBlock[] = [];
    try {
      for (const columns of this.#built.splice(0)) frames.push(this.#frameOf(columns, threads));
    } catch (error) {
      threads.free(frames);
      throw error;
    }
    return [...blocks, ...frames];
  }

  /** Forgets what has come in. */
  clear(): void {
    this.#columns = undefined;
    this.#built = [];
    this.#rows = [];
  }

  #close(): void {
    if (this.#columns && this.#columns.rows > 0) this.#built.push(this.#columns);
    this.#columns = undefined;
    this.#bytes = 0;
  }

  #frameOf(columns: SchemaColumns, threads: Threads): FrameBlock {
    const { writeFrame } = layingOut.module;
    const built = columns.build();
    const finished = built && threads.guard((kernel) => writeFrame(built.columns, columns.rows, kernel));
    if (!finished) {
      throw new SourceError(`${this.#subject} brought ${columns.rows} rows at once of more than 2 GiB: push fewer.`, {
        code: "rows-too-large",
        details: { rows: columns.rows },
      });
    }
    const frame: FrameBlock = { kind: "frame", type: built.type, home: 0, ...finished };
    threads.blocks.add(frame);
    return frame;
  }

  #addValues(rows: readonly unknown[]): void {
    const read: unknown[] = [];
    for (const [i, row] of rows.entries()) {
      const result = readRow(this.schema, row);
      if ("wrong" in result) throw this.#invalid(row, i);
      read.push(result.row);
    }
    for (const row of read) this.#rows.push(row);
  }

  #invalid(row: unknown, index: number): SourceError {
    const result = readRow(this.schema, row);
    const { path, expected, got } = "wrong" in result ? result.wrong : { path: "", expected: "a row", got: row };
    const where = path === "" ? "" : ` at ${path}`;
    return new SourceError(
      `${this.#subject} takes rows of its schema, and row ${index} of this call is none: ${expected} expected${where}, got ${shown(got)}. ` +
        "None of its rows was taken: convert the value first, or declare another type.",
      { code: "invalid-row", details: { index, path, expected, got } },
    );
  }
}

/** Counts the units of the texts in a value; undefined where its schema has none. */
function unitsIn(field: RowSchema): ((value: unknown) => number) | undefined {
  if (!Array.isArray(field) && isList(field as FieldType)) {
    const ofItem = unitsIn((field as ListField<unknown>).of);
    return ofItem && ((value) => (Array.isArray(value) ? value.reduce((sum, item) => sum + ofItem(item), 0) : 0));
  }
  if (isScalar(field))
    return field.type === "utf8" ? (value) => (typeof value === "string" ? value.length : 0) : undefined;
  const parts = partsOf(field as Schema).flatMap(([name, part]) => {
    const ofPart = unitsIn(part);
    return ofPart ? [[name, ofPart] as const] : [];
  });
  if (parts.length === 0) return undefined;
  return (value) => {
    if (typeof value !== "object" || value === null) return 0;
    let units = 0;
    for (const [name, ofPart] of parts) units += ofPart((value as Record<string, unknown>)[name]);
    return units;
  };
}

function shown(value: unknown): string {
  const kind = Array.isArray(value) ? "an array" : value === null ? "null" : typeof value;
  let text: string;
  try {
    text = formatRow(value);
  } catch {
    return kind;
  }
  return `${kind} ${text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text}`;
}
