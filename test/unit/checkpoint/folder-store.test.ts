import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { FolderStore } from "../../../src/checkpoint/folder-store.js";
import type { DurableFile, DurableFiles } from "../../../src/host.js";
import { nodeDurableFiles } from "../../../src/runtime/node-durable-files.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const folder = temporaryFolder();
const files = nodeDurableFiles();
const stores: FolderStore[] = [];
const bytes = (...values: number[]) => Uint8Array.from(values);
const mode = (path: string) => statSync(path).mode & 0o777;

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

function storeIn(path: string, over: DurableFiles = files, tag = `s${stores.length}`): FolderStore {
  const store = new FolderStore(path, over, tag);
  stores.push(store);
  return store;
}

/** A host's error. */
const hostError = (code: string) => Object.assign(new Error(`${code}: the host says so`), { code });

/** The host's files, that fail where `fails` says so: with the code of an error, before or after it has done what was asked. */
function failing(fails: (call: string, path: string) => string | undefined): DurableFiles {
  const checked = async <T>(call: string, path: string, run: () => Promise<T>): Promise<T> => {
    const code = fails(call, path);
    if (code !== undefined) throw hostError(code);
    return run();
  };
  const wrapped = (file: DurableFile, path: string): DurableFile => ({
    look: () => file.look(),
    read: (target, position) => file.read(target, position),
    // In small steps, as the host may.
    write: (given) => checked("write", path, () => file.write(given.subarray(0, 3))),
    truncate: (length) => checked("truncate", path, () => file.truncate(length)),
    sync: () => checked("sync", path, () => file.sync()),
    close: () => file.close(),
  });
  return {
    ...files,
    open: (path, how) => checked("open", path, async () => wrapped(await files.open(path, how), path)),
    link: (from, to) => checked("link", to, () => files.link(from, to)),
    rename: (from, to) => checked("rename", to, () => files.rename(from, to)),
    unlink: (path) => checked("unlink", path, () => files.unlink(path)),
    syncFolder: (path) => checked("syncFolder", path, () => files.syncFolder(path)),
  };
}

describe("FolderStore", () => {
  it("makes files and folders that only their owner may look into", async () => {
    const store = storeIn(folder.at("new", "deep"));
    await store.write("state/1", bytes(1), { ifAbsent: true });
    await store.append("log/1", bytes(1));
    for (const made of ["new", "new/deep", "new/deep/state", "new/deep/log"]) expect(mode(folder.at(made))).toBe(0o700);
    for (const made of ["state/1", "log/1"]) expect(mode(folder.at("new/deep", made))).toBe(0o600);
  });

  it("makes no folder before something is written", async () => {
    const store = storeIn(folder.at("new"));
    expect(await store.list("")).toEqual([]);
    expect(await store.read("a")).toBeUndefined();
    await store.delete("a");
    expect(folder.names()).toEqual([]);
  });

  it("leaves no unfinished file, and takes none for a key", async () => {
    const store = storeIn(folder.at());
    await store.write("a", bytes(1));
    await expect(store.write("a", bytes(2), { ifAbsent: true })).rejects.toMatchObject({ code: "exists" });
    expect(folder.names()).toEqual(["a"]);
    folder.write("b~1-other-7", "half");
    folder.write(".hidden", "foreign");
    expect(await store.list("")).toEqual(["a"]);
  });

  it("removes what processes that have ended left unfinished, once it is old", async () => {
    const ended = 2 ** 22 + 1;
    const left = { gone: `a~${ended}-x1-1`, ours: `log/b~${process.pid}-x2-1`, young: `c~${ended}-x3-1` };
    const kept = { alive: `d~${process.ppid}-x4-1`, mine: `e~${process.pid}-s0-1`, foreign: "f~tilde" };
    for (const name of Object.values({ ...left, ...kept })) folder.write(name, "half");
    for (const name of Object.values({ ...left, ...kept }).filter((name) => name !== left.young)) {
      const hourAgo = statSync(folder.at(name)).mtimeMs / 1000 - 3600;
      utimesSync(folder.at(name), hourAgo, hourAgo);
    }
    await storeIn(folder.at()).write("key", bytes(1));
    expect(folder.names()).toEqual([left.young, kept.alive, kept.mine, kept.foreign, "key", "log"].sort());
    expect(folder.names("log")).toEqual([]);
  });

  it("says that a key is no folder, and a folder no key", async () => {
    const store = storeIn(folder.at());
    await store.write("a/b", bytes(1));
    const error = { name: "CheckpointError", code: "invalid-key" };
    await expect(store.write("a", bytes(2))).rejects.toMatchObject(error);
    await expect(store.write("a", bytes(2), { ifAbsent: true })).rejects.toMatchObject(error);
    await expect(store.append("a", bytes(2))).rejects.toMatchObject(error);
    await expect(store.write("a/b/c", bytes(2))).rejects.toMatchObject(error);
    await expect(store.append("a/b/c", bytes(2))).rejects.toMatchObject(error);
    expect(await store.read("a")).toBeUndefined();
    expect(await store.read("a/b/c")).toBeUndefined();
    await store.delete("a");
    await store.delete("a/b/c");
    expect(await store.list("")).toEqual(["a/b"]);
    expect(folder.names()).toEqual(["a"]);
  });

  it("says that the folder is a file", async () => {
    folder.write("file", "x");
    const store = storeIn(folder.at("file"));
    await expect(store.write("a", bytes(1))).rejects.toMatchObject({ code: "invalid-key" });
    await expect(storeIn(folder.at("file", "deep")).write("a", bytes(1))).rejects.toMatchObject({
      code: "checkpoint-gone",
    });
  });

  it("may be reached through a symbolic link", async () => {
    mkdirSync(folder.at("real"));
    symlinkSync(folder.at("real"), folder.at("linked"));
    await storeIn(folder.at("linked")).write("a", bytes(1));
    expect(readdirSync(folder.at("real"))).toEqual(["a"]);
  });

  it("refuses a file system without second names for files", async () => {
    for (const code of ["EPERM", "ENOTSUP", "ENOSYS"]) {
      const store = storeIn(
        folder.at(),
        failing((call) => (call === "link" ? code : undefined)),
      );
      await expect(store.write("a", bytes(1))).rejects.toMatchObject({
        code: "fs-unsupported",
        message: expect.stringContaining(code),
      });
      expect(folder.names()).toEqual([]);
    }
    const doubling: DurableFiles = { ...files, link: async () => {} };
    await expect(storeIn(folder.at(), doubling).write("a", bytes(1))).rejects.toMatchObject({ code: "fs-unsupported" });
  });

  it.each([
    ["ENOSPC", "storage-full"],
    ["EDQUOT", "storage-full"],
    ["EMFILE", "fd-limit"],
    ["ENFILE", "fd-limit"],
    ["EROFS", "checkpoint-gone"],
    ["EIO", "storage-failed"],
    ["EWHATEVER", "storage-failed"],
  ])("says what %s means", async (hostCode, code) => {
    let fails = false;
    const store = storeIn(
      folder.at(),
      failing((call) => (fails && call === "open" ? hostCode : undefined)),
    );
    await store.write("there", bytes(1));
    fails = true;
    const error = {
      name: "CheckpointError",
      code,
      details: { folder: folder.at(), hostCode },
      cause: { code: hostCode },
    };
    await expect(store.write("a", bytes(1))).rejects.toMatchObject(error);
    await expect(store.append("a", bytes(1))).rejects.toMatchObject(error);
    await expect(store.read("there")).rejects.toMatchObject(error);
    fails = false;
    await store.write("a", bytes(1));
    expect(folder.names()).toEqual(["a", "there"]);
  });

  it("writes nothing where a write, its fsync or its name fails", async () => {
    for (const failed of ["write", "sync", "link", "rename"]) {
      let fails = false;
      const store = storeIn(
        folder.at(),
        failing((call) => (fails && call === failed ? "EIO" : undefined)),
      );
      await store.write(failed, bytes(1));
      fails = true;
      const options = { ifAbsent: failed === "link" };
      await expect(store.write(`${failed}-2`, bytes(1, 2, 3, 4), options)).rejects.toMatchObject({
        code: "storage-failed",
      });
      expect(folder.names()).toEqual([failed]);
      rmSync(folder.at(failed));
    }
  });

  it("rejects where the name may not be durable", async () => {
    let fails = false;
    const store = storeIn(
      folder.at(),
      failing((call) => (fails && call === "syncFolder" ? "EIO" : undefined)),
    );
    await store.write("a", bytes(1));
    fails = true;
    await expect(store.write("a", bytes(2))).rejects.toMatchObject({ code: "storage-failed" });
    await expect(store.append("log", bytes(2))).rejects.toMatchObject({ code: "storage-failed" });
    // Nobody is to build on what they see.
    await expect(store.read("a")).rejects.toMatchObject({ code: "storage-failed" });
    await expect(store.write("a", bytes(2), { ifAbsent: true })).rejects.toMatchObject({ code: "storage-failed" });
  });
});

describe("a folder that is taken away", () => {
  it("is not made again", async () => {
    const store = storeIn(folder.at("gone"));
    await store.write("deep/a", bytes(1));
    await store.append("log", bytes(1));
    rmSync(folder.at("gone"), { recursive: true });
    const error = { name: "CheckpointError", code: "checkpoint-gone" };
    await expect(store.write("deep/a", bytes(1))).rejects.toMatchObject(error);
    await expect(store.write("a", bytes(1), { ifAbsent: true })).rejects.toMatchObject(error);
    await expect(store.append("log-2", bytes(1))).rejects.toMatchObject(error);
    expect(existsSync(folder.at("gone"))).toBe(false);
  });

  it("is not replaced by another one", async () => {
    const store = storeIn(folder.at("job"));
    await store.write("deep/a", bytes(1));
    renameSync(folder.at("job"), folder.at("old"));
    mkdirSync(folder.at("job/deep"), { recursive: true });
    writeFileSync(folder.at("job/deep/a"), "of another job");
    const error = { name: "CheckpointError", code: "checkpoint-gone" };
    await expect(store.write("deep/b", bytes(1))).rejects.toMatchObject(error);
    await expect(store.write("a", bytes(1))).rejects.toMatchObject(error);
    await expect(store.read("deep/a")).rejects.toMatchObject(error);
    await expect(store.delete("deep/a")).rejects.toMatchObject(error);
    expect(readdirSync(folder.at("job"), { recursive: true }).sort()).toEqual(["deep", "deep/a"]);
  });
});

describe("symbolic links within the folder", () => {
  it("are not followed", async () => {
    folder.write("outside/target", "secret");
    mkdirSync(folder.at("store"));
    symlinkSync(folder.at("outside"), folder.at("store/linked"));
    symlinkSync(folder.at("outside/target"), folder.at("store/file"));
    symlinkSync(folder.at("outside/new"), folder.at("store/dangling"));
    const store = storeIn(folder.at("store"));
    const error = { name: "CheckpointError", code: "symbolic-link" };
    expect(await store.list("")).toEqual([]);
    expect(await store.list("linked/")).toEqual([]);
    await expect(store.read("file")).rejects.toMatchObject(error);
    await expect(store.read("linked/target")).rejects.toMatchObject(error);
    await expect(store.delete("linked/target")).rejects.toMatchObject(error);
    await expect(store.write("linked/target", bytes(1))).rejects.toMatchObject(error);
    await expect(store.append("linked/new", bytes(1))).rejects.toMatchObject(error);
    await expect(store.append("file", bytes(1))).rejects.toMatchObject(error);
    await expect(store.append("dangling", bytes(1))).rejects.toMatchObject(error);
    await expect(store.write("file", bytes(1), { ifAbsent: true })).rejects.toMatchObject({ code: "exists" });
    await store.write("dangling", bytes(1));
    expect(folder.names("outside")).toEqual(["target"]);
    expect(readFileSync(folder.at("outside/target"), "utf8")).toBe("secret");
    expect(await store.read("dangling")).toEqual(bytes(1));
  });

  it("put in the place of a folder just before a file is opened in it lead to no byte outside", async () => {
    mkdirSync(folder.at("outside"));
    let swaps = false;
    const swapping: DurableFiles = {
      ...files,
      async open(path, how) {
        if (swaps) {
          renameSync(folder.at("store/deep"), folder.at("store/moved"));
          symlinkSync(folder.at("outside"), folder.at("store/deep"));
          swaps = false;
        }
        return files.open(path, how);
      },
    };
    const store = storeIn(folder.at("store"), swapping);
    for (const call of ["write", "append"] as const) {
      await store.write("deep/a", bytes(1));
      swaps = true;
      await expect(store[call]("deep/b", bytes(1, 2, 3))).rejects.toMatchObject({ code: "checkpoint-gone" });
      for (const name of folder.names("outside")) expect(statSync(folder.at("outside", name)).size).toBe(0);
      rmSync(folder.at("store/deep"));
      renameSync(folder.at("store/moved"), folder.at("store/deep"));
    }
  });
});

describe("a log that fails", () => {
  /** A store whose log holds [1], and what its files are to fail with. */
  async function withLog() {
    const next = new Map<string, string>();
    const calls: string[] = [];
    const over = failing((call, path) => {
      if (!path.endsWith("log")) return undefined;
      calls.push(call);
      const code = next.get(call);
      next.delete(call);
      return code;
    });
    const store = storeIn(folder.at(), over);
    await store.append("log", bytes(1));
    calls.length = 0;
    return { store, next, calls };
  }

  it("for want of room takes back what it wrote, and goes on", async () => {
    const { store, next } = await withLog();
    for (const code of ["ENOSPC", "EDQUOT"]) {
      let writes = 0;
      next.set("write", "");
      next.clear();
      const over = failing((call, path) =>
        call === "write" && path.endsWith("full") && ++writes === 2 ? code : undefined,
      );
      const full = storeIn(folder.at(), over);
      await expect(full.append("full", bytes(1, 2, 3, 4, 5))).rejects.toMatchObject({ code: "storage-full" });
      expect(statSync(folder.at("full")).size).toBe(0);
      await full.append("full", bytes(6, 7, 8, 9));
      expect(await full.read("full")).toEqual(bytes(6, 7, 8, 9));
      await full.delete("full");
    }
    await store.append("log", bytes(2));
  });

  it("for want of room, and cannot take it back, takes nothing more", async () => {
    const { store, next } = await withLog();
    next.set("write", "ENOSPC").set("truncate", "EIO");
    await expect(store.append("log", bytes(2))).rejects.toMatchObject({ code: "storage-full" });
    await expect(store.append("log", bytes(3))).rejects.toMatchObject({ code: "append-refused" });
  });

  it.each([
    ["write", "EIO"],
    ["sync", "EIO"],
    ["sync", "ENOSPC"],
  ])("in %s with %s takes nothing more, until it is written or deleted", async (call, code) => {
    const { store, next, calls } = await withLog();
    next.set(call, code);
    const rejected = await Promise.allSettled([store.append("log", bytes(2)), store.append("log", bytes(3))]);
    expect(rejected.map((outcome) => outcome.status === "rejected" && outcome.reason.code)).toEqual([
      code === "EIO" ? "storage-failed" : "storage-full",
      "append-refused",
    ]);
    await expect(store.append("log", bytes(4))).rejects.toMatchObject({
      name: "CheckpointError",
      code: "append-refused",
    });
    // Readers see none of the bytes that may not be durable, and the file was not made durable again.
    expect(readFileSync(folder.at("log"))).toEqual(Buffer.from([1]));
    expect(calls.filter((made) => made === "sync")).toHaveLength(call === "sync" ? 1 : 0);
    await store.append("log-2", bytes(4));
    await store.write("log", bytes(5));
    await store.append("log", bytes(6));
    expect(await store.read("log")).toEqual(bytes(5, 6));
    next.set(call, code);
    await expect(store.append("log", bytes(7))).rejects.toThrow();
    await store.delete("log");
    await store.append("log", bytes(8));
    expect(await store.read("log")).toEqual(bytes(8));
  });
});

describe("appends that nobody waits for in between", () => {
  it("are made durable together", async () => {
    let syncs = 0;
    const store = storeIn(
      folder.at(),
      failing((call) => {
        if (call === "sync") syncs += 1;
        return undefined;
      }),
    );
    await store.append("log", bytes(0));
    syncs = 0;
    await Promise.all(Array.from({ length: 100 }, (_, n) => store.append("log", bytes(n))));
    expect(syncs).toBeLessThanOrEqual(2);
    expect(await store.read("log")).toEqual(bytes(0, ...Array.from({ length: 100 }, (_, n) => n)));
  });

  it("go on after the store was closed", async () => {
    const store = storeIn(folder.at());
    const first = store.append("log", bytes(1));
    await store.close();
    await first;
    await store.append("log", bytes(2));
    expect(await store.read("log")).toEqual(bytes(1, 2));
  });
});
