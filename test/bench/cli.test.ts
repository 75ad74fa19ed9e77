import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

function millrace(...args: string[]) {
  return spawnSync(process.execPath, ["dist/cli.js", ...args], { encoding: "utf8" });
}

describe("the command millrace", () => {
  it("says what it can do, and all of its questions", () => {
    const { status, stdout } = millrace("--help");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^usage: millrace bench \[question \.\.\.\] \[--json\] \[--small\]\n/);
    for (const name of ["word-count", "ysb-capture", "hash-join", "two-threads"])
      expect(stdout).toContain(`\n  ${name} `);
  });

  it.each([["bunch"], ["bench", "words"]])("refuses %s %s", (...args) => {
    const { status, stdout, stderr } = millrace(...args);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).not.toBe("");
  });

  it("answers questions from the built package, for readers and for machines", () => {
    const text = millrace("bench", "--small", "word-count", "strings").stdout;
    expect(text).toMatch(/^millrace \d+\.\d+\.\d+, Node /);
    expect(text.match(/^(word-count|strings): /gm)).toEqual(["word-count: ", "strings: "]);

    const { environment, benches } = JSON.parse(millrace("bench", "--small", "--json", "word-count").stdout);
    expect(environment.runtime).toBe(`Node ${process.versions.node}`);
    expect(benches).toHaveLength(1);
    expect(benches[0].rows.map(({ what }: { what: string }) => what)).toEqual([
      "Millrace, local[1]",
      "plain JavaScript",
    ]);
  });
});
