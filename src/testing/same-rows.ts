import { bytesOf } from "../block/key.js";

/** Whether a row is as expected. */
export type SameRow = (actual: unknown, expected: unknown) => boolean;

/**
 * Whether two values are equal: primitives as in a `Map` (NaN is NaN, -0 is 0), dates by time, buffers and typed arrays by kind and bytes, errors by
 * name and message, maps and sets whatever the order of their entries, arrays and other objects by their own properties, deeply, where a property that
 * is undefined is the same as none.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (kindOf(a) !== kindOf(b)) return false;
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  if (a instanceof Error) return a.name === (b as Error).name && a.message === (b as Error).message;
  const [bytes, otherBytes] = [bytesOf(a), bytesOf(b)];
  if (bytes && otherBytes) return sameElements(bytes, otherBytes);
  if (Array.isArray(a)) return sameElements(a, b as unknown[]);
  if (a instanceof Map || a instanceof Set) return unmatched([...a], [...(b as Iterable<unknown>)]).isEmpty;
  return sameProperties(a as Record<string, unknown>, b as Record<string, unknown>);
}

/**
 * What of `actual` was not expected, and what of `expected` is missing, whatever their order; a row that comes twice must be expected twice.
 * **Order:** quadratic where the orders differ.
 */
export function unmatched(
  actual: readonly unknown[],
  expected: readonly unknown[],
  same: SameRow = sameValue,
): { unexpected: unknown[]; missing: unknown[]; isEmpty: boolean } {
  const missing = [...expected];
  const unexpected: unknown[] = [];
  for (const row of actual) {
    const at = missing.findIndex((candidate) => same(row, candidate));
    if (at < 0) unexpected.push(row);
    else missing.splice(at, 1);
  }
  return { unexpected, missing, isEmpty: unexpected.length === 0 && missing.length === 0 };
}

/** `Array`, `Map`, `Uint8Array` and the like; `Object` for objects of any class. */
function kindOf(value: object): string {
  return Object.prototype.toString.call(value);
}

function sameElements(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (!sameValue(a[index], b[index])) return false;
  return true;
}

function sameProperties(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => sameValue(a[name], b[name]));
}
