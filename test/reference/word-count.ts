import { linesOf } from "./lines.js";

/** Sums by key, in order of first arrival. The first value is kept as it is: 0 + -0 would lose a sign. */
export function sumByKey(pairs: Iterable<readonly [string, number]>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [key, value] of pairs) {
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? value : sum + value);
  }
  return sums;
}

/** Each piece of each line, cut at `separator`, with `value`. */
export function wordCount(text: Uint8Array, separator: string, value: number): Map<string, number> {
  return sumByKey(linesOf(text).flatMap((line) => line.split(separator).map((word) => [word, value] as const)));
}
