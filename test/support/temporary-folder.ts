import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach } from "vitest";

/** A folder for each test of the file that asks for it, removed afterwards. */
export function temporaryFolder() {
  let path = "";
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "millrace-test-"));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));
  return {
    /** A path in the folder. */
    at: (...names: string[]) => join(path, ...names),
    /** Writes a file, and the folders above it; modified at `atMs`, a multiple of 125 ms, as a host may keep seconds as floating point numbers. */
    write: (name: string, content: string | Uint8Array, atMs?: number): string => {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      if (atMs !== undefined) utimesSync(file, atMs / 1000, atMs / 1000);
      return file;
    },
    /** The names in it, or in a folder of it, sorted. */
    names: (...names: string[]) => readdirSync(join(path, ...names)).sort(),
  };
}
