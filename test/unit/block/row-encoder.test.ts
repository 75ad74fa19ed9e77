import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abi } from "#kernel";
import { decodeFrame } from "../../../src/block/row-decoder.js";
import { encodeFrame, encodeTyped, typeOfRows } from "../../../src/block/row-encoder.js";
import { BIGINT, BOOLEAN, NUMBER, type RowType, STRING, scalarOf } from "../../../src/block/row-type.js";
import { modelFrame } from "../../support/frames.js";
import { hostileText, typedRows } from "../../support/hostile-rows.js";
import { ARTEFACTS, newKernel } from "../../support/kernel.js";
import { check } from "../../support/property.js";
import { differenceOfRows } from "../../support/same-rows.js";
import { differenceOf } from "../../support/same-value.js";

describe.each(ARTEFACTS)("encodeFrame (%s)", (artefact) => {
  const kernel = newKernel(artefact);

  /** The frame's bytes without the checksum, which the model does not have. */
  const encoded = (type: RowType, rows: readonly unknown[]) => {
    const frame = encodeFrame(type, rows, kernel);
    if (frame === undefined) return undefined;
    expect(kernel.call("blockVerify", frame.ptr)).toBe(1);
    const bytes = kernel.memory.copyOut(frame.ptr, frame.bytes);
    new DataView(bytes.buffer).setUint32(abi.BLOCK_CHECKSUM, 0);
    const back = [...decodeFrame(type, kernel.memory, frame.ptr, frame.rows)].flat();
    kernel.memory.free(frame.ptr);
    return { bytes, back };
  };

  it("writes rows of any type as the model does, and they come back", () => {
    check(
      fc.property(typedRows(2), ({ type, rows }) => {
        const { bytes, back } = encoded(type, rows)!;
        expect(Buffer.compare(bytes, modelFrame(type, rows))).toBe(0);
        expect(differenceOf(back, rows)).toBeUndefined();
      }),
    );
  });

  it("encodes rows by the type that they are seen to have", () => {
    check(
      fc.property(typedRows(2), ({ rows }) => {
        const type = typeOfRows(rows);
        const both = encodeTyped(rows, kernel);
        if (rows.length === 0) {
          expect([type, both]).toEqual([undefined, undefined]);
          return;
        }
        expect(both!.type).toEqual(type);
        kernel.memory.free(both!.frame.ptr);
        expect(differenceOf(encoded(type!, rows)!.back, rows)).toBeUndefined();
      }),
    );
  });

  it("encodes a hundred thousand texts, also where halves of a pair meet", () => {
    check(
      fc.property(fc.array(hostileText, { minLength: 1, maxLength: 20 }), (texts) => {
        const rows = Array.from({ length: 100_000 / 20 }, (_, i) => texts[i % texts.length]!);
        expect(differenceOfRows(encoded(STRING, rows)!.back, rows)).toBeUndefined();
      }),
      { numRuns: 20 },
    );
    const ascii = Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`);
    expect(differenceOfRows(encoded(STRING, ascii)!.back, ascii)).toBeUndefined();
    const halves = Array.from({ length: 100_000 }, (_, i) => (i % 2 ? "\ude00" : "\ud83d"));
    expect(differenceOfRows(encoded(STRING, halves)!.back, halves)).toBeUndefined();
  });

  it("leaves nothing behind and gives nothing where a row is not of the type", () => {
    const before = kernel.memory.bytesTaken;
    const pair: RowType = { kind: "tuple", items: [STRING, NUMBER] };
    const record: RowType = { kind: "record", fields: [["a", BOOLEAN]] };
    const wrong: ReadonlyArray<readonly [RowType, unknown]> = [
      [STRING, 1],
      [NUMBER, "1"],
      [NUMBER, undefined],
      [BOOLEAN, 0],
      [BIGINT, 2n ** 63n],
      [BIGINT, 1],
      [scalarOf(STRING.tags | NUMBER.tags), null],
      [scalarOf(STRING.tags | NUMBER.tags), {}],
      [pair, ["a"]],
      [pair, ["a", 1, 2]],
      [pair, "ab"],
      [pair, null],
      [record, { b: true }],
      [record, { a: true, b: true }],
      [record, []],
      [{ kind: "list", of: STRING }, ["a"]],
    ];
    for (const [type, row] of wrong) expect(encodeFrame(type, [row], kernel)).toBeUndefined();
    expect(kernel.memory.bytesTaken).toBe(before);
  });
});

describe("typeOfRows", () => {
  it("sees tuples, records and mixed scalars", () => {
    expect(typeOfRows(["a", "b"])).toEqual(STRING);
    expect(typeOfRows([1, "b", null])).toEqual(scalarOf(NUMBER.tags | STRING.tags | (1 << abi.TAG_NULL)));
    expect(typeOfRows([["a", 1]])).toEqual({ kind: "tuple", items: [STRING, NUMBER] });
    expect(typeOfRows([{ a: ["x", { b: 1n }] }])).toEqual({
      kind: "record",
      fields: [["a", { kind: "tuple", items: [STRING, { kind: "record", fields: [["b", BIGINT]] }] }]],
    });
  });

  it.each([
    ["no rows", []],
    ["arrays of two lengths", [[1], [1, 2]]],
    ["empty arrays", [[]]],
    ["empty objects", [{}]],
    ["other properties", [{ a: 1 }, { b: 1 }]],
    [
      "properties in another order",
      [
        { a: 1, b: 1 },
        { b: 1, a: 1 },
      ],
    ],
    ["one property more", [{ a: 1 }, { a: 1, b: 1 }]],
    ["an object and a text", [{ a: 1 }, "a"]],
    ["a text and an object", ["a", { a: 1 }]],
    ["an array and null", [[1], null]],
    ["a record whose field is at times null", [{ a: { b: 1 } }, { a: null }]],
    ["dates", [new Date(0)]],
    ["maps", [new Map()]],
    ["objects without a prototype", [Object.assign(Object.create(null), { a: 1 })]],
    [
      "instances of a class",
      [
        new (class A {
          a = 1;
        })(),
      ],
    ],
    ["arrays of a class", [new (class A extends Array<number> {})(2).fill(1)]],
    ["a hole", [Array.from({ length: 2 }), new Array(2)]],
    ["symbols", [Symbol("a")]],
    ["functions", [() => 1]],
    ["bigints of more than 64 bits", [2n ** 63n]],
  ])("has none for %s", (_, rows) => {
    expect(typeOfRows(rows)).toBeUndefined();
  });
});
