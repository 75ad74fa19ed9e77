import type { DurableEntry, DurableFile, DurableFiles } from "../host.js";
import { codeOf, NO_SYNC, syncFolder } from "./node-folder-sync.js";

/** Only its owner may read and write a file, or look into a folder. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Nothing is there: no such name, or what should be a folder above it is a file. */
const NOTHING_THERE = new Set(["ENOENT", "ENOTDIR"]);

type FileHandle = Awaited<ReturnType<ReturnType<typeof nodeFs>["promises"]["open"]>>;

/** What `lstat` says, in bigints: identities of files may have 64 bits. */
interface Stats {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeMs: bigint;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** Durable files by Node's built-in modules, in Node, Deno and Bun. */
export function nodeDurableFiles(): DurableFiles {
  const { promises: fs, constants } = nodeFs();
  const { dirname, join } = globalThis.process.getBuiltinModule("node:path");
  // Windows has no such flag, and makes no symbolic links for users without a privilege.
  const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
  const FLAGS = {
    read: constants.O_RDONLY | NO_FOLLOW,
    append: constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | NO_FOLLOW,
    new: constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW,
  };

  return {
    processId: globalThis.process.pid,
    isProcessAlive,
    join,
    parentOf: dirname,
    syncFolder,
    open: async (path, mode) => new NodeDurableFile(await fs.open(path, FLAGS[mode], FILE_MODE), mode === "read"),
    async look(path) {
      try {
        return entryOf(await fs.lstat(path, { bigint: true }));
      } catch (error) {
        if (NOTHING_THERE.has(codeOf(error))) return undefined;
        throw error;
      }
    },
    async list(folder) {
      const entries = await fs.readdir(folder, { withFileTypes: true });
      return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
    },
    link: (from, to) => fs.link(from, to),
    rename: (from, to) => fs.rename(from, to),
    unlink: (path) => fs.unlink(path),
    makeFolder: (path) => fs.mkdir(path, { mode: FOLDER_MODE }),
    resolve: (path) => fs.realpath(path),
  };
}

function nodeFs() {
  return globalThis.process.getBuiltinModule("node:fs");
}

class NodeDurableFile implements DurableFile {
  readonly #handle: FileHandle;
  readonly #isForReading: boolean;

  constructor(handle: FileHandle, isForReading: boolean) {
    this.#handle = handle;
    this.#isForReading = isForReading;
  }

  async look(): Promise<DurableEntry> {
    return entryOf(await this.#handle.stat({ bigint: true }));
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    return (await this.#handle.read(target, 0, target.length, position)).bytesRead;
  }

  async write(bytes: Uint8Array): Promise<number> {
    return (await this.#handle.write(bytes, 0, bytes.length)).bytesWritten;
  }

  truncate(bytes: number): Promise<void> {
    return this.#handle.truncate(bytes);
  }

  /** `fdatasync`: a new length is among what it makes durable, times are not. Some hosts refuse it to readers. */
  async sync(): Promise<void> {
    try {
      await this.#handle.datasync();
    } catch (error) {
      if (!this.#isForReading || !NO_SYNC.has(codeOf(error))) throw error;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function isProcessAlive(processId: number): boolean {
  try {
    // Signal 0 only asks.
    return globalThis.process.kill(processId, 0);
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}

function entryOf(stats: Stats): DurableEntry {
  return {
    kind: kindOf(stats),
    identity: `${stats.dev}-${stats.ino}`,
    bytes: Number(stats.size),
    modifiedMs: Number(stats.mtimeMs),
  };
}

function kindOf(stats: Pick<Stats, "isFile" | "isDirectory">): DurableEntry["kind"] {
  return stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other";
}
