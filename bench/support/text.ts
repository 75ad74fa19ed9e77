/** Real text for the benches: "Moby Dick", 1.2 MB in paragraphs of one line each, with punctuation of two and three bytes. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bookFolder } from "./files.js";

const NEWLINE = 10;

/** The book over and over, cut after the last whole line within `bytes`. The same bytes each time. */
export function bookText(bytes: number): Uint8Array<ArrayBuffer> {
  const chapter = (file: string) => Number(/\d+/.exec(file)?.[0]);
  const files = readdirSync(bookFolder()).filter((file) => /^chapter_\d+\.txt$/.test(file));
  files.sort((a, b) => chapter(a) - chapter(b));
  const book = Buffer.concat(files.map((file) => readFileSync(join(bookFolder(), file))));
  const text = new Uint8Array(bytes);
  for (let done = 0; done < bytes; done += book.length) text.set(book.subarray(0, bytes - done), done);
  return text.slice(0, text.lastIndexOf(NEWLINE) + 1);
}
