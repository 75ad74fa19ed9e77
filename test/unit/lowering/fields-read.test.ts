import { describe, expect, test } from "vitest";
import { fieldsRead } from "../../../src/lowering/fields-read.js";
import { ensureParser } from "../../../src/lowering/parser.js";
import type { Lambda } from "../../../src/lowering/row.js";

await ensureParser();

// Sources that no test calls: what they name need not exist.
const fn = (source: string) => new Function(`return (${source})`)() as Lambda;

describe("fields that a function reads of its row", () => {
  test.each([
    ["(e) => [ads.get(e.ad_id), Math.floor(e.time / 10)]", ["ad_id", "time"]],
    ["({ id, 'a b': x, n = 1 }) => log(id, x, n)", ["id", "a b", "n"]],
    ["function (e) { const { a, b: { c } } = e; return seen.has(a) ? c : e['d']; }", ["a", "b", "d"]],
    ["(e) => e.tags.map((tag) => lookUp(tag, e.id))", ["tags", "id"]],
    ["(e) => ({ id: e.id, e: 1, n: -e.n, text: typeof e.text })", ["id", "n", "text"]],
    ["(e) => { if (e.a) return f(...e.b); total = e.c; return typeof e.d; }", ["a", "b", "c", "d"]],
    ["(e) => e.a.b?.c", ["a"]],
  ])("%s", (source, fields) => {
    expect(fieldsRead(fn(source))).toEqual(fields);
  });

  test.each([
    "(e) => f(e)",
    "(e) => e",
    "(e) => f(e.a, { e })",
    "(e) => e.a()",
    "(e) => e.a`text`",
    "(e) => e?.a",
    "(e) => e[key]",
    "(e) => { e.a = 1; return e.a; }",
    "(e) => { e.a++; return 1; }",
    "(e) => { delete e.a; return 1; }",
    "(e) => { [e.a] = f(); return 1; }",
    "(e) => { ({ x: e.a } = f()); return 1; }",
    "(e) => { for (e.a of f()) ; return 1; }",
    "(e) => { for ([e.a] of f()) ; return 1; }",
    "(e) => 'a' in e",
    "({ a, ...rest }) => f(a, rest)",
    "({ [key]: a }) => f(a)",
    "([a]) => f(a)",
    "(e) => { const { a, ...rest } = e; return f(a); }",
    "(e, i) => f(e.a)",
    "function (e) { return f(arguments, e.a); }",
    "(e) => eval('e') && e.a",
    "(e) => f(e.a, e.constructor)",
    "(e) => f(e.__proto__)",
    "() => 1",
    "(e) => f()",
    "(...e) => f(e.length)",
  ])("not of %s", (source) => {
    expect(fieldsRead(fn(source))).toBeUndefined();
  });
});
