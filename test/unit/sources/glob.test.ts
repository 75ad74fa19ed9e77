import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { globTest, isGlob } from "../../../src/sources/glob.js";
import { check } from "../../support/property.js";

/** Names that a pattern matches, and names that it does not. */
const TABLE: ReadonlyArray<readonly [pattern: string, matches: readonly string[], others: readonly string[]]> = [
  ["abc", ["abc"], ["ab", "abcd", "ABC", ""]],
  ["*", ["", "a", "a.b", "ä🙂"], [".a", "."]],
  ["*.log", ["a.log", "a.b.log"], ["a.log.gz", ".log", "log"]],
  ["a*", ["a", "ab", "a.b"], ["b", "ba"]],
  ["*a*b*", ["ab", "xaxbx", "aab"], ["ba", "a", "b"]],
  ["**", ["", "abc"], [".a"]],
  ["?", ["a", "🙂", "?"], ["", "ab", "."]],
  ["a?c", ["abc", "a.c"], ["ac", "abbc"]],
  [".*", [".", ".a", "..."], ["a", "a.b"]],
  [".?", [".a"], [".", ".ab", "aa"]],
  ["[abc]", ["a", "b", "c"], ["d", "ab", "", "["]],
  ["[a-c]x", ["ax", "cx"], ["dx", "-x", "x"]],
  ["[a-]", ["a", "-"], ["b"]],
  ["[-a]", ["a", "-"], ["b"]],
  ["[^a-c]", ["d", "A", "^"], ["a", "b", "c", ""]],
  ["[!a]", ["b", "!"], ["a"]],
  ["[]a]", ["]", "a"], ["b"]],
  ["[^]]", ["a"], ["]"]],
  ["[[]x[*]x[?]", ["[x*x?"], ["[xax?", "xx"]],
  ["[0-9][0-9]", ["00", "42"], ["4", "421", "4x"]],
  ["{a,b}", ["a", "b"], ["ab", "", "a,b", "{a,b}"]],
  ["{a,bc,}d", ["ad", "bcd", "d"], ["abcd", "bd"]],
  ["x{a*,?b}y", ["xay", "xaaay", "xcby", "xaby"], ["xby", "xy"]],
  ["{a,{b,c}d}", ["a", "bd", "cd"], ["b", "ad", "d"]],
  ["a,b", ["a,b"], ["a", "b"]],
  ["{[a,],x}", ["a", ",", "x"], ["[a"]],
  ["2015-0[1-6]-*", ["2015-01-31", "2015-06-"], ["2015-07-01", "2015-0-1"]],
];

describe("a glob", () => {
  test.each(TABLE)("%s", (pattern, matches, others) => {
    const accepts = globTest(pattern);
    expect(matches.filter((name) => !accepts(name))).toEqual([]);
    expect(others.filter(accepts)).toEqual([]);
  });

  test.each(["[", "[a", "[^", "[]", "{", "{a", "{a,b", "{a{b}", "a}", "]", "a]b", "{a]}"])(
    "%s is not complete",
    (pattern) => {
      expect(() => globTest(pattern)).toThrow(expect.objectContaining({ name: "ConfigError", code: "invalid-glob" }));
    },
  );

  it("is told from a path", () => {
    expect(["a*", "?", "a/[b]", "{a,b}"].map(isGlob)).toEqual([true, true, true, true]);
    expect(["", "a/b", "/var/log", "a-b_c.d ()!^,"].map(isGlob)).toEqual([false, false, false, false]);
  });

  it("reads a name once, however many ways there are to match it", () => {
    const name = "a".repeat(5000);
    expect(globTest(`${"*a".repeat(200)}b`)(name)).toBe(false);
    expect(globTest(`${"{a,aa,a*}".repeat(100)}b`)(name)).toBe(false);
    expect(globTest(`${"{a,aa,a*}".repeat(100)}`)(name)).toBe(true);
  });

  it("agrees with a matcher that tries all ways", () => {
    const patterns = fc.stringMatching(/^[ab*?]{0,8}$/);
    const names = fc.stringMatching(/^[ab]{0,8}$/);
    check(
      fc.property(patterns, names, (pattern, name) => {
        expect(globTest(pattern)(name)).toBe(tried(pattern, name));
      }),
      { numRuns: 2000 },
    );
  });
});

function tried(pattern: string, name: string): boolean {
  if (pattern === "") return name === "";
  const rest = pattern.slice(1);
  if (pattern[0] === "*") return tried(rest, name) || (name !== "" && tried(pattern, name.slice(1)));
  return name !== "" && (pattern[0] === "?" || pattern[0] === name[0]) && tried(rest, name.slice(1));
}
