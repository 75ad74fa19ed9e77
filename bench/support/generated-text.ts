/** Text that needs no book: words whose frequencies fall with their rank, as Zipf found them to, forty on a line. */
import { randomFrom } from "./random.js";

const WORDS = 30_000;
const WORDS_OF_LINE = 40;
const LETTERS = "etaoinshrdlucmfwypvbgkqjxz";
const NEWLINE = 10;

/** Cut after the last whole line within `bytes`. The same bytes each time. */
export function generatedText(bytes: number): Uint8Array {
  const random = randomFrom(8);
  const letter = () => LETTERS[Math.floor(random() ** 2 * LETTERS.length)]!;
  // Common words are short.
  const lengthAt = (rank: number) => 1 + Math.floor(Math.log2(rank + 1) * (0.4 + random() * 0.5));
  const words = Array.from({ length: WORDS }, (_, rank) => Array.from({ length: lengthAt(rank) }, letter).join(""));
  const lines: string[] = [];
  for (let made = 0; made < bytes; made += lines.at(-1)!.length) {
    const line = Array.from({ length: WORDS_OF_LINE }, () => words[Math.floor(WORDS ** random()) - 1]!);
    lines.push(`${line.join(" ")}\n`);
  }
  const text = new TextEncoder().encode(lines.join("")).subarray(0, bytes);
  return text.slice(0, text.lastIndexOf(NEWLINE) + 1);
}
