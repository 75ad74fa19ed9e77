import { describe, expect, it } from "vitest";
import { PartitionStore } from "../../../src/engine/storage.js";
import { PlanError, StateError } from "../../../src/errors.js";
import type { Host } from "../../../src/host.js";
import type { StorageLevel } from "../../../src/plan/storage-level.js";
import { nodeHost } from "../../../src/runtime/node.js";
import { webHost } from "../../../src/runtime/web.js";
import { MemoryFiles } from "../../support/memory-files.js";
import { differenceOf } from "../../support/same-value.js";

/** The files of the store, and what a write does after its bytes are there. */
class StoreFiles extends MemoryFiles {
  override pieceBytes = 5000;
  afterWrite: () => void | Promise<void> = () => {};

  override async write(path: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    await super.write(path, pieces);
    await this.afterWrite();
  }

  /** Files and folders that the store has made. */
  async made(): Promise<string[]> {
    return [...this.paths, ...((await this.stat("/tmp")) ? await this.list("/tmp") : []).map(({ path }) => path)];
  }
}

interface Setup {
  readonly store: PartitionStore;
  readonly files: StoreFiles;
  readonly warnings: string[];
}

function setup(bytesMax = 1_000_000): Setup {
  const files = new StoreFiles();
  const warnings: string[] = [];
  const host: Host = { ...webHost(), warn: (line) => void warnings.push(line), files };
  return { store: new PartitionStore(host, { bytesMax }), files, warnings };
}

const ROWS: readonly unknown[] = Array.from({ length: 1000 }, (_, index) => [`word ${index}`, index, { x: index / 3 }]);

describe("a level with room", () => {
  it.each<[StorageLevel, string]>([
    ["MEMORY_ONLY", "values"],
    ["MEMORY_ONLY_2", "values"],
    ["MEMORY_AND_DISK", "values"],
    ["MEMORY_ONLY_SER", "bytes"],
    ["MEMORY_AND_DISK_SER", "bytes"],
    ["MEMORY_AND_DISK_SER_2", "bytes"],
    ["DISK_ONLY", "disk"],
    ["DISK_ONLY_2", "disk"],
  ])("%s keeps %s", async (level, place) => {
    const { store, files } = setup();
    const stored = (await store.store(ROWS, level))!;
    expect(stored).toMatchObject({ level, place, rowCount: 1000 });
    expect(stored.bytes).toBeGreaterThan(10_000);
    expect([store.bytesInMemory, store.bytesOnDisk]).toEqual(place === "disk" ? [0, stored.bytes] : [stored.bytes, 0]);
    const onDisk = await Promise.all(files.paths.map((path) => files.stat(path)));
    expect(onDisk.map((file) => file?.bytes)).toEqual(place === "disk" ? [stored.bytes] : []);

    for (const rows of [await store.load(stored), await store.load(stored)]) {
      expect(differenceOf(rows, ROWS)).toBeUndefined();
      expect(rows === ROWS).toBe(place === "values");
    }
    store.free(stored);
    expect([store.bytesInMemory, store.bytesOnDisk]).toEqual([0, 0]);
    await store.close();
    expect(await files.made()).toEqual([]);
  });

  it("keeps no rows in no bytes, and needs no file for it", async () => {
    const { store, files } = setup(0);
    const stored = (await store.store([], "DISK_ONLY"))!;
    expect(stored.bytes).toBe(0);
    expect(await store.load(stored)).toEqual([]);
    expect(await files.made()).toEqual([]);
  });

  it("keeps as values what has no bytes, and refuses it elsewhere", async () => {
    const { store, files, warnings } = setup();
    const rows = [1, () => 1];
    const stored = (await store.store(rows, "MEMORY_ONLY"))!;
    expect(await store.load(stored)).toBe(rows);
    for (const level of ["MEMORY_ONLY_SER", "DISK_ONLY"] as const) {
      const error = await store.store(rows, level).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(PlanError);
      expect((error as PlanError).message).toContain("rows[1] is a function");
    }
    expect(warnings).toEqual([]);
    await store.close();
    expect(files.paths).toEqual([]);
  });
});

describe("without room", () => {
  it.each<[StorageLevel, boolean]>([
    ["MEMORY_ONLY", false],
    ["MEMORY_ONLY_SER", false],
    ["MEMORY_AND_DISK", true],
    ["MEMORY_AND_DISK_SER", true],
  ])("%s: on disk %s", async (level, onDisk) => {
    const { store } = setup(1000);
    const stored = await store.store(ROWS, level);
    expect(stored?.place).toBe(onDisk ? "disk" : undefined);
    expect(store.bytesInMemory).toBe(0);
    if (stored) expect(differenceOf(await store.load(stored), ROWS)).toBeUndefined();
    await store.close();
  });

  it("what comes first keeps its place, and room that is given back is used again", async () => {
    const { store } = setup(100_000);
    const rows = ROWS.slice(0, 400);
    const first = (await store.store(rows, "MEMORY_ONLY"))!;
    const second = (await store.store(rows, "MEMORY_AND_DISK"))!;
    expect([first.place, second.place]).toEqual(["values", "disk"]);
    expect(await store.store(rows, "MEMORY_ONLY")).toBeUndefined();
    store.free(first);
    expect((await store.store(rows, "MEMORY_ONLY"))?.place).toBe("values");
    await store.close();
  });

  it("bytes go up to the limit, not beyond it", async () => {
    const bytes = (await setup().store.store(ROWS, "MEMORY_ONLY_SER"))!.bytes;
    expect((await setup(bytes).store.store(ROWS, "MEMORY_ONLY_SER"))?.bytes).toBe(bytes);
    expect(await setup(bytes - 1).store.store(ROWS, "MEMORY_ONLY_SER")).toBeUndefined();
  });

  it("many chunks of which only some fit are all written", async () => {
    const { store } = setup(1_500_000);
    const rows = Array.from({ length: 200_000 }, (_, index) => `row ${index} ${"x".repeat(10)}`);
    const stored = (await store.store(rows, "MEMORY_AND_DISK_SER"))!;
    expect(stored.place).toBe("disk");
    expect(differenceOf(await store.load(stored), rows)).toBeUndefined();
    await store.close();
  });

  it("nor files, nothing is kept, and nothing fails", async () => {
    const store = new PartitionStore(webHost(), { bytesMax: 0 });
    expect(await store.store(ROWS, "MEMORY_AND_DISK_SER_2")).toBeUndefined();
    expect(await store.store(ROWS, "DISK_ONLY")).toBeUndefined();
    await store.close();
  });
});

describe("freeing", () => {
  it("removes the file at once, and counts once", async () => {
    const { store, files } = setup();
    const [one, two] = [(await store.store(ROWS, "DISK_ONLY"))!, (await store.store(ROWS, "DISK_ONLY"))!];
    store.free(one);
    store.free(one);
    expect(store.bytesOnDisk).toBe(two.bytes);
    await store.close();
    expect(files.paths).toEqual([]);
    expect(store.bytesOnDisk).toBe(0);
  });

  it("makes a partition unreadable, also while it is read", async () => {
    const { store, files } = setup();
    const stored = (await store.store(ROWS, "DISK_ONLY"))!;
    files.before = (operation) => {
      if (operation === "read") store.free(stored);
    };
    await expect(store.load(stored)).rejects.toMatchObject({ code: "partition-freed" });
    await expect(store.load(stored)).rejects.toBeInstanceOf(StateError);
    await store.close();
  });

  it("harms nobody where the file cannot be removed; that is said once", async () => {
    const { store, files, warnings } = setup();
    const stored = (await store.store(ROWS, "DISK_ONLY"))!;
    files.before = (operation) => {
      if (operation === "remove") throw new Error("EACCES");
    };
    store.free(stored);
    await store.close();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("EACCES");
  });
});

describe("a disk that fails", () => {
  it("means that rows are not kept, says so once, and leaves no file", async () => {
    const { store, files, warnings } = setup();
    files.afterWrite = () => {
      throw new Error("ENOSPC: no space left");
    };
    expect(await store.store(ROWS, "DISK_ONLY")).toBeUndefined();
    expect(await store.store(ROWS, "DISK_ONLY")).toBeUndefined();
    expect(warnings).toEqual([
      "millrace: temporary files fail (Error: ENOSPC: no space left); persisted rows that find no room in memory are made again when needed.",
    ]);
    expect(files.paths).toEqual([]);
    files.afterWrite = () => {};
    expect((await store.store(ROWS, "DISK_ONLY"))?.place).toBe("disk");
    await store.close();
  });

  it("and has no temporary folder is asked again", async () => {
    const { store, files } = setup();
    files.before = () => {
      throw new Error("EROFS");
    };
    expect(await store.store(ROWS, "DISK_ONLY")).toBeUndefined();
    files.before = () => {};
    expect((await store.store(ROWS, "DISK_ONLY"))?.place).toBe("disk");
    await store.close();
    expect(await files.made()).toEqual([]);
  });

  it("and changes a file is found", async () => {
    const { store, files } = setup();
    const stored = (await store.store(ROWS, "DISK_ONLY"))!;
    files.put(files.paths[0]!, "something else");
    await expect(store.load(stored)).rejects.toMatchObject({ code: "not-an-object-file" });
    await store.close();
  });
});

describe("closing", () => {
  it("waits for a write under way, whose rows are not kept", async () => {
    const { store, files } = setup();
    let goOn = () => {};
    files.afterWrite = () =>
      new Promise<void>((resolve) => {
        goOn = resolve;
      });
    const storing = store.store(ROWS, "DISK_ONLY");
    const closing = store.close();
    await nodeHost().breathe();
    expect(files.paths).toHaveLength(1);
    goOn();
    expect(await storing).toBeUndefined();
    await closing;
    expect(await files.made()).toEqual([]);
    expect(store.bytesOnDisk).toBe(0);
  });

  it("ends everything: nothing is kept or read any more, and it may be done twice", async () => {
    const { store } = setup();
    const stored = (await store.store(ROWS, "MEMORY_ONLY"))!;
    await store.close();
    await store.close();
    await expect(store.load(stored)).rejects.toMatchObject({ code: "partition-freed" });
    expect(await store.store(ROWS, "MEMORY_ONLY")).toBeUndefined();
    expect(store.bytesInMemory).toBe(0);
  });
});

it("the files of a real host are written, read and gone", async () => {
  const host = nodeHost();
  const folders: string[] = [];
  const files = {
    ...host.files!,
    makeTemporaryFolder: async (prefix: string) => {
      folders.push(await host.files!.makeTemporaryFolder(prefix));
      return folders[0]!;
    },
  };
  const store = new PartitionStore({ ...host, files }, { bytesMax: 0 });
  const stored = (await store.store(ROWS, "MEMORY_AND_DISK"))!;
  expect(differenceOf(await store.load(stored), ROWS)).toBeUndefined();
  expect(await files.list(folders[0]!)).toHaveLength(1);
  await store.close();
  expect(await files.stat(folders[0]!)).toBeUndefined();
});
