import { formatRow } from "../block/format-row.js";

/** Characters that are gathered before they become bytes. */
const PIECE_CHARACTERS = 64 * 1024;

/** Rows as UTF-8 text, each as `formatRow` has it and ended by "\n", a piece at a time. Lone surrogates become U+FFFD. */
export function* textPieces(rows: Iterable<unknown>): Iterable<Uint8Array> {
  const encoder = new TextEncoder();
  let text = "";
  for (const row of rows) {
    text += `${formatRow(row)}\n`;
    if (text.length < PIECE_CHARACTERS) continue;
    yield encoder.encode(text);
    text = "";
  }
  if (text !== "") yield encoder.encode(text);
}
