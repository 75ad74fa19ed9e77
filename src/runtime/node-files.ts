import type { FileEntry, Files } from "../host.js";
import { codeOf, syncFolder } from "./node-folder-sync.js";

/** Bytes that one read brings at most. */
const READ_BYTES = 256 * 1024;
/** Pieces smaller than this are written together. */
const WRITE_BYTES = 64 * 1024;

/** Nothing is there: no such name, or what should be a folder above it is a file. */
const NOTHING_THERE = new Set(["ENOENT", "ENOTDIR"]);

type FileHandle = Awaited<ReturnType<ReturnType<typeof fsPromises>["open"]>>;

interface Stats {
  readonly size: number;
  readonly mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** Files by Node's built-in modules, in Node, Deno and Bun. */
export function nodeFiles(): Files {
  const fs = fsPromises();
  const { basename, dirname, join, resolve } = globalThis.process.getBuiltinModule("node:path");
  const { tmpdir } = globalThis.process.getBuiltinModule("node:os");

  const stat = async (path: string): Promise<FileEntry | undefined> => {
    try {
      return entryOf(basename(path), path, await fs.stat(path));
    } catch (error) {
      if (NOTHING_THERE.has(codeOf(error))) return undefined;
      throw error;
    }
  };

  return {
    join,
    stat,
    async list(folder) {
      const names = await fs.readdir(folder);
      const entries = await Promise.all(names.map((name) => stat(join(folder, name))));
      // A file may be gone by now, and a link may lead nowhere.
      return entries.filter((entry) => entry !== undefined);
    },
    async *read(path, fromByte = 0) {
      const handle = await fs.open(path, "r");
      try {
        for (let at = fromByte; ; ) {
          const buffer = new Uint8Array(READ_BYTES);
          const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, at);
          if (bytesRead === 0) return;
          at += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await handle.close();
      }
    },
    async write(path, pieces, { isTemporary = false } = {}) {
      const handle = await fs.open(path, "w");
      try {
        await writePieces(handle, pieces);
        if (!isTemporary) await handle.sync();
      } finally {
        await handle.close();
      }
      if (!isTemporary) await syncFolder(dirname(path));
    },
    async rename(from, to) {
      await fs.rename(from, to);
      await syncFolder(dirname(to));
      if (dirname(from) !== dirname(to)) await syncFolder(dirname(from));
    },
    async makeFolder(path) {
      const first = await fs.mkdir(path, { recursive: true });
      if (first === undefined) return;
      // A folder whose name does not last takes what is in it along.
      const top = dirname(resolve(first));
      for (let folder = resolve(path); folder !== top && folder !== dirname(folder); ) {
        folder = dirname(folder);
        await syncFolder(folder);
      }
    },
    remove: (path) => fs.rm(path, { recursive: true, force: true }),
    // Only the user who runs the process may look into it: mkdtemp asks for 0700.
    makeTemporaryFolder: (prefix) => fs.mkdtemp(join(tmpdir(), prefix)),
  };
}

function fsPromises() {
  return globalThis.process.getBuiltinModule("node:fs").promises;
}

/** A piece is copied or written before the next one is asked for, so that its maker may use its buffer again. */
async function writePieces(
  handle: FileHandle,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const waiting = new Uint8Array(WRITE_BYTES);
  let used = 0;
  for await (const piece of pieces) {
    if (piece.length > WRITE_BYTES - used) {
      await writeAll(handle, waiting.subarray(0, used));
      used = 0;
    }
    if (piece.length >= WRITE_BYTES) {
      await writeAll(handle, piece);
    } else {
      waiting.set(piece, used);
      used += piece.length;
    }
  }
  await writeAll(handle, waiting.subarray(0, used));
}

/** A write may take less than it was given. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written);
    written += bytesWritten;
  }
}

function entryOf(name: string, path: string, stats: Stats): FileEntry {
  return {
    name,
    path,
    kind: stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other",
    bytes: stats.size,
    modifiedMs: Math.floor(stats.mtimeMs),
  };
}
