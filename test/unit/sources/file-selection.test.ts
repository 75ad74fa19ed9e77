import { describe, expect, it, test } from "vitest";
import type { FileEntry } from "../../../src/host.js";
import { FileSelection } from "../../../src/sources/file-selection.js";
import { checkedFilter } from "../../../src/sources/file-stream.js";

function file(path: string, modifiedMs: number, kind: FileEntry["kind"] = "file"): FileEntry {
  return { name: path.slice(path.lastIndexOf("/") + 1), path, kind, bytes: 1, modifiedMs };
}

function selection({
  notBeforeMs = 0,
  rememberMs = 60_000,
  filter = (_: string): boolean => true,
} = {}): FileSelection {
  return new FileSelection({ notBeforeMs, rememberMs, filter });
}

const names = (entries: readonly FileEntry[]) => entries.map(({ path }) => path);

describe("what is new at a batch time", () => {
  /** Whether a file of that time is new at that batch, with a stream made at 5,000 ms that remembers 10,000 ms. */
  const TABLE: ReadonlyArray<readonly [why: string, modifiedMs: number, batchMs: number, isNew: boolean]> = [
    ["before the stream was made", 4_999, 6_000, false],
    ["in the millisecond in which the stream was made", 5_000, 6_000, false],
    ["just after the stream was made", 5_001, 6_000, true],
    ["in the millisecond of the batch", 6_000, 6_000, true],
    ["after the batch", 6_001, 6_000, false],
    ["older than the remember window", 9_999, 20_000, false],
    ["exactly as old as the remember window", 10_000, 20_000, false],
    ["just inside the remember window", 10_001, 20_000, true],
  ];
  test.each(TABLE)("%s", (_, modifiedMs, batchMs, isNew) => {
    const found = selection({ notBeforeMs: 5_000, rememberMs: 10_000 }).select([file("/in/a", modifiedMs)], batchMs);
    expect(names(found)).toEqual(isNew ? ["/in/a"] : []);
  });

  it("is a file that the filter lets through", () => {
    const filter = (path: string) => path.endsWith(".txt");
    const entries = [
      file("/in/a.txt", 1),
      file("/in/b.log", 1),
      file("/in/c.txt", 1, "folder"),
      file("/in/d.txt", 1, "other"),
    ];
    expect(names(selection({ filter }).select(entries, 1000))).toEqual(["/in/a.txt"]);
  });

  it("comes in the order of times, then of paths", () => {
    const entries = [file("/in/b", 2), file("/in/c", 1), file("/in/a", 2), file("/in/B", 2)];
    expect(names(selection().select(entries, 1000))).toEqual(["/in/c", "/in/B", "/in/a", "/in/b"]);
  });

  it("is new once, though it stays inside the window", () => {
    const files = selection({ rememberMs: 3_000 });
    const entries = [file("/in/a", 900)];
    expect([1_000, 2_000, 3_000, 4_000, 5_000].map((timeMs) => names(files.select(entries, timeMs)))).toEqual([
      ["/in/a"],
      [],
      [],
      [],
      [],
    ]);
  });

  it("is new once, though a late batch finds it at the end of its window", () => {
    const files = selection({ rememberMs: 3_000 });
    expect(names(files.select([file("/in/a", 1_001)], 4_000))).toEqual(["/in/a"]);
    expect(names(files.select([file("/in/a", 1_001)], 4_000))).toEqual([]);
    expect(names(files.select([file("/in/a", 1_001)], 5_000))).toEqual([]);
  });

  it("ignores changes while the file is remembered, and takes the file again when it is forgotten and modified since", () => {
    const files = selection({ rememberMs: 2_000 });
    expect(names(files.select([file("/in/a", 1_000)], 1_000))).toEqual(["/in/a"]);
    // The batch of 1000 ms is remembered as long as a file of its time could be new: up to 3000 ms.
    expect(names(files.select([file("/in/a", 2_500)], 3_000))).toEqual([]);
    expect(names(files.select([file("/in/a", 2_500)], 3_001))).toEqual(["/in/a"]);
  });

  it("asks the filter only about files whose time is right", () => {
    const asked: string[] = [];
    const filter = (path: string) => asked.push(path) > 0;
    selection({ filter }).select([file("/in/a", 1), file("/in/b", 5_000)], 1_000);
    expect(asked).toEqual(["/in/a"]);
  });

  it("is nothing where the filter throws, and all of it the next time", () => {
    let isBroken = true;
    const filter = checkedFilter((path) => {
      if (isBroken && path === "/in/b") throw new TypeError("no");
      return true;
    }, "textFileStream");
    const files = selection({ filter });
    const entries = [file("/in/a", 1), file("/in/b", 2)];
    expect(() => files.select(entries, 1_000)).toThrow(
      expect.objectContaining({
        name: "SourceError",
        code: "filter-failed",
        details: { path: "/in/b" },
        cause: new TypeError("no"),
      }),
    );
    isBroken = false;
    expect(names(files.select(entries, 2_000))).toEqual(["/in/a", "/in/b"]);
  });
});
