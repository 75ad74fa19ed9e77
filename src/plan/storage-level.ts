import { ConfigError } from "../errors.js";
import type { Host } from "../host.js";
import { shown } from "../time/duration.js";

const STORAGE_LEVELS = [
  "MEMORY_ONLY",
  "MEMORY_ONLY_SER",
  "MEMORY_AND_DISK",
  "MEMORY_AND_DISK_SER",
  "DISK_ONLY",
  "MEMORY_ONLY_2",
  "MEMORY_ONLY_SER_2",
  "MEMORY_AND_DISK_2",
  "MEMORY_AND_DISK_SER_2",
  "DISK_ONLY_2",
] as const;

/**
 * Where the rows of a persisted RDD or stream are kept, and in which form. `MEMORY` keeps them as they are, `_SER` as bytes, which take
 * less room and more time; `_AND_DISK` writes what finds no room in memory to a temporary file, `DISK_ONLY` everything. What finds no
 * room and has no disk is made again when it is needed. `_2` asks for a second copy elsewhere, and there is no elsewhere on one machine.
 */
export type StorageLevel = (typeof STORAGE_LEVELS)[number];

/** Whether rows may be written to a temporary file. */
export function usesDisk(level: StorageLevel): boolean {
  return level.includes("DISK");
}

/** Whether rows may be kept in memory. */
export function usesMemory(level: StorageLevel): boolean {
  return level.startsWith("MEMORY");
}

/** Whether rows are kept as bytes, wherever they are. */
export function isSerialised(level: StorageLevel): boolean {
  return level.includes("_SER") || level.startsWith("DISK");
}

/** Whether a second copy is asked for. */
export function isReplicated(level: StorageLevel): boolean {
  return level.endsWith("_2");
}

const warned = new WeakSet<Host>();

/**
 * The level that a caller gave. With the `host` that will keep the rows, also checks that it can, and says once that a replicated level
 * keeps one copy on one machine. **Errors:** `ConfigError` "invalid-storage-level" and "no-files", which begin with `subject`
 * ("level of persist").
 */
export function checkStorageLevel(value: unknown, subject: string, host?: Host): StorageLevel {
  const level = STORAGE_LEVELS.find((name) => name === value);
  if (level === undefined) {
    throw new ConfigError(`${subject} must be one of ${STORAGE_LEVELS.join(", ")}, but got ${shown(value)}.`, {
      code: "invalid-storage-level",
      details: { subject, got: value },
    });
  }
  if (host !== undefined) checkHost(level, subject, host);
  return level;
}

function checkHost(level: StorageLevel, subject: string, host: Host): void {
  if (usesDisk(level) && !host.files) {
    const instead = isSerialised(level) ? "MEMORY_ONLY_SER" : "MEMORY_ONLY";
    throw new ConfigError(
      `${subject} must do without a disk where the host has no files, but got ${level} on ${host.name}; use ${instead}.`,
      { code: "no-files", details: { subject, got: level, instead } },
    );
  }
  if (isReplicated(level) && !warned.has(host)) {
    warned.add(host);
    host.warn(
      `millrace: ${subject} is ${level}: on one machine a second copy would be lost with the first, so one is kept. ` +
        `Use ${level.slice(0, -2)}.`,
    );
  }
}
