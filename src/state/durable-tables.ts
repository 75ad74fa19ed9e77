import type { ChangedEntries, DurableState, RecordChange, SavedState } from "../plan/durable-state.js";
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
  #changed: RecordChange | undefined;

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

  record(changed: RecordChange): void {
    this.#changed = changed;
  }

  /**
   * Says what a version is about to change in each partition; what is returned says that it counts. `isReset`: nothing that was there before is there any more. Throws where a key or a state has no
   * bytes: the version must not count then.
   */
  changed(
    timeMs: number,
    partitions: readonly ChangedEntries[],
    { isReset = false, note = undefined as unknown } = {},
  ): () => void {
    const changes = partitions.map((entries, partition) => ({ partition, isReset, ...entries }));
    return this.#changed?.({ timeMs, note, partitions: changes }) ?? (() => {});
  }
}
