import { after, choose, FALSE, TRUE, UNDEFINED } from "./build.js";
import type { Expression } from "./expression.js";
import type { StateSoFar, Translation, ValueBinding } from "./scope.js";

type Assigned = ReadonlyMap<ValueBinding, Expression>;

/**
 * What statements do, in the order in which it is computed: checks for what they throw, then whether they return (by truthiness), and if so what. The
 * state where they do not return is the translation's.
 */
export interface Outcome {
  readonly checks: readonly Expression[];
  readonly returns: Expression;
  readonly value: Expression;
  /** The state where they return, if there is one. */
  readonly state: StateSoFar | undefined;
}

/** What statements do that never return. */
export function goesOn(checks: readonly Expression[] = []): Outcome {
  return { checks, returns: FALSE, value: UNDEFINED, state: undefined };
}

export function alwaysReturns({ returns }: Outcome): boolean {
  return returns.kind === "literal" && returns.value === true;
}

export function never({ returns }: Outcome): boolean {
  return returns.kind === "literal" && returns.value === false;
}

/** What `if` does: one or the other. */
export function branch(
  translation: Translation,
  test: Expression,
  then: () => Outcome,
  otherwise: () => Outcome,
): Outcome {
  const [before, assigned] = [translation.state, translation.assigned];
  const a = then();
  const [afterA, assignedByA] = [translation.state, translation.assigned];
  translation.state = before;
  translation.assigned = assigned;
  const b = otherwise();
  const [afterB, assignedByB] = [translation.state, translation.assigned];
  if (alwaysReturns(b)) translation.assigned = assignedByA;
  else if (!alwaysReturns(a)) translation.assigned = chooseAssigned(test, assignedByA, assignedByB);
  if (alwaysReturns(a)) translation.state = afterB;
  else if (alwaysReturns(b)) translation.state = afterA;
  else translation.state = chooseState(test, afterA, afterB);
  const [valueA, valueB] = [after(a.checks, a.value), after(b.checks, b.value)];
  if (alwaysReturns(a) && alwaysReturns(b))
    return returning(choose(test, valueA, valueB), chooseState(test, a.state, b.state));
  if (never(a) && never(b)) return goesOn([choose(test, after(a.checks, UNDEFINED), after(b.checks, UNDEFINED))]);
  // The value is computed only where it is returned, so what cannot return needs no condition there.
  if (alwaysReturns(a) && never(b)) {
    const returns = b.checks.length === 0 ? test : choose(test, TRUE, after(b.checks, FALSE));
    return { checks: [], returns, value: valueA, state: a.state };
  }
  if (never(a) && alwaysReturns(b)) {
    const returns = a.checks.length === 0 ? not(test) : choose(test, after(a.checks, FALSE), TRUE);
    return { checks: [], returns, value: valueB, state: b.state };
  }
  return {
    checks: [],
    returns: choose(test, after(a.checks, a.returns), after(b.checks, b.returns)),
    value: choose(test, a.value, b.value),
    state: never(a) ? b.state : never(b) ? a.state : chooseState(test, a.state, b.state),
  };
}

/** What statements do that always return. */
export function returning(value: Expression, state: StateSoFar | undefined): Outcome {
  return { checks: [], returns: TRUE, value, state };
}

/** What some statements do that may go on, and the rest where they do. */
export function followedBy(first: Outcome, rest: () => Outcome): Outcome {
  const last = rest();
  if (never(first)) return { ...last, checks: [...first.checks, ...last.checks] };
  const { checks, returns } = first;
  if (alwaysReturns(last)) {
    const value = choose(returns, first.value, after(last.checks, last.value));
    return {
      checks: [],
      returns: TRUE,
      value: after(checks, value),
      state: chooseState(returns, first.state, last.state),
    };
  }
  return {
    checks,
    returns: choose(returns, TRUE, after(last.checks, last.returns)),
    value: choose(returns, first.value, last.value),
    state: never(last) ? first.state : chooseState(returns, first.state, last.state),
  };
}

function not(test: Expression): Expression {
  return { kind: "unary", operator: "!", of: test };
}

/** One state or the other; the test has been computed before, so it is left out where it makes no difference. */
export function chooseState(
  test: Expression,
  then: StateSoFar | undefined,
  otherwise: StateSoFar | undefined,
): StateSoFar | undefined {
  if (then === undefined || otherwise === undefined || then === otherwise) return then ?? otherwise;
  const pick = (name: keyof StateSoFar) =>
    then[name] === otherwise[name] ? then[name] : choose(test, then[name], otherwise[name]);
  return { value: pick("value"), exists: pick("exists"), isUpdated: pick("isUpdated"), isRemoved: pick("isRemoved") };
}

/** What variables hold after one or the other. */
function chooseAssigned(test: Expression, then: Assigned, otherwise: Assigned): Assigned {
  if (then === otherwise) return then;
  const assigned = new Map<ValueBinding, Expression>();
  for (const binding of new Set([...then.keys(), ...otherwise.keys()])) {
    const [a, b] = [then.get(binding) ?? binding.value, otherwise.get(binding) ?? binding.value];
    assigned.set(binding, a === b ? a : choose(test, a, b));
  }
  return assigned;
}
