import type { AssignmentExpression, AssignmentOperator, Node, UpdateExpression } from "acorn";
import { literal } from "./build.js";
import { describeExpression } from "./describe.js";
import type { BinaryOperator, Expression, LogicalOperator } from "./expression.js";
import { goesOn, type Outcome } from "./outcome.js";
import { Refused } from "./refused.js";
import type { Scope } from "./scope.js";

const LOGICAL: Partial<Record<AssignmentOperator, LogicalOperator>> = { "&&=": "&&", "||=": "||", "??=": "??" };
const BINARY: Partial<Record<AssignmentOperator, BinaryOperator>> = {
  "+=": "+",
  "-=": "-",
  "*=": "*",
  "/=": "/",
  "%=": "%",
  "&=": "&",
  "|=": "|",
  "^=": "^",
  "<<=": "<<",
  ">>=": ">>",
  ">>>=": ">>>",
};

/** Gives a variable another value: `a = b`, `a += b`, `a++`, as a statement. */
export function assignmentOf(node: AssignmentExpression | UpdateExpression, scope: Scope): Outcome {
  const target = node.type === "AssignmentExpression" ? node.left : node.argument;
  if (target.type !== "Identifier" || scope.find(target.name) === undefined)
    throw new Refused(describeExpression(node));
  const variable = scope.variable(target.name);
  const before = scope.valueOf(variable);
  const value = node.type === "AssignmentExpression" ? assigned(node, before, scope) : counted(node, before);
  scope.assign(variable, value);
  return goesOn([value]);
}

function assigned(node: AssignmentExpression, left: Expression, scope: Scope): Expression {
  const right = scope.expressionOf(node.right);
  if (node.operator === "=") return right;
  const logical = LOGICAL[node.operator];
  if (logical !== undefined) return { kind: "logical", operator: logical, left, right };
  const operator = BINARY[node.operator];
  if (operator === undefined) throw new Refused(describeExpression(node));
  return { kind: "binary", operator, left, right };
}

/** A difference makes a number of what is none, as this does. Of bigints it throws: such rows are left to the lambda. */
function counted({ operator }: UpdateExpression, before: Expression): Expression {
  return { kind: "binary", operator: "-", left: before, right: literal(operator === "++" ? -1 : 1) };
}

/** The names that are assigned to somewhere in a part of the source. */
export function assignedIn(part: unknown, names = new Set<string>()): ReadonlySet<string> {
  if (Array.isArray(part)) for (const each of part) assignedIn(each, names);
  else if (isNode(part)) {
    const { type } = part as AssignmentExpression | UpdateExpression;
    if (type === "AssignmentExpression") noteName((part as AssignmentExpression).left, names);
    if (type === "UpdateExpression") noteName((part as UpdateExpression).argument, names);
    for (const child of Object.values(part)) if (typeof child === "object") assignedIn(child, names);
  }
  return names;
}

function noteName(target: Node, names: Set<string>): void {
  if (target.type === "Identifier") names.add((target as unknown as { readonly name: string }).name);
}

function isNode(part: unknown): part is Node {
  return typeof part === "object" && part !== null && "type" in part;
}
