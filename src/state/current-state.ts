import { StateError } from "../errors.js";
import type { Time } from "../time/time.js";

/**
 * The state of one key, as the function of `mapWithState` sees it during one call.
 *
 * `update` and `remove` throw a `StateError` after `remove` in the same call (code "removed") and while timing out (code "timing-out").
 */
export interface State<S> {
  /** Whether there is a state. */
  exists(): boolean;
  /** The state. Throws a `StateError`, code "no-state", where there is none. */
  get(): S;
  /** The state, or undefined where there is none. */
  getOption(): S | undefined;
  /** Sets the state; `undefined` is no state: a `StateError`, code "undefined-state". */
  update(state: S): void;
  /** Removes the key and its state. */
  remove(): void;
  /** Whether this is the last call for a key that has been idle for too long. */
  isTimingOut(): boolean;
}

export type MappingFunction<K, V, S, M> = (key: K, value: V | undefined, state: State<S>, time: Time) => M;

/** The one state object of a task, set to each key in turn. */
export class CurrentState<S> implements State<S> {
  #state: S | undefined;
  #isTimingOut = false;
  isUpdated = false;
  isRemoved = false;

  /** Begins the call for a key: `undefined` is no state. */
  begin(state: S | undefined, isTimingOut: boolean): void {
    this.#state = state;
    this.#isTimingOut = isTimingOut;
    this.isUpdated = false;
    this.isRemoved = false;
  }

  exists(): boolean {
    return this.#state !== undefined;
  }

  get(): S {
    if (this.#state !== undefined) return this.#state;
    throw new StateError("State is not set: ask exists() before get(), or use getOption().", { code: "no-state" });
  }

  getOption(): S | undefined {
    return this.#state;
  }

  update(state: S): void {
    this.#assertOpen("update");
    if (state === undefined) {
      throw new StateError("State cannot be updated to undefined, which is no state: call remove() to remove it.", {
        code: "undefined-state",
      });
    }
    this.#state = state;
    this.isUpdated = true;
  }

  remove(): void {
    this.#assertOpen("remove");
    this.#state = undefined;
    this.isRemoved = true;
  }

  isTimingOut(): boolean {
    return this.#isTimingOut;
  }

  #assertOpen(what: string): void {
    if (this.#isTimingOut) {
      throw new StateError(`Cannot ${what} the state that is timing out: it is removed after this call.`, {
        code: "timing-out",
      });
    }
    if (this.isRemoved) {
      throw new StateError(`Cannot ${what} the state after it has been removed in the same call.`, { code: "removed" });
    }
  }
}
