import { linesOf } from "./lines.js";

/** The word count as a good engineer writes it without this library. The text ends with a line end. */
export function plainWordCount(bytes: Uint8Array): Map<string, number> {
  return countWords(linesOf(bytes));
}

/** The same of lines that are strings already. */
export function countWords(lines: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    for (const word of line.split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}
