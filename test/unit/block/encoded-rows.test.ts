import { describe, expect, test } from "vitest";
import type { RowsBlock } from "../../../src/block/block.js";
import { decodeChunks, EncodedRows, encodeLists, rowCountOf } from "../../../src/block/encoded-rows.js";
import { PlanError } from "../../../src/errors.js";

const LISTS = [
  [1, -0, Number.NaN, "a", "\ud800", 10n, null, undefined, true],
  [],
  [
    new Date(5),
    new Map([[1, new Set(["x"])]]),
    [[1], { a: [], b: undefined }],
    Uint8Array.of(1, 2),
    new ArrayBuffer(3),
  ],
  Array.from({ length: 5000 }, (_, i) => ({ i, text: "text ".repeat(i % 100) })),
];

describe.each([true, false])("rows as bytes in one buffer, shared: %s", (isShared) => {
  test("come back as they were, list by list", () => {
    const encoded = encodeLists(LISTS, isShared);
    expect(encoded.map((chunks) => decodeChunks(chunks))).toEqual(LISTS);
    const buffers = new Set(encoded.flat().map(({ bytes }) => bytes.buffer));
    expect(buffers.size).toBe(1);
    expect([...buffers][0] instanceof ArrayBuffer).toBe(!isShared);
  });

  test("are a block that knows its rows' number without decoding", () => {
    const [, none, , many] = encodeLists(LISTS, isShared).map((chunks) => new EncodedRows(chunks));
    expect([none, many].map((block) => rowCountOf(block as RowsBlock))).toEqual([0, 5000]);
    expect(many!.rows).toEqual(LISTS[3]);
    expect(many!.rows).toBe(many!.rows);
    expect(new EncodedRows(many!.chunks, LISTS[3]).rows).toBe(LISTS[3]);
  });
});

test.each<[string, unknown]>([
  [
    "an instance",
    new (class Point {
      x = 1;
    })(),
  ],
  ["a Buffer", Buffer.from("x")],
  ["an array of a class", new (class List extends Array {})()],
  ["a map of a class", new (class Index extends Map {})()],
  [
    "deep inside",
    {
      a: [
        new Map([
          [
            "b",
            new (class Deep {
              c = 2;
            })(),
          ],
        ]),
      ],
    },
  ],
])("what would come back as another object is refused: %s", (_, row) => {
  expect(() => encodeLists([[row]], false)).toThrow(
    expect.objectContaining({ name: "PlanError", code: "inexact-value" }),
  );
});

test("what has no bytes is refused as it always is", () => {
  expect(() => encodeLists([[() => 1]], false)).toThrow(PlanError);
});

test("an object without a class is plain", () => {
  const [chunks] = encodeLists([[Object.assign(Object.create(null), { a: 1 })]], false);
  expect(decodeChunks(chunks!)).toEqual([{ a: 1 }]);
});
