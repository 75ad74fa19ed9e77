/** The word count as a good engineer writes it without this library. The text ends with a line end. */
export function plainWordCount(bytes: Uint8Array): Map<string, number> {
  const counts = new Map<string, number>();
  const lines = new TextDecoder().decode(bytes).split("\n");
  lines.pop();
  for (const line of lines) {
    for (const word of line.split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}
