import { beforeAll, describe, expect, it } from "vitest";
import type { Expression, Lowering } from "../../../src/lowering/expression.js";
import { ensureParser, parseFunction, SOURCE_CHARACTERS_MAX } from "../../../src/lowering/parser.js";
import { EXPRESSION_DEPTH_MAX } from "../../../src/lowering/scope.js";
import { translate } from "../../../src/lowering/translate.js";

// Source texts, so that no compiler or formatter touches the shapes that other tools write.

beforeAll(ensureParser);

function lowerText(source: string): Lowering {
  const parsed = parseFunction(source);
  return parsed.ok ? translate(parsed.node) : parsed;
}

const PARAMETER: Expression = { kind: "parameter", index: 0 };
const SECOND: Expression = { kind: "parameter", index: 1 };
const splitOf = (of: Expression, separator: string): Expression => ({
  kind: "method",
  of,
  name: "split",
  args: [{ kind: "literal", value: separator }],
});
const SPLIT = splitOf(PARAMETER, " ");
const SUM: Expression = { kind: "binary", operator: "+", left: PARAMETER, right: SECOND };
const literal = (value: string | number | boolean | null | undefined): Expression => ({ kind: "literal", value });
const pairWith = (value: string | number | boolean | null | undefined): Expression => ({
  kind: "tuple",
  items: [PARAMETER, literal(value)],
});

const ACCEPTED: [source: string, expression: Expression][] = [
  ['l => l.split(" ")', SPLIT],
  ['(l) => l.split(" ")', SPLIT],
  ["(l)=>l.split(' ')", SPLIT],
  ["(l) => l.split(` `)", SPLIT],
  ['l => l["split"](" ")', SPLIT],
  ['l => l[`split`](" ")', SPLIT],
  ['l => (((l)).split)((" "))', SPLIT],
  ['l => l.split(" ",)', SPLIT],
  ['l => l\n  // pieces\n  .split(/* at */ " ")', SPLIT],
  ['(line) => {\n    return line.split(" ");\n}', SPLIT],
  ['line => { return line.split(" ") }', SPLIT],
  ["l => { return l; return 1; }", PARAMETER],
  ['line => { ; return line.split(" ");; }', SPLIT],
  ['function (line) { "use strict"; return line.split(" "); }', SPLIT],
  ['function(line){return line.split(" ")}', SPLIT],
  ['function words(line) { return (line.split(" ")); }', SPLIT],
  ['split(l) { return l.split(" "); }', SPLIT],
  ['"two words"(l) { return l.split(" "); }', SPLIT],
  ['[Symbol.iterator](l) { return l.split(" "); }', SPLIT],
  ['get(l) { return l.split(" "); }', SPLIT],
  ['async(l) { return l.split(" "); }', SPLIT],
  ['function(l) { return l.split(" "); }', SPLIT],
  ['l => l.split("\\t")', splitOf(PARAMETER, "\t")],
  ['l => l.split("\\x20")', SPLIT],
  ['l => l.split("-->")', splitOf(PARAMETER, "-->")],
  ['l => l.split("")', splitOf(PARAMETER, "")],
  ['l => "a b".split(" ")', splitOf(literal("a b"), " ")],
  ['(a, b) => (a + b).split(" ")', splitOf(SUM, " ")],
  ["(w) => [w, 1]", pairWith(1)],
  ["w=>[w,1]", pairWith(1)],
  ["(w) => { return [w, 1]; }", pairWith(1)],
  ["(w) => [(w), (1),]", pairWith(1)],
  ["(w) => [w, -1]", pairWith(-1)],
  ["(w) => [w, -0]", pairWith(-0)],
  ["(w) => [w, +1]", pairWith(1)],
  ["(w) => [w, - -1]", pairWith(1)],
  ["(w) => [w, 1_000]", pairWith(1000)],
  ["(w) => [w, 0x10]", pairWith(16)],
  ["(w) => [w, 1e400]", pairWith(Number.POSITIVE_INFINITY)],
  ["(w) => [w, true]", pairWith(true)],
  ["(w) => [w, !0]", pairWith(true)],
  ["(w) => [w, !1]", pairWith(false)],
  ["(w) => [w, null]", pairWith(null)],
  ["(w) => [w, void 0]", pairWith(undefined)],
  ["(w) => [w, `one`]", pairWith("one")],
  ["(w) => w", PARAMETER],
  ["function (w, unused) { return w; }", PARAMETER],
  ["() => 1", literal(1)],
  ["(a) => []", { kind: "tuple", items: [] }],
  ["(a) => [[a, 1], 2]", { kind: "tuple", items: [pairWith(1), literal(2)] }],
  ["(a, b) => a + b", SUM],
  ["(a,b)=>a+b", SUM],
  ["function (a, b) { return a + b; }", SUM],
  ["function a(a, b) { return a + b; }", SUM],
  ["(undefined, b) => undefined + b", SUM],
  ["(a, b) => b + a", { kind: "binary", operator: "+", left: SECOND, right: PARAMETER }],
  ["(a) => a + 1", { kind: "binary", operator: "+", left: PARAMETER, right: literal(1) }],
];

const REFUSED: [source: string, reason: string | RegExp, token?: string][] = [
  ["l => l.split(sep)", '"sep" is a free variable (hand it in with capture)', "sep"],
  ["l => [l, config.n]", '"config" is a free variable (hand it in with capture)', "config"],
  ["w => normalise(w)", 'calls "normalise", an unknown function', "normalise"],
  ["w => __vi_import_0__.normalise(w)", 'calls "__vi_import_0__.normalise", an unknown function'],
  ["(f) => f()", 'calls "f", a parameter or variable', "f"],
  ["(l) => (() => l)()", "calls what an expression gives"],
  ["(l, m) => l[m]()", "calls a method whose name is computed", "[]"],
  ["l => l.split(/ /)", "a regular expression", "/ /"],
  ["l => l.split(...l)", "spreads its arguments", "..."],
  ['l => l.split?.(" ")', 'calls "split" only where it is there', "?."],
  ["split(l) { return this.split(l); }", 'uses "this"', "this"],
  ['split(l) { return super.split(" "); }', 'uses "super"', "super"],
  ["async l => l", "async", "async"],
  ["async split(l) { return l; }", "async", "async"],
  ["function* (l) { return l; }", "generator", "*"],
  ["*split(l) { return l; }", "generator", "*"],
  ["get words() { return 1; }", "a getter", "get"],
  ["set words(l) { return 1; }", "a setter", "set"],
  ["class Words { }", "a class", "class"],
  ["function () { [native code] }", "native code"],
  ["function split() { [native code] }", "native code"],
  ["(l =>", /^its source does not parse \(.*[^)]\)$/],
  ["1", "its source is not one function"],
  ["a: (l) => l", "its source is not one function"],
  ["l => l), (m => m", "its source is not one function"],
  ["l => l); (m => m", "its source is not one function"],
  ["(...l) => l", "has a rest parameter", "..."],
  ["function (a, a) { return a; }", 'has two parameters or variables "a"', "a"],
  ["function () { return arguments; }", 'uses "arguments"', "arguments"],
  ["function words(l) { return [l, words]; }", 'uses itself, "words"', "words"],
  ["l => [l, , 1]", "an array with a hole", "[,]"],
  ["l => tag`a`", "a tagged template", "`"],
  ["l => () => l", "makes a function", "=>"],
  ["l => function () {}", "makes a function", "function"],
  ["l => class {}", "makes a class", "class"],
  ["l => #x in l", /^its source does not parse|^uses the operator "in"/],
  ["l => l = 1", 'assigns to "l"', "l"],
  ["l => l.x = 1", "assigns to something", "="],
  ["l => l++", 'assigns to "l"', "l"],
  ["l => new Date(l)", 'makes a new "Date"', "Date"],
  ["l => new (l.x)()", "makes an instance of a class", "new"],
  ["function () { return new.target; }", 'uses "new.target"', "new.target"],
  ["() => import.meta", 'uses "import.meta"', "import.meta"],
  ['() => import("x")', "imports a module", "import"],
  ["l => {}", "returns nothing"],
  ['l => { "use strict" }', "returns nothing"],
  ["function (a) { return a; function a() {} }", "declares a function", "a"],
  ["l => { class A {} return l; }", "declares a class", "A"],
  ["l => { l.x; return l; }", "has a statement besides its return"],
  ["l => { throw l; }", "throws something else than a new error", "throw"],
  ["a => { return a\n<!-- b\n; }", "an HTML comment", "<!--"],
];

describe("source texts", () => {
  it.each(ACCEPTED)("lowers %s", (source, expression) => {
    const lowering = lowerText(source);
    expect(lowering.ok ? lowering.expression : lowering).toStrictEqual(expression);
  });

  it.each(REFUSED)("refuses %s", (source, reason, token) => {
    const lowering = lowerText(source);
    if (lowering.ok) throw new Error(`lowered ${source}`);
    if (typeof reason === "string") expect(lowering.reason).toBe(reason);
    else expect(lowering.reason).toMatch(reason);
    if (token !== undefined) expect(lowering.token).toBe(token);
  });

  it("counts the declared parameters", () => {
    const counts = ["() => 1", "(a) => a", "(a, b) => a + b", "function (a, b, c) { return a; }"].map((source) => {
      const lowering = lowerText(source);
      return lowering.ok && lowering.parameters;
    });
    expect(counts).toEqual([0, 1, 2, 3]);
  });

  it("limits depth and length", () => {
    const sum = (count: number) => `a => ${Array.from({ length: count }, () => "a").join(" + ")}`;
    expect(lowerText(sum(EXPRESSION_DEPTH_MAX + 1)).ok).toBe(true);
    expect(lowerText(sum(EXPRESSION_DEPTH_MAX + 2))).toMatchObject({
      ok: false,
      reason: expect.stringContaining("nested deeper"),
    });
    const long = (count: number) => `a => a${" ".repeat(count - 6)}`;
    expect(lowerText(long(SOURCE_CHARACTERS_MAX)).ok).toBe(true);
    expect(lowerText(long(SOURCE_CHARACTERS_MAX + 1))).toMatchObject({
      ok: false,
      reason: expect.stringContaining("longer than 16384"),
    });
  });
});
