import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatRow, ROW_DEPTH_MAX } from "../../../src/block/format-row.js";
import { OutputError } from "../../../src/errors.js";

const date = new Date(Date.UTC(2015, 6, 15));
const bytes = new Uint8Array([1, 2, 3, 250]);

describe("formatRow", () => {
  // biome-ignore format: a table
  it.each<[unknown, string]>([
    ["plain \"text\"\tas it is", "plain \"text\"\tas it is"],
    ["", ""],
    [1.5, "1.5"], [-0, "0"], [1e21, "1e+21"], [Number.NaN, "NaN"], [Number.NEGATIVE_INFINITY, "-Infinity"],
    [10n, "10"], [true, "true"], [null, "null"], [undefined, "undefined"],
    [[1, Number.NaN, undefined, 10n], "[1,NaN,undefined,10]"],
    [[], "[]"], [["a"], '["a"]'], [["a", 1, -0], '["a",1,0]'],
    [Object.assign(new Array(3), { 0: 1, 2: 3 }), "[1,undefined,3]"],
    [{ a: "x", b: undefined, c: [undefined], "d e": null }, '{"a":"x","c":[undefined],"d e":null}'],
    [{ a: Number.NaN, b: 5n, c: () => 1, d: Symbol("s") }, '{"a":NaN,"b":5}'],
    [JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
    [Object.create(null), "{}"],
    ["\ud800", "\ud800"], [["\ud800\n"], '["\\ud800\\n"]'],
    [date, "2015-07-15T00:00:00.000Z"], [[date], '["2015-07-15T00:00:00.000Z"]'],
    [new Date(Number.NaN), "Invalid Date"], [{ at: new Date(Number.NaN) }, '{"at":"Invalid Date"}'],
    [new Map<unknown, unknown>([["a", 1], [{ k: 1 }, undefined]]), '[["a",1],[{"k":1},undefined]]'],
    [new Map(), "[]"], [new Set(["a", 2n]), '["a",2]'], [new Set(["a", "b"]), '["a","b"]'],
    [bytes, "AQID+g=="], [bytes.buffer, "AQID+g=="], [bytes.subarray(1, 3), "AgM="], [[bytes], '["AQID+g=="]'],
    [new Uint16Array([513]), "AQI="], [new DataView(bytes.buffer, 3), "+g=="], [Buffer.from("abc"), "YWJj"], [new Uint8Array(0), ""],
    [Object("boxed"), '"boxed"'], [[Object(1), Object(false)].concat(1), "[1,false,1]"],
    [new URL("http://a/"), '"http://a/"'],
    [Symbol("s"), "Symbol(s)"], [[Symbol("s")], "[Symbol(s)]"],
  ])("%o prints %s", (row, text) => {
    expect(formatRow(row)).toBe(text);
  });

  // biome-ignore format: a table
  it.each<[unknown, string]>([
    [["word", 3], "(word,3)"],
    [["a,b", "(c)"], "(a,b,(c))"],
    [[undefined, null], "(undefined,null)"],
    [[date, bytes], "(2015-07-15T00:00:00.000Z,AQID+g==)"],
    [["k", [1, 2]], "(k,[1,2])"], [["k", ["v", undefined]], '(k,["v",undefined])'],
    [[["a", 1], { b: "c" }], '(["a",1],{"b":"c"})'],
    [["k", [[1], ["x"]]], '(k,[[1],["x"]])'],
    [["k", new Map([[1, 2]])], "(k,[[1,2]])"],
    [[-0, 5n], "(0,5)"],
  ])("the pair %o prints %s", (row, text) => {
    expect(formatRow(row)).toBe(text);
  });

  it("prints a value inside itself as [Circular], a shared one twice", () => {
    const self: Record<string, unknown> = { a: 1 };
    self.self = self;
    expect(formatRow(self)).toBe('{"a":1,"self":[Circular]}');
    const pair: unknown[] = ["k"];
    pair.push(pair);
    expect(formatRow(pair)).toBe('(k,["k",[Circular]])');
    const map = new Map<string, unknown>();
    map.set("m", map);
    expect(formatRow(map)).toBe('[["m",[Circular]]]');
    const shared = [1];
    expect(formatRow({ a: shared, b: shared })).toBe('{"a":[1],"b":[1]}');
  });

  it("asks toJSON as JSON does", () => {
    expect(formatRow({ toJSON: () => ({ short: true }) })).toBe('{"short":true}');
    expect(formatRow({ toJSON: 5 })).toBe('{"toJSON":5}');
    const itself = { a: 1, toJSON: () => itself };
    expect(formatRow([itself])).toBe('[{"a":1}]');
  });

  it("writes long bytes in one piece of base64", () => {
    for (const length of [0x5fff, 0x6000, 0x6001, 100_000]) {
      const long = Uint8Array.from({ length }, (_, index) => index * 7);
      expect(formatRow(long)).toBe(Buffer.from(long).toString("base64"));
    }
  });

  it("goes to the depth allowed and not beyond", () => {
    let row: unknown = [];
    for (let level = 1; level < ROW_DEPTH_MAX; level++) row = [row];
    expect(formatRow(row)).toBe("[".repeat(ROW_DEPTH_MAX) + "]".repeat(ROW_DEPTH_MAX));
    expect(() => formatRow([row])).toThrow(OutputError);
    expect(() => formatRow([row])).toThrow(/at most 1000 levels/);
  });

  it("is JSON for what JSON can say", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const row = [value];
        expect(formatRow(row)).toBe(JSON.stringify(row));
      }),
    );
  });
});
