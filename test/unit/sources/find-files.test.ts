import { describe, expect, it, test } from "vitest";
import type { FileEntry } from "../../../src/host.js";
import { filesAt, matches } from "../../../src/sources/find-files.js";
import { filesOf, pathPattern } from "../../../src/sources/path-pattern.js";
import { fakeHost } from "../../support/kernel.js";
import { MemoryFiles } from "../../support/memory-files.js";

const paths = (entries: readonly FileEntry[]) => entries.map(({ path }) => path);

function tree(): MemoryFiles {
  const files = new MemoryFiles();
  const names = [
    "a/x.txt",
    "a/y.log",
    "a/.hidden",
    "a/_SUCCESS",
    "a/deep/z.txt",
    "b/x.txt",
    "bc/x.txt",
    ".d/x.txt",
    "file",
  ];
  for (const name of names) files.put(`/logs/${name}`, "");
  return files;
}

describe("what a glob matches", () => {
  const TABLE: ReadonlyArray<readonly [glob: string, found: readonly string[]]> = [
    ["/logs/*", ["/logs/a", "/logs/b", "/logs/bc", "/logs/file"]],
    ["/logs/b*", ["/logs/b", "/logs/bc"]],
    ["/logs/{a,.d}", ["/logs/a"]],
    ["/logs/.*", ["/logs/.d"]],
    ["/*/b", ["/logs/b"]],
    ["/logs/*/x.txt", ["/logs/a/x.txt", "/logs/b/x.txt", "/logs/bc/x.txt"]],
    ["/logs/[ab]/*.{txt,log}", ["/logs/a/x.txt", "/logs/a/y.log", "/logs/b/x.txt"]],
    ["/logs/*/*/z*", ["/logs/a/deep/z.txt"]],
    ["/logs/*/deep/", ["/logs/a/deep"]],
    ["/logs/?//y.log", ["/logs/a/y.log"]],
    ["/logs/q*/x", []],
  ];
  test.each(TABLE)("%s", async (glob, found) => {
    const fail = (folder: string, error: unknown) => expect.fail(`${folder}: ${String(error)}`);
    expect(paths(await matches(tree(), pathPattern(glob, "test"), fail))).toEqual(found);
  });

  it("is looked for from the working folder where it has no beginning", () => {
    expect(pathPattern("*/a", "test").base).toBe(".");
    expect(pathPattern("logs/*", "test").base).toBe("logs");
    expect(pathPattern("/*", "test").base).toBe("/");
    expect(pathPattern("../x/*/y", "test").base).toBe("../x");
  });

  it("leaves out folders that cannot be listed, and tells them", async () => {
    const files = tree();
    files.before = (operation, path) => {
      if (operation === "list" && path === "/logs/b") throw new Error("EACCES");
    };
    const failed: string[] = [];
    const found = await matches(files, pathPattern("/logs/?/*.txt", "test"), (folder) => failed.push(folder));
    expect(paths(found)).toEqual(["/logs/a/x.txt"]);
    expect(failed).toEqual(["/logs/b"]);
  });
});

describe("a path of files", () => {
  const TABLE: ReadonlyArray<readonly [path: string, found: readonly string[]]> = [
    ["/logs/file", ["/logs/file"]],
    ["/logs/a/.hidden", ["/logs/a/.hidden"]],
    ["/logs/a", ["/logs/a/x.txt", "/logs/a/y.log"]],
    ["/logs/*/*.txt", ["/logs/a/x.txt", "/logs/b/x.txt", "/logs/bc/x.txt"]],
    ["/logs/b*", ["/logs/b/x.txt", "/logs/bc/x.txt"]],
    ["/logs/*", ["/logs/a/x.txt", "/logs/a/y.log", "/logs/b/x.txt", "/logs/bc/x.txt", "/logs/file"]],
    ["/logs", ["/logs/file"]],
  ];
  test.each(TABLE)("%s", async (path, found) => {
    expect(paths(await filesAt(tree(), pathPattern(path, "test")))).toEqual(found);
  });

  test.each(["/logs/none", "/none", "/logs/q*"])("%s leads nowhere", async (path) => {
    const error = { name: "SourceError", code: "no-such-file", details: { path } };
    await expect(filesAt(tree(), pathPattern(path, "test"))).rejects.toMatchObject(error);
  });

  it("fails where a folder cannot be read", async () => {
    const files = tree();
    files.before = (operation, path) => {
      if (operation === "list" && path === "/logs/a") throw new Error("EACCES");
    };
    const error = { name: "SourceError", code: "folder-unreadable", details: { folder: "/logs/a" } };
    await expect(filesAt(files, pathPattern("/logs/a", "test"))).rejects.toMatchObject(error);
    await expect(filesAt(files, pathPattern("/logs/*/x.txt", "test"))).resolves.toHaveLength(3);
    await expect(filesAt(files, pathPattern("/logs/*/*.txt", "test"))).rejects.toMatchObject(error);
  });

  test.each(["", "a\0b", undefined, 7])("%j is none", (path) => {
    const error = {
      name: "ConfigError",
      code: "invalid-path",
      message: expect.stringContaining("textFile needs a path"),
    };
    expect(() => pathPattern(path as string, "textFile")).toThrow(expect.objectContaining(error));
  });
});

it("needs a host that has files", () => {
  const files = new MemoryFiles();
  expect(filesOf({ ...fakeHost(), files }, "textFile", "do without")).toBe(files);
  const error = {
    name: "ConfigError",
    code: "no-files",
    message: expect.stringContaining("textFile needs a file system"),
  };
  expect(() => filesOf(fakeHost(), "textFile", "do without")).toThrow(expect.objectContaining(error));
});
