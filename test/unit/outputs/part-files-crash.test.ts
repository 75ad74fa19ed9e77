import { describe, expect, it, test } from "vitest";
import { type PartitionedRows, writePartFiles } from "../../../src/outputs/part-files.js";
import { textPieces } from "../../../src/outputs/text-files.js";
import { Crash, CrashingFiles, type Loss } from "../../support/crashing-files.js";
import { MemoryFiles } from "../../support/memory-files.js";

const FOLDER = "/out/counts-1000";
const LOSSES: readonly Loss[] = ["process", "power"];
type Rows = ReadonlyArray<readonly string[]>;

function partitioned(partitions: Rows): PartitionedRows {
  return {
    getNumPartitions: () => partitions.length,
    foreachPartition: async (fn) => {
      for (const [index, rows] of partitions.entries()) await fn(rows, index);
    },
  };
}

/** The folder after a whole run of these rows. */
const whole = (rows: Rows) =>
  new Map([
    ["_SUCCESS", ""],
    ...rows.map((part, i) => [`part-0000${i}`, part.map((row) => `${row}\n`).join("")] as const),
  ]);

/** What a reader sees: names that begin with "_" but for `_SUCCESS` are not for readers. */
function visible(files: MemoryFiles): Map<string, string> {
  const seen = files.paths.flatMap((path) => {
    const name = path.slice(FOLDER.length + 1);
    return name.startsWith("_temporary/") ? [] : [[name, files.text(path)!] as const];
  });
  return new Map(seen);
}

/** Runs an attempt that ends at a call; true where it came to its end before. */
async function attempt(files: CrashingFiles, rows: Rows, number: number): Promise<boolean> {
  try {
    await writePartFiles(partitioned(rows), {
      files,
      folder: FOLDER,
      pieces: textPieces,
      whenThere: "replace",
      attempt: number,
    });
    return true;
  } catch (error) {
    expect((error as Error).cause).toBeInstanceOf(Crash);
    return false;
  }
}

async function written(rows: Rows | undefined): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  if (rows) await attempt(new CrashingFiles(files, Number.POSITIVE_INFINITY), rows, 1);
  return files;
}

/** Parts are whole, and `_SUCCESS` is there only with all parts of one run. */
function check(files: MemoryFiles, runs: readonly Rows[], where: string): void {
  const seen = visible(files);
  const contents = new Set(runs.flatMap((rows) => [...whole(rows).values()]));
  for (const [name, text] of seen) expect(contents, `${where}: ${name} holds ${JSON.stringify(text)}`).toContain(text);
  if (!seen.has("_SUCCESS")) return;
  const entries = JSON.stringify([...seen]);
  expect(
    runs.map((rows) => JSON.stringify([...whole(rows)])),
    `${where}: _SUCCESS in a folder that is not whole`,
  ).toContain(entries);
}

const NEW: Rows = [["a", "b"], [], ["c"]];
const CASES: ReadonlyArray<readonly [string, Rows | undefined, Rows]> = [
  ["a new folder", undefined, NEW],
  ["the same batch before", NEW, NEW],
  ["more parts before", [["x"], ["y"], ["z"], ["u"], ["v"]], NEW],
  ["fewer parts before", [["x"]], NEW],
  ["parts before, and none now", [["x"], ["y"]], []],
];

describe("a process that ends at any call of the file system", () => {
  test.each(CASES)("leaves no part by half and no _SUCCESS too early: %s", async (_, before, rows) => {
    const runs = before ? [before, rows] : [rows];
    let crashes = 0;
    for (const loss of LOSSES) {
      for (let at = 0; ; at++) {
        const files = new CrashingFiles(await written(before), at);
        const isDone = await attempt(files, rows, 1);
        const disk = files.restart(loss);
        check(disk, runs, `${loss} at call ${at}`);
        // The next attempt makes it whole, and removes what the dead one left.
        expect(await attempt(new CrashingFiles(disk, Number.POSITIVE_INFINITY), rows, 2)).toBe(true);
        expect(visible(disk), `${loss} at call ${at}, then whole`).toEqual(whole(rows));
        expect(disk.paths.filter((path) => path.includes("_temporary"))).toEqual([]);
        if (isDone) break;
        crashes += 1;
      }
    }
    expect(crashes).toBeGreaterThan(20);
  });

  it("and whose successor ends at any call too", async () => {
    const before: Rows = [["x"], ["y"]];
    const rows: Rows = [["a"]];
    for (const loss of LOSSES) {
      for (let first = 0; ; first++) {
        const files = new CrashingFiles(await written(before), first);
        const isDone = await attempt(files, rows, 1);
        const left = new Map(files.restart(loss).paths.map((path) => [path, files.disk.text(path)!]));
        for (let second = 0; ; second++) {
          const disk = new MemoryFiles();
          for (const [path, text] of left) disk.put(path, text);
          const again = new CrashingFiles(disk, second);
          const isWhole = await attempt(again, rows, 2);
          check(again.restart(loss), [before, rows], `${loss} at calls ${first} and ${second}`);
          await attempt(new CrashingFiles(disk, Number.POSITIVE_INFINITY), rows, 3);
          expect(visible(disk)).toEqual(whole(rows));
          if (isWhole) break;
        }
        if (isDone) break;
      }
    }
  });

  it("an attempt that wakes up when another one has begun shows nothing of its own", async () => {
    const disk = new MemoryFiles();
    const rows: Rows = [["a"], ["b"]];
    let wake!: () => void;
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const slow: PartitionedRows = {
      getNumPartitions: () => 2,
      foreachPartition: async (fn) => {
        await fn(["late"], 0);
        await asleep;
        await fn(["late"], 1);
      },
    };
    const options = { files: disk, folder: FOLDER, pieces: textPieces, whenThere: "replace" } as const;
    const late = writePartFiles(slow, { ...options, attempt: 1 });
    await new Promise<void>((resolve) => setImmediate(resolve));
    await writePartFiles(partitioned(rows), { ...options, attempt: 2 });
    wake();
    await expect(late).rejects.toMatchObject({ code: "output-failed" });
    expect(visible(disk)).toEqual(whole(rows));
  });
});
