import {
  type ArrowBatch,
  type ArrowColumn,
  type ArrowField,
  type ArrowType,
  nullColumn,
  type RowColumns,
} from "./columns.js";
import { encodeBatches } from "./encode-columns.js";
import { columnsOfRows, flattened, mergeColumns } from "./infer.js";
import { writeStream } from "./write-stream.js";

/** Rows of a batch: as values, or as columns already. */
export type ArrowPart =
  | { readonly kind: "rows"; readonly rows: readonly unknown[] }
  | { readonly kind: "columns"; readonly columns: RowColumns; readonly batch: ArrowBatch };

/**
 * The parts as an Arrow IPC stream, a record batch each, none for those without rows. The type of a column is that of all its values, wherever they are.
 * **Errors:** `PlanError` "not-columnar".
 */
export function streamOfParts(parts: readonly ArrowPart[]): Uint8Array<ArrayBuffer> {
  let columns = columnsOfRows(flattened(parts.map((part) => (part.kind === "rows" ? part.rows : []))));
  for (const part of parts) {
    if (part.kind !== "columns" || (part.batch.rows === 0 && columns !== undefined)) continue;
    columns = columns === undefined ? part.columns : mergeColumns(columns, part.columns);
  }
  if (columns === undefined) return writeStream([], []);
  const batches: ArrowBatch[] = [];
  for (const part of parts) {
    if (part.kind === "rows") {
      if (part.rows.length > 0) batches.push(...encodeBatches(columns, part.rows));
    } else if (part.batch.rows > 0) {
      const { batch } = part;
      batches.push({
        rows: batch.rows,
        columns: fitted(part.columns.fields, batch.columns, columns.fields, batch.rows),
      });
    }
  }
  return writeStream(columns.fields, batches);
}

/** Columns in the order of `to`; those that are not there are null. */
function fitted(
  from: readonly ArrowField[],
  columns: readonly ArrowColumn[],
  to: readonly ArrowField[],
  rows: number,
): ArrowColumn[] {
  const places = new Map(from.map(({ name }, i) => [name, i]));
  return to.map(({ name, type }) => {
    const place = places.get(name);
    if (place === undefined) return nullColumn(type, rows);
    return fittedColumn(from[place]!.type, columns[place]!, type);
  });
}

function fittedColumn(from: ArrowType, column: ArrowColumn, to: ArrowType): ArrowColumn {
  if (from.kind !== "struct" || to.kind !== "struct") return column;
  return { ...column, children: fitted(from.fields, column.children, to.fields, column.length) };
}
