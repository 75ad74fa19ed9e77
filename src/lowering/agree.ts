import { evaluate, evaluateStateful } from "./evaluate.js";
import type { Expression, StatefulExpression } from "./expression.js";
import type { Lambda } from "./row.js";

/** Whether a function gives for some arguments, here and now, what its expression says: the same value to every bit, or an error too. */
export function agrees(fn: Lambda, expression: Expression, args: readonly unknown[]): boolean {
  const expected = outcome(() => evaluate(expression, args));
  return same(
    expected,
    outcome(() => (fn as (...args: unknown[]) => unknown)(...args)),
  );
}

/** As `agrees`, of a function of `mapWithState` that follows `args` with a state; without the last arguments for a key without one. */
export function agreesStateful(
  fn: Lambda,
  stateful: StatefulExpression,
  args: readonly unknown[],
  before?: unknown,
  isTimingOut = false,
): boolean {
  const state = new ProbedState(before, isTimingOut);
  const expected = outcome(() => evaluateStateful(stateful, [...args, before, isTimingOut]));
  const actual = outcome(() => ({
    result: (fn as (...args: unknown[]) => unknown)(...args, state),
    ...state.after(),
  }));
  return same(expected, actual);
}

/** A state that does what the real one does, for one call. */
class ProbedState {
  value: unknown;
  readonly #isTimingOut: boolean;
  #isUpdated = false;
  #isRemoved = false;

  constructor(value: unknown, isTimingOut: boolean) {
    this.value = value;
    this.#isTimingOut = isTimingOut;
  }

  exists(): boolean {
    return this.value !== undefined;
  }

  get(): unknown {
    if (this.value === undefined) throw new Error("There is no state.");
    return this.value;
  }

  getOption(): unknown {
    return this.value;
  }

  isTimingOut(): boolean {
    return this.#isTimingOut;
  }

  update(value: unknown): void {
    if (this.#isTimingOut || this.#isRemoved || value === undefined) throw new Error("The state cannot be updated.");
    this.value = value;
    this.#isUpdated = true;
  }

  remove(): void {
    if (this.#isTimingOut || this.#isRemoved) throw new Error("The state cannot be removed.");
    this.value = undefined;
    this.#isRemoved = true;
  }

  after(): Omit<Record<keyof StatefulExpression, unknown>, "result"> {
    return { state: this.value, isUpdated: this.#isUpdated, isRemoved: this.#isRemoved };
  }
}

interface Outcome {
  readonly threw: boolean;
  readonly value?: unknown;
}

function outcome(run: () => unknown): Outcome {
  try {
    return { threw: false, value: run() };
  } catch {
    return { threw: true };
  }
}

function same(expected: Outcome, actual: Outcome): boolean {
  return expected.threw === actual.threw && sameValue(expected.value, actual.value);
}

/** The same to every bit: -0 is not 0, NaN is NaN; an array is the same elements, an object the same properties in the same order. */
function sameValue(a: unknown, b: unknown): boolean {
  if (a === b || typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => sameValue(item, b[i]));
  }
  const [names, others] = [Object.keys(a), Object.keys(b)];
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return (
    names.length === others.length && names.every((name, i) => name === others[i] && sameValue(left[name], right[name]))
  );
}
