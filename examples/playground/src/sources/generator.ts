import type { Shape } from "../messages.js";
import { editLines } from "./edits.js";
import type { Lines, Source } from "./source.js";
import { textLines } from "./text.js";

/** Lines that are made; then they begin again. */
export const POOL_LINES: Readonly<Record<Shape, number>> = { text: 48_000, edits: 16_000 };

/** The lines of a shape, in the order in which they are given out. */
export function poolOf(shape: Shape): string[] {
  return shape === "text" ? textLines(POOL_LINES.text) : editLines(POOL_LINES.edits);
}

/** Lines made in advance, given out again and again, so that making them costs a batch nothing. */
export function generator(shape: Shape, instead?: string): Source {
  const lines = poolOf(shape);
  const encoded = lines.map((line) => `${line}\n`);
  const bytes = new TextEncoder().encode(encoded.join(""));
  // All lines are ASCII: a character is a byte.
  const ends: number[] = [];
  let end = 0;
  for (const line of encoded) {
    end += line.length;
    ends.push(end);
  }
  let next = 0;
  const what = shape === "text" ? "Sentences about a mill" : "Edits in the shape of Wikimedia's feed";
  return {
    about: instead === undefined ? `${what}, made up here: the same ones in every run.` : instead,
    isFallback: instead !== undefined,
    sample: lines[0]!,
    async take(countMax): Promise<Lines> {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      let left = countMax;
      while (left > 0) {
        const until = Math.min(next + left, lines.length);
        chunks.push(bytes.subarray(next === 0 ? 0 : ends[next - 1]!, ends[until - 1]!));
        left -= until - next;
        next = until === lines.length ? 0 : until;
      }
      return { chunks, count: countMax, isLast: false };
    },
    close: () => undefined,
  };
}
