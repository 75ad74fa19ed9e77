import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PieceReader } from "../../../src/block/piece-reader.js";
import { holds } from "../../support/property.js";

describe("PieceReader", () => {
  it("takes what is asked for, however the bytes are cut into pieces", async () => {
    await holds(fc.tuple(fc.array(fc.uint8Array()), fc.array(fc.nat({ max: 12 }))), async ([pieces, lengths]) => {
      const all = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
      const reader = new PieceReader(pieces);
      let at = 0;
      for (const length of lengths) {
        const bytes = await reader.take(length);
        if (at + length > all.length) {
          expect(bytes).toBeUndefined();
          expect(reader.rest()).toEqual(all.slice(at));
        } else {
          expect(bytes).toEqual(all.slice(at, at + length));
          at += length;
        }
        expect(reader.offset).toBe(at);
      }
    });
  });

  it("asks for a piece when it needs one, and says when it wants no more", async () => {
    let made = 0;
    let closed = 0;
    async function* pieces() {
      try {
        for (;;) {
          made++;
          yield Uint8Array.of(made, made);
        }
      } finally {
        closed++;
      }
    }
    const reader = new PieceReader(pieces());
    expect(await reader.take(3)).toEqual(Uint8Array.of(1, 1, 2));
    expect(made).toBe(2);
    await reader.close();
    await reader.close();
    expect(closed).toBe(1);
  });
});
