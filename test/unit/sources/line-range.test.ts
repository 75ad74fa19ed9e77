import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineRangeStart, linesBetween } from "../../../src/sources/line-range.js";
import { linesOf } from "../../reference/lines.js";
import { checkAsync } from "../../support/property.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

async function* piecesOf(bytes: Uint8Array, from: number, pieceBytes: number): AsyncIterable<Uint8Array> {
  for (let at = from; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function linesIn(text: string, begin: number, end: number, pieceBytes: number): Promise<string> {
  const bytes = encoder.encode(text);
  let found = "";
  for await (const piece of linesBetween(piecesOf(bytes, lineRangeStart(begin), pieceBytes), begin, end)) {
    found += decoder.decode(piece);
  }
  return found;
}

describe("the lines that begin in a range", () => {
  const TABLE: ReadonlyArray<readonly [text: string, begin: number, end: number, lines: string]> = [
    ["ab\ncd\nef", 0, 8, "ab\ncd\nef"],
    ["ab\ncd\nef", 0, 1, "ab\n"],
    ["ab\ncd\nef", 0, 3, "ab\n"],
    ["ab\ncd\nef", 0, 4, "ab\ncd\n"],
    ["ab\ncd\nef", 1, 3, ""],
    ["ab\ncd\nef", 3, 6, "cd\n"],
    ["ab\ncd\nef", 4, 8, "ef"],
    ["ab\ncd\nef", 7, 8, ""],
    ["a\r\nb\rc\n\nd", 1, 2, ""],
    ["a\r\nb\rc\n\nd", 2, 4, "b\r"],
    ["a\r\nb\rc\n\nd", 3, 4, "b\r"],
    ["a\r\nb\rc\n\nd", 4, 6, "c\n"],
    ["a\r\nb\rc\n\nd", 6, 8, "\n"],
  ];
  it.each(TABLE)("%j from %i to %i", async (text, begin, end, lines) => {
    for (const pieceBytes of [1, 2, 3, 100]) expect(await linesIn(text, begin, end, pieceBytes)).toBe(lines);
  });

  it("are each in one of ranges that lie side by side", async () => {
    await checkAsync(
      fc.asyncProperty(
        fc.stringMatching(/^[a\r\n]{0,40}$/),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 8 }),
        async (text, parts, pieceBytes) => {
          const border = (part: number) => Math.floor((part * text.length) / parts);
          const lines: string[] = [];
          let joined = "";
          for (let part = 0; part < parts; part++) {
            if (border(part) === border(part + 1)) continue;
            const found = await linesIn(text, border(part), border(part + 1), pieceBytes);
            joined += found;
            lines.push(...linesOf(encoder.encode(found)));
          }
          expect(joined).toBe(text);
          expect(lines).toEqual(linesOf(encoder.encode(text)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("ask for no more of the file than they need", async () => {
    let pieces = 0;
    async function* endless(): AsyncIterable<Uint8Array> {
      for (;;) {
        pieces += 1;
        yield encoder.encode("abc\n");
      }
    }
    let found = "";
    for await (const piece of linesBetween(endless(), 0, 6)) found += decoder.decode(piece);
    expect(found).toBe("abc\nabc\n");
    expect(pieces).toBe(2);
  });
});
