import type { FileEntry, Files } from "../host.js";
import { filesAt } from "./find-files.js";
import type { PathPattern } from "./path-pattern.js";

/** Files that are looked for when they are first needed, and are the same ones from then on. */
export class FoundFiles {
  readonly #files: Files;
  readonly #pattern: PathPattern;
  #found: Promise<readonly FileEntry[]> | undefined;

  constructor(files: Files, pattern: PathPattern) {
    this.#files = files;
    this.#pattern = pattern;
  }

  /** In the order of their paths. A search that failed is done again. */
  entries(): Promise<readonly FileEntry[]> {
    this.#found ??= filesAt(this.#files, this.#pattern).catch((error: unknown) => {
      this.#found = undefined;
      throw error;
    });
    return this.#found;
  }
}
