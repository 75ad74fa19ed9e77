import type { FileEntry } from "../host.js";

export interface SelectionRules {
  readonly filter: (path: string) => boolean;
  /** Files of this time or older are never new. */
  readonly notBeforeMs: number;
  /** Files older than this before a batch are no news to it. */
  readonly rememberMs: number;
}

/**
 * Which files of a folder are new at a batch time T: those that pass the filter, are modified after `max(notBefore, T - remember)` and not after T, and
 * were not selected by a batch whose files T still could select. Source: apache/spark `dstream/FileInputDStream.scala`.
 *
 * A file is selected once as long as it is not modified: what is remembered of it is dropped only when its time is out of reach.
 */
export class FileSelection {
  readonly #rules: SelectionRules;
  /** Paths by the batch time that selected them, in the order of times. */
  readonly #selected = new Map<string, number>();

  constructor(rules: SelectionRules) {
    this.#rules = rules;
  }

  /** The new files among `entries` at `timeMs`, in the order of their times of modification, then of their paths; they are not new again. */
  select(entries: readonly FileEntry[], timeMs: number): FileEntry[] {
    const { filter, notBeforeMs, rememberMs } = this.#rules;
    const oldMs = Math.max(notBeforeMs, timeMs - rememberMs);
    this.#forget(timeMs - rememberMs);
    const isNew = ({ kind, path, modifiedMs }: FileEntry) =>
      kind === "file" && modifiedMs > oldMs && modifiedMs <= timeMs && !this.#selected.has(path) && filter(path);
    const found = entries.filter(isNew).sort(byAge);
    for (const { path } of found) this.#selected.set(path, timeMs);
    return found;
  }

  /** A batch of another process has selected these. */
  restore(paths: readonly string[], timeMs: number): void {
    for (const path of paths) this.#selected.set(path, timeMs);
  }

  #forget(beforeMs: number): void {
    for (const [path, timeMs] of this.#selected) {
      if (timeMs >= beforeMs) return;
      this.#selected.delete(path);
    }
  }
}

function byAge(a: FileEntry, b: FileEntry): number {
  return a.modifiedMs - b.modifiedMs || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}
