import { gzipSync } from "node:zlib";
import { describe, expect, it, test, vi } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import { BatchScope } from "../../../src/plan/scope.js";
import { binaryFormat, customFormat } from "../../../src/sources/file-formats.js";
import { readFile } from "../../../src/sources/read-file.js";
import { MemoryFiles } from "../../support/memory-files.js";

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of bytes) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

async function withFile(content: string | Uint8Array, path = "/in/a") {
  const files = new MemoryFiles();
  files.put(path, content, 1000);
  return { files, entry: (await files.stat(path))!, path };
}

const sourceError = (code: string, path: string) => ({
  name: "SourceError",
  code,
  message: expect.stringContaining(path),
  details: expect.objectContaining({ path }),
});

describe("reading a file", () => {
  it("gives its bytes, from any one on", async () => {
    const { files, entry } = await withFile("0123456789abcdef");
    expect(await readFile(files, entry, textOf)).toBe("0123456789abcdef");
    expect(await readFile(files, entry, textOf, 8)).toBe("89abcdef");
  });

  it("decompresses what ends in .gz", async () => {
    const text = "line\n".repeat(10_000);
    const { files, entry } = await withFile(gzipSync(text), "/in/a.txt.gz");
    expect(await readFile(files, entry, textOf)).toBe(text);
  });

  it("stops reading a compressed file where its reader stops", async () => {
    const { files, entry } = await withFile(gzipSync("line\n".repeat(100_000)), "/in/a.gz");
    const first = async (bytes: AsyncIterable<Uint8Array>) => {
      for await (const piece of bytes) return piece.length;
      return 0;
    };
    expect(await readFile(files, entry, first)).toBeGreaterThan(0);
  });

  test.each([
    ["no gzip at all", Buffer.from("plain text")],
    ["the beginning of one", gzipSync("abc".repeat(1000)).subarray(0, 20)],
    ["nothing", new Uint8Array(0)],
  ])("fails where the gzip is %s", async (_, bytes) => {
    const { files, entry, path } = await withFile(bytes, "/in/a.gz");
    await expect(readFile(files, entry, textOf)).rejects.toMatchObject(sourceError("file-unreadable", path));
  });

  it("says so where the host cannot decompress", async () => {
    const { files, entry, path } = await withFile(gzipSync("a"), "/in/a.gz");
    vi.stubGlobal("DecompressionStream", undefined);
    try {
      await expect(readFile(files, entry, textOf)).rejects.toMatchObject(sourceError("no-gzip", path));
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test.each(["/in/a", "/in/a.gz"])("fails where the bytes of %s do, with that error as the cause", async (path) => {
    const { files, entry } = await withFile(gzipSync("a"), path);
    files.before = (operation) => {
      if (operation === "read") throw new Error("EIO: the disk is broken");
    };
    await expect(readFile(files, entry, textOf)).rejects.toMatchObject({
      ...sourceError("file-unreadable", path),
      cause: new Error("EIO: the disk is broken"),
    });
  });

  it("fails where the file has vanished", async () => {
    const { files, entry, path } = await withFile("abc");
    await files.remove(path);
    await expect(readFile(files, entry, textOf)).rejects.toMatchObject(sourceError("file-vanished", path));
  });

  test.each([
    ["longer", "abcd", 1000],
    ["of another time", "abc", 1001],
  ])("fails where the file is %s, though it was read", async (_, content, modifiedMs) => {
    const { files, entry, path } = await withFile("abc");
    files.put(path, content, modifiedMs);
    await expect(readFile(files, entry, textOf)).rejects.toMatchObject(sourceError("file-changed", path));
  });

  it("fails where the file changes while it is read", async () => {
    const { files, entry, path } = await withFile("abc");
    const read = async (bytes: AsyncIterable<Uint8Array>) => {
      for await (const _ of bytes) files.put(path, "abc", 2000);
      throw new Error("a half-written record");
    };
    await expect(readFile(files, entry, read)).rejects.toMatchObject({
      ...sourceError("file-changed", path),
      cause: new Error("a half-written record"),
    });
  });

  it("lets errors of this library through", async () => {
    const { files, entry } = await withFile("abc");
    const error = new ConfigError("any", { code: "any" });
    await expect(readFile(files, entry, () => Promise.reject(error))).rejects.toBe(error);
  });
});

describe("binary records", () => {
  const rowsOf = async (content: Uint8Array, recordLength: number, pieceBytes: number) => {
    const { files, entry } = await withFile(content);
    files.pieceBytes = pieceBytes;
    const format = binaryFormat(recordLength);
    const { blocks, numRecords } = await readFile(files, entry, (bytes) =>
      format.read(bytes, entry.path, new BatchScope()),
    );
    const rows = blocks.flatMap((block) => (block.kind === "rows" ? block.rows : [])) as Uint8Array[];
    expect(rows).toHaveLength(numRecords);
    return rows;
  };
  const content = Uint8Array.from({ length: 12 }, (_, i) => i);

  it("are arrays of their own, however the file comes", async () => {
    for (const pieceBytes of [1, 2, 3, 4, 5, 7, 12, 100]) {
      const rows = await rowsOf(content, 4, pieceBytes);
      expect(rows.map((row) => [...row])).toEqual([
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
      ]);
      expect(new Set(rows.map(({ buffer }) => buffer)).size).toBe(3);
      expect(rows.every(({ buffer }) => buffer.byteLength === 4)).toBe(true);
    }
  });

  it("are none in an empty file", async () => {
    expect(await rowsOf(new Uint8Array(0), 4, 4)).toEqual([]);
  });

  it("must fill the file", async () => {
    const error = {
      ...sourceError("partial-record", "/in/a"),
      details: { path: "/in/a", recordLength: 5, bytesLeft: 2 },
    };
    await expect(rowsOf(content, 5, 3)).rejects.toMatchObject(error);
  });

  test.each([0, -1, 1.5, Number.NaN, "4", undefined])("have a whole length: not %j", (recordLength) => {
    const error = { name: "ConfigError", code: "invalid-record-length" };
    expect(() => binaryFormat(recordLength as number)).toThrow(expect.objectContaining(error));
  });
});

describe("a reader of the caller's", () => {
  async function* words(bytes: AsyncIterable<Uint8Array>): AsyncIterable<string> {
    yield* (await textOf(bytes)).split(" ");
  }

  it("makes any rows, and is told the path", async () => {
    const { files, entry, path } = await withFile("one two");
    const paths: string[] = [];
    const format = customFormat((bytes, path) => {
      paths.push(path);
      return words(bytes);
    });
    const read = await readFile(files, entry, (bytes) => format.read(bytes, path, new BatchScope()));
    expect(read).toEqual({ blocks: [{ kind: "rows", rows: ["one", "two"] }], numRecords: 2 });
    expect(paths).toEqual([path]);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["is no generator", () => 7],
    [
      "throws on the way",
      async function* () {
        yield 1;
        throw new Error("no");
      },
    ],
  ])("that %s fails with the name of the file", async (_, reader) => {
    const { files, entry, path } = await withFile("one two");
    const format = customFormat(reader as never);
    const reading = readFile(files, entry, (bytes) => format.read(bytes, path, new BatchScope()));
    await expect(reading).rejects.toMatchObject({ ...sourceError("reader-failed", path), cause: expect.any(Error) });
  });

  it("is not blamed for a file that cannot be read", async () => {
    const { files, entry, path } = await withFile("no gzip", "/in/a.gz");
    const format = customFormat(words);
    const reading = readFile(files, entry, (bytes) => format.read(bytes, path, new BatchScope()));
    await expect(reading).rejects.toMatchObject(sourceError("file-unreadable", path));
  });

  it("must be a function", () => {
    expect(() => customFormat(undefined as never)).toThrow(
      expect.objectContaining({ name: "ConfigError", code: "not-a-function" }),
    );
  });
});
