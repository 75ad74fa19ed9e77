import fc from "fast-check";
import { expect, test } from "vitest";
import { cutLines, endsInReturn } from "../../../src/receiver/cut-lines.js";
import { utf8 } from "../../support/batches.js";
import { utf8ish } from "../../support/bytes.js";
import { check } from "../../support/property.js";

test.each([
  ["a\nb\nc", 1, false, 2, 1],
  ["a\nb\nc", 2, false, 4, 2],
  ["a\nb\nc", 3, false, 5, 2],
  ["a\r\nb\rc\n", 1, false, 3, 1],
  ["a\r\nb\rc\n", 2, false, 5, 2],
  ["\n\n", 1, false, 1, 1],
  ["\na\n", 1, true, 3, 1],
  ["\n", 1, true, 1, 0],
  ["\n", 1, false, 1, 1],
  ["", 1, true, 0, 0],
])("%j: %i lines, after a return %s: %i bytes, %i lines", (text, max, afterReturn, bytes, lines) => {
  expect(cutLines(utf8(text), max, afterReturn)).toEqual({ bytes, lines });
});

test("however text is cut, its lines are counted once and all bytes come", () => {
  check(
    fc.property(utf8ish(), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 9 }), (text, max, size) => {
      const ends = new TextDecoder().decode(text).match(/\r\n|\r|\n/g)?.length ?? 0;
      let [count, copied, afterReturn] = [0, 0, false];
      for (let at = 0; at < text.length; at += size) {
        for (let rest = text.subarray(at, at + size); rest.length > 0; ) {
          const { bytes, lines } = cutLines(rest, max, afterReturn);
          expect(bytes).toBeGreaterThan(0);
          expect(lines).toBeLessThanOrEqual(max);
          afterReturn = endsInReturn(rest.subarray(0, bytes));
          count += lines;
          copied += bytes;
          rest = rest.subarray(bytes);
        }
      }
      expect([count, copied]).toEqual([ends, text.length]);
    }),
    { numRuns: 500 },
  );
});
