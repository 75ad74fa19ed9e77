import { StateError } from "../errors.js";
import type { Dataset, StageDataset, StageRows, StageRunner } from "../plan/dataset.js";

/** One version of a state, as a dataset of what its update gives out. */
export interface StateStage extends StageDataset {
  readonly timeMs: number;
  /** The update has run, or has failed. */
  readonly isSettled: () => boolean;
}

export interface StateUpdate {
  readonly timeMs: number;
  readonly parents: readonly Dataset[];
  /** Changes the state and returns the rows of each partition, or throws and has changed nothing. */
  readonly update: (runner: StageRunner) => Promise<StageRows>;
}

/**
 * The versions of a stream's state: each batch time makes one from the one before. Updates run once each and in the order of their times, whoever asks
 * for them first; one that fails leaves the state as the batch before left it, and the next one goes on from there.
 */
export class StateVersions {
  readonly #name: string;
  readonly #partitionCount: number;
  /** Versions whose updates have not run, oldest first. */
  readonly #pending: StateStage[] = [];
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(name: string, partitionCount: number) {
    this.#name = name;
    this.#partitionCount = partitionCount;
  }

  /** Whether there is a version yet. */
  get isEmpty(): boolean {
    return this.#lastMs === Number.NEGATIVE_INFINITY;
  }

  /** Time of the newest version. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Versions up to this time were made by another process. */
  resumeAt(timeMs: number): void {
    this.#lastMs = timeMs;
  }

  /** The version of a time after all others. */
  next({ timeMs, parents, update }: StateUpdate): StateStage {
    this.#lastMs = timeMs;
    let outcome: "pending" | "done" | { readonly error: unknown } = "pending";
    const stage: StateStage = {
      kind: "stage",
      name: this.#name,
      parents,
      partitionCount: this.#partitionCount,
      runsOnce: true,
      timeMs,
      isSettled: () => outcome !== "pending",
      run: async (runner) => {
        if (typeof outcome === "object") throw outcome.error;
        if (outcome === "done") throw this.#gone(timeMs);
        await this.#runUpTo(stage, runner);
        try {
          const rows = await update(runner);
          outcome = "done";
          return rows;
        } catch (error) {
          outcome = { error };
          throw error;
        } finally {
          this.#pending.shift();
        }
      },
    };
    this.#pending.push(stage);
    return stage;
  }

  /** Runs what comes before `stage`; what fails there is told there. */
  async #runUpTo(stage: StateStage, runner: StageRunner): Promise<void> {
    while (this.#pending[0] !== stage) await runner.rowsOf(this.#pending[0]!).catch(() => {});
  }

  #gone(timeMs: number): StateError {
    return new StateError(
      `The state of ${this.#name} at ${timeMs} ms is not kept any more, and was made only once: read it while its batch is remembered.`,
      { code: "state-forgotten", details: { operator: this.#name, timeMs } },
    );
  }
}
