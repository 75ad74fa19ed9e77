import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import type { Files, Host } from "../../../src/host.js";
import {
  checkStorageLevel,
  isReplicated,
  isSerialised,
  type StorageLevel,
  usesDisk,
  usesMemory,
} from "../../../src/plan/storage-level.js";
import { webHost } from "../../../src/runtime/web.js";

function hostWith(files?: Files): Host & { readonly warnings: string[] } {
  const warnings: string[] = [];
  return { ...webHost(), name: "Fake 1", warn: (line) => void warnings.push(line), warnings, ...(files && { files }) };
}

function errorOf(body: () => unknown): ConfigError {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error as ConfigError;
  }
  throw new Error("Nothing was thrown.");
}

describe("storage levels", () => {
  it.each<[string, boolean, boolean, boolean]>([
    ["MEMORY_ONLY", true, false, false],
    ["MEMORY_ONLY_SER", true, false, true],
    ["MEMORY_AND_DISK", true, true, false],
    ["MEMORY_AND_DISK_SER", true, true, true],
    ["DISK_ONLY", false, true, true],
  ])("%s says what it asks for, with _2 too", (level, memory, disk, serialised) => {
    for (const each of [level, `${level}_2`] as StorageLevel[]) {
      expect([usesMemory(each), usesDisk(each), isSerialised(each)]).toEqual([memory, disk, serialised]);
      expect(isReplicated(each)).toBe(each !== level);
      expect(checkStorageLevel(each, "level of persist")).toBe(each);
    }
  });

  it.each([undefined, null, "", "memory_only", "MEMORY_ONLY_3", "OFF_HEAP", 1, {}])("%j is refused", (value) => {
    const error = errorOf(() => checkStorageLevel(value, "level of persist"));
    expect(error.code).toBe("invalid-storage-level");
    expect(error.message).toMatch(/^level of persist must be one of MEMORY_ONLY, MEMORY_ONLY_SER, .*, but got /);
  });

  it("with a disk are refused where the host has no files, and say what to use", () => {
    const host = hostWith();
    const error = errorOf(() => checkStorageLevel("MEMORY_AND_DISK", "level of persist", host));
    expect(error.code).toBe("no-files");
    expect(error.message).toBe(
      "level of persist must do without a disk where the host has no files, but got MEMORY_AND_DISK on Fake 1; use MEMORY_ONLY.",
    );
    expect(errorOf(() => checkStorageLevel("DISK_ONLY_2", "x", host)).message).toContain("use MEMORY_ONLY_SER.");
    expect(checkStorageLevel("MEMORY_ONLY", "x", host)).toBe("MEMORY_ONLY");
    expect(checkStorageLevel("DISK_ONLY", "x", hostWith({} as Files))).toBe("DISK_ONLY");
  });

  it("with two copies are taken, and said to be pointless once", () => {
    const host = hostWith();
    checkStorageLevel("MEMORY_ONLY_2", "level of persist", host);
    checkStorageLevel("MEMORY_ONLY_SER_2", "level of cache", host);
    expect(host.warnings).toEqual([
      "millrace: level of persist is MEMORY_ONLY_2: on one machine a second copy would be lost with the first, so one is kept. Use MEMORY_ONLY.",
    ]);
  });
});
