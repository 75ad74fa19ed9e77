import type { Expression, RecordField, Spread, Variable } from "./expression.js";
import { partsOf, visitParts } from "./parts.js";

/**
 * An expression in which some parts are others: `otherOf` says what takes the place of a part, undefined where the part stays and is looked into. Parts
 * that are shared stay shared, and what has none of them is the same object.
 */
export function replaceParts(
  expression: Expression,
  otherOf: (part: Expression) => Expression | undefined,
): Expression {
  const known = new Map<Expression, Expression>();
  const of = (part: Expression): Expression => {
    let other = known.get(part);
    if (other === undefined) {
      other = otherOf(part) ?? withParts(part, of);
      known.set(part, other);
    }
    return other;
  };
  return of(expression);
}

/** The expression with other values in place of variables. */
export function bound(expression: Expression, values: ReadonlyMap<Variable, Expression>): Expression {
  return replaceParts(expression, (part) => (part.kind === "variable" ? values.get(part) : undefined));
}

function withParts(expression: Expression, of: (part: Expression) => Expression): Expression {
  if (partsOf(expression).every((part) => of(part) === part)) return expression;
  switch (expression.kind) {
    case "tuple":
      return { ...expression, items: expression.items.map((item) => itemWith(item, of)) };
    case "record":
      return { ...expression, fields: expression.fields.map((field) => fieldWith(field, of)) };
    case "field":
    case "element":
    case "unary":
      return { ...expression, of: of(expression.of) };
    case "at":
      return { ...expression, of: of(expression.of), index: of(expression.index) };
    case "binary":
    case "logical":
      return { ...expression, left: of(expression.left), right: of(expression.right) };
    case "condition":
      return conditionWith(expression, of);
    case "template":
      return { ...expression, parts: expression.parts.map(of) };
    case "sequence":
      return { ...expression, checks: expression.checks.map(of), result: of(expression.result) };
    case "call":
      return { ...expression, args: expression.args.map(of) };
    case "method":
      return { ...expression, of: of(expression.of), args: expression.args.map(of) };
    case "each":
      return { ...expression, of: of(expression.of), body: of(expression.body) };
    case "fold":
      return {
        ...expression,
        of: of(expression.of),
        body: of(expression.body),
        initial: expression.initial && of(expression.initial),
      };
    default:
      return expression;
  }
}

function conditionWith(condition: Extract<Expression, { kind: "condition" }>, of: (part: Expression) => Expression) {
  const then = of(condition.then);
  return { ...condition, test: of(condition.test), then, else: of(condition.else) };
}

function itemWith(item: Expression | Spread, of: (part: Expression) => Expression): Expression | Spread {
  return item.kind === "spread" ? { kind: "spread", of: of(item.of) } : of(item);
}

function fieldWith(field: RecordField | Spread, of: (part: Expression) => Expression): RecordField | Spread {
  return field.kind === "spread" ? { kind: "spread", of: of(field.of) } : { ...field, value: of(field.value) };
}

/** Whether an expression has a variable in it that a function around it binds. */
export function hasFreeVariable(expression: Expression): boolean {
  const [read, own] = [new Set<Variable>(), new Set<Variable>()];
  visitParts(expression, (part) => {
    if (part.kind === "variable") read.add(part);
    else if (part.kind === "each") own.add(part.item);
    else if (part.kind === "fold") own.add(part.item).add(part.accumulator);
  });
  return [...read].some((variable) => !own.has(variable));
}
