import { beforeAll, describe, expect, it } from "vitest";
import { capture, sealCapture } from "../../../src/lowering/capture.js";
import type { Expression } from "../../../src/lowering/expression.js";
import { lower } from "../../../src/lowering/lower.js";
import { ensureParser } from "../../../src/lowering/parser.js";

beforeAll(ensureParser);

const values = { sep: ",", n: -0, yes: true, nil: null, stop: new Map([["the", 1]]), list: [1], o: { a: 1 }, big: 1n };
type Values = typeof values;
const splitAt = (separator: string): Expression => ({
  kind: "method",
  of: { kind: "parameter", index: 0 },
  name: "split",
  args: [{ kind: "literal", value: separator }],
});
const SPLIT = splitAt(",");
const pairWith = (value: number | boolean | null): Expression => ({
  kind: "tuple",
  items: [
    { kind: "parameter", index: 0 },
    { kind: "literal", value },
  ],
});

type Factory = (values: Values) => (row: string) => unknown;

// biome-ignore format: a row each
const ACCEPTED: [factory: Factory, expression: Expression][] = [
  [({ sep }) => (line) => line.split(sep), SPLIT],
  [({ sep: by }) => (line) => line.split(by), SPLIT],
  [(v) => (line) => line.split(v.sep), SPLIT],
  // biome-ignore lint/complexity/useLiteralKeys: computed access is what is tested.
  [(v) => (line) => line.split(v["sep"]), SPLIT],
  [(v) => { return (line) => { return line.split(v.sep); }; }, SPLIT],
  // biome-ignore lint/complexity/useArrowFunction: function expressions are what is tested.
  [function ({ sep }) { return function words(line) { return line.split(sep); }; }, SPLIT],
  [({ n }) => (word) => [word, n], pairWith(-0)],
  [({ n }) => (word) => [word, -n], pairWith(0)],
  [({ yes }) => (word) => [word, yes], pairWith(true)],
  [({ nil }) => (word) => [word, nil], pairWith(null)],
  [() => (word) => [word, 1], pairWith(1)],
  [({ sep: _s }) => (_s) => [_s, 1], pairWith(1)],
  [(_v) => (_v) => [_v, 1], pairWith(1)],
];

const made = (line: string) => line.split(",");

// biome-ignore format: a row each
const REFUSED: [factory: Factory, reason: string][] = [
  [(v) => (word) => [word, v], 'uses "v", the captured values, as a whole'],
  [(v) => (word) => [word, v.toString], '"toString" is not among the captured values'],
  [({ toString: t }) => (word) => [word, t], '"toString" is not among the captured values'],
  [({ sep }) => (line) => [line.split(sep), made], '"made" is a free variable (hand it in with capture)'],
  [({ sep: _s }) => function _s(word) { return [word, _s]; }, 'uses itself, "_s"'],
  [(_v) => function _v(word) { return [word, _v.name]; }, 'uses itself, "_v"'],
  [({ sep = "x" }) => (line) => line.split(sep), 'captured "sep" has a default value'],
  [({ o: { a } }) => (word) => [word, a], 'the factory takes captured "o" apart'],
  [({ ...v }) => (line) => line.split(v.sep), "the factory takes the rest of the values"],
  [() => made, "the factory returns a function that is made elsewhere"],
  [(v) => { const { sep } = v; return (line) => line.split(sep); }, "the factory: declares a variable"],
  [(() => made).bind(null), "the factory: native code"],
];

describe("lower of captured lambdas", () => {
  it.each(ACCEPTED)("lowers %s", (factory, expression) => {
    const fn = capture(values, factory as (values: Values) => (row: string) => string);
    const lowering = lower(fn);
    expect(lowering).toStrictEqual({ ok: true, expression, parameters: 1 });
    expect(lower(fn)).toEqual(lowering);
    sealCapture(fn);
    expect(lower(fn)).toEqual(lowering);
    expect(lower(fn)).toBe(lower(fn));
  });

  it.each(REFUSED)("refuses %s", (factory, reason) => {
    expect(lower(capture(values, factory as (values: Values) => (row: string) => string))).toMatchObject({
      ok: false,
      reason,
    });
  });

  it("follows the values until the lambda is sealed, and then no more", () => {
    const changing = { sep: " " };
    const fn = capture(
      changing,
      ({ sep }) =>
        (line: string) =>
          line.split(sep),
    );
    expect(lower(fn)).toMatchObject({ expression: splitAt(" ") });
    changing.sep = ";";
    expect(lower(fn)).toMatchObject({ expression: splitAt(";") });
    sealCapture(fn);
    changing.sep = "!";
    expect(lower(fn)).toMatchObject({ expression: splitAt(";") });
    expect(fn("a;b!c")).toEqual(["a", "b!c"]);
  });

  it("keeps lambdas of one source and other values apart", () => {
    const splitting = (sep: string) =>
      capture(
        { sep },
        ({ sep }) =>
          (line: string) =>
            line.split(sep),
      );
    const expressions = [" ", ","].map((sep) => {
      const lowering = lower(splitting(sep));
      return lowering.ok && lowering.expression;
    });
    expect(expressions).toEqual([splitAt(" "), splitAt(",")]);
  });
});
