import type {
  ArrayExpression,
  BinaryExpression,
  CallExpression,
  Literal,
  MemberExpression,
  Expression as Node,
  Super,
  UnaryExpression,
} from "acorn";
import { describeObject } from "./copy-value.js";
import { describeCall, describeExpression, describeStatement, propertyName } from "./describe.js";
import { type Expression, type Lowering, type Refusal, refuse } from "./expression.js";
import type { FunctionNode } from "./parser.js";

/** Deeper expressions are refused, so that no walk over a tree can run out of stack. */
export const EXPRESSION_DEPTH_MAX = 64;

/** The captured values, and the names by which the source of the lambda knows them. */
export interface Captures {
  readonly values: object;
  /** Local name to property of `values`, when the factory destructures. */
  readonly names: ReadonlyMap<string, string>;
  /** The factory's parameter, when it does not destructure. */
  readonly object: string | undefined;
}

/** The names that mean something to an expression; parameters hide captured names. */
interface Scope {
  readonly parameters: ReadonlyMap<string, number>;
  /** The name of a function expression inside itself; it hides captured names too. */
  readonly self: string | undefined;
  readonly captures: Captures | undefined;
}

type Translated = { readonly ok: true; readonly expression: Expression } | Refusal;

/** The expression that a function returns, by its syntax alone, or why there is none. */
export function translate(node: FunctionNode, captures?: Captures): Lowering {
  const parameters = parametersOf(node);
  if (!(parameters instanceof Map)) return parameters;
  const returned = returnedBy(node);
  if ("ok" in returned) return returned;
  const translated = expressionOf(returned, { parameters, self: node.id?.name, captures }, 0);
  return translated.ok ? { ...translated, parameters: parameters.size } : translated;
}

/** The expression after the arrow, or after the only `return`; a refusal for async functions, generators and other bodies. */
export function returnedBy(node: FunctionNode): Node | Refusal {
  if (node.async) return refuse("async", "async");
  if (node.generator) return refuse("generator", "*");
  if (node.body.type !== "BlockStatement") return node.body;
  let returned: Node | undefined;
  for (const statement of node.body.body) {
    if (statement.type === "EmptyStatement") continue;
    if (statement.type === "ExpressionStatement" && statement.directive !== undefined) continue;
    if (statement.type !== "ReturnStatement" || returned !== undefined) return describeStatement(statement);
    if (!statement.argument) return refuse("returns nothing", "return");
    returned = statement.argument;
  }
  return returned ?? refuse("returns nothing");
}

function parametersOf(node: FunctionNode): Map<string, number> | Refusal {
  const parameters = new Map<string, number>();
  for (const [index, parameter] of node.params.entries()) {
    switch (parameter.type) {
      case "Identifier":
        if (parameters.has(parameter.name)) return refuse(`has two parameters "${parameter.name}"`, parameter.name);
        parameters.set(parameter.name, index);
        break;
      case "AssignmentPattern": {
        const name = parameter.left.type === "Identifier" ? parameter.left.name : undefined;
        return refuse(name === undefined ? "has a default value" : `"${name}" has a default value`, name ?? "=");
      }
      case "RestElement":
        return refuse("has a rest parameter", "...");
      default:
        return refuse("takes its argument apart", parameter.type === "ArrayPattern" ? "[]" : "{}");
    }
  }
  return parameters;
}

function expressionOf(node: Node, scope: Scope, depth: number): Translated {
  if (depth > EXPRESSION_DEPTH_MAX) return refuse(`nested deeper than ${EXPRESSION_DEPTH_MAX}`);
  switch (node.type) {
    case "Literal":
      return literalOf(node);
    case "TemplateLiteral": {
      const text = node.expressions.length === 0 ? node.quasis[0]?.value.cooked : undefined;
      return typeof text === "string" ? literal(text) : refuse("a template with substitutions", "`");
    }
    case "Identifier":
      return nameOf(node.name, scope);
    case "ArrayExpression":
      return tupleOf(node, scope, depth);
    case "UnaryExpression":
      return unaryOf(node, scope, depth);
    case "BinaryExpression":
      return sumOf(node, scope, depth);
    case "CallExpression":
      return splitOf(node, scope, depth);
    case "MemberExpression":
      return memberOf(node, scope, depth);
    default:
      return describeExpression(node);
  }
}

function literal(value: (Expression & { kind: "literal" })["value"]): Translated {
  return { ok: true, expression: { kind: "literal", value } };
}

function literalOf({ value, regex, bigint }: Literal): Translated {
  if (regex) return refuse("a regular expression", `/${regex.pattern}/${regex.flags}`);
  if (bigint) return refuse("a bigint", `${bigint}n`);
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return literal(value);
  }
  return refuse("a literal that is not lowered");
}

function nameOf(name: string, { parameters, self, captures }: Scope): Translated {
  const index = parameters.get(name);
  if (index !== undefined) return { ok: true, expression: { kind: "parameter", index } };
  if (name === self) return refuse(`uses itself, "${name}"`, name);
  if (name === "arguments") return refuse('uses "arguments"', name);
  if (captures?.object === name) return refuse(`uses "${name}", the captured values, as a whole`, name);
  const key = captures?.names.get(name);
  if (captures !== undefined && key !== undefined) return capturedValue(captures.values, key);
  if (name === "undefined") return refuse('"undefined" is a name that may be taken (write void 0)', name);
  return refuse(`"${name}" is a free variable (hand it in with capture)`, name);
}

/** A captured value read from the factory's parameter, `values.sep`; properties of anything else are refused. */
function memberOf(node: MemberExpression, scope: Scope, depth: number): Translated {
  const { object } = node;
  const key = propertyName(node);
  if (object.type === "Identifier" && isCaptured(object.name, scope) && scope.captures?.object === object.name) {
    return key === undefined ? describeExpression(node) : capturedValue(scope.captures.values, key);
  }
  if (object.type === "Super") return describeExpression(node);
  const of = expressionOf(object, scope, depth + 1);
  return of.ok ? describeExpression(node) : of;
}

function isCaptured(name: string, { parameters, self, captures }: Scope): boolean {
  if (parameters.has(name) || name === self) return false;
  return captures?.object === name || captures?.names.has(name) === true;
}

/** Whether an expression starts from a captured name: `stop`, `values.stop`. */
function startsCaptured(node: Node | Super, scope: Scope): boolean {
  if (node.type === "MemberExpression") return startsCaptured(node.object, scope);
  return node.type === "Identifier" && isCaptured(node.name, scope);
}

function capturedValue(values: object, key: string): Translated {
  if (!Object.hasOwn(values, key)) return refuse(`"${key}" is not among the captured values`, key);
  const value = (values as Readonly<Record<string, unknown>>)[key];
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "undefined":
      return literal(value);
    case "object": {
      if (value === null) return literal(value);
      return refuse(`captured "${key}" is ${describeObject(value)}; only primitives are lowered`, key);
    }
    default:
      return refuse(`captured "${key}" is a ${typeof value}, which is not lowered`, key);
  }
}

function tupleOf({ elements }: ArrayExpression, scope: Scope, depth: number): Translated {
  const items: Expression[] = [];
  for (const element of elements) {
    if (element === null) return refuse("an array with a hole", "[,]");
    if (element.type === "SpreadElement") return refuse("spreads into an array", "...");
    const item = expressionOf(element, scope, depth + 1);
    if (!item.ok) return item;
    items.push(item.expression);
  }
  return { ok: true, expression: { kind: "tuple", items } };
}

/** Signs, and what minifiers write for `true`, `false` and `undefined`: `!0`, `!1`, `void 0`. */
function unaryOf(node: UnaryExpression, scope: Scope, depth: number): Translated {
  if (!["-", "+", "!", "void"].includes(node.operator)) return describeExpression(node);
  const argument = expressionOf(node.argument, scope, depth + 1);
  if (!argument.ok) return argument;
  const { expression } = argument;
  if (expression.kind !== "literal") return describeExpression(node);
  const { value } = expression;
  if (node.operator === "void") return literal(undefined);
  if (node.operator === "!") return literal(!value);
  if (typeof value !== "number") return describeExpression(node);
  return literal(node.operator === "-" ? -value : value);
}

function sumOf(node: BinaryExpression, scope: Scope, depth: number): Translated {
  if (node.operator !== "+" || node.left.type === "PrivateIdentifier") return describeExpression(node);
  const left = expressionOf(node.left, scope, depth + 1);
  if (!left.ok) return left;
  const right = expressionOf(node.right, scope, depth + 1);
  if (!right.ok) return right;
  if (isArray(left.expression) || isArray(right.expression)) return refuse("adds an array", "+");
  return { ok: true, expression: { kind: "binary", operator: "+", left: left.expression, right: right.expression } };
}

function splitOf(node: CallExpression, scope: Scope, depth: number): Translated {
  const { callee } = node;
  if (callee.type !== "MemberExpression" || callee.object.type === "Super") return describeCall(node, scope.parameters);
  if (propertyName(callee) !== "split") {
    // What is captured explains more than the method that is called on it.
    const receiver = startsCaptured(callee.object, scope) ? expressionOf(callee.object, scope, depth + 1) : undefined;
    return receiver === undefined || receiver.ok ? describeCall(node, scope.parameters) : receiver;
  }
  const of = expressionOf(callee.object, scope, depth + 1);
  if (!of.ok) return of;
  const { kind } = of.expression;
  const isText =
    kind === "parameter" || kind === "binary" || (kind === "literal" && typeof of.expression.value === "string");
  if (!isText) return refuse("splits what is not a string", "split");
  const [first, ...others] = node.arguments;
  if (first === undefined) return refuse("split without a separator", "split");
  if (first.type === "SpreadElement") return refuse("spreads its arguments", "...");
  if (others.length > 0) return refuse("split takes a limit", "split");
  const separator = expressionOf(first, scope, depth + 1);
  if (!separator.ok) return separator;
  if (separator.expression.kind !== "literal" || typeof separator.expression.value !== "string") {
    return refuse("splits at something else than a fixed string", "split");
  }
  return { ok: true, expression: { kind: "split", of: of.expression, separator: separator.expression.value } };
}

function isArray({ kind }: Expression): boolean {
  return kind === "tuple" || kind === "split";
}
