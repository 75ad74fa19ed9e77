import type { Origin } from "../plan/origin.js";
import { CurrentState, type MappingFunction } from "../state/current-state.js";
import { Time } from "../time/time.js";
import { lambdaError, promiseError } from "./lambda.js";

/** The function of a `mapWithState` as JavaScript, and what it is called with. */
export interface CallOptions {
  readonly origin: Origin;
  readonly fn: MappingFunction<unknown, unknown, unknown, unknown>;
  readonly emitsUndefined: boolean;
  readonly timeMs: number;
}

/** The calls of one partition of a version. */
export class MappingCalls {
  /** What the calls have given. */
  readonly mapped: unknown[] = [];
  /** What the last call has left of the state. */
  readonly state = new CurrentState<unknown>();
  readonly #options: CallOptions;
  readonly #time: Time;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#time = new Time(options.timeMs);
  }

  /** Calls the function for a key: `state` is undefined where it has none. **Errors:** `PlanError` "function-threw". */
  call(key: unknown, value: unknown, state: unknown, isTimingOut: boolean): void {
    const { origin, fn, emitsUndefined } = this.#options;
    this.state.begin(state, isTimingOut);
    let result: unknown;
    try {
      result = fn(key, value, this.state, this.#time);
    } catch (error) {
      throw lambdaError(origin, [key, value], error);
    }
    if (result instanceof Promise) throw promiseError(origin, [key, value], result);
    if (emitsUndefined || result !== undefined) this.mapped.push(result);
  }
}
