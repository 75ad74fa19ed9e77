import { gzipSync } from "node:zlib";
import { describe, expect, it, test } from "vitest";
import type { RejectedRecords } from "../../../src/batch/stream-input.js";
import { decodeLines } from "../../../src/block/decode.js";
import type { LocalEngine } from "../../../src/engine/local-engine.js";
import { BatchScope } from "../../../src/plan/scope.js";
import type { InputContext } from "../../../src/receiver/input.js";
import { textFormat } from "../../../src/sources/file-formats.js";
import { FileSource, type FileStreamOptions } from "../../../src/sources/file-stream.js";
import { ManualClock } from "../../../src/time/clock.js";
import { fakeHost, newThreads } from "../../support/kernel.js";
import { MemoryFiles } from "../../support/memory-files.js";

interface Setting {
  readonly directory?: string;
  readonly options?: FileStreamOptions;
  readonly createdMs?: number;
  readonly lineBytesMax?: number;
}

/** A text file source with a batch interval of 1000 ms over files in memory. */
function setUp({ directory = "/in", options = {}, createdMs = 0, lineBytesMax = 1000 }: Setting = {}) {
  const files = new MemoryFiles();
  files.putFolder("/in");
  const threads = newThreads();
  let elapsedMs = 0;
  const host = { ...fakeHost(), files, monotonicNow: () => elapsedMs };
  const engine = { host, threads } as unknown as LocalEngine;
  const context = { engine, clock: new ManualClock(createdMs) } as unknown as InputContext;
  const format = textFormat(engine, lineBytesMax);
  const source = new FileSource({ name: "textFileStream", directory, format, options, slideMs: 1000 }, context);
  const rejected: Array<[timeMs: number, rejected: RejectedRecords]> = [];
  source.start({
    started: expect.fail,
    stopped: expect.fail,
    error: expect.fail,
    rejected: (timeMs, records) => rejected.push([timeMs, records]),
  });
  return {
    files,
    source,
    rejected,
    warnings: host.warnings,
    bytesTaken: () => threads.kernel.memory.bytesTaken,
    spend: (ms: number) => {
      elapsedMs += ms;
    },
    /** The lines of each partition of a batch, read `reads` times. */
    batch: async (timeMs: number, reads = 1): Promise<string[][]> => {
      const { scope, partitions } = await source.take(new BatchScope({ id: 0, time: timeMs, attempt: 1 }));
      expect(scope).toBeUndefined();
      const lines: string[][] = [];
      for (const partition of partitions) {
        if (!("load" in partition)) throw new Error("A file is read when a job needs it.");
        for (let read = 0; read < reads; read++) {
          const job = new BatchScope();
          try {
            const blocks = await partition.load(job);
            const slices = blocks.flatMap((block) => (block.kind === "slice" ? block : []));
            const { memory } = threads.kernel;
            const decoded = slices.flatMap(({ block, bytes }) => [...decodeLines(memory, block.ptr, bytes)].flat());
            if (read === 0) lines.push(decoded);
            else expect(decoded).toEqual(lines.at(-1));
          } finally {
            job.release(({ blocks }) => threads.free(blocks));
          }
        }
      }
      return lines;
    },
  };
}

describe("a stream of files", () => {
  it("has what is new at each batch time, a partition a file", async () => {
    const { files, batch } = setUp();
    files.put("/in/b", "b1\nb2\n", 500);
    files.put("/in/a", "a1", 600);
    files.put("/in/.hidden", "no", 600);
    files.put("/in/deep/c", "no", 600);
    files.put("/in/late", "l1\r\nl2", 1001);
    expect(await batch(1000)).toEqual([["b1", "b2"], ["a1"]]);
    expect(await batch(2000)).toEqual([["l1", "l2"]]);
    expect(await batch(3000)).toEqual([]);
  });

  it("ignores files as old as the stream, unless it is told to take all of the window", async () => {
    for (const [newFilesOnly, found] of [
      [true, ["new"]],
      [undefined, ["new"]],
      [false, ["inside", "before", "equal", "new"]],
    ] as const) {
      const { files, batch } = setUp({
        createdMs: 90_000,
        options: newFilesOnly === undefined ? {} : { newFilesOnly },
      });
      for (const [name, modifiedMs] of [
        ["outside", 31_000],
        ["inside", 31_001],
        ["before", 89_999],
        ["equal", 90_000],
        ["new", 90_001],
      ] as const) {
        files.put(`/in/${name}`, name, modifiedMs);
      }
      expect((await batch(91_000)).flat()).toEqual(found);
    }
  });

  test.each([
    [1, 1000],
    [1000, 1000],
    [1001, 2000],
    [2500, 3000],
  ])("remembers for %i ms, which are whole batches: %i ms", async (minRememberDuration, windowMs) => {
    const { files, batch } = setUp({ options: { minRememberDuration } });
    files.put("/in/edge", "edge", 10_000 - windowMs);
    files.put("/in/inside", "inside", 10_001 - windowMs);
    expect((await batch(10_000)).flat()).toEqual(["inside"]);
  });

  it("takes the caller's filter instead of its own", async () => {
    const { files, batch } = setUp({ options: { filter: (path) => /^\/in\/\.?x/.test(path) } });
    files.put("/in/.x", "hidden", 1);
    files.put("/in/x", "seen", 2);
    files.put("/in/y", "no", 3);
    expect((await batch(1000)).flat()).toEqual(["hidden", "seen"]);
  });

  it("reads all folders that a glob matches, also those that come later", async () => {
    const { files, batch } = setUp({ directory: "/in/*/[ab]" });
    files.put("/in/x/a/1", "xa", 1);
    files.put("/in/y/b/1", "yb", 2);
    files.put("/in/y/c/1", "no", 3);
    files.put("/in/x/1", "no", 3);
    expect((await batch(1000)).flat()).toEqual(["xa", "yb"]);
    files.put("/in/z/a/1", "za", 1500);
    expect((await batch(2000)).flat()).toEqual(["za"]);
  });

  it("gives files to the batch of their time, though the next one is asked for before they are listed", async () => {
    const { files, batch } = setUp();
    files.put("/in/a", "a", 500);
    files.put("/in/b", "b", 1500);
    const list = files.list.bind(files);
    const release: Array<() => void> = [];
    files.list = async (folder) => {
      await new Promise<void>((resolve) => release.push(resolve));
      return list(folder);
    };
    const [first, second] = [batch(1000), batch(2000)];
    while (release.length === 0) await Promise.resolve();
    expect(release).toHaveLength(1);
    release[0]!();
    expect(await first).toEqual([["a"]]);
    release[1]!();
    expect(await second).toEqual([["b"]]);
  });

  it("decompresses", async () => {
    const { files, batch } = setUp();
    files.put("/in/a.gz", gzipSync("one\ntwo\n"), 1);
    expect(await batch(1000)).toEqual([["one", "two"]]);
  });

  it("tells the files of a batch, and how many records were read so far, each once", async () => {
    const { files, source, batch } = setUp();
    files.put("/in/a", "1\n2\n", 1);
    files.put("/in/b", "3\n", 2);
    const { partitions } = await source.take(new BatchScope({ id: 0, time: 1000, attempt: 1 }));
    const info = source.info();
    expect(info.numRecords).toBe(0);
    expect(info.metadata).toEqual({ files: ["/in/a", "/in/b"], Description: "/in/a\n/in/b" });
    const scope = new BatchScope();
    for (const partition of partitions) if ("load" in partition) await partition.load(scope);
    expect(info.numRecords).toBe(3);
    await batch(2000, 2);
    expect(source.info().metadata).toEqual({ files: [], Description: "" });
    files.put("/in/c", "4\n5\n", 2500);
    await batch(3000, 2);
    expect(source.info().numRecords).toBe(2);
    expect(info.numRecords).toBe(3);
  });

  it("has no records of an empty file, and says that it is empty", async () => {
    const { files, warnings, batch } = setUp();
    files.put("/in/a", "", 1);
    expect(await batch(1000)).toEqual([[]]);
    expect(warnings).toEqual([expect.stringContaining("/in/a empty")]);
  });

  it("sets aside lines that are too long, and tells them once", async () => {
    const { files, rejected, batch } = setUp({ lineBytesMax: 3 });
    files.put("/in/a", "abc\nabcd\nab\nabcde\n", 1);
    expect(await batch(1000, 2)).toEqual([["abc", "ab"]]);
    expect(rejected).toMatchObject([
      [1000, { count: 2, reason: expect.stringContaining("3 bytes"), records: [{ bytes: 4 }, { bytes: 5 }] }],
    ]);
    expect(new TextDecoder().decode(rejected[0]![1].sample)).toBe("abcd");
  });

  it("leaves nothing in memory, whatever happens", async () => {
    const { files, bytesTaken, batch } = setUp();
    const before = bytesTaken();
    files.put("/in/a", "line\n".repeat(100_000), 1);
    await batch(1000);
    expect(bytesTaken()).toBe(before);
    files.put("/in/b", "line\n".repeat(100), 1500);
    let pieces = 0;
    files.read = async function* () {
      for (; pieces < 10; pieces++) yield new TextEncoder().encode("line\n".repeat(10_000));
      throw new Error("EIO");
    };
    await expect(batch(2000)).rejects.toMatchObject({ name: "SourceError", code: "file-unreadable" });
    expect(pieces).toBe(10);
    expect(bytesTaken()).toBe(before);
  });

  it("fails where a file is not the one that was found", async () => {
    const { files, source } = setUp();
    files.put("/in/a", "before", 1);
    const { partitions } = await source.take(new BatchScope({ id: 0, time: 1000, attempt: 1 }));
    files.put("/in/a", "after it", 1);
    const [partition] = partitions;
    if (!partition || !("load" in partition)) throw new Error("no partition");
    const error = { name: "SourceError", code: "file-changed", message: expect.stringContaining("/in/a") };
    await expect(partition.load(new BatchScope())).rejects.toMatchObject(error);
  });
});

describe("a folder that cannot be listed", () => {
  it("gives an empty batch and one warning, and its files when it can be again", async () => {
    const { files, warnings, batch } = setUp();
    files.put("/in/a", "a", 500);
    let isBroken = true;
    files.before = (operation) => {
      if (operation === "list" && isBroken) throw new Error("EACCES: no");
    };
    expect(await batch(1000)).toEqual([]);
    expect(await batch(2000)).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/textFileStream cannot list \/in\b.*EACCES/)]);
    isBroken = false;
    expect(await batch(3000)).toEqual([["a"]]);
    isBroken = true;
    expect(await batch(4000)).toEqual([]);
    expect(warnings).toHaveLength(2);
  });

  it("may come into being later", async () => {
    const { files, warnings, batch } = setUp({ directory: "/later" });
    expect(await batch(1000)).toEqual([]);
    expect(warnings).toHaveLength(1);
    files.put("/later/a", "a", 1500);
    expect(await batch(2000)).toEqual([["a"]]);
  });

  it("does not hide the others that a glob matches", async () => {
    const { files, warnings, batch } = setUp({ directory: "/in/*" });
    files.put("/in/x/1", "x", 1);
    files.put("/in/y/1", "y", 2);
    files.before = (operation, path) => {
      if (operation === "list" && path === "/in/x") throw new Error("EACCES: no");
    };
    expect(await batch(1000)).toEqual([["y"]]);
    expect(warnings).toEqual([expect.stringContaining("/in/x")]);
  });

  it("is told where listing takes longer than the batch interval", async () => {
    const { files, warnings, batch, spend } = setUp();
    let listMs = 1000;
    files.before = (operation) => {
      if (operation === "list") spend(listMs);
    };
    await batch(1000);
    expect(warnings).toEqual([]);
    listMs = 1001;
    await batch(2000);
    expect(warnings).toEqual([
      expect.stringMatching(/1001 ms to list \/in, longer than the batch interval of 1000 ms/),
    ]);
  });
});

describe("options of a file stream", () => {
  test.each([
    ["filter", { filter: "*.txt" }],
    ["newFilesOnly", { newFilesOnly: 1 }],
    ["minRememberDuration", { minRememberDuration: 0 }],
    ["minRememberDuration", { minRememberDuration: -1 }],
    ["The options", null],
  ])("%s: not %j", (option, options) => {
    const error = { name: "ConfigError", code: "invalid-option", message: expect.stringContaining(option) };
    expect(() => setUp({ options: options as FileStreamOptions })).toThrow(expect.objectContaining(error));
  });

  it("are checked with the path", () => {
    expect(() => setUp({ directory: "" })).toThrow(expect.objectContaining({ code: "invalid-path" }));
    expect(() => setUp({ directory: "/in/[" })).toThrow(expect.objectContaining({ code: "invalid-glob" }));
  });
});
