import type { BinaryOperator, Expression, Spread, StatefulExpression, UnaryOperator, Variable } from "./expression.js";
import { STANDARD_FUNCTIONS, standardMethod } from "./standard.js";

/**
 * What an expression gives for some arguments: the model that lambdas, and kernels, are compared with. Of the standard library it uses what was there
 * when this module was loaded, so patching functions and methods later cannot change it.
 * **Errors**: throws where the lambda throws, if not always the same error.
 * **Order**: each shared part once; what is inside `map` and its kin once for each item.
 */
export function evaluate(expression: Expression, args: readonly unknown[]): unknown {
  return resultOf(expression, { args, values: new Map(), outer: undefined });
}

/** What a function of `mapWithState` does, for a state and whether it is timing out among the arguments. */
export function evaluateStateful(
  { result, state, isUpdated, isRemoved }: StatefulExpression,
  args: readonly unknown[],
): Record<keyof StatefulExpression, unknown> {
  const frame: Frame = { args, values: new Map(), outer: undefined };
  return {
    result: resultOf(result, frame),
    state: resultOf(state, frame),
    isUpdated: resultOf(isUpdated, frame),
    isRemoved: resultOf(isRemoved, frame),
  };
}

/** The values that are known within one call of the lambda, or of a function inside it. */
interface Frame {
  readonly args: readonly unknown[];
  readonly values: Map<Expression, unknown>;
  readonly outer: Frame | undefined;
}

function resultOf(expression: Expression, frame: Frame): unknown {
  if (expression.kind === "literal") return expression.value;
  if (expression.kind === "parameter") return frame.args[expression.index];
  for (let known: Frame | undefined = frame; known !== undefined; known = known.outer) {
    if (known.values.has(expression)) return known.values.get(expression);
  }
  const value = compute(expression, frame);
  frame.values.set(expression, value);
  return value;
}

type Computed = Exclude<Expression, { readonly kind: "literal" | "parameter" }>;

function compute(expression: Computed, frame: Frame): unknown {
  const of = (part: Expression): unknown => resultOf(part, frame);
  switch (expression.kind) {
    case "captured":
      return expression.value;
    case "variable":
      throw new Error("A variable has no value outside its function.");
    case "tuple":
      return tupleOf(expression.items, of);
    case "record":
      return recordOf(expression, of);
    case "field":
      return (of(expression.of) as Record<string, unknown>)[expression.name];
    case "at":
      return (of(expression.of) as Record<string, unknown>)[of(expression.index) as string];
    case "element":
      return elementOf(of(expression.of), expression.index);
    case "unary":
      return unary(expression.operator, of(expression.of));
    case "binary":
      return binary(expression.operator, of(expression.left), of(expression.right));
    case "logical":
      return logical(expression, of);
    case "condition":
      return of(expression.test) ? of(expression.then) : of(expression.else);
    case "template": {
      let text = "";
      for (const part of expression.parts) text += `${of(part)}`;
      return text;
    }
    case "sequence":
      for (const check of expression.checks) of(check);
      return of(expression.result);
    case "fail":
      throw new Error(expression.reason);
    case "call":
      return Reflect.apply(STANDARD_FUNCTIONS.get(expression.name)!, undefined, expression.args.map(of));
    case "method":
      return callMethod(of(expression.of), expression.name, () => expression.args.map(of));
    case "each":
    case "fold":
      return callWithFunction(expression, frame);
  }
}

type Values = (part: Expression) => unknown;

function tupleOf(items: ReadonlyArray<Expression | Spread>, of: Values): unknown[] {
  const values: unknown[] = [];
  for (const item of items) {
    if (item.kind === "spread") values.push(...(of(item.of) as Iterable<unknown>));
    else values.push(of(item));
  }
  return values;
}

function recordOf({ fields }: Extract<Expression, { kind: "record" }>, of: Values): object {
  let record: object = {};
  for (const field of fields) {
    record =
      field.kind === "spread"
        ? { ...record, ...(of(field.of) as object) }
        : { ...record, [field.name]: of(field.value) };
  }
  return record;
}

function elementOf(of: unknown, index: number): unknown {
  if (Array.isArray(of)) return of[index];
  let left = index;
  for (const item of of as Iterable<unknown>) if (left-- === 0) return item;
  return undefined;
}

function unary(operator: UnaryOperator, value: unknown): unknown {
  switch (operator) {
    case "-":
      return -(value as number);
    case "+":
      return +(value as number);
    case "!":
      return !value;
    case "~":
      return ~(value as number);
    case "typeof":
      return typeof value;
  }
}

function logical({ operator, left, right }: Extract<Expression, { kind: "logical" }>, of: Values): unknown {
  switch (operator) {
    case "&&":
      return of(left) && of(right);
    case "||":
      return of(left) || of(right);
    case "??":
      return of(left) ?? of(right);
  }
}

/** The operators of JavaScript mean themselves; the types only tell the compiler that they may be used. */
function binary(operator: BinaryOperator, left: unknown, right: unknown): unknown {
  const [a, b] = [left as number, right as number];
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "<<":
      return a << b;
    case ">>":
      return a >> b;
    case ">>>":
      return a >>> b;
    case "==":
      // biome-ignore lint/suspicious/noDoubleEquals: it is what the lambda says.
      return a == b;
    case "!=":
      // biome-ignore lint/suspicious/noDoubleEquals: it is what the lambda says.
      return a != b;
    case "===":
      return a === b;
    case "!==":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
}

function callMethod(of: unknown, name: string, args: () => readonly unknown[]): unknown {
  const method = standardMethod(of, name);
  if (typeof method !== "function") throw new TypeError(`${name} is not a function`);
  return Reflect.apply(method, of, args());
}

function callWithFunction(expression: Extract<Expression, { kind: "each" | "fold" }>, frame: Frame): unknown {
  const inside = (bound: ReadonlyArray<[Variable, unknown]>): unknown =>
    resultOf(expression.body, { args: frame.args, values: new Map<Expression, unknown>(bound), outer: frame });
  const of = resultOf(expression.of, frame);
  if (expression.kind === "each") {
    const { item, method } = expression;
    return callMethod(of, method, () => [(value: unknown) => inside([[item, value]])]);
  }
  const { accumulator, item, initial } = expression;
  const reducer = (before: unknown, value: unknown) =>
    inside([
      [accumulator, before],
      [item, value],
    ]);
  return callMethod(of, "reduce", () => (initial === undefined ? [reducer] : [reducer, resultOf(initial, frame)]));
}
