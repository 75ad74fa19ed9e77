import type { Expression } from "./expression.js";
import { partsOf, visitParts } from "./parts.js";

/** Whether an expression takes a part of a parameter: it cannot throw for values of a known shape. */
export function isPlainAccess(expression: Expression): boolean {
  if (expression.kind === "field" || expression.kind === "element") return isPlainAccess(expression.of);
  return expression.kind === "parameter";
}

/** Whether an expression reads a parameter. */
export function reads(expression: Expression, parameter: number): boolean {
  let isRead = false;
  visitParts(expression, (part) => {
    isRead ||= part.kind === "parameter" && part.index === parameter;
  });
  return isRead;
}

/** The same by structure: what is computed twice from the same values is the same value. */
export function sameExpression(a: Expression, b: Expression): boolean {
  return a === b || same(a, b, (index) => index);
}

/** The same of the other one of two parameters. */
export function sameOfOther(a: Expression, b: Expression): boolean {
  return same(a, b, (index) => 1 - index);
}

/** Whether `b` is `a` with other parameters. */
function same(a: Expression, b: Expression, other: (parameter: number) => number): boolean {
  if (a.kind === "parameter") return b.kind === "parameter" && other(a.index) === b.index;
  if (a.kind !== b.kind) return false;
  const [these, those] = [partsOf(a), partsOf(b)];
  if (these.length !== those.length || !these.every((part, i) => same(part, those[i]!, other))) return false;
  return sameHead(a, b);
}

function sameHead(a: Expression, b: Expression): boolean {
  const head = (expression: Expression): unknown[] => {
    switch (expression.kind) {
      case "element":
        return [expression.index];
      case "literal":
      case "captured":
        return [expression.value];
      case "field":
      case "call":
      case "method":
        return [expression.name];
      case "unary":
      case "binary":
      case "logical":
        return [expression.operator];
      case "at":
      case "condition":
      case "template":
        return [];
      default:
        return [expression];
    }
  };
  const [these, those] = [head(a), head(b)];
  return these.length === those.length && these.every((value, i) => Object.is(value, those[i]));
}
