import type { StageRunner } from "../plan/dataset.js";
import type { BatchScope } from "../plan/scope.js";
import type { FramedState } from "../plan/state-update.js";

/** The version of a state that counts, as sealed frames: one that takes its place gives it back. */
export class FramedVersion {
  #counts: FramedState | undefined;

  /** Undefined where the kernel has none. */
  get counts(): FramedState | undefined {
    return this.#counts;
  }

  /** Makes a version count. */
  take(runner: StageRunner, version: FramedState): void {
    this.drop((scope) => runner.states.release(scope));
    this.#counts = version;
  }

  /** Gives the version back, with its scope. */
  drop(release: (scope: BatchScope) => void): void {
    const before = this.#counts;
    this.#counts = undefined;
    if (before) release(before.scope);
  }
}
