import type { AnyNode, Pattern } from "acorn";
import { parseFunction, parserLoaded } from "./parser.js";
import type { Lambda } from "./row.js";

/** Where a member of the row stands that is read, and neither written nor called. */
const READING: Readonly<Record<string, readonly string[]>> = {
  ArrayExpression: ["elements"],
  ArrowFunctionExpression: ["body"],
  AssignmentExpression: ["right"],
  BinaryExpression: ["left", "right"],
  CallExpression: ["arguments"],
  ConditionalExpression: ["test", "consequent", "alternate"],
  ExpressionStatement: ["expression"],
  ForOfStatement: ["right"],
  IfStatement: ["test"],
  LogicalExpression: ["left", "right"],
  MemberExpression: ["object", "property"],
  NewExpression: ["arguments"],
  ReturnStatement: ["argument"],
  SequenceExpression: ["expressions"],
  SpreadElement: ["argument"],
  SwitchStatement: ["discriminant"],
  TemplateLiteral: ["expressions"],
  VariableDeclarator: ["init"],
};
const READING_OPERATORS: ReadonlySet<string> = new Set(["-", "+", "!", "~", "typeof", "void"]);
/** Names by which a function sees its arguments, or anything, without naming its parameter. */
const SEES_ALL: ReadonlySet<string> = new Set(["arguments", "eval"]);

const sourceOf = Function.prototype.toString;

/**
 * The fields of its only argument that a function reads, where that is all that it does with it: it cannot tell the argument from an object that has
 * these fields alone. Undefined where it may do more (hand it on, call its methods, write to it), reads nothing, or is not understood. Says nothing of
 * what else the function does, so it is for functions that stay JavaScript, too.
 */
export function fieldsRead(fn: Lambda): readonly string[] | undefined {
  if (!parserLoaded()) return undefined;
  const parsed = parseFunction(sourceOf.call(fn));
  if (!parsed.ok || parsed.node.params.length !== 1) return undefined;
  const [parameter] = parsed.node.params;
  const fields = new Set<string>();
  if (parameter!.type === "ObjectPattern") {
    if (!addPattern(parameter!, fields) || !isFree(parsed.node, undefined, fields)) return undefined;
  } else if (
    parameter!.type !== "Identifier" ||
    !isFree(parsed.node.body, parameter!.name, fields, parsed.node, "body")
  ) {
    return undefined;
  }
  const names = [...fields];
  return names.length > 0 && names.every((name) => !(name in Object.prototype)) ? names : undefined;
}

/** Adds the fields that a pattern takes out of the row; false where it takes the rest too, or names that are computed. */
function addPattern(pattern: Pattern, fields: Set<string>): boolean {
  if (pattern.type !== "ObjectPattern") return false;
  for (const property of pattern.properties) {
    if (property.type === "RestElement" || property.computed) return false;
    const { key } = property;
    if (key.type === "Identifier") fields.add(key.name);
    else if (key.type === "Literal" && typeof key.value === "string") fields.add(key.value);
    else return false;
  }
  return true;
}

/** Whether `node`, the `role` of `parent`, only reads fields of `row`; they are added. What is written in another way than is known here is not free. */
function isFree(node: AnyNode, row: string | undefined, fields: Set<string>, parent?: AnyNode, role = ""): boolean {
  if (node.type === "Identifier") return node.name !== row && !SEES_ALL.has(node.name);
  if (row !== undefined && node.type === "MemberExpression" && isNamed(node.object, row)) {
    if (node.optional || !reads(parent, role)) return false;
    if (!node.computed && node.property.type === "Identifier") fields.add(node.property.name);
    else if (node.computed && node.property.type === "Literal" && typeof node.property.value === "string") {
      fields.add(node.property.value);
    } else return false;
    return true;
  }
  if (row !== undefined && node.type === "VariableDeclarator" && node.init && isNamed(node.init, row)) {
    return addPattern(node.id, fields) && isFree(node.id, row, fields, node, "id");
  }
  // A pattern that is assigned to may write to the row.
  if (
    (node.type === "AssignmentExpression" || node.type === "ForOfStatement" || node.type === "ForInStatement") &&
    node.left.type.endsWith("Pattern")
  )
    return false;
  return Object.entries(node).every(([name, child]) => {
    if (isName(node, name)) return true;
    const children: unknown[] = Array.isArray(child) ? child : [child];
    return children.every((each) => !isNode(each) || isFree(each, row, fields, node, name));
  });
}

function isNamed(node: AnyNode, name: string): boolean {
  return node.type === "Identifier" && node.name === name;
}

/** Whether a child is a name and no expression. */
function isName(node: AnyNode, role: string): boolean {
  if (node.type === "MemberExpression") return role === "property" && !node.computed;
  if (node.type === "Property") return role === "key" && !node.computed && !node.shorthand;
  return role === "label";
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

function reads(parent: AnyNode | undefined, role: string): boolean {
  if (parent === undefined) return false;
  if (parent.type === "UnaryExpression") return READING_OPERATORS.has(parent.operator);
  // Of an object: patterns with members are assigned to.
  if (parent.type === "Property") return role === "value" && parent.kind === "init";
  return READING[parent.type]?.includes(role) ?? false;
}
