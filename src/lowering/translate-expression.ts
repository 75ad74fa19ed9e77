import type { ConditionalExpression, Literal, Expression as Node, Super, TemplateLiteral } from "acorn";
import { after, choose, literal, UNDEFINED } from "./build.js";
import { constantOf } from "./captured.js";
import { describeExpression } from "./describe.js";
import type { Expression } from "./expression.js";
import { Refused, stop } from "./refused.js";
import type { Scope } from "./scope.js";
import { STANDARD_CONSTANTS } from "./standard.js";
import { callOf } from "./translate-call.js";
import { recordOf, tupleOf } from "./translate-literal.js";
import { chainOf, memberOf } from "./translate-member.js";
import { binaryOf, logicalOf, unaryOf } from "./translate-operator.js";

/** The expression that a part of the source computes, or what a member may be read of. Throws `Refused`. */
export function formOf(node: Node | Super, scope: Scope): Expression {
  switch (node.type) {
    case "Literal":
      return literalOf(node);
    case "TemplateLiteral":
      return templateOf(node, scope);
    case "Identifier":
      return nameOf(node.name, scope);
    case "ArrayExpression":
      return tupleOf(node, scope);
    case "ObjectExpression":
      return recordOf(node, scope);
    case "UnaryExpression":
      return unaryOf(node, scope);
    case "BinaryExpression":
      return binaryOf(node, scope);
    case "LogicalExpression":
      return logicalOf(node, scope);
    case "ConditionalExpression":
      return conditionOf(node, scope);
    case "CallExpression":
      return callOf(node, scope);
    case "MemberExpression":
      return memberOf(node, scope);
    case "ChainExpression":
      return chainOf(node, scope);
    case "SequenceExpression": {
      const values = node.expressions.map((value) => scope.expressionOf(value));
      return after(values.slice(0, -1), values.at(-1)!);
    }
    case "Super":
      return stop('uses "super"', "super");
    default:
      throw new Refused(describeExpression(node));
  }
}

function literalOf({ value, regex, bigint }: Literal): Expression {
  if (regex) stop("a regular expression", `/${regex.pattern}/${regex.flags}`);
  if (typeof bigint === "string") return literal(BigInt(bigint));
  return literal(value as string | number | boolean | null);
}

function templateOf({ quasis, expressions }: TemplateLiteral, scope: Scope): Expression {
  const parts: Expression[] = [];
  for (const [index, { value }] of quasis.entries()) {
    const text = value.cooked ?? "";
    if (text !== "" || quasis.length === 1) parts.push(literal(text));
    const expression = expressions[index];
    if (expression !== undefined) parts.push(scope.expressionOf(expression));
  }
  const [first, ...others] = parts;
  return first?.kind === "literal" && others.length === 0 && typeof first.value === "string"
    ? first
    : { kind: "template", parts };
}

function nameOf(name: string, scope: Scope): Expression {
  const binding = scope.find(name);
  const { self, captures } = scope.translation;
  switch (binding?.kind) {
    case "value":
      return scope.valueOf(binding);
    case "later":
      return stop(`uses "${name}" before it is declared`, name);
    case "state":
      return stop(`uses "${name}", the state, otherwise than by its methods`, name);
    case "time":
      return stop(`uses "${name}", the time`, name);
    case undefined:
      break;
  }
  if (name === self) stop(`uses itself, "${name}"`, name);
  if (name === "arguments") stop('uses "arguments"', name);
  if (captures?.object === name) return { kind: "captured", value: captures.values };
  const key = captures?.names.get(name);
  if (captures !== undefined && key !== undefined) return constantOf(captures.values, key);
  if (STANDARD_CONSTANTS.has(name)) return name === "undefined" ? UNDEFINED : literal(STANDARD_CONSTANTS.get(name));
  return stop(`"${name}" is a free variable (hand it in with capture)`, name);
}

function conditionOf({ test, consequent, alternate }: ConditionalExpression, scope: Scope): Expression {
  return choose(scope.expressionOf(test), scope.expressionOf(consequent), scope.expressionOf(alternate));
}
