import { differenceOf } from "./same-value.js";

/** As `differenceOf`, for very many rows of arrays and scalars: words are made only where there is a difference. */
export function differenceOfRows(a: readonly unknown[], b: readonly unknown[]): string | undefined {
  return areSame(a, b) ? undefined : differenceOf(a, b);
}

function areSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b);
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!areSame(a[i], b[i])) return false;
  return true;
}
