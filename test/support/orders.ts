import { decodeFrame } from "../../src/block/row-decoder.js";
import { type RowType, scalarOf } from "../../src/block/row-type.js";
import type { FinishedBlock } from "../../src/kernel/frame.js";
import type { Kernel } from "../../src/kernel/kernel.js";
import type { OrderKey } from "../../src/kernel/order-key.js";
import { JsonSlice, tagOf, type VectorValue } from "../../src/kernel/vector.js";

/** The type of rows that are tuples of these columns. */
export function typeOfColumns(rows: ReadonlyArray<readonly unknown[]>, columns: number): RowType {
  const tags = Array.from({ length: columns }, (_, i) =>
    rows.reduce((all, row) => all | (1 << tagOf(row[i] as VectorValue)), 0),
  );
  return { kind: "tuple", items: tags.map((each) => scalarOf(each)) };
}

const isNaNumber = (value: unknown) => typeof value === "number" && Number.isNaN(value);

/** What a value can be compared with; undefined: nothing, and it comes last. "none": it has no order. */
function classOf(value: unknown, by: OrderKey["by"]): string | undefined {
  if (value === undefined || isNaNumber(value)) return by === "value" ? undefined : "none";
  if (value instanceof JsonSlice) return "none";
  if (value === null || typeof value === "boolean" || typeof value === "number") return "number";
  return by === "difference" ? "none" : typeof value;
}

/** Whether rows have an order by these keys: the values of each, but for those that come last, can be compared. */
export function haveOrder(rows: ReadonlyArray<readonly unknown[]>, keys: readonly OrderKey[]): boolean {
  return keys.every(({ column, by }) => {
    const classes = new Set(rows.map((row) => classOf(row[column], by)));
    classes.delete(undefined);
    return classes.size <= 1 && !classes.has("none");
  });
}

function compareValues(a: unknown, b: unknown, descends: boolean): number {
  const last = (value: unknown) => (value === undefined || isNaNumber(value) ? 1 : 0);
  const [x, y] = (descends ? [b, a] : [a, b]) as [number, number];
  return last(a) - last(b) || (x < y ? -1 : y < x ? 1 : 0);
}

/** Rows in the order of keys, as JavaScript sorts them. */
export function inOrder<R extends readonly unknown[]>(rows: readonly R[], keys: readonly OrderKey[]): R[] {
  return [...rows].sort((a, b) => {
    for (const { column, descends } of keys) {
      const order = compareValues(a[column], b[column], descends);
      if (order !== 0) return order;
    }
    return 0;
  });
}

/** The rows of frames, which are freed. */
export function takeRows(kernel: Kernel, type: RowType, frames: readonly FinishedBlock[]): unknown[] {
  const rows = frames.flatMap(({ ptr, rows }) => [...decodeFrame(type, kernel.memory, ptr, rows)].flat());
  for (const { ptr } of frames) kernel.memory.free(ptr);
  return rows;
}
