import { evaluate, evaluateStateful } from "./evaluate.js";
import type { Expression, StatefulExpression } from "./expression.js";
import { ProbedState } from "./prove.js";
import type { Lambda } from "./row.js";

/** Whether a function gives for some arguments, here and now, what its expression says: the same value to every bit, or an error too. */
export function agrees(fn: Lambda, expression: Expression, args: readonly unknown[]): boolean {
  let expected: unknown;
  let threw = false;
  try {
    expected = evaluate(expression, args);
  } catch {
    threw = true;
  }
  try {
    const actual = (fn as (...args: unknown[]) => unknown)(...args);
    return !threw && same(expected, actual);
  } catch {
    return threw;
  }
}

/** As `agrees`, of a function of `mapWithState`, for a key without a state. */
export function agreesStateful(fn: Lambda, stateful: StatefulExpression, args: readonly unknown[]): boolean {
  const state = new ProbedState(undefined, false);
  const expected = outcome(() => evaluateStateful(stateful, [...args, undefined, false]));
  const actual = outcome(() => ({
    result: (fn as (...args: unknown[]) => unknown)(...args, state),
    ...state.after(),
  }));
  return expected.threw === actual.threw && same(expected.value, actual.value);
}

function outcome(run: () => unknown): { readonly threw: boolean; readonly value?: unknown } {
  try {
    return { threw: false, value: run() };
  } catch {
    return { threw: true };
  }
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [these, those] = [Object.entries(a), Object.entries(b)];
  return (
    these.length === those.length &&
    these.every(([name, value], i) => name === those[i]![0] && same(value, those[i]![1]))
  );
}
