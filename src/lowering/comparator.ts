import type { OrderRule } from "../kernel/order-key.js";
import { type Expression, type Refusal, refuse } from "./expression.js";
import { isPlainAccess, reads, sameExpression, sameOfOther } from "./same-expression.js";

/** Something that a comparator compares of both rows. */
export interface ComparedKey {
  /** An expression on the row, as the first parameter. */
  readonly key: Expression;
  readonly descends: boolean;
  readonly by: Exclude<OrderRule, "value">;
  /** It is an order only where all values are of one type: `===` tells others apart that `<` does not. */
  readonly isOfOneType: boolean;
}

/**
 * A comparator `(a, b) => number` taken apart into what it compares, most significant first: `a.x - b.x`, `-(...)`, `... || ...`,
 * `a.x < b.x ? -1 : a.x > b.x ? 1 : ...`, `a.x === b.x ? ... : ...`. Or why that cannot be done.
 */
export function keysCompared(expression: Expression): readonly ComparedKey[] | Refusal {
  const keys = compared(expression);
  return keys && keys.length > 0 ? keys : refuse("the kernel has no such order");
}

/** Undefined where it is something else; nothing for a comparator that says that all rows are equal. */
function compared(given: Expression): readonly ComparedKey[] | undefined {
  // What is checked first, as parameters are taken apart, cannot throw for values of a known shape.
  const expression = given.kind === "sequence" && given.checks.every(isPlainAccess) ? given.result : given;
  switch (expression.kind) {
    case "literal":
      return expression.value === 0 ? [] : undefined;
    case "unary":
      return expression.operator === "-" ? compared(expression.of)?.map(reversed) : undefined;
    case "binary": {
      const sides = expression.operator === "-" ? sidesOf(expression.left, expression.right) : undefined;
      return sides && [{ ...sides, by: "difference", isOfOneType: false }];
    }
    case "logical": {
      if (expression.operator !== "||") return undefined;
      const [keys, others] = [compared(expression.left), compared(expression.right)];
      return keys && others && [...keys, ...others];
    }
    case "condition":
      return chosen(expression);
    default:
      return undefined;
  }
}

function reversed(key: ComparedKey): ComparedKey {
  return { ...key, descends: !key.descends };
}

/** The key of which the one side is that of one row and the other side that of the other; it descends where the second row is on the left. */
function sidesOf(left: Expression, right: Expression): { key: Expression; descends: boolean } | undefined {
  if (!sameOfOther(left, right)) return undefined;
  const [first, second] = [reads(left, 0), reads(left, 1)];
  if (first === second) return undefined;
  return first ? { key: left, descends: false } : { key: right, descends: true };
}

type Condition = Extract<Expression, { kind: "condition" }>;

function chosen({ test, then, else: otherwise }: Condition): readonly ComparedKey[] | undefined {
  if (test.kind !== "binary") return undefined;
  const sides = sidesOf(test.left, test.right);
  if (sides === undefined) return undefined;
  const { operator } = test;
  if (operator === "===") return whereEqual(sides.key, then, otherwise);
  if (operator === "!==") return whereEqual(sides.key, otherwise, then);
  const here = directionOf(operator, sides.descends, then);
  if (here === undefined || otherwise.kind !== "condition" || otherwise.test.kind !== "binary") return undefined;
  const next = otherwise.test;
  const nextSides = sidesOf(next.left, next.right);
  if (nextSides === undefined || !sameExpression(sides.key, nextSides.key)) return undefined;
  const there = directionOf(next.operator, nextSides.descends, otherwise.then);
  // One says what comes before, the other one what comes after.
  if (there === undefined || there.descends !== here.descends || there.isBefore === here.isBefore) return undefined;
  const others = compared(otherwise.else);
  return others && [{ key: sides.key, descends: here.descends, by: "less", isOfOneType: false }, ...others];
}

/** What it means that a comparison gives a number of some sign: which way the order goes, and whether it tells of rows that come before. */
function directionOf(
  operator: string,
  isSwapped: boolean,
  result: Expression,
): { readonly descends: boolean; readonly isBefore: boolean } | undefined {
  const sign = signOf(result);
  if (sign === 0 || (operator !== "<" && operator !== ">")) return undefined;
  const isLess = (operator === "<") !== isSwapped;
  return { descends: isLess === sign > 0, isBefore: isLess };
}

/** The sign of a number that stands there; 0 where none does. */
function signOf(expression: Expression): number {
  if (expression.kind === "unary" && expression.operator === "-") return -signOf(expression.of);
  if (expression.kind !== "literal" || typeof expression.value !== "number") return 0;
  return expression.value < 0 ? -1 : expression.value > 0 ? 1 : 0;
}

/** `a.x === b.x ? equal : different`, where `different` orders by the same. */
function whereEqual(key: Expression, equal: Expression, different: Expression): readonly ComparedKey[] | undefined {
  const others = compared(equal);
  const first = twoWays(different) ?? compared(different)?.[0];
  if (others === undefined || first === undefined || !sameExpression(key, first.key)) return undefined;
  return [{ ...first, isOfOneType: true }, ...others];
}

/** `a.x < b.x ? -1 : 1`, of rows that are known to differ. */
function twoWays(expression: Expression): ComparedKey | undefined {
  if (expression.kind !== "condition" || expression.test.kind !== "binary") return undefined;
  const { test, then, else: otherwise } = expression;
  const sides = sidesOf(test.left, test.right);
  const direction = sides && directionOf(test.operator, sides.descends, then);
  if (direction === undefined || signOf(otherwise) !== -signOf(then)) return undefined;
  return { key: sides!.key, descends: direction.descends, by: "less", isOfOneType: true };
}
