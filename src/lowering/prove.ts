import { evaluate } from "./evaluate.js";
import { type Expression, type Refusal, refuse } from "./expression.js";
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
  for (const args of probesOf(expression, parameters)) {
    const expected = outcome(() => evaluate(expression, args));
    const actual = outcome(() => call(...args));
    if (!same(expected, actual)) return differs(expression, args);
  }
  return undefined;
}

/** The names of the standard library that a lambda uses are what may be changed. */
function differs(expression: Expression, args: readonly unknown[]): Refusal {
  const names = new Set<string>();
  visitParts(expression, (part) => {
    if (part.kind === "method") names.add(part.name);
    else if (part.kind === "call") names.add(part.name);
    else if (part.kind === "each") names.add(part.method);
    else if (part.kind === "fold") names.add("reduce");
  });
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
