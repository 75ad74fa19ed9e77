import type { CallExpression, MemberExpression, Expression as Node, Statement } from "acorn";
import { type Refusal, refuse } from "./expression.js";
import type { Scope } from "./scope.js";

/** Phrases for syntax that is refused whatever its parts are; `explain()` shows them after "runs as JavaScript:". */
const PHRASES: Partial<Record<Node["type"], readonly [reason: string, token?: string]>> = {
  ThisExpression: ['uses "this"', "this"],
  AwaitExpression: ['uses "await"', "await"],
  YieldExpression: ['uses "yield"', "yield"],
  ArrowFunctionExpression: ["makes a function", "=>"],
  FunctionExpression: ["makes a function", "function"],
  ClassExpression: ["makes a class", "class"],
  TaggedTemplateExpression: ["a tagged template", "`"],
  ImportExpression: ["imports a module", "import"],
};

/** Why an expression of a kind that is never lowered is refused. */
export function describeExpression(node: Node): Refusal {
  switch (node.type) {
    case "BinaryExpression":
    case "LogicalExpression":
    case "UnaryExpression":
      return refuse(`uses the operator "${node.operator}"`, node.operator);
    case "AssignmentExpression":
    case "UpdateExpression": {
      const target = node.type === "AssignmentExpression" ? node.left : node.argument;
      const name = target.type === "Identifier" ? target.name : undefined;
      return refuse(name === undefined ? "assigns to something" : `assigns to "${name}"`, name ?? node.operator);
    }
    case "NewExpression": {
      const name = node.callee.type === "Identifier" ? node.callee.name : undefined;
      return refuse(name === undefined ? "makes an instance of a class" : `makes a new "${name}"`, name ?? "new");
    }
    case "MetaProperty": {
      const name = `${node.meta.name}.${node.property.name}`;
      return refuse(`uses "${name}"`, name);
    }
    case "MemberExpression":
      return describeMember(node);
    default: {
      const [reason, token] = PHRASES[node.type] ?? [`syntax that is not lowered (${node.type})`];
      return refuse(reason, token);
    }
  }
}

/** Why a call is refused of what is no standard function or method. */
export function describeCall({ callee }: CallExpression, scope: Scope): Refusal {
  if (callee.type === "Identifier") {
    const { name } = callee;
    return refuse(
      scope.find(name) ? `calls "${name}", a parameter or variable` : `calls "${name}", an unknown function`,
      name,
    );
  }
  if (callee.type === "Super" || (callee.type === "MemberExpression" && callee.object.type === "Super")) {
    return refuse('uses "super"', "super");
  }
  if (callee.type === "MemberExpression") {
    const name = propertyName(callee);
    if (name === undefined) return refuse("calls a method whose name is computed", "[]");
    if (callee.object.type !== "Identifier" || scope.find(callee.object.name)) {
      return refuse(`calls the method "${name}"`, name);
    }
    const path = `${callee.object.name}.${name}`;
    return refuse(`calls "${path}", an unknown function`, path);
  }
  return refuse("calls what an expression gives", "()");
}

/** The name of the property when it stands in the source: `a.b`, `a["b"]` and a template without substitutions. */
export function propertyName({ property, computed }: MemberExpression): string | undefined {
  if (!computed) return property.type === "Identifier" ? property.name : undefined;
  if (property.type === "Literal" && typeof property.value === "string") return property.value;
  if (property.type === "TemplateLiteral" && property.expressions.length === 0) {
    return property.quasis[0]?.value.cooked ?? undefined;
  }
  return undefined;
}

/** Why a statement besides the one `return` is refused. */
export function describeStatement(node: Statement): Refusal {
  switch (node.type) {
    case "VariableDeclaration":
      return refuse("declares a variable", node.kind);
    case "FunctionDeclaration":
      return refuse("declares a function", node.id.name);
    case "ClassDeclaration":
      return refuse("declares a class", node.id.name);
    case "ReturnStatement":
      return refuse("has several returns", "return");
    case "ExpressionStatement":
      return refuse("has a statement besides its return");
    default: {
      const word = node.type.replace(/Statement$/, "").toLowerCase();
      return refuse(`has a statement besides its return (${word})`, word);
    }
  }
}

function describeMember(node: MemberExpression): Refusal {
  if (node.object.type === "Super") return refuse('uses "super"', "super");
  const name = propertyName(node);
  return name === undefined
    ? refuse("reads a property whose name is computed", "[]")
    : refuse(`reads the property "${name}"`, name);
}
