import { capture } from "../../src/lowering/capture.js";
import { evaluate, evaluateStateful } from "../../src/lowering/evaluate.js";
import { lower, lowerStateful } from "../../src/lowering/lower.js";
import type { Lambda } from "../../src/lowering/row.js";
import { CurrentState, type State } from "../../src/state/current-state.js";
import { Draw } from "../model/draw.js";
import { drawLambda, type FuzzLambda } from "./lambdas.js";
import { NUMBER, SCALAR, STRING } from "./types.js";
import { drawScalar, drawValue } from "./values.js";

/** How often each lambda is called. */
const CALLS = 8;

/** What came of one case: nothing worth telling, a refusal, or what differs, in words. */
export type Outcome = { readonly kind: "same" } | { readonly kind: "refused" | "differs"; readonly what: string };

/** The function that a generated lambda is. */
export function functionOf({ source, captured }: FuzzLambda): Lambda {
  const made = new Function(`return (${source});`)() as Lambda;
  return captured === undefined ? made : capture(captured, made as never);
}

/** Compares the expression of the random lambda of a seed with the lambda itself, on hostile arguments. */
export function checkSeed(seed: number): Outcome {
  const draw = new Draw(seed);
  return draw.chance(0.15) ? checkStateful(draw) : checkPlain(draw);
}

function checkPlain(draw: Draw): Outcome {
  const lambda = drawLambda(draw);
  const fn = functionOf(lambda);
  const lowering = lower(fn);
  if (!lowering.ok) return { kind: "refused", what: `${lowering.reason}: ${lambda.source}` };
  const bigints = !counts(lambda);
  for (let call = 0; call < CALLS; call++) {
    const args = lambda.parameters.map((type) => drawValue(draw, type, { wild: 0.1, bigints }));
    const expected = outcome(() => (fn as (...args: unknown[]) => unknown)(...args));
    const actual = outcome(() => evaluate(lowering.expression, args));
    if (!isSame(expected, actual)) return differs(lambda, args, expected, actual);
  }
  return { kind: "same" };
}

function checkStateful(draw: Draw): Outcome {
  const lambda = drawLambda(draw, { parameters: [STRING, draw.pick([NUMBER, SCALAR])], stateful: true });
  const fn = functionOf(lambda);
  const lowering = lowerStateful(fn, 2);
  if (!lowering.ok) return { kind: "refused", what: `${lowering.reason}: ${lambda.source}` };
  const bigints = !counts(lambda);
  for (let call = 0; call < CALLS; call++) {
    const args = lambda.parameters.map((type) => drawValue(draw, type, { wild: 0.05, bigints }));
    const before = draw.chance(0.3) ? undefined : drawScalar(draw);
    const isTimingOut = draw.chance(0.2);
    const expected = outcome(() => {
      const state = new CurrentState<unknown>();
      state.begin(before, isTimingOut);
      const result = (fn as (...args: unknown[]) => unknown)(...args, state as State<unknown>);
      return { result, state: state.getOption(), isUpdated: state.isUpdated, isRemoved: state.isRemoved };
    });
    const actual = outcome(() => evaluateStateful(lowering.stateful, [...args, before, isTimingOut]));
    if (!isSame(expected, actual)) return differs(lambda, [...args, before, isTimingOut], expected, actual);
  }
  return { kind: "same" };
}

/** What counts takes its variables for numbers: of bigints its expression throws, and leaves such rows to the lambda. */
function counts({ source }: FuzzLambda): boolean {
  return /\+\+|--/.test(source);
}

interface Result {
  readonly threw: boolean;
  readonly value: unknown;
}

function outcome(run: () => unknown): Result {
  try {
    return { threw: false, value: run() };
  } catch (error) {
    return { threw: true, value: String(error) };
  }
}

function isSame(expected: Result, actual: Result): boolean {
  return expected.threw === actual.threw && (expected.threw || sameValue(expected.value, actual.value));
}

/** The same to every bit and in the same order: -0 is not 0, NaN is NaN. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || a === b) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b) || a instanceof Map || a instanceof Set || a instanceof Date) return false;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
  return keys.length === others.length && keys.every((key, i) => key === others[i] && sameValue(left[key], right[key]));
}

function differs(
  { source, captured }: FuzzLambda,
  args: readonly unknown[],
  expected: Result,
  actual: Result,
): Outcome {
  const shown = [`expected ${show(expected)}`, `got ${show(actual)}`, `for ${args.map(show).join(", ")}`];
  if (captured !== undefined) shown.push(`with ${show(captured)}`);
  return { kind: "differs", what: `${source}\n  ${shown.join("\n  ")}` };
}

export function show(value: unknown): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Map || value instanceof Set) return `${value.constructor.name} ${show([...value])}`;
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([name, part]) => `${name}: ${show(part)}`)
      .join(", ")}}`;
  }
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
