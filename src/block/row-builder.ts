/** Values of one column. */
export type Column = readonly unknown[] | Float64Array;

/** Rows as arrays: the values of each column side by side. Short ones are written as literals, which engines make in one step. */
export function buildTuples(columns: readonly Column[], count: number): unknown[][] {
  const rows: unknown[][] = new Array(count);
  const [a, b, c, d] = columns;
  switch (columns.length) {
    case 1:
      for (let i = 0; i < count; i++) rows[i] = [a![i]];
      break;
    case 2:
      if (b instanceof Float64Array) return buildPairs(a!, b, count);
      for (let i = 0; i < count; i++) rows[i] = [a![i], b![i]];
      break;
    case 3:
      for (let i = 0; i < count; i++) rows[i] = [a![i], b![i], c![i]];
      break;
    case 4:
      for (let i = 0; i < count; i++) rows[i] = [a![i], b![i], c![i], d![i]];
      break;
    default:
      for (let i = 0; i < count; i++) {
        const row: unknown[] = new Array(columns.length);
        for (let j = 0; j < columns.length; j++) row[j] = columns[j]![i];
        rows[i] = row;
      }
  }
  return rows;
}

/** Pairs with a number, the most frequent rows of all: a loop of their own. */
function buildPairs(keys: Column, values: Float64Array, count: number): unknown[][] {
  const rows: unknown[][] = new Array(count);
  for (let i = 0; i < count; i++) rows[i] = [keys[i], values[i]];
  return rows;
}

/**
 * Rows as plain objects whose properties have these names, in this order. Each is a copy of a pattern that has them all, so that all rows have one
 * shape from the start; the values are then set a column at a time.
 */
export function buildRecords(names: readonly string[], columns: readonly Column[], count: number): object[] {
  const pattern = patternOf(names);
  const rows: Array<Record<string, unknown>> = new Array(count);
  for (let i = 0; i < count; i++) rows[i] = { ...pattern };
  for (let j = 0; j < names.length; j++) {
    const name = names[j]!;
    const values = columns[j]!;
    for (let i = 0; i < count; i++) rows[i]![name] = values[i];
  }
  return rows;
}

/** A plain object whose properties have these names and are undefined. Names that are numbers come first in it, as in any object. */
export function patternOf(names: readonly string[]): Record<string, unknown> {
  const pattern: Record<string, unknown> = {};
  for (const name of names) {
    // Defined, not assigned: a field may be called "__proto__".
    Object.defineProperty(pattern, name, { value: undefined, enumerable: true, configurable: true, writable: true });
  }
  return pattern;
}
