const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The lines of text as bytes: what is invalid is replaced; "\n", "\r\n" and "\r" end a line; what follows the last one is a line if not empty. */
export function linesOf(bytes: Uint8Array): string[] {
  const lines = decoder.decode(bytes).split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** The same text with "\n" as every line end, and one after the last line. */
export function normalisedText(bytes: Uint8Array): string {
  return linesOf(bytes)
    .map((line) => `${line}\n`)
    .join("");
}
