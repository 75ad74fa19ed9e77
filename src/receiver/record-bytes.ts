import type { DeclaredRows } from "./declared-rows.js";

/** What a record counts for against the limits of bytes where nothing better is known. */
const RECORD_BYTES = 64;

/**
 * What a record counts for against the limits: a string as many bytes as it has UTF-16 units, one at least, a buffer its own, any other record 64.
 */
export function recordBytes(record: unknown): number {
  if (typeof record === "string") return Math.max(1, record.length);
  return ArrayBuffer.isView(record) ? Math.max(RECORD_BYTES, record.byteLength) : RECORD_BYTES;
}

/** What rows count for; those of a declared schema by their values. */
export function bytesOfRows(rows: readonly unknown[], declared: DeclaredRows | undefined): number {
  return declared?.bytesOf(rows) ?? rows.reduce<number>((sum, row) => sum + recordBytes(row), 0);
}
