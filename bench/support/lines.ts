/** The lines of a text that ends with a line end, as plain programs get them. */
export function linesOf(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split("\n");
  lines.pop();
  return lines;
}
