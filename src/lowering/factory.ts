import type { Expression as Node } from "acorn";
import type { Sealed } from "./capture.js";
import { describeStatement } from "./describe.js";
import { type Refusal, refuse } from "./expression.js";
import { type FunctionNode, parseFunction } from "./parser.js";
import type { Captures } from "./scope.js";

/** A lambda's source, and what it has captured, if anything. */
export type Made = { readonly ok: true; readonly node: FunctionNode; readonly captures?: Captures } | Refusal;

const sourceOf = Function.prototype.toString;

/**
 * The lambda in the source of a factory, and what it has captured. The factory must do nothing but return the lambda: then its source and the copied
 * values say all that the lambda can see.
 */
export function madeBy({ values, factory }: Sealed): Made {
  const parsed = parseFunction(sourceOf.call(factory));
  if (!parsed.ok) return ofFactory(parsed);
  const captures = capturesOf(parsed.node, values);
  if ("ok" in captures) return captures;
  const returned = returnedBy(parsed.node);
  if ("ok" in returned) return ofFactory(returned);
  if (returned.type !== "ArrowFunctionExpression" && returned.type !== "FunctionExpression") {
    return refuse("the factory returns a function that is made elsewhere");
  }
  return { ok: true, node: returned, captures };
}

/** The expression after the arrow, or after the only `return`; a refusal for async functions, generators and other bodies. */
function returnedBy(node: FunctionNode): Node | Refusal {
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

function capturesOf(factory: FunctionNode, values: object): Captures | Refusal {
  const [parameter, ...others] = factory.params;
  if (others.length > 0) return refuse("the factory has more than one parameter");
  const names = new Map<string, string>();
  if (parameter === undefined) return { values, names, object: undefined };
  if (parameter.type === "Identifier") return { values, names, object: parameter.name };
  if (parameter.type !== "ObjectPattern") return refuse("the factory takes the values in a way that is not lowered");
  for (const property of parameter.properties) {
    if (property.type === "RestElement") return refuse("the factory takes the rest of the values", "...");
    const { key, value, computed } = property;
    const name =
      key.type === "Identifier" && !computed ? key.name : key.type === "Literal" ? String(key.value) : undefined;
    if (name === undefined) return refuse("the factory takes a value whose name is computed", "[]");
    if (value.type === "AssignmentPattern") return refuse(`captured "${name}" has a default value`, name);
    if (value.type !== "Identifier") return refuse(`the factory takes captured "${name}" apart`, name);
    names.set(value.name, name);
  }
  return { values, names, object: undefined };
}

function ofFactory({ reason, token }: Refusal): Refusal {
  return refuse(`the factory: ${reason}`, token);
}
