import type { Expression } from "./expression.js";
import type { Lambda } from "./row.js";

/** What a function computes that was never written as one: an expression on its parameters, and how many it has. */
export interface Form {
  readonly expression: Expression;
  readonly parameters: number;
}

type Evaluate = (expression: Expression, args: readonly unknown[]) => unknown;

const forms = new WeakMap<Lambda, Form>();

/** The function of an expression, which is known without a parser. Calling it evaluates, by the function that is given. */
export function functionOf(expression: Expression, parameters: number, evaluate: Evaluate): Lambda {
  const fn = (...args: unknown[]): unknown => evaluate(expression, args);
  forms.set(fn, { expression, parameters });
  return fn;
}

/** The form of a function that was made of an expression; nothing for any other value. */
export function formOf(fn: unknown): Form | undefined {
  return typeof fn === "function" ? forms.get(fn as Lambda) : undefined;
}
