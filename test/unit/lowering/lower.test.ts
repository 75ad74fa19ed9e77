import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "../../../src/lowering/evaluate.js";
import type { Expression } from "../../../src/lowering/expression.js";
import { lower, SOURCES_REMEMBERED_MAX } from "../../../src/lowering/lower.js";
import { ensureParser } from "../../../src/lowering/parser.js";
import type { Lambda } from "../../../src/lowering/row.js";

beforeAll(ensureParser);

const methods = {
  split(line: string) {
    return line.split(" ");
  },
  pair: (word: string) => [word, 1],
};

class Words {
  readonly count = 0;
  static of(line: string) {
    return line.split(", ");
  }
}

// biome-ignore format: a row each
const LAMBDAS: [name: string, fn: Lambda][] = [
  ["arrow", (line: string) => line.split(" ")],
  // biome-ignore lint/complexity/useArrowFunction: function expressions are what is tested.
  ["function expression", function (line: string) { return line.split(" "); }],
  [
    "named function",
    function words(line: string) {
      return line.split("\t");
    },
  ],
  ["method", methods.split],
  ["static method", Words.of],
  ["arrow in an object", methods.pair],
  // biome-ignore lint/complexity/useLiteralKeys: computed access is what is tested.
  ["computed member", (line: string) => line["split"](" ")],
  ["template separator", (line: string) => line.split(`, `)],
  ["empty separator", (line: string) => line.split("")],
  ["non-ASCII separator", (line: string) => line.split("\u{1f600}")],
  ["half of a character", (line: string) => line.split("\ud83d")],
  ["piece and its length", (line: string) => [line.split("aa"), line, -0]],
  ["pair", (word: string) => [word, 1]],
  ["negative zero", (word: string) => [word, -0]],
  ["void", (word: string) => [word, void 0]],
  [
    "nested",
    (word: string) => [
      [word, null],
      [true, "x"],
    ],
  ],
  ["sum", (a: number, b: number) => a + b],
  ["swapped sum", (a: number, b: number) => b + a],
  ["increment", (a: number) => a + 1],
  // biome-ignore lint/style/useTemplate: sums are what is tested.
  ["join", (a: string, b: string) => a + "," + b],
  ["identity", (a: unknown) => a],
  ["constant", () => "x"],
];

function expressionOf(fn: Lambda): { expression: Expression; parameters: number } {
  const lowering = lower(fn);
  if (!lowering.ok) throw new Error(`${lowering.reason}: ${fn}`);
  return lowering;
}

const arguments_ = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom("a", " ", ",", "\t", "\u{1f600}", "\ud83d", "\ude00") }),
);
const values = fc.oneof(arguments_, fc.double(), fc.constantFrom(-0, null, undefined, true));

describe("lower", () => {
  it.each(LAMBDAS)("gives an expression equal to the lambda: %s", (_name, fn) => {
    const { expression, parameters } = expressionOf(fn);
    const call = fn as (...args: unknown[]) => unknown;
    const splits = JSON.stringify(expression).includes('"split"');
    expect(parameters).toBe(fn.length);
    fc.assert(
      fc.property(fc.array(splits ? arguments_ : values, { minLength: 2, maxLength: 2 }), (args) => {
        expect(evaluate(expression, args)).toStrictEqual(call(...args));
      }),
    );
  });

  it("throws where the lambda throws", () => {
    const { expression } = expressionOf((line: string) => line.split(" "));
    expect(() => evaluate(expression, [1])).toThrow(TypeError);
    expect(() => evaluate(expression, [undefined])).toThrow(TypeError);
  });

  it("refuses what cannot be read", () => {
    const separator = String(" ");
    const reasonOf = (fn: Lambda) => {
      const lowering = lower(fn);
      return lowering.ok ? undefined : lowering.reason;
    };
    expect(reasonOf((line: string) => line.split(separator))).toContain('"separator" is a free variable');
    expect(reasonOf(parseInt)).toBe("native code");
    expect(reasonOf(methods.split.bind(methods))).toBe("native code");
    expect(reasonOf(new Proxy(methods.split, {}))).toBe("native code");
    expect(reasonOf(Words as unknown as Lambda)).toBe("a class");
    expect(reasonOf(async (line: string) => line)).toBe("async");
  });

  it("does not run what it refuses", () => {
    let calls = 0;
    const lowering = lower(() => {
      calls += 1;
      return 1;
    });
    expect([lowering.ok, calls]).toEqual([false, 0]);
  });

  it("reads the real source, not what an own toString says", () => {
    const fn = Object.assign((a: number) => a ** 2, { toString: () => "(a) => a" });
    expect(lower(fn).ok).toBe(false);
  });

  it("remembers the result by function and by source", () => {
    const make = () => (word: string) => [word, 1];
    const [first, second] = [make(), make()];
    const lowered = expressionOf(first).expression;
    expect(expressionOf(first).expression).toBe(lowered);
    expect(expressionOf(second).expression).toBe(lowered);
    expect(SOURCES_REMEMBERED_MAX).toBeGreaterThan(0);
  });
});

describe("a patched standard library", () => {
  const original = String.prototype.split;
  const split = (text: string, args: unknown[]): string[] => Reflect.apply(original, text, args);
  // biome-ignore format: a row each
  const patches: [name: string, patch: (this: string, ...args: unknown[]) => unknown][] = [
    ["drops empty pieces", function (...args) { return split(this, args).filter((piece) => piece !== ""); }],
    ["throws", () => { throw new Error("patched"); }],
    ["counts in code points", function (...args) { return args[0] === "" ? [...this] : split(this, args); }],
    ["cuts long results", function (...args) { return split(this, args).slice(0, 100); }],
  ];

  it.each(patches)("makes split opaque: it %s", (_name, patch) => {
    const lambdas = [(line: string) => line.split(" "), (line: string) => [line.split(""), 1]];
    const before = lambdas.map((fn) => lower(fn).ok);
    const pair = (word: string) => [word, 1];
    let patched: ReturnType<typeof lower>[];
    let pairs: ReturnType<typeof lower>;
    try {
      String.prototype.split = patch as typeof original;
      patched = lambdas.map((fn) => lower(fn));
      pairs = lower(pair);
    } finally {
      String.prototype.split = original;
    }
    expect(before).toEqual([true, true]);
    expect(patched.some(({ ok }) => !ok)).toBe(true);
    for (const lowering of patched) {
      if (!lowering.ok)
        expect(lowering.reason).toMatch(
          /^gives another result than its source says on .*; what it means by .*split may be changed/,
        );
    }
    expect(pairs.ok).toBe(true);
    expect(lambdas.map((fn) => lower(fn).ok)).toEqual([true, true]);
  });
});
