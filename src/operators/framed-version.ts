import type { StageRunner } from "../plan/dataset.js";
import type { BatchScope } from "../plan/scope.js";
import type { FramedState } from "../plan/state-update.js";
import type { StateTable } from "../state/state-table.js";
import { FramedHistory, type SavedVersion, together } from "./framed-history.js";

type Tables = ReadonlyArray<StateTable<unknown>>;

/** What a version comes after, and who is told what it changes. */
export interface VersionBefore {
  /** What the version was made of where the kernel had none. */
  readonly tables: Tables;
  readonly timeMs: number;
  /** As `DurableTables.changed`. */
  readonly changed: (saved: SavedVersion) => () => void;
}

/** The version of a state that counts, as sealed frames: one that takes its place gives it back. */
export class FramedVersion {
  #counts: FramedState | undefined;
  /** Of the version that counts, where what changes is saved. */
  #history: FramedHistory | undefined;

  /** Undefined where the kernel has none. */
  get counts(): FramedState | undefined {
    return this.#counts;
  }

  /**
   * Makes a version count. What it changes is told to `changed` first, where that is saved: from the one that counts or, where there is none, from what tables have and their open version has put.
   * Where that throws the version is given back, and the one before counts.
   */
  take(runner: StageRunner, version: FramedState, { tables, timeMs, changed }: VersionBefore): void {
    let saved: SavedVersion | undefined;
    let counts: (() => void) | undefined;
    try {
      saved = this.#saved(version, tables, timeMs);
      counts = saved && changed(saved);
    } catch (error) {
      runner.states.release(version.scope);
      throw error;
    }
    this.drop((scope) => runner.states.release(scope));
    this.#counts = version;
    this.#history = saved?.history;
    counts?.();
  }

  #saved({ changes }: FramedState, tables: Tables, timeMs: number): SavedVersion | undefined {
    if (changes === undefined) return undefined;
    if (this.#history) return this.#history.next(changes, timeMs);
    const next = FramedHistory.of(tables).next(changes, timeMs);
    if (next.isReset) return next;
    return { ...next, changed: next.changed.map((changed, p) => together(tables[p]!.changes(), changed)) };
  }

  /** The pairs of the version that counts, by partition, into tables that have nothing, with the numbers that they have. */
  moveTo(tables: Tables, rows: ReadonlyArray<readonly unknown[]>): void {
    const history = this.#history ?? FramedHistory.of(tables);
    for (const [p, table] of tables.entries()) table.load(history.entriesOf(p, rows[p]!), history.touches(p));
  }

  /** Gives the version back, with its scope. */
  drop(release: (scope: BatchScope) => void): void {
    const before = this.#counts;
    this.#counts = undefined;
    this.#history = undefined;
    if (before) release(before.scope);
  }
}
