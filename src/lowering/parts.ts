import type { Expression, Spread } from "./expression.js";

const NONE: readonly Expression[] = [];

/** The expressions that an expression is made of, in the order in which they are computed first. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "parameter":
    case "literal":
    case "captured":
    case "variable":
    case "fail":
      return NONE;
    case "tuple":
      return expression.items.map(unspread);
    case "record":
      return expression.fields.map((field) => (field.kind === "entry" ? field.value : field.of));
    case "field":
    case "element":
    case "unary":
      return [expression.of];
    case "at":
      return [expression.of, expression.index];
    case "binary":
    case "logical":
      return [expression.left, expression.right];
    case "condition":
      return [expression.test, expression.then, expression.else];
    case "template":
      return expression.parts;
    case "sequence":
      return [...expression.checks, expression.result];
    case "call":
      return expression.args;
    case "method":
      return [expression.of, ...expression.args];
    case "each":
      return [expression.of, expression.item, expression.body];
    case "fold": {
      const { of, initial, accumulator, item, body } = expression;
      return initial === undefined ? [of, accumulator, item, body] : [of, initial, accumulator, item, body];
    }
  }
}

function unspread(item: Expression | Spread): Expression {
  return item.kind === "spread" ? item.of : item;
}

/** Calls `visit` once for each part of an expression, itself included, however often it is shared. */
export function visitParts(
  expression: Expression,
  visit: (part: Expression) => void,
  seen: Set<Expression> = new Set(),
): void {
  if (seen.has(expression)) return;
  seen.add(expression);
  visit(expression);
  for (const part of partsOf(expression)) visitParts(part, visit, seen);
}

/** The longest way down into an expression. `depths` keeps what is known of shared parts. */
export function depthOf(expression: Expression, depths: Map<Expression, number>): number {
  const known = depths.get(expression);
  if (known !== undefined) return known;
  let depth = 0;
  for (const part of partsOf(expression)) depth = Math.max(depth, depthOf(part, depths));
  depths.set(expression, depth + 1);
  return depth + 1;
}

/** Whether computing an expression throws for no argument at all, as far as its form tells. */
export function isTotal(expression: Expression, known: Map<Expression, boolean> = new Map()): boolean {
  const before = known.get(expression);
  if (before !== undefined) return before;
  const total = hasTotalForm(expression) && partsOf(expression).every((part) => isTotal(part, known));
  known.set(expression, total);
  return total;
}

/** Whether it throws only where a part of it does. Arrays and objects are not among these: they are made where that stands, once. */
function hasTotalForm(expression: Expression): boolean {
  switch (expression.kind) {
    case "parameter":
    case "literal":
    case "captured":
    case "variable":
    case "logical":
    case "condition":
    case "sequence":
      return true;
    case "unary":
      return expression.operator === "!" || expression.operator === "typeof";
    case "binary":
      return expression.operator === "===" || expression.operator === "!==";
    default:
      return false;
  }
}
