import { formatRow } from "../block/format-row.js";
import type { LineFormat } from "./format.js";
import { readCsv } from "./read-csv.js";
import { type ReadRow, readJson } from "./read-json.js";

/** The row of a line; undefined for one that is skipped. */
export function readLine(format: LineFormat, line: unknown): ReadRow | undefined {
  if (typeof line !== "string") {
    return {
      rejection: { reason: `a line of text expected, got ${formatRow(line).slice(0, 40)}`, position: undefined },
    };
  }
  return format.kind === "json" ? readJson(format.schema, line) : readCsv(format.schema, format.options, line);
}
