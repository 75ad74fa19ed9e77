import { describe, expect, it, test } from "vitest";
import type { PartitionedRows } from "../../../src/outputs/part-files.js";
import { batchSaver, OBJECT_FILE, type SavedForm, saveRDD, TEXT_FILE } from "../../../src/outputs/saved-files.js";
import { BatchScope } from "../../../src/plan/scope.js";
import { objectFileDataset } from "../../../src/sources/object-file.js";
import { pathPattern } from "../../../src/sources/path-pattern.js";
import { Time } from "../../../src/time/time.js";
import { fakeHost } from "../../support/kernel.js";
import { MemoryFiles } from "../../support/memory-files.js";

function partitioned(...partitions: ReadonlyArray<Iterable<unknown>>): PartitionedRows {
  return {
    getNumPartitions: () => partitions.length,
    foreachPartition: async (fn) => {
      for (const [index, rows] of partitions.entries()) await fn(rows, index);
    },
  };
}

function setUp() {
  const files = new MemoryFiles();
  return { files, host: { ...fakeHost(), files } };
}

/** The rows of each part of an object file's dataset. */
async function objectRows(files: MemoryFiles, path: string, partitions: number): Promise<unknown[][]> {
  const dataset = objectFileDataset(files, pathPattern(path, "objectFile"), partitions);
  const rows: unknown[][] = [];
  for (const partition of dataset.partitions) {
    if (!("load" in partition)) throw new Error("A file is read when a job needs it.");
    const blocks = await partition.load(new BatchScope());
    rows.push(blocks.flatMap((block) => (block.kind === "rows" ? block.rows : [])));
  }
  return rows;
}

const FORMS: ReadonlyArray<readonly [method: string, form: SavedForm]> = [
  ["saveAsTextFile", TEXT_FILE],
  ["saveAsObjectFile", OBJECT_FILE],
];

describe.each(FORMS)("%s", (method, form) => {
  it("refuses a folder that has something in it", async () => {
    const { files, host } = setUp();
    await saveRDD(partitioned(["a"]), host, "/out", form);
    const before = files.paths;
    const error = { name: "OutputError", code: "output-exists", details: { folder: "/out" } };
    await expect(saveRDD(partitioned(["b"]), host, "/out", form)).rejects.toMatchObject(error);
    expect(files.paths).toEqual(before);
  });

  test.each(["", "a\0", undefined])("refuses the path %j", async (path) => {
    const error = { name: "ConfigError", code: "invalid-path", message: expect.stringContaining(method) };
    await expect(saveRDD(partitioned(), setUp().host, path as string, form)).rejects.toMatchObject(error);
  });

  it("needs a host that has files", async () => {
    const error = { name: "ConfigError", code: "no-files", message: expect.stringContaining(method) };
    await expect(saveRDD(partitioned(), fakeHost(), "/out", form)).rejects.toMatchObject(error);
    expect(() => batchSaver(fakeHost(), "/out", "", form)).toThrow(
      expect.objectContaining({ ...error, message: expect.stringContaining(`${method}s`) }),
    );
  });

  it("with an s saves each batch in its own folder, which it replaces", async () => {
    const { files, host } = setUp();
    const save = batchSaver(host, "/out/counts", "x", form);
    await save(partitioned(["old"], ["old"]), new Time(1000), { attempt: 1 });
    await save(partitioned(), new Time(2000), { attempt: 1 });
    await save(partitioned(["new"]), new Time(1000), { attempt: 1 });
    expect(files.paths).toEqual([
      "/out/counts-1000.x/_SUCCESS",
      "/out/counts-1000.x/part-00000",
      "/out/counts-2000.x/_SUCCESS",
    ]);
    expect(files.text("/out/counts-1000.x/part-00000")).toContain("new");
  });

  it("with an s refuses a wrong prefix and a wrong suffix at once", () => {
    const { host } = setUp();
    const error = (code: string) => expect.objectContaining({ name: "ConfigError", code });
    expect(() => batchSaver(host, 7 as never, "", form)).toThrow(error("invalid-prefix"));
    expect(() => batchSaver(host, "out", "a/b", form)).toThrow(error("invalid-suffix"));
  });
});

describe("object files", () => {
  const ROWS = [
    ["key", 1],
    { a: [1n, undefined, Number.NaN] },
    new Map([["x", new Date(5)]]),
    Uint8Array.of(1, 2),
    "text",
    null,
  ];

  it("are read as they were written", async () => {
    const { files, host } = setUp();
    await saveRDD(partitioned(ROWS, new Set(["second"]), []), host, "/out", OBJECT_FILE);
    for (const partitions of [1, 2, 3, 5]) {
      const read = await objectRows(files, "/out", partitions);
      expect(read).toHaveLength(partitions);
      expect(read.flat()).toEqual([...ROWS, "second"]);
    }
    expect(await objectRows(files, "/out", 3)).toEqual([ROWS, ["second"], []]);
    expect(await objectRows(files, "/out/part-00001", 1)).toEqual([["second"]]);
    expect(await objectRows(files, "/out/part-*[01]", 1)).toEqual([[...ROWS, "second"]]);
  });

  it("that are damaged, cut short or none at all fail with their name", async () => {
    const { files, host } = setUp();
    await saveRDD(partitioned(ROWS), host, "/out", OBJECT_FILE);
    const path = "/out/part-00000";
    const pieces: number[] = [];
    for await (const piece of files.read(path)) pieces.push(...piece);
    const error = { name: "SourceError", message: expect.stringContaining(path) };
    files.put(path, Uint8Array.from(pieces.slice(0, -1)));
    await expect(objectRows(files, "/out", 1)).rejects.toMatchObject(error);
    files.put(
      path,
      Uint8Array.from(pieces, (byte, at) => (at === 40 ? byte ^ 1 : byte)),
    );
    await expect(objectRows(files, "/out", 1)).rejects.toMatchObject(error);
    files.put(path, "plain text, not rows");
    await expect(objectRows(files, "/out", 1)).rejects.toMatchObject(error);
  });
});
