import type { DurableFile } from "../host.js";
import { causeOf } from "./storage-error.js";
import type { StoreFolder } from "./store-folder.js";
import { writeAll } from "./write-all.js";

/** After these nothing is lost but room: what was written of an append can be taken back. */
const NO_ROOM = new Set(["ENOSPC", "EDQUOT"]);

/** The file of a key to which bytes are added at the end. It stays open from one time to the next. */
export class FolderLog {
  readonly #file: DurableFile;
  /** The folder that it is in. */
  readonly #folder: string;
  readonly #store: StoreFolder;
  /** Whether its name is durable. */
  #isNamed = false;
  /** Of what is known to be durable, or was there before. */
  #bytes: number;
  #isBroken = false;

  private constructor(store: StoreFolder, folder: string, file: DurableFile, bytes: number) {
    this.#store = store;
    this.#folder = folder;
    this.#file = file;
    this.#bytes = bytes;
  }

  /** Makes the file where it is absent. Rejects with the host's errors. */
  static async open(store: StoreFolder, names: readonly string[]): Promise<FolderLog> {
    const { file, folder } = await store.openLog(names);
    try {
      return new FolderLog(store, folder, file, (await file.look()).bytes);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** What is at its end is not known: it must take nothing more. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Durable when resolved. Where it rejects, with the host's error, the pieces are all taken back, or the log is broken. */
  async append(pieces: readonly Uint8Array[]): Promise<void> {
    try {
      for (const piece of pieces) await writeAll(this.#file, piece);
    } catch (error) {
      this.#isBroken = !(await this.#takeBack()) || !NO_ROOM.has(causeOf(error));
      throw error;
    }
    try {
      await this.#file.sync();
      if (!this.#isNamed) await this.#store.sync(this.#folder);
    } catch (error) {
      // Asked again the host would say that all is well, and would not have kept the bytes: readers are not to find them here.
      this.#isBroken = true;
      await this.#takeBack();
      throw error;
    }
    this.#isNamed = true;
    this.#bytes += pieces.reduce((sum, { length }) => sum + length, 0);
  }

  /** What was to be durable is so: a host that cannot close the file says nothing about it. */
  async close(): Promise<void> {
    try {
      await this.#file.close();
    } catch {
      // Nothing is lost but a file handle.
    }
  }

  async #takeBack(): Promise<boolean> {
    try {
      await this.#file.truncate(this.#bytes);
      return true;
    } catch {
      return false;
    }
  }
}
