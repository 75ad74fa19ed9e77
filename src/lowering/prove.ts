import { agrees, agreesStateful } from "./agree.js";
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
  const wrong = probesOf([expression], parameters).find((args) => !agrees(fn, expression, args));
  return wrong && differs([expression], wrong);
}

/** As `disprove`, of a function of `mapWithState`: it is given a state of its own each time, so what it does to that is no effect. */
export function disproveStateful(fn: Lambda, stateful: StatefulExpression, stateIndex: number): Refusal | undefined {
  const expressions = [stateful.result, stateful.state, stateful.isUpdated, stateful.isRemoved];
  for (const [index, probe] of probesOf(expressions, stateIndex + 1).entries()) {
    const args = probe.slice(0, stateIndex);
    // Few probes are of a key without a state otherwise, and calls for keys that time out are rare.
    const [before, isTimingOut] = [index % 3 === 0 ? undefined : probe[stateIndex], index % 4 === 1];
    if (!agreesStateful(fn, stateful, args, before, isTimingOut)) return differs(expressions, args);
  }
  return undefined;
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
