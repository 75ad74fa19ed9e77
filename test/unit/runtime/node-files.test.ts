import { promises } from "node:fs";
import { mkdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { nodeHost } from "../../../src/runtime/node.js";

const files = nodeHost().files!;
let root = "";
let made = 0;

beforeAll(async () => {
  root = await files.makeTemporaryFolder("millrace-test-");
});
afterAll(() => files.remove(root));

/** A folder of its own for each test. */
async function folder(): Promise<string> {
  const path = files.join(root, `folder-${made++}`);
  await files.makeFolder(path);
  return path;
}

async function readAll(path: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of files.read(path)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const bytes = (text: string) => new TextEncoder().encode(text);
const counting = (length: number) => Uint8Array.from({ length }, (_, index) => index % 251);

describe("write and read", () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 262_144, 700_001])("give %i bytes back", async (length) => {
    const path = join(await folder(), "file");
    await files.write(path, [counting(length)]);
    expect(Buffer.compare(await readAll(path), counting(length))).toBe(0);
  });

  it("join pieces of any size in order", async () => {
    const path = join(await folder(), "file");
    const sizes = [0, 3, 65_530, 7, 65_536, 1, 200_000, 0, 5];
    await files.write(
      path,
      sizes.map((size, index) => new Uint8Array(size).fill(index)),
    );
    const expected = Buffer.concat(sizes.map((size, index) => Buffer.alloc(size, index)));
    expect(Buffer.compare(await readAll(path), expected)).toBe(0);
  });

  it("take pieces whose maker uses its buffer again", async () => {
    const path = join(await folder(), "file");
    async function* letters() {
      const buffer = new Uint8Array(1);
      for (const letter of "abcdef") {
        buffer[0] = letter.charCodeAt(0);
        yield buffer;
      }
    }
    await files.write(path, letters());
    expect(await readFile(path, "utf8")).toBe("abcdef");
  });

  it("give the bytes of a temporary file back too", async () => {
    const path = join(await folder(), "file");
    await files.write(path, [counting(100_000)], { isTemporary: true });
    expect(Buffer.compare(await readAll(path), counting(100_000))).toBe(0);
  });

  it("replace a longer file", async () => {
    const path = join(await folder(), "file");
    await files.write(path, [bytes("a long text")]);
    await files.write(path, [bytes("short")]);
    expect(await readFile(path, "utf8")).toBe("short");
  });

  it("reject with the error of the pieces, the file closed", async () => {
    const path = join(await folder(), "file");
    function* failing() {
      yield bytes("begin");
      throw new Error("no more");
    }
    await expect(files.write(path, failing())).rejects.toThrow("no more");
    await files.write(path, [bytes("whole")]);
    expect(await readFile(path, "utf8")).toBe("whole");
  });

  it("reject with the host's code where the folder or file is missing", async () => {
    const missing = join(await folder(), "missing", "file");
    await expect(files.write(missing, [])).rejects.toMatchObject({ code: "ENOENT" });
    await expect(readAll(missing)).rejects.toMatchObject({ code: "ENOENT" });
    await expect(files.list(missing)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("give pieces that stay as they are while the next ones are read", async () => {
    const path = join(await folder(), "file");
    await files.write(path, [counting(600_000)]);
    const pieces: Uint8Array[] = [];
    for await (const piece of files.read(path)) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(1);
    expect(new Set(pieces.map((piece) => piece.buffer)).size).toBe(pieces.length);
  });

  it("close a file that is not read to its end", async () => {
    const path = join(await folder(), "file");
    await files.write(path, [counting(600_000)]);
    let read = 0;
    for await (const piece of files.read(path)) {
      read += piece.length;
      break;
    }
    expect(read).toBeGreaterThan(0);
    await files.remove(path);
    expect(await files.stat(path)).toBeUndefined();
  });
});

describe("stat and list", () => {
  it("tell name, kind, bytes and time", async () => {
    const path = await folder();
    await writeFile(join(path, "file"), "12345");
    await utimes(join(path, "file"), 1_700_000_000.25, 1_700_000_000.9876);
    await mkdir(join(path, "inner"));
    const entries = (await files.list(path)).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(entries).toMatchObject([
      { name: "file", path: join(path, "file"), kind: "file", bytes: 5, modifiedMs: 1_700_000_000_987 },
      { name: "inner", path: join(path, "inner"), kind: "folder" },
    ]);
    expect(await files.stat(join(path, "file"))).toEqual(entries[0]);
  });

  it("follow links, and leave out those that lead nowhere", async () => {
    const path = await folder();
    await writeFile(join(path, "file"), "12345");
    await symlink(join(path, "file"), join(path, "link"));
    await symlink(join(path, "nowhere"), join(path, "dangling"));
    const entries = await files.list(path);
    expect(entries.map(({ name }) => name).sort()).toEqual(["file", "link"]);
    expect(entries.map(({ bytes }) => bytes)).toEqual([5, 5]);
  });

  it("say undefined of what is not there, also below a file", async () => {
    const path = await folder();
    await writeFile(join(path, "file"), "");
    expect(await files.stat(join(path, "missing"))).toBeUndefined();
    expect(await files.stat(join(path, "file", "below"))).toBeUndefined();
  });

  it("call what is neither a file nor a folder other", async () => {
    expect(await files.stat("/dev/null")).toMatchObject({ kind: "other" });
  });
});

describe("rename", () => {
  it("replaces a file, also across folders", async () => {
    const [from, to] = [await folder(), await folder()];
    await writeFile(join(from, "new"), "new");
    await writeFile(join(to, "old"), "old");
    await files.rename(join(from, "new"), join(to, "old"));
    expect(await files.list(from)).toEqual([]);
    expect(await readFile(join(to, "old"), "utf8")).toBe("new");
  });

  it("moves a folder with what is in it", async () => {
    const path = await folder();
    await files.makeFolder(join(path, "a", "b"));
    await writeFile(join(path, "a", "b", "file"), "x");
    await files.rename(join(path, "a"), join(path, "c"));
    expect(await readFile(join(path, "c", "b", "file"), "utf8")).toBe("x");
    expect(await files.stat(join(path, "a"))).toBeUndefined();
  });

  it("rejects where there is nothing to move", async () => {
    const path = await folder();
    await expect(files.rename(join(path, "a"), join(path, "b"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("folders", () => {
  it("are made with those above them, again without error", async () => {
    const path = join(await folder(), "a", "b", "c");
    await files.makeFolder(path);
    await files.makeFolder(path);
    expect(await files.stat(path)).toMatchObject({ kind: "folder" });
  });

  it("last: every folder that has a new name in it is synchronised", async () => {
    const base = await folder();
    const open = vi.spyOn(promises, "open");
    const opened = () => open.mock.calls.splice(0).map(([path]) => path);
    await files.makeFolder(join(base, "a", "b", "c"));
    expect(opened()).toEqual([join(base, "a", "b"), join(base, "a"), base]);
    await files.makeFolder(join(base, "a", "d"));
    expect(opened()).toEqual([join(base, "a")]);
    await files.makeFolder(join(base, "a", "d"));
    expect(opened()).toEqual([]);
    open.mockRestore();
  });

  it("are removed with all in them, again without error", async () => {
    const path = await folder();
    await files.makeFolder(join(path, "a", "b"));
    await writeFile(join(path, "a", "file"), "x");
    await files.remove(path);
    await files.remove(path);
    expect(await files.stat(path)).toBeUndefined();
  });

  it("for temporary files are new, and closed to others", async () => {
    const [one, two] = [await files.makeTemporaryFolder("millrace-"), await files.makeTemporaryFolder("millrace-")];
    try {
      expect(one).not.toBe(two);
      expect(files.join(one, "..", "x")).toBe(files.join(two, "..", "x"));
      expect((await stat(one)).mode & 0o777).toBe(0o700);
    } finally {
      await files.remove(one);
      await files.remove(two);
    }
  });
});
