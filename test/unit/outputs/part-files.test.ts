import { describe, expect, it, test } from "vitest";
import { batchFolders } from "../../../src/outputs/batch-folders.js";
import { type PartitionedRows, writePartFiles } from "../../../src/outputs/part-files.js";
import { textPieces } from "../../../src/outputs/text-files.js";
import { MemoryFiles } from "../../support/memory-files.js";

function partitioned(partitions: ReadonlyArray<Iterable<unknown>>): PartitionedRows {
  return {
    getNumPartitions: () => partitions.length,
    foreachPartition: async (fn) => {
      for (const [index, rows] of partitions.entries()) await fn(rows, index);
    },
  };
}

const write = (
  files: MemoryFiles,
  rows: ReadonlyArray<Iterable<unknown>>,
  whenThere: "replace" | "refuse" = "replace",
) =>
  writePartFiles(partitioned(rows), { files, folder: "/out/counts-1000", pieces: textPieces, whenThere, attempt: 1 });

describe("part files", () => {
  it("are one a partition, by its index, and _SUCCESS", async () => {
    const files = new MemoryFiles();
    await write(files, [["a", "b"], [], [["c", 1]]]);
    expect(files.paths.map((path) => [path, files.text(path)])).toEqual([
      ["/out/counts-1000/_SUCCESS", ""],
      ["/out/counts-1000/part-00000", "a\nb\n"],
      ["/out/counts-1000/part-00001", ""],
      ["/out/counts-1000/part-00002", "(c,1)\n"],
    ]);
  });

  it("of no partitions are _SUCCESS alone", async () => {
    const files = new MemoryFiles();
    await write(files, []);
    expect(files.paths).toEqual(["/out/counts-1000/_SUCCESS"]);
  });

  it("have more digits from the hundred thousandth on", async () => {
    const files = new MemoryFiles();
    const many: PartitionedRows = {
      getNumPartitions: () => 100_001,
      foreachPartition: async (fn) => void (await fn(["last"], 100_000)),
    };
    files.before = (operation, path) => {
      if (operation === "rename" && path.endsWith("part-00000")) throw new Error("enough");
    };
    const writing = writePartFiles(many, {
      files,
      folder: "/out",
      pieces: textPieces,
      whenThere: "replace",
      attempt: 3,
    });
    await expect(writing).rejects.toMatchObject({ code: "output-failed" });
    expect(files.changes).toContain("write /out/_temporary/3/part-100000");
  });

  it("get their names when all are written, _SUCCESS last", async () => {
    const files = new MemoryFiles();
    await write(files, [["a"], ["b"]]);
    const folder = "/out/counts-1000";
    expect(files.changes).toEqual([
      `remove ${folder}/_temporary`,
      `makeFolder ${folder}/_temporary/1`,
      `write ${folder}/_temporary/1/part-00000`,
      `write ${folder}/_temporary/1/part-00001`,
      `rename ${folder}/part-00000`,
      `rename ${folder}/part-00001`,
      `remove ${folder}/_temporary`,
      `write ${folder}/_SUCCESS`,
    ]);
  });

  it("replace those of an earlier run, whatever it left", async () => {
    const files = new MemoryFiles();
    await write(files, [["old"], ["old"], ["old"]]);
    files.put("/out/counts-1000/_temporary/part-00007", "half");
    files.put("/out/counts-1000/notes", "kept");
    await write(files, [["new"]]);
    expect(files.paths.map((path) => [path, files.text(path)])).toEqual([
      ["/out/counts-1000/_SUCCESS", ""],
      ["/out/counts-1000/notes", "kept"],
      ["/out/counts-1000/part-00000", "new\n"],
    ]);
  });

  it("refuse what is there where they are told to, before anything runs", async () => {
    const files = new MemoryFiles();
    files.put("/out/counts-1000/anything", "");
    const before = files.paths;
    const error = { name: "OutputError", code: "output-exists", details: { folder: "/out/counts-1000" } };
    await expect(write(files, [["a"]], "refuse")).rejects.toMatchObject(error);
    expect(files.paths).toEqual(before);
    expect(files.changes).toEqual([]);
    const file = new MemoryFiles();
    file.put("/out/counts-1000", "a file");
    await expect(write(file, [["a"]], "refuse")).rejects.toMatchObject(error);
    const empty = new MemoryFiles();
    empty.putFolder("/out/counts-1000");
    await write(empty, [["a"]], "refuse");
    expect(empty.paths).toHaveLength(2);
  });
});

describe("part files that fail", () => {
  const failure = (cause: Error) => ({
    name: "OutputError",
    code: "output-failed",
    message: expect.stringContaining("/out/counts-1000"),
    details: { folder: "/out/counts-1000" },
    cause,
  });

  test.each(["makeFolder", "write", "rename", "remove"])("in %s name folder and cause", async (broken) => {
    const files = new MemoryFiles();
    files.before = (operation) => {
      if (operation === broken) throw new Error("ENOSPC: no space");
    };
    await expect(write(files, [["a"]])).rejects.toMatchObject(failure(new Error("ENOSPC: no space")));
    expect(files.paths.filter((path) => path.includes("_SUCCESS"))).toEqual([]);
  });

  it("while they are written leave an earlier run as it was", async () => {
    const files = new MemoryFiles();
    await write(files, [["old"], ["old"]]);
    const before = files.paths;
    files.before = (operation, path) => {
      if (operation === "write" && path.endsWith("part-00001")) throw new Error("ENOSPC: no space");
    };
    await expect(write(files, [["new"], ["new"]])).rejects.toMatchObject({ code: "output-failed" });
    expect(files.paths).toEqual(before);
    expect(files.text("/out/counts-1000/part-00000")).toBe("old\n");
  });

  it("because of their rows fail with the error of the rows, and leave nothing", async () => {
    const files = new MemoryFiles();
    const error = new TypeError("a row that throws");
    const broken = function* () {
      yield "a";
      throw error;
    };
    await expect(write(files, [["a"], broken()])).rejects.toBe(error);
    expect(files.paths).toEqual([]);
    const failing: PartitionedRows = { getNumPartitions: () => 1, foreachPartition: () => Promise.reject(error) };
    const writing = writePartFiles(failing, {
      files,
      folder: "/out",
      pieces: textPieces,
      whenThere: "replace",
      attempt: 1,
    });
    await expect(writing).rejects.toBe(error);
  });
});

describe("the folder of a batch", () => {
  test.each([
    ["/out/counts", undefined, "/out/counts-1000"],
    ["counts", "", "counts-1000"],
    ["counts", "txt", "counts-1000.txt"],
    ["", "txt", "1000.txt"],
    ["", undefined, "1000"],
    ["out/", "a.b", "out/-1000.a.b"],
  ])("of prefix %j and suffix %j is %s", (prefix, suffix, folder) => {
    expect(batchFolders("saveAsTextFiles", prefix, suffix)(1000)).toBe(folder);
  });

  test.each([
    ["a\0b", "", "invalid-prefix"],
    [undefined, "", "invalid-prefix"],
    ["a", "b/c", "invalid-suffix"],
    ["a", "b\\c", "invalid-suffix"],
    ["a", 7, "invalid-suffix"],
  ])("has no prefix %j with suffix %j", (prefix, suffix, code) => {
    expect(() => batchFolders("saveAsTextFiles", prefix as string, suffix as string)).toThrow(
      expect.objectContaining({ name: "ConfigError", code, message: expect.stringContaining("saveAsTextFiles") }),
    );
  });
});

describe("rows as text", () => {
  it("come in pieces, each of whole rows", () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => `row ${i} 🙂`);
    const pieces = [...textPieces(rows)];
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(100_000);
    expect(pieces.every((piece) => piece.at(-1) === 10)).toBe(true);
    expect(pieces.map((piece) => new TextDecoder().decode(piece)).join("")).toBe(`${rows.join("\n")}\n`);
  });

  it("are taken one by one", () => {
    let taken = 0;
    const endless = function* () {
      for (;;) {
        taken += 1;
        yield "a".repeat(1000);
      }
    };
    const [first] = textPieces(endless());
    expect(first!.length).toBe(1001 * taken);
    expect(taken).toBeLessThan(100);
  });

  it("are what print shows", () => {
    const text = [...textPieces([["a", 1], "line", { b: [1] }, Number.NaN, undefined, 10n])].map((piece) =>
      new TextDecoder().decode(piece),
    );
    expect(text.join("")).toBe('(a,1)\nline\n{"b":[1]}\nNaN\nundefined\n10\n');
  });
});
