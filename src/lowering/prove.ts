import { evaluate, evaluateStateful } from "./evaluate.js";
import { type Expression, type Refusal, refuse, type StatefulExpression } from "./expression.js";
import { visitParts } from "./parts.js";
import { probesOf } from "./probes.js";
import type { Lambda } from "./row.js";

const SHOWN_LENGTH_MAX = 20;

/**
 * Nothing when a lambda and its expression give the same for a few arguments, on this standard library as it is now; else the refusal. The lambda is
 * run: its source must have been lowered, and so be free of effects.
 * **Order**: some tens of calls on short values, so it is done whenever a lambda is lowered and never remembered.
 */
export function disprove(fn: Lambda, expression: Expression, parameters: number): Refusal | undefined {
  const call = fn as (...args: unknown[]) => unknown;
  for (const args of probesOf([expression], parameters)) {
    const expected = outcome(() => evaluate(expression, args));
    const actual = outcome(() => call(...args));
    if (!same(expected, actual)) return differs([expression], args);
  }
  return undefined;
}

/** As `disprove`, of a function of `mapWithState`: it is given a state of its own each time, so what it does to that is no effect. */
export function disproveStateful(fn: Lambda, stateful: StatefulExpression, stateIndex: number): Refusal | undefined {
  const call = fn as (...args: unknown[]) => unknown;
  const expressions = [stateful.result, stateful.state, stateful.isUpdated, stateful.isRemoved];
  for (const [index, probe] of probesOf(expressions, stateIndex + 1).entries()) {
    const [args, before] = [probe.slice(0, stateIndex), probe[stateIndex]];
    // Few probes are of a key without a state otherwise, and calls for keys that time out are rare.
    const state = new ProbedState(index % 3 === 0 ? undefined : before, index % 4 === 1);
    const expected = outcome(() => evaluateStateful(stateful, [...args, state.value, state.isTimingOut()]));
    const actual = outcome(() => ({ result: call(...args, state), ...state.after() }));
    if (!same(expected, actual)) return differs(expressions, args);
  }
  return undefined;
}

/** A state that does what the real one does, for one call. */
export class ProbedState {
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

/** The names of the standard library that a lambda uses are what may be changed. */
function differs(expressions: readonly Expression[], args: readonly unknown[]): Refusal {
  const names = new Set<string>();
  const note = (part: Expression) => {
    if (part.kind === "method" || part.kind === "call") names.add(part.name);
    else if (part.kind === "each") names.add(part.method);
    else if (part.kind === "fold") names.add("reduce");
  };
  for (const expression of expressions) visitParts(expression, note);
  const [name] = names;
  const why = name === undefined ? "" : `; what it means by ${[...names].join(", ")} may be changed`;
  const on = args.length === 0 ? "" : ` on ${args.map(show).join(", ")}`;
  return refuse(`gives another result than its source says${on}${why}`, name);
}

function show(value: unknown): string {
  if (typeof value !== "string" && (typeof value !== "object" || value === null)) return String(value);
  const text = JSON.stringify(value);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}...` : text;
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
