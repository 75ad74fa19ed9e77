import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const documents = ["README.md", "CHANGELOG.md"].concat(
  readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join("docs", file)),
);

/** The anchors of a document's headings: lower case, spaces as hyphens, no other marks. */
function anchorsOf(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function leadsNowhere(document: string, target: string): boolean {
  if (/^https?:/.test(target)) return false;
  const [path, anchor] = target.split("#");
  const file = path ? join(dirname(document), path) : document;
  return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
}

describe("documents", () => {
  it.each(documents)("%s: links lead to files and headings that are there", (document) => {
    const prose = readFileSync(document, "utf8").replace(/^```[\s\S]*?^```$/gm, "");
    const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    expect(targets.filter((target) => leadsNowhere(document, target))).toEqual([]);
  });
});
