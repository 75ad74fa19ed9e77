import type { BinaryExpression, LogicalExpression, UnaryExpression } from "acorn";
import { after, literal, UNDEFINED } from "./build.js";
import { describeExpression } from "./describe.js";
import type { BinaryOperator, Expression, LogicalOperator, UnaryOperator } from "./expression.js";
import { Refused, stop } from "./refused.js";
import type { Scope } from "./scope.js";

const UNARY: ReadonlySet<string> = new Set<UnaryOperator>(["-", "+", "!", "~", "typeof"]);
const BINARY: ReadonlySet<string> = new Set<BinaryOperator>([
  ...(["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>"] as const),
  ...(["==", "!=", "===", "!==", "<", "<=", ">", ">="] as const),
]);

/** Exponents that are worked out here. */
const POWERS: readonly unknown[] = Array.from({ length: 54 }, (_, exponent) => exponent);

/** Signs of numbers and what minifiers write for `true`, `false` and `undefined` become what they mean: `-1`, `!0`, `!1`, `void 0`. */
export function unaryOf(node: UnaryExpression, scope: Scope): Expression {
  const { operator } = node;
  if (operator === "void") return after([scope.expressionOf(node.argument)], UNDEFINED);
  if (!UNARY.has(operator)) throw new Refused(describeExpression(node));
  const of = scope.expressionOf(node.argument);
  if (of.kind === "literal") {
    const { value } = of;
    if (operator === "!") return literal(!value);
    if (operator === "-" && (typeof value === "number" || typeof value === "bigint")) return literal(-value);
    if (operator === "+" && typeof value === "number") return of;
  }
  return { kind: "unary", operator: operator as UnaryOperator, of };
}

export function binaryOf(node: BinaryExpression, scope: Scope): Expression {
  const { operator } = node;
  if (node.left.type === "PrivateIdentifier") throw new Refused(describeExpression(node));
  if (operator === "**") return powerOf(scope.expressionOf(node.left), scope.expressionOf(node.right));
  if (!BINARY.has(operator)) throw new Refused(describeExpression(node));
  const left = scope.expressionOf(node.left);
  const right = scope.expressionOf(node.right);
  return { kind: "binary", operator: operator as BinaryOperator, left, right };
}

/** Powers are exact, and so the same in every engine, only where they are whole numbers small enough. */
function powerOf(base: Expression, exponent: Expression): Expression {
  const [x, n] = [base, exponent].map((part) => (part.kind === "literal" ? part.value : undefined));
  const isKnown = typeof x === "number" && typeof n === "number" && Number.isSafeInteger(x) && POWERS.includes(n);
  if (!isKnown) stop('uses the operator "**" otherwise than on small whole numbers', "**");
  let power = 1;
  for (let i = 0; i < n; i++) power *= x;
  return Number.isSafeInteger(power)
    ? literal(power)
    : stop('uses the operator "**" with a result too large to be exact', "**");
}

export function logicalOf(node: LogicalExpression, scope: Scope): Expression {
  const left = scope.expressionOf(node.left);
  const right = scope.expressionOf(node.right);
  return { kind: "logical", operator: node.operator as LogicalOperator, left, right };
}
