import { lineEndIn } from "../receiver/line-limit.js";

const NEWLINE = 10;

/** Where the first line begins that begins at `bound` or later, which is above 0. */
class LineBorder {
  readonly #bound: number;
  #afterReturn = false;

  constructor(bound: number) {
    this.#bound = bound;
  }

  /** Index in `piece`, whose first byte is byte `at` of the file; its length where the line begins after it; undefined where that is not known yet. */
  indexIn(piece: Uint8Array, at: number): number | undefined {
    if (piece.length === 0) return undefined;
    // The "\r" that ended the piece before ends its line with a "\n" that comes next.
    if (this.#afterReturn) return piece[0] === NEWLINE ? 1 : 0;
    const from = Math.max(0, this.#bound - 1 - at);
    const end = lineEndIn(piece.subarray(from));
    if (end < 0) return undefined;
    const after = from + end + 1;
    if (piece[after - 1] === NEWLINE) return after;
    if (after < piece.length) return piece[after] === NEWLINE ? after + 1 : after;
    this.#afterReturn = true;
    return undefined;
  }
}

/** Where `linesBetween` needs the bytes of a file from. */
export function lineRangeStart(begin: number): number {
  return Math.max(0, begin - 1);
}

/**
 * The bytes of all lines that begin in [`begin`, `end`) of a file, whole also where they end later: of ranges that lie side by side, each line is in one.
 * `pieces` are the bytes of the file from `lineRangeStart(begin)` on; no more of them are taken than needed.
 */
export async function* linesBetween(
  pieces: AsyncIterable<Uint8Array>,
  begin: number,
  end: number,
): AsyncIterable<Uint8Array> {
  let first = begin > 0 ? new LineBorder(begin) : undefined;
  const last = new LineBorder(end);
  let at = lineRangeStart(begin);
  for await (const piece of pieces) {
    let from = 0;
    if (first) {
      const index = first.indexIn(piece, at);
      if (index === undefined) {
        at += piece.length;
        continue;
      }
      if (at + index >= end) return;
      first = undefined;
      from = index;
    }
    const to = last.indexIn(piece, at);
    if (to !== from) yield piece.subarray(from, to);
    if (to !== undefined) return;
    at += piece.length;
  }
}
