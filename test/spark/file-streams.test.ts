// The cases of Spark's InputStreamsSuite on files: batches of two seconds on a manual clock, files dated by hand.
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DStream, ManualClock, StreamingContext } from "millrace";
import { collected } from "millrace/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stopContexts, stopLater } from "../support/batches.js";

const INTERVAL_MS = 2000;
/** When the files that are there before the start were modified. */
const BEFORE_MS = 10_000;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-files-"));
});

afterEach(async () => {
  await stopContexts();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes a file that was modified at `atMs`. */
function write(path: string, content: string | Uint8Array, atMs: number): void {
  writeFileSync(path, content);
  utimesSync(path, atMs / 1000, atMs / 1000);
}

/** A started context whose clock shows a time after the first files, in the middle of a batch. */
async function started<T>(
  input: (ssc: StreamingContext) => DStream<T>,
  startMs = BEFORE_MS + INTERVAL_MS,
): Promise<{ clock: ManualClock; batches: T[][] }> {
  const clock = new ManualClock(startMs);
  const ssc = stopLater(new StreamingContext({ clock, batchInterval: INTERVAL_MS, master: "local[2]" }));
  const batches = collected(input(ssc));
  await ssc.start();
  await clock.advance(INTERVAL_MS / 2);
  return { clock, batches };
}

async function* text(bytes: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  let all = "";
  for await (const part of bytes) all += new TextDecoder().decode(part);
  yield* all.split("\n").filter(Boolean);
}

describe("a file is read in the batch in which it was modified", () => {
  test.each([
    { newFilesOnly: true, first: [] },
    { newFilesOnly: false, first: ["0"] },
  ])("newFilesOnly = $newFilesOnly", async ({ newFilesOnly, first }) => {
    write(join(folder, "0"), "0\n", BEFORE_MS);
    const { clock, batches } = await started((ssc) =>
      ssc.fileStream(folder, text, { filter: () => true, newFilesOnly }),
    );
    for (const n of [1, 2, 3, 4, 5]) {
      write(join(folder, `${n}`), `${n}\n`, clock.now());
      await clock.advance(INTERVAL_MS);
    }
    expect(batches).toEqual([[...first, "1"], ["2"], ["3"], ["4"], ["5"]]);
  });

  test("textFileStream", async () => {
    write(join(folder, "0"), "0\n", BEFORE_MS);
    const { clock, batches } = await started((ssc) => ssc.textFileStream(folder));
    write(join(folder, "1"), "one\r\nun", clock.now());
    await clock.advance(2 * INTERVAL_MS);
    expect(batches).toEqual([["one", "un"], []]);
  });

  test("binaryRecordsStream", async () => {
    const bytes = [1, 2, 3, 4, 5];
    write(join(folder, "0"), "0\n", BEFORE_MS);
    const { clock, batches } = await started((ssc) => ssc.binaryRecordsStream(folder, 1));
    for (const n of [0, 1, 2]) {
      write(
        join(folder, `copy-${n}`),
        Uint8Array.from(bytes, (byte) => byte + n),
        clock.now(),
      );
      await clock.advance(INTERVAL_MS);
    }
    expect(batches).toEqual([0, 1, 2].map((n) => bytes.map((byte) => Uint8Array.of(byte + n))));
  });

  test("a file is not read twice, nor where it grows afterwards", async () => {
    const { clock, batches } = await started((ssc) => ssc.textFileStream(folder));
    const path = join(folder, "1");
    write(path, "one\n", clock.now());
    await clock.advance(INTERVAL_MS);
    write(path, "one\ntwo\n", clock.now());
    await clock.advance(INTERVAL_MS);
    expect(batches).toEqual([["one"], []]);
  });

  test("a name that begins with a dot is not read, unless a filter says so", async () => {
    const { clock, batches } = await started((ssc) => ssc.textFileStream(folder));
    const all = await started((ssc) => ssc.textFileStream(folder, { filter: () => true }));
    write(join(folder, ".hidden"), "hidden\n", clock.now());
    write(join(folder, "seen"), "seen\n", clock.now());
    await clock.advance(INTERVAL_MS);
    await all.clock.advance(INTERVAL_MS);
    expect(batches).toEqual([["seen"]]);
    expect(all.batches).toEqual([["hidden", "seen"]]);
  });
});

describe("a glob of folders", () => {
  test("files of all folders that match, not those beside them", async () => {
    for (const name of ["tmp1", "tmp2"]) mkdirSync(join(folder, name));
    write(join(folder, "0"), "0\n", BEFORE_MS);
    const { clock, batches } = await started((ssc) => ssc.fileStream(join(folder, "*/"), text));
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
      write(join(folder, n <= 5 ? "tmp1" : "tmp2", `${n}`), `${n}\n`, clock.now());
      await clock.advance(INTERVAL_MS);
    }
    expect(batches).toEqual(Array.from({ length: 10 }, (_, index) => [`${index + 1}`]));
  });

  test("a folder that is renamed into the glob brings its new files, not those from before the start", async () => {
    const [generated, streaming] = [join(folder, "generated"), join(folder, "streaming")];
    for (const path of [generated, streaming]) mkdirSync(path);
    write(join(generated, "existing"), "existing\n", BEFORE_MS);
    const { clock, batches } = await started((ssc) => ssc.textFileStream(join(streaming, "sub*")));
    await clock.advance(INTERVAL_MS);
    write(join(generated, "renamed.txt"), "renamed\n", clock.now());
    renameSync(generated, join(streaming, "subdir"));
    await clock.advance(INTERVAL_MS);
    expect(batches).toEqual([[], ["renamed"]]);
  });
});
