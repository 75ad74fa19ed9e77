import type { DurableState, SavedState, StateChange } from "../plan/durable-state.js";
import type { StateTable } from "./state-table.js";
import type { StateVersions } from "./state-versions.js";

export interface DurableTablesOptions {
  readonly versions: StateVersions;
  readonly numPartitions: number;
  /** Takes what was saved in the place of what is there. */
  readonly load: (saved: SavedState) => void;
}

/** A state in tables, as a checkpoint sees it. */
export class DurableTables implements DurableState {
  readonly numPartitions: number;
  readonly #options: DurableTablesOptions;
  #changed: ((change: StateChange) => void) | undefined;

  constructor(options: DurableTablesOptions) {
    this.numPartitions = options.numPartitions;
    this.#options = options;
  }

  /** Whether somebody wants to know what versions change. */
  get isRecorded(): boolean {
    return this.#changed !== undefined;
  }

  restore(saved: SavedState): void {
    this.#options.versions.resumeAt(saved.timeMs);
    this.#options.load(saved);
  }

  record(changed: (change: StateChange) => void): void {
    this.#changed = changed;
  }

  /**
   * Tells what a version has changed in tables that are about to be committed. `isReset`: they have taken the place of others. Throws where a key or a state has no bytes: the
   * version must not count then.
   */
  changed(
    timeMs: number,
    tables: ReadonlyArray<StateTable<unknown>>,
    { isReset = false, note = undefined as unknown } = {},
  ): void {
    this.#changed?.({
      timeMs,
      note,
      partitions: tables.map((table, partition) => ({ partition, isReset, ...table.changes() })),
    });
  }
}
